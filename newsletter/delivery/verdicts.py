"""What the answer to a request means for each of its readers and for the run: pure policy.

An outcome is about one reader. An error is about all of them: either nobody was mailed, and they wait again without
that being one of their tries; or nobody knows, and they are in doubt.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from newsletter import addresses
from newsletter.delivery import retry
from newsletter.delivery.retry import Again, Circumstances, Verdict
from newsletter.delivery.senders import TakenBack
from newsletter.errors import ProviderError
from newsletter.model.ledger import AttemptState, Delivery
from newsletter.providers._base import (
    Accepted,
    InDoubt,
    Outcome,
    ReaderAtFault,
    Refused,
    RequestRefused,
)
from newsletter.store.attempts import Became

_LONGEST = 500
"""Characters that are kept of what a provider says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What an answer means.

    ``readers`` say it of each; ``bounced`` names those whose address does not exist, with the provider's code. ``rest``
    is how long to leave the provider alone. ``pauses`` says why the run had better not go on, empty when it may.
    ``halve`` says that the readers are to be tried again in two halves.
    """

    state: AttemptState
    readers: tuple[Became, ...]
    bounced: tuple[tuple[int, str], ...] = ()
    note: str = ""
    rest: timedelta | None = None
    pauses: str = ""
    halve: bool = False


def judge(
    readers: Sequence[Delivery],
    answer: Sequence[Outcome] | ProviderError,
    *,
    at: datetime,
    failures: int,
    chance: float,
) -> Judgement:
    """Say what an answer means that came at a moment (aware UTC); one outcome a reader, in their order.

    ``failures`` count requests in a row, this one included, that came to nothing; ``chance`` is from 0 to below 1.
    """
    if not isinstance(answer, ProviderError):
        return _each(readers, answer, at, chance)
    note = addresses.hidden(one_line(answer.sentence))
    if isinstance(answer, ReaderAtFault):
        return _at_fault(readers, note, at)
    rest = None if isinstance(answer, TakenBack) else retry.rest(answer, at, failures, chance)
    if isinstance(answer, InDoubt):
        doubts = tuple(Became(seq=one.seq, state="in doubt", reason=note) for one in readers)
        return Judgement(state="in doubt", readers=doubts, note=note, rest=rest)
    pauses = f"{note} {addresses.hidden(one_line(answer.hint))}".strip() if isinstance(answer, RequestRefused) else ""
    return Judgement(
        state="unsent", readers=_again(readers, at), note=note, rest=None if pauses else rest, pauses=pauses
    )


def _each(readers: Sequence[Delivery], outcomes: Sequence[Outcome], at: datetime, chance: float) -> Judgement:
    became = tuple(
        became_of(one, outcome, at=at, chance=chance) for one, outcome in zip(readers, outcomes, strict=True)
    )
    bounced = tuple(_bounced(readers, outcomes))
    return Judgement(state="answered", readers=became, bounced=bounced)


def became_of(reader: Delivery, outcome: Outcome, *, at: datetime, chance: float) -> Became:
    """Say what an outcome means for its reader."""
    if type(outcome) is Accepted:  # nearly all of them
        name = outcome.provider_id
        return Became(seq=reader.seq, state="accepted", provider_id=None if name is None else one_line(name))
    now = Circumstances(at=at, tries=reader.tries, failures=reader.tries + 1, chance=chance)
    return _spelt(reader, retry.verdict(outcome, now))


def _spelt(reader: Delivery, verdict: Verdict) -> Became:
    reason = one_line(verdict.reason)
    if isinstance(verdict, Again):
        waits = verdict.not_before
        return Became(
            seq=reader.seq, state="waiting", reason=reason, not_before=waits, counts=verdict.counts, what="put off"
        )
    return Became(
        seq=reader.seq, state=verdict.state, provider_id=verdict.provider_id, reason=reason, what=verdict.state
    )


def _bounced(readers: Iterable[Delivery], outcomes: Iterable[Outcome]) -> Iterable[tuple[int, str]]:
    for reader, outcome in zip(readers, outcomes, strict=True):
        if isinstance(outcome, Refused) and outcome.bounced:
            yield reader.seq, outcome.bounced


def _at_fault(readers: Sequence[Delivery], note: str, at: datetime) -> Judgement:
    """Somebody's address is why: whoever is alone it is, several are told apart."""
    if len(readers) > 1:
        return Judgement(state="unsent", readers=_again(readers, at), note=note, halve=True)
    refused = Became(seq=readers[0].seq, state="refused", reason=note, what="refused")
    return Judgement(state="answered", readers=(refused,), note=note)


def _again(readers: Iterable[Delivery], at: datetime) -> tuple[Became, ...]:
    """They wait as they did, in the place that they had."""
    return tuple(Became(seq=one.seq, state="waiting", reason=one.reason, not_before=one.not_before) for one in readers)


def one_line(text: str) -> str:
    """What a provider says, so that a database keeps it: no null bytes, no halves of letters, not endless."""
    if not text.isprintable():
        text = "".join(letter if letter.isprintable() else " " for letter in text)
    return text[:_LONGEST]
