"""Many readers leave at once with one click: the same as `consent.leave` for each, at the price of a few."""

from collections.abc import Mapping

from newsletter.audience import consent
from newsletter.audience.occasion import Occasion
from newsletter.store import leavings
from newsletter.store.database import Transaction


def leave_together(transaction: Transaction, leaving: Mapping[str, Occasion]) -> None:
    """Have readers leave, by subscriber id, each on an occasion of his own: all with one click, without text or note.

    A second time nothing changes. Unknown ids are left alone: he may have been erased.
    """
    gone = leavings.among(transaction, list(leaving))
    for identity in filter(gone.__getitem__, gone):  # whether that was his own doing is looked at; it hardly happens
        consent.leave(transaction, identity, leaving[identity])
    staying = [identity for identity, has_left in gone.items() if not has_left]
    leavings.keep(transaction, [(one, leaving[one].at, leaving[one].origin) for one in staying])
