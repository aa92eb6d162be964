"""Options that several commands on runs share."""

from typing import Annotated

import typer

Run = Annotated[
    str | None,
    typer.Argument(metavar="RUN", help="A run's number, or an issue's newest; by default the newest of all."),
]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it is kept.")]
