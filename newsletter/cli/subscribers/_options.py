"""Options that several commands on the list share."""

from typing import Annotated

import typer

Where = Annotated[
    str | None,
    typer.Option("--where", metavar="SEGMENT", help="Only these: a name in [segments], or an expression."),
]
Address = Annotated[str, typer.Argument(metavar="ADDRESS", help="The reader's mail address.")]
