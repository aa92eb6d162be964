"""newsletter db backup"""

from pathlib import Path
from typing import Annotated

import typer

from newsletter import app
from newsletter.cli import _out
from newsletter.store import backup, files
from newsletter.store.schema import HEAD


def command(file: Annotated[Path, typer.Argument(metavar="FILE", help="A new file.")]) -> None:
    """Copy the database as it is at this moment, while it is used.

    Of a file a file is made, which can be put in its place; of PostgreSQL an archive, which goes back with
    pg_restore --clean --if-exists --no-owner. Keep NEWSLETTER_ERASE_KEY with it.

    Example: newsletter db backup ../backups/newsletter-2026-11-28.db
    """
    config = app.here().config
    with app.store(config) as store:
        backup.backup(store, file)
        if store.revision() == HEAD:  # one of another version is copied as well, and has nothing that could remember it
            with store.writing() as transaction:
                files.remember(transaction, str(file.resolve()), "backup", app.now())
    _out.print_line(f"{store.place} is copied to {file}, which only you may read.")
