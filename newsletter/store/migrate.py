"""Brings the schema of a store to the revision that this program works with."""

from contextlib import suppress
from datetime import datetime
from pathlib import Path

from alembic import command
from alembic.config import Config

from newsletter.errors import StoreError
from newsletter.store import files, hints
from newsletter.store.backup import backup
from newsletter.store.database import Store, Transaction, create_file, refuse_other_schema, revision
from newsletter.store.schema import HEAD

_FOLDER = Path(__file__).parent / "migrations"


def create(store: Store) -> bool:
    """Make the tables in an empty database, and its file when there is none; return whether there were none.

    A database with tables stays as it is. Raises: StoreError when these are of another version.
    """
    if store.revision() is None:
        if store.file is not None:
            create_file(store.file)
        with store.alone() as transaction:
            if revision(transaction) is None:  # else somebody was faster
                migrate(transaction)
                with suppress(StoreError):  # only workers need them, who say what is lacking
                    hints.bring(transaction)
                return True
    refuse_other_schema(store.revision(), store.place)
    return False


def upgrade(store: Store, *, now: datetime) -> tuple[str, Path | None]:
    """Bring the schema up to date; return the revision it had, and the copy that was made of a SQLite file.

    The store remembers the copy. Nothing happens to a schema that is up to date. Raises: StoreError when there is none,
    or a later one, or it cannot be copied.
    """
    found = store.revision()
    if found is None or found >= HEAD:
        refuse_other_schema(found, store.place)
        return found or "", None
    copy = store.file and store.file.with_name(f"{store.file.stem}-{found}-{now:%Y%m%dT%H%M%S}{store.file.suffix}")
    if copy:
        backup(store, copy)
    with store.alone() as transaction:
        migrate(transaction)
        if copy:
            files.remember(transaction, str(copy.resolve()), "backup", now)
    return found, copy


def renew_hints(store: Store) -> bool:
    """Make the tables of workers' hints where they are lacking or of another version; return whether that was done.

    Raises: StoreError.
    """
    with store.alone() as transaction:
        return hints.bring(transaction)


def migrate(transaction: Transaction, to: str = HEAD) -> None:
    """Run the migrations up to a revision; those that were run are not run again."""
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["transaction"] = transaction
    command.upgrade(config, to)
