"""Whether this machine's clock can be trusted with what follows from time: who may take over, repeat or look up.

Processes on several machines judge each other's requests by the wall clock, so each compares its own with the one clock
that they share, that of the database server.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from newsletter.errors import NewsletterError
from newsletter.store import clock as server
from newsletter.store.database import Store

APART = timedelta(seconds=30)
"""So far two clocks may be apart: much less than a request has to leave, much more than those that the network sets."""


class WrongClock(NewsletterError):
    """This machine's clock or the server's is wrong. It is no fault of the settings, and may pass by itself."""

    def __init__(self, here: datetime, there: datetime) -> None:
        seconds = abs((here - there).total_seconds())
        super().__init__(
            f"This machine's clock shows {here:%Y-%m-%d %H:%M:%S} UTC and the database server's {there:%H:%M:%S} on "
            f"{there:%Y-%m-%d}: they are {seconds:,.0f} seconds apart, and nothing is sent.",
            "Have both set by the network (timedatectl set-ntp true), then begin again.",
        )


def refuse_apart(store: Store, clock: Callable[[], datetime]) -> None:
    """Raises: WrongClock when ``clock`` (aware UTC) and the server's are too far apart; StoreError.

    A file has no clock of its own, and one machine.
    """
    with store.reading() as transaction:
        there = server.now(transaction)
        here = clock()
    if there and abs(here - there) > APART:
        raise WrongClock(here, there)
