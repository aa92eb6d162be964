"""Killing, stopping and waking those who send, at random instants, while the provider fails in every way."""

import random
from itertools import count

import pressed
from proof_stage import FOUL, Stage

DIFFICULT = {
    "repeats": (pressed.LATER,),  # a request to one who is refused elsewhere meanwhile is not repeated
    "resend": (),
    "mailgun": (pressed.POISON,),
    "remembers": (pressed.BAD, pressed.LATER, pressed.POISON),
    "plain": (pressed.BAD, pressed.LATER, pressed.POISON),
}
"""With a provider of a kind, readers beside the good ones."""

SLEEPS, CUTS = 0.2, 0.15
"""How often it is no kill: a stop until one is woken, and all connections cut."""


AT_WORK, ENOUGH = 4, 5
"""One kill of so many at least hits somebody at work; after so many times as many as are wanted nobody waits for it."""


def play(stage: Stage, senders: int, kills: int, seed: int, leaving: list[str]) -> None:
    """Send one issue after the other and kill senders, so many times, and until enough of them had requests under way;
    then let them come to an end.

    Raises: AssertionError when hardly anybody is killed at work.
    """
    chance, issues, asleep = random.Random(seed), count(1), list[int]()

    def is_enough() -> bool:
        return stage.kills >= kills and (stage.kills >= ENOUGH * kills or stage.lost() >= kills / AT_WORK)

    stage.weather(FOUL)
    working = [stage.start() for _ in range(senders)]
    while not is_enough():
        number = stage.presses(f"nummer-{next(issues)}")
        while not is_enough() and not stage.run(number).is_over:
            stage.comes(stage.asked(chance.randrange(1, 5)), patience=0.5)  # or hardly anything is left to do
            hurt(stage, working, chance, asleep)
            if leaving and not asleep:  # who sleeps may hold what others wait for
                stage.leaves(leaving.pop(), is_erased=bool(len(leaving) % 2))
    for pid in asleep:
        stage.wake(pid)
    stage.finish(*working, *(asleep if stage.has_workers else ()))
    assert stage.lost() >= kills / AT_WORK, "hardly anybody was killed at work"


def hurt(stage: Stage, working: list[int], chance: random.Random, asleep: list[int]) -> None:
    """Kill one of those who work, or stop it and wake it later; another takes its place. Workers also lose their
    connections to the database."""
    if stage.has_workers and chance.random() < CUTS:
        stage.cut()
        return
    sleeps, many = chance.random() < SLEEPS, len(working)
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
        stage.wake(woken := asleep.pop(0))
        working += [woken] if stage.has_workers else []  # a sender may just come to its end
    working += [stage.start() for _ in range(many - len(working))]


def hold_that_two_more_refuse(stage: Stage, sender: int, *, sleeps: bool) -> None:
    """While one sends from a SQLite file, even in its sleep, nobody else does; both say who it is."""
    if sleeps:
        stage.stop(sender)
    for said in [stage.said(pid) for pid in (stage.start(), stage.start())]:
        assert stage.nursery.ended(sender) is not None or (said.startswith("Busy") and f"process {sender}" in said)
    stage.wake(sender)
