"""A list that outgrows its file moves into a PostgreSQL: every row as it is, and the numbers go on behind them.

Ids stay, so the links in readers' mails go on leading to them; the ledger moves too, so nobody gets an issue twice; and
so does what the database calls itself. Nobody writes to the file meanwhile, and once all stands in its new place the
file is marked, and refused from then on to whoever still has it.
"""

import shlex
from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import Column, Integer, Table, Text, delete, func, select, text

from newsletter.errors import StoreError, UsageError
from newsletter.store import attempts, bulk, identity, migrate
from newsletter.store.database import MOVED, Store, Transaction
from newsletter.store.schema import HEAD, facts, metadata

_AT_ONCE = 5_000

_NO_ID = Column("id", Text)
_BEHIND = "SELECT setval(pg_get_serial_sequence('{table}', 'id'), :number)"

Progress = Callable[[int], object]


def move(source: Store, target: Store, *, at: datetime, progress: Progress) -> Mapping[str, int]:
    """Copy all of a file into a PostgreSQL that holds nothing yet, and mark the file; return the rows of each table.

    Whoever calls is the only one who sends from the file; what a sender left under way there is in doubt. ``progress``
    is told of so many rows more. Raises: UsageError when the target is a file, or something is in it; StoreError. What
    fails leaves both as they were; where only the mark was not made in time, a second call makes it.
    """
    if target.file is not None:
        raise UsageError(
            "The configuration names a file, and a list moves into a PostgreSQL.",
            "Set NEWSLETTER_DATABASE to postgresql://host/name, and say it again.",
        )
    migrate.create(target)
    with source.writing() as old:  # nobody else writes to it until it is marked
        attempts.adopt(old, at=at)
        with target.writing() as new:
            counts = _counts(old)
            if not _is_moved(old, new, counts):
                _refuse_full(new, target.place)
                _copy(old, new, progress)
                _refuse_loss(counts, _counts(new))
        old.execute(text("UPDATE alembic_version SET version_num = :moved"), {"moved": MOVED})
    return counts


def rows(source: Store) -> int:
    """Count all rows of a file. Raises: StoreError."""
    found = source.revision()
    if found is None:
        raise StoreError(f"There is no list of readers in {source.place}.", "Name the file that was used so far.")
    if source.file and found < HEAD:  # `db upgrade` by itself looks at where the list is to go
        named = shlex.quote(str(source.file.resolve()))
        raise StoreError(
            f"{source.place} has the schema of an earlier version ({found}; this one works with {HEAD}).",
            f"Run `NEWSLETTER_DATABASE={named} newsletter db upgrade`, and say it again.",
        )
    with source.reading() as transaction:
        return sum(_counts(transaction).values())


def _counts(transaction: Transaction) -> dict[str, int]:
    tables = metadata.sorted_tables
    return {table.name: transaction.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


def _is_moved(old: Transaction, new: Transaction, counts: Mapping[str, int]) -> bool:
    """Whether all was copied before, and only the file was not marked any more."""
    return identity.of(old) == identity.of(new) and _counts(new) == counts


def _refuse_full(new: Transaction, place: str) -> None:
    """Raises: UsageError when there is anything in the target but its name for itself."""
    if full := [name for name, count in _counts(new).items() if count and name != facts.name]:
        raise UsageError(
            f"There is something in {place} already: {', '.join(full)}.",
            "A list moves into an empty database: make another, and name that in NEWSLETTER_DATABASE.",
        )


def _copy(old: Transaction, new: Transaction, progress: Progress) -> None:
    new.execute(delete(facts))
    numbers = {name: number for name, number in old.execute(text("SELECT name, seq FROM sqlite_sequence"))}  # noqa: C416 (a row is no pair to mypy)
    for table in metadata.sorted_tables:
        names = [column.name for column in table.columns if column.computed is None]
        found = old.exec_driver_sql(f"SELECT {', '.join(names)} FROM {table.name}")  # noqa: S608 (names of this package)
        for some in found.partitions(_AT_ONCE):
            bulk.insert(new, table.name, names, some)
            progress(len(some))
        if isinstance(table.c.get("id", _NO_ID).type, Integer):
            _go_on(new, table, numbers.get(table.name))
    new.execute(text("ANALYZE"))


def _go_on(new: Transaction, table: Table, given: int | None) -> None:
    """Have a table's next number be higher than any that was ever ``given``, or is there where that was not kept."""
    if number := given or new.scalar(select(func.max(table.c.id))):
        new.execute(text(_BEHIND.format(table=table.name)), {"number": number})


def _refuse_loss(had: Mapping[str, int], has: Mapping[str, int]) -> None:
    for name, count in had.items():
        if has[name] != count:
            raise StoreError(
                f"Of {count:,} rows of `{name}` {has[name]:,} have arrived; nothing was moved.",
                "Look whether something else writes to the new database.",
            )
