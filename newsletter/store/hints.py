"""The tables of hints, by which workers on many machines call each other: procrastinate's, in a schema of their own.

All that is true stands in the tables of the newsletter, so hints may be lost at any moment, and where the schema is of
another version it is dropped and made anew. Its comment says whose it is, and of which version: one that somebody else
made is left alone.
"""

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from newsletter.errors import StoreError
from newsletter.store.database import CONNECTION, Store, Transaction

SCHEMA = "procrastinate"
_OPTIONS = f"-c search_path={SCHEMA} -c timezone=UTC -c lock_timeout=3s -c idle_in_transaction_session_timeout=5s"
_OURS = "Hints of newsletter, "
_COMMENT = text("SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = :name")
_IS_THERE = text("SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = :name)")
_MAY_USE = text("SELECT has_schema_privilege(:name, 'USAGE')")
UPGRADE = "Run `newsletter db upgrade`."


def bring(transaction: Transaction) -> bool:
    """Make the schema, or make it anew where it is of another version; return whether that was done.

    On SQLite, and without the extra that workers on many machines need, nothing is. Whoever does it is alone with the
    store. Raises: StoreError when it may not be made, or the name is taken.
    """
    if not wrong(transaction):
        return False
    wanted, statements = _wanted()
    if not _found(transaction) and transaction.scalar(_IS_THERE, {"name": SCHEMA}):
        raise StoreError(
            f"The database has a schema `{SCHEMA}` that newsletter did not make.",
            "Give newsletter a database of its own, or give that schema another name.",
        )
    try:
        with transaction.begin_nested():
            _make(transaction, wanted, statements)
    except ProgrammingError:
        raise StoreError(
            f"The schema `{SCHEMA}`, which workers on many machines need, may not be made.",
            "As the database's owner: GRANT CREATE ON DATABASE … TO whoever newsletter connects as.",
        ) from None
    return True


def wrong(transaction: Transaction) -> str:
    """Return what is wrong with the tables, in a sentence; empty when they are as they are made by what is here.

    So it is on SQLite, and where nothing is installed that would use them.
    """
    found, (wanted, _) = _found(transaction), _wanted()
    if transaction.dialect.name == "sqlite" or not wanted or _mark(found) == _mark(wanted):
        return ""
    if not found:
        return "The database has no tables for the hints of workers."
    both = f"there: {found.removeprefix(_OURS)}; here: {wanted.removeprefix(_OURS)}"
    return f"The database has the tables for the hints of workers of another version ({both})."


def refuse_others(store: Store) -> None:
    """Raises: StoreError unless the tables are there, in the version that is installed here, and may be used."""
    with store.reading() as transaction:
        if sentence := wrong(transaction):
            raise StoreError(sentence, f"Have the same version on all machines, end the workers, and: {UPGRADE}")
        if not transaction.scalar(_MAY_USE, {"name": SCHEMA}):
            raise StoreError(
                f"The schema `{SCHEMA}`, which workers on many machines need, may not be used.",
                "As its owner: GRANT USAGE ON it, and ALL ON its TABLES and SEQUENCES, TO whoever newsletter is.",
            )


def connection(store: Store) -> Mapping[str, Any]:
    """Return what psycopg connects with to see those tables first; a password may be among it.

    A process that is frozen while it has a hint holds up the others for some seconds only.
    """
    _, found = store.engine.dialect.create_connect_args(store.engine.url)
    found.pop("context")  # how SQLAlchemy has values read
    return {**found, **CONNECTION, "options": _OPTIONS}


def _make(transaction: Transaction, wanted: str, statements: str) -> None:
    for statement in (
        f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE",
        f"CREATE SCHEMA {SCHEMA}",
        f"COMMENT ON SCHEMA {SCHEMA} IS '{wanted}'",
        f"SET LOCAL search_path TO {SCHEMA}",
        statements,
        "SET LOCAL search_path TO DEFAULT",
    ):
        transaction.exec_driver_sql(statement, execution_options={"no_parameters": True})


def _found(transaction: Transaction) -> str:
    """What the schema says it is; empty when it is not there, or not ours."""
    if transaction.dialect.name == "sqlite":
        return ""
    said = transaction.scalar(_COMMENT, {"name": SCHEMA}) or ""
    return said if said.startswith(_OURS) else ""


def _mark(comment: str) -> str:
    """By which text the schema was made: versions that have it in common can work together."""
    return comment.rpartition(" ")[2]


@cache
def _wanted() -> tuple[str, str]:
    """The comment and the statements of the version that is installed here, empty where none is; it is not loaded."""
    try:
        installed = distribution("procrastinate")
    except PackageNotFoundError:
        return "", ""
    statements = Path(str(installed.locate_file("procrastinate/sql/schema.sql"))).read_text("utf-8")
    mark = hashlib.sha256(statements.encode()).hexdigest()[:12]
    return f"{_OURS}procrastinate {installed.version}, schema {mark}", statements
