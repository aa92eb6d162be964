"""Forms while a calculation is asked for: who made it passes, who cannot waits, and nobody uses one twice."""

import json
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count

import altcha
import pytest

from newsletter.links import Key
from newsletter.store.database import Store
from newsletter.web.public import guard, work
from newsletter.web.public.guard import Again, Fooled, Guard, Later, Pass

ADDRESS = "hanna@example.nl"
HERE = "192.0.2.7"


class Watch:
    """A guard that asks for a calculation, and a clock that is set by hand."""

    def __init__(self, store: Store) -> None:
        numbers = count(1)
        self.at = datetime(2026, 10, 3, 8, 0, tzinfo=UTC)
        self.guard = Guard(
            store=store,
            keys=(Key(secret=b"a secret of a good length"),),
            now=lambda: self.at,
            draw=lambda: f"{next(numbers):032x}",
            proof_of_work=True,
        )

    def wait(self, **time: float) -> None:
        self.at += timedelta(**time)

    def judge(self, form: dict[str, str], *, origin: str = HERE) -> guard.Verdict:
        return self.guard.judge(form, origin=origin, address=ADDRESS)


@pytest.fixture
def watch(store: Store) -> Watch:
    return Watch(store)


def calculated(watch: Watch) -> dict[str, str]:
    """A form that a browser with script fills in, as ALTCHA's own code does."""
    shown = watch.guard.fields()
    challenge = altcha.Challenge.from_dict(json.loads(shown["challenge"]))
    its = challenge.parameters
    solution = altcha.Solution(*found(its.nonce, its.salt, its.key_prefix, its.cost))
    return {guard.TOKEN: shown["token"], guard.WORK: altcha.Payload(challenge, solution).to_base64()}


@cache
def found(nonce: str, salt: str, prefix: str, cost: int) -> tuple[int, str]:
    """Calculate, once for each challenge of these tests."""
    parameters = altcha.ChallengeParameters("PBKDF2/SHA-256", nonce, salt, cost, key_prefix=prefix)
    solution = altcha.solve_challenge(altcha.Challenge(parameters))
    assert solution
    return solution.counter, solution.derived_key


def test_who_calculated_passes(watch: Watch) -> None:
    form = calculated(watch)
    watch.wait(seconds=3)
    assert watch.judge(form) == Pass()


def test_a_calculation_counts_once_and_then_another_one_does(watch: Watch) -> None:
    form = calculated(watch)
    watch.wait(seconds=3)
    assert watch.judge(form) == Pass()
    again = watch.judge(form, origin="198.51.100.1")
    assert isinstance(again, Again)
    assert again.fields["challenge"]
    assert again.fields["challenge"] != watch.guard.fields()["challenge"]
    other = calculated(watch)
    watch.wait(seconds=3)
    assert watch.judge(other) == Pass()


def test_a_calculation_is_not_used_up_by_a_limit_that_stops_its_form(watch: Watch) -> None:
    form = calculated(watch)
    watch.wait(seconds=3)
    for _ in range(guard.NARROW.burst):
        watch.guard.within_limits(origin=HERE, address=ADDRESS)
    assert isinstance(watch.judge(form), Later)
    watch.wait(minutes=1)
    assert watch.judge(form) == Pass()


def test_who_cannot_calculate_waits_a_minute_and_is_told_how_long(watch: Watch) -> None:
    form = {guard.TOKEN: watch.guard.fields()["token"]}
    watch.wait(seconds=20)
    again = watch.judge(form)
    assert isinstance(again, Again)
    assert (again.sentence, again.wait, again.fields["token"]) == (guard.UNSOLVED, 40, form[guard.TOKEN])
    watch.wait(seconds=39)
    assert isinstance(watch.judge(form), Again)
    watch.wait(seconds=1)
    assert watch.judge(form) == Pass()


def test_a_wrong_or_an_old_calculation_is_as_none(watch: Watch) -> None:
    form = calculated(watch)
    watch.wait(seconds=3)
    wrong = watch.judge({**form, guard.WORK: form[guard.WORK][:-8] + "AAAAAAA="})
    assert isinstance(wrong, Again)
    assert wrong.wait > 0
    watch.wait(hours=2)
    slow = [watch.judge(form, origin=f"198.51.{n}.7") for n in range(guard.SLOW_EVERYBODY.burst + 1)]
    assert slow[-2] == Pass()
    assert isinstance(slow[-1], Later)


def test_who_does_not_calculate_meets_narrower_limits(watch: Watch) -> None:
    form = {guard.TOKEN: watch.guard.fields()["token"]}
    watch.wait(seconds=60)
    assert [watch.judge(form) for _ in range(5)] == [Pass()] * 5
    assert isinstance(watch.judge(form), Later)
    assert watch.judge(form, origin="192.0.2.8") == Pass()
    assert watch.judge(calculated(watch)) != Pass()  # too quick, and not too many
    form = calculated(watch)
    watch.wait(seconds=3)
    assert watch.judge(form) == Pass()


def test_a_robot_is_fooled_before_it_is_asked_to_calculate(watch: Watch) -> None:
    assert watch.judge({guard.HONEYPOT: "x", guard.WORK: "x"}) == Fooled()


def test_nobody_is_asked_to_calculate_where_that_is_switched_off(store: Store) -> None:
    plain = Guard(store=store, keys=(Key(secret=b"x" * 32),), now=lambda: datetime.now(UTC), draw=lambda: "")
    assert plain.fields()["challenge"] == ""


def test_a_calculation_counts_once_for_longer_than_it_is_good() -> None:
    assert guard.ONCE.every > work.LIFETIME
