"""While a list moves in or is taken back readers go on: whatever they do at that moment, no opt-out is lost."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from time import sleep

import pytest
from databases import Fresh
from moving import CONSENT, CONSENTED, KEY, NOW, ZONE, Moving

from newsletter.audience import consent, erasure
from newsletter.audience.consent import Newcomer
from newsletter.audience.occasion import Occasion
from newsletter.audience.transfer import Manner, Survey
from newsletter.errors import UsageError
from newsletter.store import files, imports
from newsletter.store.check import check
from newsletter.store.database import Transaction
from newsletter.store.imports import Import

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
    text = "email,name\n" + "".join(f"{address(n)},Lezer {n}\n" for n in reversed(range(LINES)))
    with moving.surveying(text) as survey:
        meanwhile(
            moving,
            lambda: apply(moving, survey),
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


# What is otherwise when the list was read and is to be imported


def apply(moving: Moving, survey: Survey, manner: Manner = CONSENTED, *, kill_after: int | None = None) -> Import:
    def progress(_: int) -> None:
        nonlocal kill_after
        if kill_after is not None:
            kill_after -= 1
            if not kill_after:
                raise KeyboardInterrupt

    return moving.apply(survey, manner, progress=progress)


def test_nobody_is_confirmed_without_a_right_who_was_one_when_the_list_was_read(moving: Moving) -> None:
    text = f"email\n{address(0)}\n"
    done = moving.bring(text)
    with moving.surveying(text, Manner()) as survey:
        assert survey.unwarranted == 0
        moving.undo(done.number)
        apply(moving, survey, Manner())
    assert moving.everyone()[address(0)].status == "pending"


def test_an_import_that_was_taken_back_while_it_went_on_says_so(moving: Moving) -> None:
    text = "email\n" + "".join(f"{address(number)}\n" for number in range(LINES))
    with moving.surveying(text) as survey, pytest.raises(KeyboardInterrupt):
        apply(moving, survey, kill_after=1)
    with moving.surveying(text) as survey:
        assert survey.broken_off is not None
        moving.undo(survey.broken_off.number)
        with pytest.raises(UsageError, match="taken back while it was going on"):
            apply(moving, survey)
    assert moving.everyone() == {}
    assert check(moving.store).findings == ()


def test_an_import_does_not_go_on_where_other_lines_were_good(moving: Moving) -> None:
    text = "email,age\n" + "".join(f"{address(n)},{n if n % 7 else 'oud'}\n" for n in range(LINES))
    with moving.surveying(text) as survey, pytest.raises(KeyboardInterrupt):
        apply(moving, survey, kill_after=1)
    moving.fields = {"age": "number"}
    with moving.surveying(text) as survey:
        assert survey.broken_off is None
        done = apply(moving, survey)
    assert (done.state, done.done) == ("done", done.lines)


def test_two_may_remember_the_same_file_at_once(moving: Moving) -> None:
    def remembered() -> None:
        with moving.store.writing() as transaction:
            files.remember(transaction, "/home/redactie/lezers.csv", "list", NOW)

    with ThreadPoolExecutor(1) as pool:
        with moving.store.writing() as transaction:
            files.remember(transaction, "/home/redactie/lezers.csv", "list", NOW)
            other = pool.submit(remembered)
            sleep(0.3)
            assert not other.done()
        other.result()
    with moving.store.reading() as transaction:
        assert files.every(transaction) == (("/home/redactie/lezers.csv", "list"),)
