"""How many readers may be taken now: the limits of ``throttle``, held against rows that all processes share.

It is asked in the transaction that claims, before the claim, and told what was taken; so a limit holds across
processes, and a request does not grow old in front of one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from newsletter.config import Config
from newsletter.delivery.throttle import Limits
from newsletter.model.ledger import Delivery, Run
from newsletter.schedule import at_wall_time, is_quiet
from newsletter.store import claims, gates, quotas
from newsletter.store.database import Transaction

_ANY = 1_000_000
_SECOND = timedelta(seconds=1)
_RATE = "rate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shut:
    """Until when (aware UTC) nobody is taken, though readers wait, and why, in the words that end with “until …”."""

    until: datetime
    why: str


class Allowance:
    """The limits of one newsletter."""

    def __init__(self, config: Config) -> None:
        self._limits = Limits.of(config.send)
        self._zone, self._quiet = config.newsletter.time_zone, config.newsletter.quiet

    def rest(self, transaction: Transaction, run: Run, *, until: datetime) -> None:
        """Leave a run's provider alone until a moment; so do all processes."""
        gates.shut(transaction, _rest(run), until=until)

    def is_quiet(self, run: Run, at: datetime, to_send: timedelta) -> bool:
        """Whether nothing is to be taken, since on a quiet day it, or what is still under way then, would be sent."""
        days = {self._day(moment) for moment in (at, at + to_send)}
        return not run.quiet and any(is_quiet(day, self._quiet) for day in days)

    def ask(self, transaction: Transaction, run: Run, at: datetime, batch: int) -> tuple[int, datetime]:
        """Return how many readers may be taken now, and from when on more may; of these a request holds ``batch``."""
        opens = gates.look(transaction, _rest(run), at=at, alone=False)
        if opens > at:
            return 0, opens
        allowed, opens = self._by_rate(transaction, at, batch)
        if allowed and self._limits.by_day:
            left = self._left(at, quotas.hold(transaction, self._day(at)))
            if left <= 0:
                return 0, self._midnight(at)
            allowed = min(allowed, left)
        return allowed, opens

    def shut(self, transaction: Transaction, run: Run, at: datetime) -> Shut | None:
        """Return what keeps a run's readers waiting at a moment; None when nothing does."""
        rests = gates.look(transaction, _rest(run), at=at, alone=False)
        if rests > at:
            return Shut(until=rests, why="The provider takes nothing")
        if self._limits.by_day and self._left(at, quotas.used(transaction)) <= 0:
            return Shut(until=self._midnight(at), why="As many as a day holds were mailed, and no more are")
        return None

    def spread(self, transaction: Transaction, run: int, found: Sequence[Delivery], at: datetime) -> list[Delivery]:
        """Return of those whose turn it is whom his mail service still takes now; the others get a later turn."""
        if not self._limits.per_domain:
            return list(found)
        late: dict[int, datetime] = {}
        for domain, rate in sorted(self._limits.per_domain.items()):
            late |= self._late(transaction, domain, rate, [one for one in found if one.domain == domain], at)
        claims.postpone(transaction, run, late)
        return [one for one in found if one.seq not in late]

    def spend(self, transaction: Transaction, taken: int, at: datetime) -> None:
        """Count those who were taken."""
        if taken and self._limits.rate:
            gates.spend(transaction, _RATE, at=at, every=_SECOND / self._limits.rate, taken=taken)
        if taken and self._limits.by_day:
            quotas.spend(transaction, self._day(at), taken)

    def give_back(self, transaction: Transaction, taken: int, at: datetime) -> None:
        """Count those no more who were taken at a moment and certainly were not mailed. Time gives a rate back."""
        if taken and self._limits.by_day:
            quotas.spend(transaction, self._day(at), -taken)

    def _by_rate(self, transaction: Transaction, at: datetime, batch: int) -> tuple[int, datetime]:
        at_once = self._limits.at_once(batch)
        if at_once is None:
            return _ANY, at
        opens = gates.look(transaction, _RATE, at=at)
        return (at_once if opens <= at else 0), opens

    def _left(self, at: datetime, used: Mapping[date, int]) -> int:
        """How many a day still holds, of whose readers and those of earlier days ``used`` tells."""
        today = self._day(at)
        allowed = self._limits.on_day((today - min((*used, today))).days + 1)
        return _ANY if allowed is None else allowed - used.get(today, 0)

    def _day(self, at: datetime) -> date:
        return at.astimezone(self._zone).date()

    def _midnight(self, at: datetime) -> datetime:
        return at_wall_time(self._day(at) + timedelta(days=1), time(), self._zone)

    def _late(
        self, transaction: Transaction, domain: str, rate: float, readers: Sequence[Delivery], at: datetime
    ) -> dict[int, datetime]:
        """Take of one service's readers as many as may go; give each of the others his turn behind those before him."""
        if not readers:
            return {}
        every, gate, queue = _SECOND / rate, f"domain:{domain}", f"queue:{domain}"
        opens = gates.look(transaction, gate, at=at)
        now = max(1, int(rate)) if opens <= at else 0
        going, late = readers[:now], readers[now:]
        gates.spend(transaction, gate, at=at, every=every, taken=len(going))
        begins = max(gates.look(transaction, queue, at=at), opens, at) + every * (len(going) or 1)
        turns = {one.seq: begins + every * place for place, one in enumerate(late)}
        gates.shut(transaction, queue, until=max(turns.values(), default=at))
        return turns


def _rest(run: Run) -> str:
    return f"rest:{run.provider}"
