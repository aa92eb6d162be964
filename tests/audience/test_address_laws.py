"""Whatever readers and others do with three addresses, in whatever order: a move makes and loses nobody.

An address that stands in its own right, or whose reader was erased, is never taken by a move, but who never confirmed
gives way; who has left stays so; a link moves once, and never again once it was undone.
"""

from collections.abc import Callable
from contextlib import suppress

from deeds import NUMBERS, Deeds
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.errors import ConsentError, UsageError
from newsletter.store import subscribers
from newsletter.store.check import check
from newsletter.store.subscribers import Known

NAMES = ("anna", "bram", "cees")
Step = tuple[str, int, int]
"""What happens, and two numbers that choose who, and to which address or by which link."""

steps = st.lists(
    st.tuples(
        st.sampled_from(
            ["ask", "ask", "confirm", "confirm", "undo", "join", "sign up", "leave", "erase", "block", "later"]
        ),
        st.integers(0, 2),
        st.integers(0, 2),
    ),
    min_size=4,
    max_size=20,
)


class Walk:
    """Three addresses of its own, and the links that were sent."""

    def __init__(self, deeds: Deeds) -> None:
        number = next(NUMBERS)
        self.deeds = deeds
        self.addresses = [f"{name}{number}@example.nl" for name in NAMES]
        self.links: list[int] = []
        self.done: set[int] = set()
        self.undone: set[int] = set()

    def now(self) -> dict[str, Known]:
        with self.deeds.store.reading() as transaction:
            return subscribers.among(transaction, self.addresses)

    def step(self, what: str, who: int, which: int) -> None:
        before = self.now()
        with suppress(ConsentError, UsageError):
            {"ask": self.ask, "confirm": self.confirm, "undo": self.undo}.get(what, self.other(what))(who, which)
        after = self.now()
        if what in {"ask", "confirm", "undo"}:
            self.hold(before, after, moves=what != "ask")

    def hold(self, before: dict[str, Known], after: dict[str, Known], *, moves: bool) -> None:
        """A move takes the address of nobody who keeps his, and changes nothing of its reader but that."""
        ids = {known.subscriber.id: known for known in before.values()}
        moved = {key for key, known in after.items() if ids[known.subscriber.id].key != key}
        gave_way = {before[key].subscriber.id for key in moved & before.keys()}
        assert all(ids[identity].subscriber.status == "pending" for identity in gave_way)
        assert {known.subscriber.id for known in after.values()} == ids.keys() - gave_way
        assert len(moved) <= int(moves)
        assert {known.subscriber.id: known.consent for known in after.values()} == {
            identity: known.consent for identity, known in ids.items() if identity not in gave_way
        }

    def ask(self, who: int, which: int) -> None:
        asked = self.deeds.ask_to_move(self.addresses[which], self.addresses[who])
        self.links += [] if asked is None else [asked]

    def confirm(self, who: int, which: int) -> None:
        if self.links:
            link = self.links[-1 - (who + which) % len(self.links)]
            self.deeds.move(link)
            assert link not in self.done
            self.done.add(link)

    def undo(self, who: int, which: int) -> None:
        if self.links:
            link = self.links[-1 - (who + which) % len(self.links)]
            self.deeds.undo_move(link)
            assert link in self.done - self.undone
            self.undone.add(link)

    def other(self, what: str) -> Callable[[int, int], object]:
        deeds = self.deeds
        deed: Callable[[str], object] = {
            "join": lambda address: deeds.confirm(deeds.sign_up(address) or 0),
            "sign up": deeds.sign_up,
            "leave": deeds.leave,
            "erase": deeds.erase,
            "block": deeds.block,
        }.get(what, lambda _: deeds.later(hours=13))
        return lambda who, _: deed(self.addresses[who])


@given(steps=steps)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_move_makes_and_loses_nobody(deeds: Deeds, steps: list[Step]) -> None:
    walk = Walk(deeds)
    for address in walk.addresses[:2]:
        deeds.joins(address)
    deeds.mail_leaves()
    for step in steps:
        walk.step(*step)
        deeds.mail_leaves()
    assert check(deeds.store).findings == ()
