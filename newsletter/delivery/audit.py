"""The ledger held to its laws: everything that it says of a run is counted and found out again from its rows.

An account that can be kept beside the issue: it names readers by their numbers in the run and never by address, stands
in the order of the runs, and is the same whenever nothing has happened since.
"""

from array import array
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from newsletter.model.ledger import AttemptState, DeliveryState, EventKind, Run
from newsletter.store import deliveries, editions, events, figures, ledger_laws, runs, webhooks
from newsletter.store.database import Transaction
from newsletter.store.events import Unmatched
from newsletter.store.ledger_laws import Law, Request

_MOST_STRAYS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """A law of the ledger that does not hold in a run. ``law`` is its code, stable kebab-case.

    ``count`` says how many break it; ``number`` is one of them, a reader's or a request's as ``of`` says, the run's own
    where it is about that.
    """

    law: str
    sentence: str
    of: str
    count: int
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What was found of one run.

    ``requests`` count by state, ``told`` the readers of whom something was told later, ``acknowledged`` the alarms that
    the operator has seen to.
    """

    run: Run
    counts: Mapping[DeliveryState, int]
    requests: Mapping[AttemptState, int]
    told: Mapping[EventKind, int]
    acknowledged: int
    breaches: tuple[Breach, ...]

    @property
    def sum(self) -> str:
        """``200 = 0 waiting + 0 sending + 198 accepted + 2 refused + 0 skipped + 0 in doubt``"""
        parts = " + ".join(f"{count:,} {state}" for state, count in self.counts.items())
        return f"{self.run.total or 0:,} = {parts}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What was found of some runs, the oldest first.

    ``unmatched`` events are about nobody known, and ``strays`` those of them that were told last; ``unapplied`` calls
    of providers wait to be read, ``unread`` could not be: none of these breaks a law.
    """

    accounts: tuple[Account, ...]
    unmatched: int
    strays: tuple[Unmatched, ...]
    unapplied: int
    unread: int

    @property
    def breaches(self) -> int:
        """How many laws do not hold, each counted once a run."""
        return sum(len(account.breaches) for account in self.accounts)


def audit(transaction: Transaction, only: Run | None = None, *, at: datetime) -> Audit:
    """Hold all runs, or one, to every law as it stands at a moment (aware UTC). Nothing is written."""
    found: dict[int, list[Breach]] = {}
    for law in ledger_laws.laws(at):
        for run, count, number in ledger_laws.broken(transaction, law):
            found.setdefault(run, []).append(_breach(law, count, number))
    those = (only,) if only else tuple(reversed(runs.every(transaction)))
    return Audit(
        accounts=tuple(_account(transaction, run, found.get(run.id, ())) for run in those),
        unmatched=events.count_unmatched(transaction),
        strays=tuple(events.unmatched(transaction, limit=_MOST_STRAYS)),
        unapplied=webhooks.count_waiting(transaction),
        unread=len(webhooks.unread(transaction)),
    )


def _breach(law: Law, count: int, number: int) -> Breach:
    return Breach(law=law.code, sentence=law.breakers, of=law.of, count=count, number=number)


def _account(transaction: Transaction, run: Run, by_law: Sequence[Breach]) -> Account:
    counts = deliveries.counts(transaction, run.id)
    found = (*_of_the_sum(run, counts), *_of_the_edition(transaction, run), *by_law, *_of_requests(transaction, run))
    return Account(
        run=run,
        counts=counts,
        requests=ledger_laws.states(transaction, run.id),
        told=figures.told_later(transaction, run.id),
        acknowledged=sum(bool(one.acknowledged) for one in events.alarms(transaction, run.id)),
        breaches=found,
    )


def _of_the_sum(run: Run, counts: Mapping[DeliveryState, int]) -> Iterator[Breach]:
    missing = (run.total or 0) - sum(counts.values())
    if missing:
        sentence = f"The sum does not hold: {abs(missing):,} {'missing' if missing > 0 else 'too many'}"
        yield Breach(law="sum", sentence=sentence, of="run", count=abs(missing), number=run.id)


def _of_the_edition(transaction: Transaction, run: Run) -> Iterator[Breach]:
    if editions.load(transaction, run.edition).fingerprint != run.edition:
        sentence = "The edition that is kept is not the one that was pressed"
        yield Breach(law="edition", sentence=sentence, of="run", count=1, number=run.id)


def _of_requests(transaction: Transaction, run: Run) -> Iterator[Breach]:
    """What only all requests of a run, taken together, say of its readers."""
    said = ledger_laws.answered(transaction, run.id)
    walked = _Walk(run.total or 0)
    for request in ledger_laws.requests(transaction, run.id):
        walked.take(request, said)
    strays = sorted({attempt for attempt, seq in said if (attempt, seq) not in walked.asked_and_said})
    others = [seq for seq, last in ledger_laws.last_requests(transaction, run.id) if (last or 0) != walked.last(seq)]
    for law, sentence, of, numbers in (
        ("request-misspelt", "Requests that count their readers wrongly", "request", walked.misspelt),
        ("stray-answer", "Requests with an answer about a reader who was no part of them", "request", strays),
        ("asked-twice", "Readers in a second request, though the first may have mailed them", "reader", walked.twice),
        ("other-request", "Readers whose last request is another than they name", "reader", others),
        (
            "mailed-after-leaving",
            "Readers who were mailed though they had left by then",
            "reader",
            ledger_laws.mailed_after_leaving(transaction, run.id),
        ),
    ):
        if numbers:
            yield Breach(law=law, sentence=sentence, of=of, count=len(numbers), number=min(numbers))


class _Walk:
    """Goes through a run's requests in their order, and knows of each reader the last one that he was part of."""

    def __init__(self, readers: int) -> None:
        self.misspelt: list[int] = []
        self.twice: set[int] = set()
        self.asked_and_said: set[tuple[int, int]] = set()
        self._last = array("q", bytes(8 * (readers + 1)))
        self._unsent: set[int] = set()

    def last(self, seq: int) -> int:
        """A reader's last request, 0 without one."""
        return self._last[seq] if seq < len(self._last) else 0

    def take(self, request: Request, said: Collection[tuple[int, int]]) -> None:
        """Go on to the next one; ``said`` are the requests that say something of a reader, with his number."""
        seqs = request.seqs
        if (len(set(seqs)), min(seqs), max(seqs)) != (request.size, request.low, request.high):
            self.misspelt.append(request.id)
        if max(seqs) >= len(self._last):
            self._last.frombytes(bytes(8 * (max(seqs) + 1 - len(self._last))))
        for seq in seqs:
            before = self._last[seq]
            if before and before not in self._unsent and (before, seq) not in said:
                self.twice.add(seq)
            self._last[seq] = request.id
            if (request.id, seq) in said:
                self.asked_and_said.add((request.id, seq))
        if request.state == "unsent":
            self._unsent.add(request.id)
