"""newsletter db move"""

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from newsletter import app
from newsletter.cli import _out
from newsletter.store import moving
from newsletter.store.database import Store


def command(file: Annotated[Path, typer.Argument(metavar="FILE", help="The SQLite file that is moved.")]) -> None:
    """Move the whole list from a file into the PostgreSQL that NEWSLETTER_DATABASE names.

    Readers, consents, runs and what became of each mail move as they are, so old links go on working and nobody gets an
    issue twice. The database has to be empty. The file is refused from then on; nothing in it is deleted.

    Example: newsletter db move newsletter.db
    """
    config = app.here().config
    with closing(Store(file)) as source, app.store(config) as target:
        total = moving.rows(source)
        with app.alone(source, "db move"), _out.progress("Moving rows", total) as progress:
            counts = moving.move(source, target, at=app.now(), progress=progress)
    _out.print_line(f"{file} has moved to {target.place}: {sum(counts.values()):,} rows.")
    _out.say(f"{counts['subscribers']:,} readers, {counts['runs']:,} runs, {counts['deliveries']:,} deliveries.")
    _out.say("Look at it: newsletter db check")
