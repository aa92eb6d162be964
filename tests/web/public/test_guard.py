"""What is let through to the pages that have a mail sent: forms of people, and no more of them than people send."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from databases import Fresh
from sqlalchemy import text

from newsletter.links import DEMO_KEY, Key, sign_form
from newsletter.store import gates
from newsletter.store.database import Store
from newsletter.web.public import guard
from newsletter.web.public.guard import Again, Fooled, Guard, Later, Pass

KEY = Key(secret=b"a secret of a good length")
OLD = Key(secret=b"the secret that was before")
ADDRESS = "hanna@example.nl"
HERE = "192.0.2.7"


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = datetime(2026, 10, 3, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def wait(self, **time: float) -> None:
        self.at += timedelta(**time)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def watch(store: Store, clock: Clock) -> Guard:
    """A guard in front of an empty store."""
    return guard_of(store, clock)


def guard_of(store: Store, clock: Clock) -> Guard:
    numbers = count(1)
    return Guard(store=store, keys=(KEY, OLD), now=clock, draw=lambda: f"{next(numbers):032x}")


def filled(watch: Guard, clock: Clock, **typed: str) -> dict[str, str]:
    """The form as it was shown, filled in ten seconds later."""
    form = {guard.TOKEN: watch.fields()["token"], guard.HONEYPOT: ""}
    clock.wait(seconds=10)
    return {**form, **typed}


def kept(store: Store) -> list[tuple[object, ...]]:
    with store.reading() as transaction:
        return [tuple(row) for row in transaction.execute(text("SELECT key, tat FROM gates ORDER BY key"))]


def test_a_form_that_a_person_filled_in_passes(watch: Guard, clock: Clock) -> None:
    assert watch.judge(filled(watch, clock), origin=HERE, address=ADDRESS) == Pass()


def test_who_fills_in_what_people_do_not_see_is_fooled_and_leaves_nothing(watch: Guard, clock: Clock) -> None:
    form = filled(watch, clock, answer="https://example.org")
    assert watch.judge(form, origin=HERE, address=ADDRESS) == Fooled()
    assert kept(watch.store) == []


def test_a_fooled_robot_meets_the_limits_of_everybody(watch: Guard, clock: Clock) -> None:
    for _ in range(guard.NARROW.burst):
        assert watch.within_limits(origin=HERE, address=ADDRESS) == Pass()
    robot, person = filled(watch, clock, answer="x"), filled(watch, clock)
    assert isinstance(watch.judge(robot, origin=HERE, address=ADDRESS), Later)
    assert isinstance(watch.judge(person, origin=HERE, address=ADDRESS), Later)


def test_who_is_quicker_than_a_person_is_asked_once_more_and_then_passes(watch: Guard, clock: Clock) -> None:
    form = {guard.TOKEN: watch.fields()["token"]}
    clock.wait(seconds=1.9)
    again = watch.judge(form, origin=HERE, address=ADDRESS)
    assert isinstance(again, Again)
    assert (again.sentence, again.fields["token"]) == (guard.QUICK, form[guard.TOKEN])
    assert kept(watch.store) == []
    clock.wait(seconds=1)
    assert watch.judge(form, origin=HERE, address=ADDRESS) == Pass()


def test_a_form_that_was_open_for_a_day_is_shown_again_and_then_passes(watch: Guard, clock: Clock) -> None:
    form = {guard.TOKEN: watch.fields()["token"]}
    clock.wait(hours=23, minutes=59)
    assert watch.judge(form, origin=HERE, address=ADDRESS) == Pass()
    clock.wait(minutes=2)
    again = watch.judge(form, origin=HERE, address=ADDRESS)
    assert isinstance(again, Again)
    assert again.sentence == guard.STALE
    clock.wait(seconds=10)
    assert watch.judge({guard.TOKEN: again.fields["token"]}, origin=HERE, address=ADDRESS) == Pass()


@pytest.mark.parametrize(
    "token",
    [None, "", "x", "\0", "é" * 36, "A" * 36, "A" * 5000,
     sign_form(DEMO_KEY, datetime(2026, 10, 3, 8, 0, tzinfo=UTC)),
     sign_form(Key(secret=b"somebody else's secret"), datetime(2026, 10, 3, 8, 0, tzinfo=UTC))],
)  # fmt: skip
def test_a_form_without_a_token_of_ours_is_shown_again(watch: Guard, clock: Clock, token: str | None) -> None:
    form = filled(watch, clock)
    form = {**form, guard.TOKEN: token} if token is not None else {}
    again = watch.judge(form, origin=HERE, address=ADDRESS)
    assert isinstance(again, Again)
    assert again.sentence == guard.NEW
    assert kept(watch.store) == []


def test_a_form_outlives_the_change_of_the_secret(watch: Guard, clock: Clock) -> None:
    token = sign_form(OLD, clock())
    clock.wait(minutes=5)
    assert watch.judge({guard.TOKEN: token}, origin=HERE, address=ADDRESS) == Pass()
    renewed = replace(watch, keys=(KEY,))
    assert isinstance(renewed.judge({guard.TOKEN: token}, origin=HERE, address=ADDRESS), Again)


def through(watch: Guard, times: int, *, origin: str = HERE, address: str = ADDRESS) -> int:
    """How many of so many requests pass."""
    return sum(watch.within_limits(origin=origin, address=address) == Pass() for _ in range(times))


def test_an_office_behind_one_address_passes_and_a_robot_there_is_told_when_to_come_back(
    watch: Guard, clock: Clock
) -> None:
    assert through(watch, 45) == 40
    later = watch.within_limits(origin=HERE, address=ADDRESS)
    assert later == Later(seconds=30)
    clock.wait(seconds=29)
    assert through(watch, 1) == 0
    clock.wait(seconds=1)
    assert through(watch, 2) == 1


def test_the_neighbours_of_a_robot_are_not_locked_out_until_they_are_many(watch: Guard) -> None:
    assert [through(watch, 45, origin=f"192.0.2.{25 * n}", address=f"a@{n}.example.nl") for n in range(10)] == [40] * 10
    assert through(watch, 1, origin="192.0.2.99", address="a@other.example.nl") == 0
    assert through(watch, 1, origin="192.0.3.99", address="a@other.example.nl") == 1


def test_an_ipv6_connection_is_one_whatever_address_it_draws(watch: Guard) -> None:
    drawn = (f"2001:db8:1:2::{n:x}" for n in range(1, 46))
    assert sum(through(watch, 1, origin=origin) for origin in drawn) == 40
    assert through(watch, 1, origin="2001:db8:1:3::1") == 1
    assert [through(watch, 45, origin=f"2001:db8:1:{n}00::1", address=f"a@{n}.example.nl") for n in range(10, 19)] == (
        [40] * 8 + [39]
    )
    assert through(watch, 1, origin="2001:db8:2:3::1") == 1


def test_ipv4_in_the_clothes_of_ipv6_is_ipv4(watch: Guard) -> None:
    assert through(watch, 40, origin="::ffff:192.0.2.7") == 40
    assert through(watch, 1, origin="192.0.2.7") == 0


@pytest.mark.parametrize("origin", ["", "testclient", "jan@example.nl", "\0", "999.1.1.1", "é", "\udcff"])
def test_what_is_no_network_address_has_a_range_of_its_own(watch: Guard, origin: str) -> None:
    assert through(watch, 41, origin=origin) == 40
    assert through(watch, 1, origin=HERE) == 1


def test_one_domain_is_not_flooded_from_many_addresses_however_it_is_spelt(watch: Guard, clock: Clock) -> None:
    spelt = ("a@bücher.example", "b@BÜCHER.example", "c@xn--bcher-kva.example")
    passed = sum(through(watch, 1, origin=f"198.51.{n}.7", address=spelt[n % 3]) for n in range(105))
    assert passed == 100
    assert through(watch, 1, address="a@example.org") == 1
    clock.wait(seconds=30)
    assert through(watch, 2, address=spelt[0]) == 1


def test_a_domain_that_everybody_has_lets_everybody_in(watch: Guard) -> None:
    assert sum(through(watch, 1, origin=f"198.51.{n}.7", address="a@Gmail.com") for n in range(150)) == 150
    assert guard.LARGE_DOMAIN.burst > 1_000


def test_what_one_address_is_refused_does_not_use_up_the_limit_of_a_domain(watch: Guard) -> None:
    assert through(watch, 200) == 40
    assert sum(through(watch, 1, origin=f"198.51.{n}.7") for n in range(60)) == 60


def test_limits_hold_in_another_process_and_after_a_restart(watch: Guard, fresh: Fresh, clock: Clock) -> None:
    through(watch, 40)
    again = Store(watch.store.file or watch.store.engine.url.set(drivername="postgresql").render_as_string(False))
    try:
        assert through(guard_of(again, clock), 1) == 0
    finally:
        again.close()
    assert through(guard_of(fresh(), clock), 1) == 1


def test_the_store_does_not_tell_who_was_here(watch: Guard, clock: Clock) -> None:
    watch.judge(filled(watch, clock), origin=HERE, address="hanna@heuvelbode.example")
    dump = json.dumps(kept(watch.store), default=str)
    assert len(kept(watch.store)) == 3
    assert not any(part in dump for part in ("192.0", "heuvelbode", "hanna"))


def test_who_rested_leaves_nothing_behind(watch: Guard, clock: Clock) -> None:
    through(watch, 1)
    clock.wait(days=1)
    with watch.store.writing() as transaction:
        assert gates.prune(transaction, at=clock()) == 3
