"""Senders that are killed, stopped and woken while the provider fails in every way: the ledger says what is so.

The provider is not killed: what it wrote down is the truth. Somebody reads the ledger all the time.
"""

import random
from collections.abc import Callable
from itertools import count

import pressed
import pytest
from proof_stage import CALM, FOUL, Stage

LONG, SHORT = 28, 4
"""Kills in a cell: eleven long ones make more than three hundred."""

DIFFICULT = {
    "repeats": (pressed.LATER,),  # a request to one who is refused elsewhere meanwhile is not repeated
    "resend": (),
    "remembers": (pressed.BAD, pressed.LATER, pressed.POISON),
    "plain": (pressed.BAD, pressed.LATER, pressed.POISON),
}


def cell(database: str, senders: int, kind: str, *, kills: int = LONG) -> object:
    return pytest.param(database, senders, kind, kills, marks=[pytest.mark.proof] if kills == LONG else [])


@pytest.mark.parametrize(
    ("database", "senders", "kind", "kills"),
    [
        cell("sqlite", 1, "repeats", kills=SHORT),
        cell("postgresql", 3, "plain", kills=SHORT),
        *(cell("sqlite", 1, kind) for kind in ("repeats", "remembers", "plain", "resend")),
        *(cell("postgresql", 1, kind) for kind in ("repeats", "remembers", "plain")),
        *(cell("postgresql", 3, kind) for kind in ("repeats", "remembers", "plain", "resend")),
    ],
)
def test_senders_killed_at_any_moment_mail_nobody_twice_and_lose_nobody(
    stage_on: Callable[..., Stage], database: str, senders: int, kind: str, kills: int
) -> None:
    seed = kills + senders
    stage = stage_on(database, kind, seed=seed)
    pressed.put_readers(stage.store, 200, *DIFFICULT[kind])
    with stage.watched():
        play(stage, senders, kills, seed)
    states = stage.close(may_doubt=kind == "plain")
    assert states["accepted"]
    assert stage.lost() >= kills / 4, "hardly anybody was killed at work"
    assert not stage.stumbles("stumbled", "no provider may", "without_store")


def play(stage: Stage, senders: int, kills: int, seed: int) -> None:
    """Send one issue after the other and kill senders, so many times; then let them come to an end."""
    chance, issues, asleep = random.Random(seed), count(1), list[int]()
    stage.weather(FOUL)
    working = [stage.start() for _ in range(senders)]
    while stage.kills < kills:
        number = stage.presses(f"nummer-{next(issues)}")
        while stage.kills < kills and not stage.run(number).is_over:
            stage.comes(stage.asked(chance.randrange(1, 5)), patience=0.5)  # or hardly anything is left to do
            hurt(stage, working, chance, asleep)
    for pid in asleep:
        stage.wake(pid)
    stage.weather(CALM)
    for pid in working:
        assert stage.said(pid) == "done"


def hurt(stage: Stage, working: list[int], chance: random.Random, asleep: list[int]) -> None:
    """Kill one of those who work, or stop it and wake it later; another takes its place."""
    stage.comes(lambda: stage.at_work() & set(working), patience=0.5)
    victim = chance.choice(sorted(stage.at_work() & set(working)) or working)
    working.remove(victim)
    sleeps = chance.random() < 0.2
    if sleeps:
        stage.stop(victim)
        asleep.append(victim)
    if stage.store.file is not None:
        hold_that_two_more_refuse(stage, victim)
        for sleeper in asleep:
            stage.wake(sleeper)
        asleep.clear()
    if not sleeps or stage.store.file is not None:
        stage.kill(victim)
    if asleep and chance.random() < 0.5:
        stage.wake(asleep.pop(0))
    working.append(stage.start())


def hold_that_two_more_refuse(stage: Stage, sender: int) -> None:
    """While one sends from a SQLite file, nobody else does, and each says who it is."""
    for said in [stage.said(pid) for pid in (stage.start(), stage.start())]:
        assert stage.nursery.ended(sender) is not None or (said.startswith("Busy") and f"process {sender}" in said)
