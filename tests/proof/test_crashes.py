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

LEAVING = {"repeats": 0, "resend": 0, "remembers": 0, "plain": 40}
"""How many leave or are erased meanwhile: no request that went to one of them is repeated."""


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
    readers = pressed.put_readers(stage.store, 600 if kind == "resend" else 200, *DIFFICULT[kind])
    with stage.watched():
        play(stage, senders, kills, seed, leaving=readers[: LEAVING[kind]])
    states = stage.close(may_doubt=kind == "plain")
    assert states["accepted"]
    assert stage.lost() >= kills / 4, "hardly anybody was killed at work"
    assert not stage.stumbles("stumbled", "no provider may", "without_store")


def play(stage: Stage, senders: int, kills: int, seed: int, leaving: list[str]) -> None:
    """Send one issue after the other and kill senders, so many times; then let them come to an end."""
    chance, issues, asleep = random.Random(seed), count(1), list[int]()
    stage.weather(FOUL)
    working = [stage.start() for _ in range(senders)]
    while stage.kills < kills:
        number = stage.presses(f"nummer-{next(issues)}")
        while stage.kills < kills and not stage.run(number).is_over:
            stage.comes(stage.asked(chance.randrange(1, 5)), patience=0.5)  # or hardly anything is left to do
            hurt(stage, working, chance, asleep)
            if leaving and not asleep:  # who sleeps may hold what others wait for
                stage.leaves(leaving.pop(), is_erased=bool(len(leaving) % 2))
    for pid in asleep:
        stage.wake(pid)
    stage.weather(CALM)
    for pid in working:
        assert stage.said(pid) == "done"


def hurt(stage: Stage, working: list[int], chance: random.Random, asleep: list[int]) -> None:
    """Kill one of those who work, or stop it and wake it later; another takes its place."""
    sleeps = chance.random() < 0.2
    if stage.store.file is not None:
        hold_that_two_more_refuse(stage, working[0], sleeps=sleeps)
    stage.comes(lambda: stage.at_work() & set(working), patience=0.5)
    victim = chance.choice(sorted(stage.at_work() & set(working)) or working)
    working.remove(victim)
    if sleeps and stage.store.file is None:
        stage.stop(victim)
        asleep.append(victim)
    else:
        stage.kill(victim)
    if asleep and chance.random() < 0.5:
        stage.wake(asleep.pop(0))
    working.append(stage.start())


def hold_that_two_more_refuse(stage: Stage, sender: int, *, sleeps: bool) -> None:
    """While one sends from a SQLite file, even in its sleep, nobody else does; both say who it is."""
    if sleeps:
        stage.stop(sender)
    for said in [stage.said(pid) for pid in (stage.start(), stage.start())]:
        assert stage.nursery.ended(sender) is not None or (said.startswith("Busy") and f"process {sender}" in said)
    stage.wake(sender)


def test_a_sender_that_takes_a_failure_for_nothing_sent_is_found_out(stage_on: Callable[..., Stage]) -> None:
    stage = stage_on("sqlite", "plain")
    pressed.put_readers(stage.store, 20)
    stage.weather({"fail after": 1})
    stage.presses()
    stage.start(retries_doubts=True)
    stage.until(stage.asked(4))
    with pytest.raises(AssertionError, match=r"took it|twice"):
        stage.states()
