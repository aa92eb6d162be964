"""What an answer of the provider means for one mail, and how long to leave alone what did not work.

Pure policy: it is told the time and a number drawn by chance, from 0 to below 1, and touches nothing. Pauses grow, so
that what stays broken is asked ever less often; chance keeps those that failed together from coming back together.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from newsletter.errors import ProviderError
from newsletter.providers._base import (
    Accepted,
    Deferred,
    InDoubt,
    Outcome,
    ReaderAtFault,
    Refused,
    RequestRefused,
    ThrottledUntil,
)

MOST_TRIES = 15
"""A server that so often said “later” never will: with the pauses of `DEFERRED` that is nearly two days."""

LONGEST_THROTTLE = timedelta(days=1)
"""No provider is believed that it takes nothing for longer."""

_LEAST_THROTTLE = timedelta(seconds=1)
_SPREAD = 0.25
_DOUBLINGS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Pauses:
    """Pauses that double from ``first`` to ``longest``, and by chance are up to a quarter longer."""

    first: timedelta
    longest: timedelta

    def after(self, failures: int, chance: float) -> timedelta:
        """Return the pause after so many failures in a row, of which there is at least one."""
        doubled = self.first * float(2 ** min(max(failures, 1) - 1, _DOUBLINGS))
        return min(doubled, self.longest) * (1 + chance * _SPREAD)


DEFERRED = Pauses(first=timedelta(minutes=5), longest=timedelta(hours=4))
"""Greylisting servers want five minutes and not a second less."""

BROKEN = Pauses(first=timedelta(seconds=2), longest=timedelta(minutes=5))
"""The line is down, or the provider; going on at full speed would put one mail after the other in doubt."""

REFUSED = Pauses(first=timedelta(minutes=1), longest=timedelta(hours=1))
"""The provider refuses the request; somebody has to change something first."""

FAULT = Pauses(first=timedelta(minutes=1), longest=timedelta(hours=4))
"""A mail cannot be made: a template is wrong, or this program."""

DOUBT = Pauses(first=timedelta(seconds=30), longest=timedelta(hours=1))
"""Between two tries to find out what became of a mail in doubt."""

STORE = Pauses(first=timedelta(seconds=1), longest=timedelta(minutes=1))
"""The database cannot be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """This is what became of a mail. What is *in doubt* may still turn out to be accepted, refused or absent.

    ``bounced`` is the provider's code for an address that does not exist; empty when that is not why it was refused.
    """

    state: Literal["accepted", "refused", "skipped", "in doubt"]
    provider_id: str | None = None
    reason: str = ""
    bounced: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """Nobody was mailed; the mail waits until ``not_before``. ``counts`` says whether that was one of its tries."""

    not_before: datetime
    counts: bool = False
    reason: str = ""


Verdict = Ended | Again


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What a verdict depends on besides the answer.

    ``tries`` were counted before this one. ``failures`` are requests for this very mail that came to nothing in a row,
    this one included. ``at`` is aware UTC.
    """

    at: datetime
    tries: int
    failures: int
    chance: float


def verdict(answer: Outcome | ProviderError, now: Circumstances) -> Verdict:
    """Say what an answer means for the mail that it is about."""
    match answer:
        case Accepted(provider_id=name):
            return Ended(state="accepted", provider_id=name)
        case Refused(reason=reason, bounced=bounced):
            return Ended(state="refused", reason=reason, bounced=bounced)
        case Deferred(reason=reason) if now.tries + 1 >= MOST_TRIES:
            return Ended(state="refused", reason=f"gave up after {now.tries + 1} tries: {reason}")
        case Deferred(reason=reason):
            pause = DEFERRED.after(now.tries + 1, now.chance)
            return Again(not_before=now.at + pause, counts=True, reason=reason)
        case InDoubt() | ReaderAtFault():  # a request for one mail has one reader: he is at fault
            return Ended(state="in doubt" if isinstance(answer, InDoubt) else "refused", reason=answer.sentence)
    return Again(not_before=now.at + rest(answer, now.at, now.failures, now.chance), reason=answer.sentence)


def verdict_of_replay(answer: Outcome | ProviderError, now: Circumstances) -> Verdict:
    """Say what the answer to a request means that was made before.

    An outcome is that of the first request, or of this one where the first never arrived. An error tells only of this
    one: nobody was mailed by it, and the doubt about the first remains.
    """
    if isinstance(answer, ProviderError):
        return Ended(state="in doubt", reason=answer.sentence)
    return verdict(answer, now)


def rest(error: ProviderError, at: datetime, failures: int, chance: float) -> timedelta:
    """Return how long to leave the provider alone after so many requests in a row that came to nothing."""
    match error:
        case ThrottledUntil(until=until):
            return min(max(until - at, _LEAST_THROTTLE), LONGEST_THROTTLE)
        case RequestRefused():
            return REFUSED.after(failures, chance)
    return BROKEN.after(failures, chance)
