"""newsletter subscribers pause"""

from datetime import date
from typing import Annotated

import typer

from newsletter import app, readership
from newsletter.audience import consent, preferences
from newsletter.cli import _out
from newsletter.cli.subscribers._options import Address
from newsletter.errors import UsageError


def command(
    address: Address,
    until: Annotated[
        str | None, typer.Option("--until", metavar="DAY", help="The day on which mail may come again: 2026-12-24.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="End the pause.")] = False,
) -> None:
    """Send a reader nothing until a day, or go on sending.

    Example: newsletter subscribers pause anna@example.nl --until 2026-12-24
    """
    if (until is None) != resume:
        raise UsageError("A pause ends on a day.", "Give --until 2026-12-24, or --resume to end one.")
    day = None if until is None else _day(until)
    config = app.here().config
    with app.store(config) as store, store.writing() as transaction:
        known = consent.known_by(transaction, address)
        preferences.pause(transaction, known.subscriber.id, day, readership.by_operator(config, app.now()))
    said = f"gets no mail before {day}" if day else "is not paused"
    _out.print_line(f"{known.subscriber.address} {said}.")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"“{text}” is no day.", "Write it like 2026-12-24.") from None
