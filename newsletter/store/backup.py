"""A copy of the whole store in one file, made while all goes on, from which it can be restored.

A SQLite file is copied as it is at one moment, and is put back by its name alone. Of PostgreSQL it is what ``pg_dump``
writes and ``pg_restore`` reads. Whatever stands under the name that was asked for is complete.
"""

import os
import shutil
import sqlite3
import subprocess
import tempfile
from contextlib import closing
from pathlib import Path

from sqlalchemy import URL

from newsletter.errors import StoreError, UsageError
from newsletter.store.database import Store, refuse_other_schema

_LOCK_WAIT = 30_000
"""Milliseconds that ``pg_dump`` waits for a table that is being altered."""

_INSTALL = "Install postgresql-client, in the version of the server or a later one."


def backup(store: Store, target: Path) -> None:
    """Copy a store of whatever schema into a new file that only its owner may read.

    Raises: UsageError when the file is there already, or its folder is not; StoreError when there is no store, or it
    cannot be copied; nothing is left behind then.
    """
    if target.exists():
        raise UsageError(f"{target} is there already, and nothing is overwritten.", "Choose another name.")
    if not target.parent.is_dir():
        raise UsageError(f"There is no folder {target.parent}.", "Make it, or choose another place.")
    if store.revision() is None:
        refuse_other_schema(None, store.place)
    unfinished = _beside(target)
    try:
        _write(store, unfinished)
        unfinished.rename(target)
    finally:
        unfinished.unlink(missing_ok=True)


def _beside(target: Path) -> Path:
    """Make an empty file, its owner's only, in the same folder: a name can be changed, a disk cannot."""
    descriptor, name = tempfile.mkstemp(prefix=f"{target.name}.", suffix=".part", dir=target.parent)
    os.close(descriptor)
    return Path(name)


def _write(store: Store, file: Path) -> None:
    if store.file is None:
        _dump(store.engine.url, store.place, file)
        return
    try:
        _copy_file(store.file, file)
    except sqlite3.Error as error:
        raise StoreError(
            f"{store.place} cannot be copied: {error}.", "Look at the room on the disk, then: newsletter db check"
        ) from None


def _copy_file(file: Path, target: Path) -> None:
    """Copy a SQLite file as it is at this moment, whoever is reading or writing.

    The copy is one file: what SQLite would keep beside it is in it.
    """
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")


def _dump(url: URL, place: str, file: Path) -> None:
    """Have ``pg_dump`` copy a database; the password goes by its environment, since arguments are seen by everybody."""
    program = shutil.which("pg_dump")
    if program is None:
        raise StoreError(f"{place} cannot be copied: pg_dump is not installed.", _INSTALL)
    password = url.password or url.query.get("password")
    address = url.set(drivername="postgresql", password=None).difference_update_query(["password"])
    options = ["--format=custom", "--no-password", f"--lock-wait-timeout={_LOCK_WAIT}", f"--file={file}"]
    done = subprocess.run(  # noqa: S603 (a program found by its name, and nothing that a stranger wrote)
        [program, *options, f"--dbname={address.render_as_string()}"],
        env={**os.environ, "LC_ALL": "C"} | ({"PGPASSWORD": str(password)} if password else {}),
        capture_output=True,
        text=True,
        check=False,
    )
    if "server version mismatch" in done.stderr:
        raise StoreError(f"{place} cannot be copied: pg_dump is older than the server.", _INSTALL)
    if done.returncode:
        raise StoreError(f"{place} cannot be copied: {_reason(done.stderr)}.", "Look at the server and its log.")


def _reason(said: str) -> str:
    """Return the first line in which ``pg_dump`` says what is wrong, without its name and full stop."""
    return said.strip().partition("\n")[0].removeprefix("pg_dump: error: ").rstrip(".")
