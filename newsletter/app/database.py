"""The list of readers that the configuration names, opened for as long as somebody needs it."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.config import Config
from newsletter.config.written import is_mistyped
from newsletter.errors import StoreError

if TYPE_CHECKING:
    from newsletter.store.database import Store

DATABASE = "NEWSLETTER_DATABASE"
"""The variable of the environment that names the database; it may hold a password."""


@contextmanager
def store(config: Config, *, create: bool = False, busy: int | None = None, threads: int = 1) -> Iterator["Store"]:
    """The list of readers, closed at the end; made, when there is none, only with ``create``.

    ``busy`` is for how many seconds it waits for another who writes, if not as long as a command does; so many
    ``threads`` use it at a time. Raises: StoreError.
    """
    from newsletter.store import migrate
    from newsletter.store.database import BUSY, OPEN, Store

    with closing(Store(_database(config), busy=BUSY if busy is None else busy, open_=max(OPEN, threads))) as opened:
        if create:
            migrate.create(opened)
        yield opened


@contextmanager
def store_if_any(config: Config) -> Iterator["Store | None"]:
    """The list of readers, None when there is none yet. Raises: StoreError."""
    file = _database(config)
    if isinstance(file, Path) and not file.exists():
        yield None
        return
    with store(config) as opened:
        yield opened if opened.revision() else None


def has_store(config: Config) -> bool:
    """Whether there is a list of readers. Raises: StoreError when the database cannot be asked."""
    with store_if_any(config) as opened:
        return opened is not None


def _database(config: Config) -> Path | str:
    """Where the list is kept: a file of the workspace, or the address of a PostgreSQL database. Raises: StoreError.

    What is mistyped is not repeated, since it may hold a password.
    """
    secret = config.secrets.of(DATABASE)
    address = secret.get_secret_value() if secret else config.readers.database
    if is_mistyped(address):
        raise StoreError(
            f"{DATABASE} names neither a file nor a PostgreSQL.", "Write postgresql://host/name, or a file's name."
        )
    return address if "://" in address else config.root / address
