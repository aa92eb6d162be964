"""The hold: testers have an issue's mail some minutes before the list has it, so that somebody can still stop it.

The mail is made of the edition that was pressed and marked as a test; its ids are no delivery's, and its links no
reader's. Made again for the same testers it is the same, and a provider that knows requests by their ids mails them
once: whoever broke off in between makes it again.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count

from newsletter import mime, words
from newsletter.delivery.testing import MARK, Answered, send
from newsletter.errors import ProviderError
from newsletter.links import Links
from newsletter.model.ledger import Run
from newsletter.model.mail import Edition, Message
from newsletter.model.subscriber import Subscriber
from newsletter.providers._base import Accepted, InDoubt, Outcome, Provider, ReaderAtFault
from newsletter.rendering.merge import Merge

DONE = "The testers have it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What came of mailing the testers, in a sentence without an address.

    ``error`` is why they were not all asked for; then the run cannot go on as if they had been.
    """

    sentence: str
    error: ProviderError | None = None


def compose(run: Run, edition: Edition, testers: Sequence[Subscriber]) -> tuple[Message, ...]:
    """Make the testers' messages, of whom there is at least one. Raises: LookupError before the run is frozen."""
    merge = Merge(
        edition=replace(edition, subject=MARK + edition.subject),
        letterhead=replace(run.letterhead, test=True),
        links=Links(web=run.terms.web, key=None),
        words=words.load(edition.language),
        pictures=run.terms.pictures,
    )
    return tuple(merge(tester, delivery=_id(run, tester)) for tester in testers)


def mail(messages: Sequence[Message], provider: Provider) -> Held:
    """Send the testers' messages; where one of them may be at fault for all, each alone.

    Raises: ContentError when one cannot be made.
    """
    answers = _sent(messages, provider)
    if len(messages) > 1 and any(isinstance(answer.outcome, ReaderAtFault) for answer in answers):
        answers = [answer for message in messages for answer in _sent([message], provider)]
    return _held([answer.outcome for answer in answers])


def _sent(messages: Sequence[Message], provider: Provider) -> list[Answered]:
    digest = hashlib.sha256(b"".join(mime.to_bytes(message) for message in messages)).hexdigest()[:24]
    numbers = count(1)
    return list(send(messages, provider, token=lambda: f"test-{digest}-{next(numbers)}"))


def _id(run: Run, tester: Subscriber) -> str:
    return hashlib.sha256(f"{run.token}/test/{tester.id}".encode()).hexdigest()[:24]


def _held(outcomes: Sequence[Outcome | ProviderError]) -> Held:
    taken = sum(isinstance(one, Accepted | InDoubt) for one in outcomes)
    errors = [one for one in outcomes if isinstance(one, ProviderError) and not isinstance(one, InDoubt)]
    if grave := [error for error in errors if taken == 0 or not isinstance(error, ReaderAtFault)]:
        return Held(sentence=f"The testers could not be mailed: {grave[0].sentence}", error=grave[0])
    if taken == len(outcomes):
        return Held(sentence=DONE)
    return Held(sentence=f"Of {len(outcomes)} testers {taken} have it; the mails to the others were not taken.")
