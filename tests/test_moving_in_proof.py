"""Moving a list in while the world is unkind: killed, two at once, upgraded meanwhile. No line is lost or double."""

import csv
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing
from itertools import chain, cycle, islice
from pathlib import Path
from time import sleep

import pytest
from databases import Address
from newsroom import PATIENCE, Newsroom, Process, newsroom, said
from sqlalchemy import func, select, text
from tended import NOW, ZONE

from newsletter.audience import consent
from newsletter.audience.occasion import Occasion
from newsletter.errors import StoreError
from newsletter.store import imports, notices, subscribers
from newsletter.store.check import check
from newsletter.store.database import Store, Transaction
from newsletter.store.imports import Import
from newsletter.store.schema import HEAD, consents

READER = Occasion(at=NOW, zone=ZONE, source="one-click")
CONSENT = ("--consent", "Ja, graag. Formulier, maart 2024")
DOUBLE_OPT_IN = ("--double-opt-in",)
READ = "double in the file"
"""The last line that the command says of what it has read; then it imports."""


@pytest.fixture
def rooms(addresses: Callable[[], Address], tmp_path: Path) -> Iterator[Callable[[], Newsroom]]:
    """``rooms()``: one more newsroom, with an empty database."""
    with ExitStack() as stack:
        folders = (tmp_path / f"newsroom-{number}" for number in range(1_000))
        yield lambda: stack.enter_context(newsroom(next(folders), addresses()))


@pytest.fixture
def room(rooms: Callable[[], Newsroom]) -> Newsroom:
    return rooms()


# A list of which it is known what must become of each line.


def kind(line: int) -> str:
    """What every fiftieth line is; all others are new readers."""
    return {0: "renamed", 1: "known", 2: "gone", 3: "invalid", 4: "double", 5: "left"}.get(line % 50, "new")


def address(line: int) -> str:
    """Of a double, that of the known reader three lines above, in other letters."""
    if kind(line) == "double":
        return f"LEZER{line - 3}@Example.nl"
    return f"geen adres {line}" if kind(line) == "invalid" else f"lezer{line}@example.nl"


def write(room: Newsroom, name: str, lines: Iterable[int], *, names: str = "Lezer {}", opts_out: bool = False) -> None:
    """Write a list; with ``opts_out`` it says of all that they left."""
    with (room.folder / name).open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["email", "name", "status"])
        for line in lines:
            status = "left" if opts_out or kind(line) == "left" else ""
            rows.writerow([address(line), names.format(line) if kind(line) == "renamed" else "", status])


def prepare(room: Newsroom, lines: int) -> Counter[str]:
    """Have some readers of a list on it already, and some of these gone; write it, and return what it holds."""
    known = [line for line in range(lines) if kind(line) in {"renamed", "known", "gone"}]
    write(room, "eerder.csv", known, names="Vroeger")
    run(room.importing("eerder.csv", *CONSENT))
    with room.store.writing() as transaction:
        found = subscribers.among(transaction, [address(line) for line in known if kind(line) == "gone"])
        for one in found.values():
            assert consent.leave(transaction, one.subscriber.id, READER)
    write(room, "lezers.csv", range(lines))
    return Counter(kind(line) for line in range(lines))


def run(process: Process) -> str:
    """Wait until a command is done, and hold that it succeeded."""
    told = said(process)
    assert process.returncode == 0, told
    return told


def hold_readers(room: Newsroom, lines: int, *, status: str = "confirmed") -> None:
    """Hold that all of a list is in, once and lawfully, and that an import has told of each reader once at most."""
    with room.store.reading() as transaction:
        readers = {known.key: known.subscriber for known in subscribers.every(transaction)}
        told = select(func.count().label("records")).group_by(consents.c.import_id, consents.c.subscriber)
        told = told.where(consents.c.source == "import").subquery()
        assert transaction.scalar(select(func.max(told.c.records))) == 1
    good = [line for line in range(lines) if kind(line) not in {"invalid", "double"}]
    assert set(readers) == {address(line) for line in good}
    standing = {"new": status, "gone": "left", "left": "left"}
    for line in good:
        one = readers[address(line)]
        assert (one.status, one.name) == (
            standing.get(kind(line), "confirmed"),
            f"Lezer {line}" if kind(line) == "renamed" else "",
        )
    assert check(room.store).findings == ()


def hold_counters(done: Import | None, held: Counter[str]) -> None:
    """Hold that an import has counted each line as what it is."""
    assert done is not None
    assert (done.state, done.done, done.rejected) == ("done", done.lines, held["invalid"] + held["double"])
    assert done.lines + done.rejected == held.total()
    assert (done.new, done.changed) == (held["new"] + held["left"], held["renamed"])
    assert (done.unchanged, done.stayed) == (held["known"], held["gone"])


def hold_rejects(room: Newsroom, lines: int) -> None:
    """Hold that the file of the refused lines has each of them, and no other."""
    with (room.folder / "lezers.csv.rejected.csv").open(encoding="utf-8", newline="") as file:
        refused = [int(row["line"]) for row in csv.DictReader(file)]
    assert refused == [line + 2 for line in range(lines) if kind(line) in {"invalid", "double"}]


# Killed.


def killed(room: Newsroom, right: tuple[str, ...], moment: str, chance: random.Random) -> bool:
    """Begin or go on with an import, and kill it at a moment of its work; False when it was faster."""
    before = progress(room)
    process = room.importing("lezers.csv", *right)
    if moment == "reading":
        sleep(chance.uniform(0.5, 1.2))
    else:
        wait_until_read(process)
        while moment == "writing" and progress(room) == before and process.poll() is None:
            sleep(0.005)
        sleep(chance.uniform(0, 0.1))
    process.kill()
    return process.wait(PATIENCE) == -signal.SIGKILL


def wait_until_read(process: Process) -> None:
    """Wait until a list is read, and is about to be imported."""
    assert process.stderr is not None
    while READ not in process.stderr.readline():
        assert process.poll() is None, said(process)


def progress(room: Newsroom) -> int:
    """How many lines of the list are in."""
    newest = room.newest()
    return newest.done if newest and newest.file == "lezers.csv" else 0


def is_done(room: Newsroom) -> bool:
    """Whether the whole list is in."""
    newest = room.newest()
    return newest is not None and (newest.file, newest.state) == ("lezers.csv", "done")


ON_SQLITE = pytest.mark.parametrize(
    "addresses", ["sqlite", pytest.param("postgresql", marks=pytest.mark.proof)], indirect=True
)
ON_POSTGRESQL = pytest.mark.parametrize(
    "addresses", ["postgresql", pytest.param("sqlite", marks=pytest.mark.proof)], indirect=True
)
"""What takes seconds runs on one database each time, and on both for the proof."""


@ON_SQLITE
@pytest.mark.parametrize(
    ("kills", "lines"), [(1, 20_000), pytest.param(20, 60_000, marks=pytest.mark.proof)], ids=["once", "often"]
)
def test_an_import_that_is_killed_goes_on_and_no_line_is_lost_or_double(
    rooms: Callable[[], Newsroom], kills: int, lines: int
) -> None:
    chance, done, amid = random.Random(kills), 0, 0

    def is_enough() -> bool:
        return done >= kills and amid >= kills / 2

    moments = chain(["writing"], iter(lambda: chance.choice(["reading", "beginning", "writing"]), None))
    for right in islice(cycle([CONSENT, DOUBLE_OPT_IN]), 10 + kills):
        room = rooms()
        held = prepare(room, lines)
        while not is_enough() and killed(room, right, next(moments), chance):
            done += 1
            amid += 0 < progress(room) < lines - held["invalid"] - held["double"]
        if is_done(room):
            continue  # it was faster
        run(room.importing("lezers.csv", *right))
        hold_counters(room.newest(), held)
        hold_readers(room, lines, status="pending" if right is DOUBLE_OPT_IN else "confirmed")
        hold_rejects(room, lines)
        with room.store.reading() as transaction:
            assert notices.counts(transaction)["waiting"] == (held["new"] if right is DOUBLE_OPT_IN else 0)
        if is_enough():
            break
    assert is_enough(), "it was always faster: the list is too short for this machine"


# Two at once.


@ON_POSTGRESQL
def test_two_that_import_the_same_list_at_once_do_its_work_once(room: Newsroom) -> None:
    held = prepare(room, 10_000)
    both = [room.importing("lezers.csv", *CONSENT) for _ in range(2)]
    for process in both:
        run(process)
    with room.store.reading() as transaction:
        done = [one for one in imports.every(transaction) if one.file == "lezers.csv"]
    assert sum(one.new for one in done) == held["new"] + held["left"]
    assert sum(one.changed for one in done) == held["renamed"]
    hold_readers(room, 10_000)
    hold_rejects(room, 10_000)


@ON_SQLITE
def test_of_two_lists_at_once_that_contradict_each_other_the_opt_out_wins(room: Newsroom) -> None:
    people = [line for line in range(18_000) if kind(line) == "new"]
    write(room, "lezers.csv", people[:12_000])
    write(room, "weg.csv", reversed(people[6_000:]), opts_out=True)
    both = room.importing("lezers.csv", *CONSENT), room.importing("weg.csv")
    for process in both:
        run(process)
    with room.store.reading() as transaction:
        standing = {known.key: known.subscriber.status for known in subscribers.every(transaction)}
    assert standing == {address(line): "confirmed" if n < 6_000 else "left" for n, line in enumerate(people)}
    assert check(room.store).findings == ()


# Upgraded meanwhile.


def set_revision(transaction: Transaction, revision: str) -> None:
    transaction.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})


def broken_off(rooms: Callable[[], Newsroom], lines: int) -> tuple[Newsroom, Counter[str]]:
    """Import a list until some of its lines are in, and not all; return also what it holds."""
    chance = random.Random(4)
    for _ in range(5):
        room = rooms()
        held = prepare(room, lines)
        killed(room, CONSENT, "writing", chance)
        if 0 < progress(room) < lines - held["invalid"] - held["double"]:
            return room, held
    pytest.fail("It was always faster: the list is too short for this machine.")


@ON_POSTGRESQL
def test_an_import_stops_when_the_schema_is_upgraded_and_goes_on_when_it_is_back(
    rooms: Callable[[], Newsroom],
) -> None:
    room, held = broken_off(rooms, 20_000)
    so_far = progress(room)
    with room.store.alone() as transaction:
        process = room.importing("lezers.csv", *CONSENT)
        set_revision(transaction, "9999")
        wait_until_read(process)
        sleep(0.5)
        assert process.poll() is None, "it does not wait for the upgrade"
    told = said(process)
    assert process.returncode == StoreError.exit_code == 5
    assert "has the schema of a later version (9999" in told
    assert "Traceback" not in told
    with room.store.alone() as transaction:
        set_revision(transaction, HEAD)
    assert progress(room) == so_far
    run(room.importing("lezers.csv", *CONSENT))
    hold_counters(room.newest(), held)
    hold_readers(room, 20_000)


def test_an_import_into_an_earlier_schema_names_the_command_that_upgrades(room: Newsroom) -> None:
    with room.store.alone() as transaction:
        set_revision(transaction, "0001")
    write(room, "lezers.csv", range(10, 20))
    process = room.importing("lezers.csv", *CONSENT)
    assert "newsletter db upgrade" in said(process)
    assert process.returncode == StoreError.exit_code
    with room.store.alone() as transaction:
        set_revision(transaction, HEAD)
    assert room.newest() is None


# Made at once.

CREATES = """
import sys
from pathlib import Path
from newsletter.store import migrate
from newsletter.store.database import Store
for line in sys.stdin:
    store = Store(Path(line.strip()))
    print(migrate.create(store), flush=True)
    store.close()
"""


@pytest.mark.parametrize("times", [10, pytest.param(300, marks=pytest.mark.proof)])
def test_two_that_make_the_database_at_once_make_one_schema(times: int, tmp_path: Path) -> None:
    with ExitStack() as stack:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        both = [stack.enter_context(subprocess.Popen([sys.executable, "-c", CREATES], **pipes)) for _ in range(2)]
        for number in range(times):
            file = tmp_path / f"newsletter-{number}.db"
            for process in both:
                print(file, file=process.stdin, flush=True)
            assert sorted(process.stdout.readline() for process in both) == ["False\n", "True\n"]
            with closing(Store(file)) as store:
                assert check(store).findings == ()
            file.unlink()
