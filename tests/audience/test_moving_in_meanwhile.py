"""While a list moves in or is taken back readers go on: whatever they do at that moment, no opt-out is lost."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from databases import Fresh
from moving import CONSENT, CONSENTED, KEY, NOW, ZONE, Moving

from newsletter.audience import consent, erasure, transfer
from newsletter.audience.consent import Newcomer
from newsletter.audience.occasion import Occasion
from newsletter.store import imports
from newsletter.store.check import check
from newsletter.store.database import Transaction

READER = Occasion(at=NOW, zone=ZONE, source="one-click")
SERVER = Occasion(at=NOW, zone=ZONE, source="bounce")
OPERATOR = Occasion(at=NOW, zone=ZONE, source="operator")
IMPORT = Occasion(at=NOW, zone=ZONE, source="import", text=CONSENT)
LINES = 12_000
BUSY = 240
"""Of the readers of a list, so many do something meanwhile."""

KNOWN = ("leaves", "bounces", "complains", "is erased")
DOES = (*KNOWN, "signs up", "signs up and leaves")
BECOMES = dict(zip(DOES, ("left", "suppressed", "suppressed", None, "confirmed", "left"), strict=True))


@pytest.fixture
def moving(tmp_path: Path, fresh: Fresh) -> Moving:
    return Moving(tmp_path, fresh())


def address(number: int) -> str:
    return f"lezer{number}@example.nl"


def deed(number: int) -> str:
    return DOES[number % len(DOES)] if number < BUSY else "nothing"


def meanwhile(moving: Moving, work: Callable[[], object], does: Callable[[Transaction, int], object]) -> None:
    """Do some work while readers do something, two at a time, each in a transaction of his own."""
    numbers, ready = list(range(BUSY)), Barrier(3)
    random.Random(3).shuffle(numbers)

    def one_by_one(some: list[int]) -> None:
        ready.wait()
        for number in some:
            with moving.store.writing() as transaction:
                does(transaction, number)

    def all_at_once() -> None:
        ready.wait()
        work()

    with ThreadPoolExecutor(3) as pool:
        done = [pool.submit(all_at_once), *(pool.submit(one_by_one, numbers[half::2]) for half in range(2))]
        for one in done:
            one.result()


def do(moving: Moving, transaction: Transaction, number: int, identity: str) -> None:
    """What a reader, his server or the operator does."""
    match deed(number):
        case "leaves":
            assert consent.leave(transaction, identity, READER)
        case "bounces":
            assert consent.bounce(transaction, identity, SERVER)
        case "complains":
            assert consent.complain(transaction, identity, SERVER)
        case "is erased":
            assert erasure.erase(transaction, address(number), OPERATOR, key=KEY)
        case signing_up:
            newcomer = Newcomer(address=address(number))
            consent.sign_up(transaction, newcomer, READER, key=KEY, draw=moving.draw)
            if signing_up == "signs up and leaves":
                known = consent.known_by(transaction, newcomer.address)
                assert consent.leave(transaction, known.subscriber.id, READER)


def test_no_opt_out_is_lost_while_its_list_moves_in(moving: Moving) -> None:
    moving.bring("email,name\n" + "".join(f"{address(n)},Vroeger\n" for n in range(BUSY) if deed(n) in KNOWN))
    ids = {key: one.id for key, one in moving.everyone().items()}
    file = moving.written("email,name\n" + "".join(f"{address(n)},Lezer {n}\n" for n in reversed(range(LINES))))
    store, draw = moving.store, moving.draw
    with transfer.survey(
        store, file, CONSENTED, fields={}, zone=ZONE, key=KEY, at=NOW, progress=lambda _: None
    ) as surveyed:
        meanwhile(
            moving,
            lambda: transfer.apply(store, surveyed, CONSENTED, IMPORT, key=KEY, draw=draw, progress=lambda _: None),
            lambda transaction, number: do(moving, transaction, number, ids.get(address(number), "")),
        )
    becomes = {address(number): BECOMES.get(deed(number), "confirmed") for number in range(LINES)}
    assert {key: one.status for key, one in moving.everyone().items()} == {k: s for k, s in becomes.items() if s}
    with moving.store.reading() as transaction:
        newest, *_ = imports.every(transaction)
    assert newest.new + newest.changed + newest.unchanged + newest.stayed == newest.lines == LINES
    assert check(moving.store).findings == ()


def test_who_leaves_while_his_list_is_taken_back_has_left(moving: Moving) -> None:
    done = moving.bring("email\n" + "".join(f"{address(number)}\n" for number in range(LINES)))
    ids = {key: one.id for key, one in moving.everyone().items()}
    left: list[str] = []

    def leaves(transaction: Transaction, number: int) -> None:
        if consent.leave(transaction, ids[address(number)], READER):
            left.append(address(number))

    meanwhile(moving, lambda: moving.undo(done.number), leaves)
    assert {key: one.status for key, one in moving.everyone().items()} == dict.fromkeys(left, "left")
    assert check(moving.store).findings == ()
