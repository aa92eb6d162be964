"""newsletter inbox"""

import ssl
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from typing import Annotated, get_args
from zoneinfo import ZoneInfo

import typer

from newsletter import app, readership
from newsletter.as_json import moment
from newsletter.cli import _out
from newsletter.cli._options import Json
from newsletter.inbox import run
from newsletter.inbox.act import Deed
from newsletter.inbox.run import Handled, Saw

_MOST_ROWS = 50
_SUBJECT = 30


def command(
    named: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE",
            help="A mail, mbox, Maildir or folder; - for the mail of a pipe; imap for the mailbox.",
        ),
    ],
    server: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Whose Authentication-Results count wherever they stand; else those on top."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
    as_json: Json = False,
) -> None:
    """See to mails that came back or ask to leave.

    A hard bounce suppresses its reader, a complaint too, and whoever writes to the address to unsubscribe leaves. What
    cannot be matched is listed; nothing is deleted. `imap` reads the mailbox that [inbox] names.

    Example: newsletter inbox imap
    """
    config = app.here().config
    run.refuse_unfit(named, config)
    context = ssl.create_default_context()
    handled: list[Handled] = []
    try:
        with app.store(config) as store, _progress() as saw:
            key = readership.erase_key(config)
            desk = run.desk(store, config, at=app.now(), server=server, dry_run=dry_run, erase_key=key)
            for one in run.handle_all(desk, named, config, stream=sys.stdin.buffer, context=context, saw=saw):
                handled.append(one)
    finally:
        _show(handled, config.newsletter.time_zone, as_json=as_json, dry_run=dry_run)
    if not handled and not as_json:
        _out.say("There are no mails.")


def _progress() -> AbstractContextManager[Saw]:
    """A bar where somebody sees it; a mail server that pipes, and a timer, want to hear of nothing but trouble."""
    return _out.progress("Reading", None) if sys.stderr.isatty() else nullcontext(lambda _: None)


def _as_data(handled: Sequence[Handled], zone: ZoneInfo) -> dict[str, object]:
    mails = [asdict(one) | {"at": moment(one.at, zone)} for one in handled]
    return {"counts": _counts(handled), "mails": mails}


def _counts(handled: Sequence[Handled]) -> dict[str, int]:
    counted = Counter(one.deed for one in handled)
    return {deed: counted[deed] for deed in get_args(Deed)}


def _show(handled: Sequence[Handled], zone: ZoneInfo, *, as_json: bool, dry_run: bool) -> None:
    """Also of what broke off in between: a mail that was listed is not listed again."""
    if as_json:
        _out.print_json(_as_data(handled, zone))
    elif handled:
        _tell(handled, zone)
        if dry_run:
            _out.say("Nothing was changed: this is what would be done about each mail by itself.")


def _tell(handled: Sequence[Handled], zone: ZoneInfo) -> None:
    """What was seen to, then every mail that a person should look at, then how many there were of each."""
    seen_to = [one for one in handled if one.deed != "unmatched"]
    shown = [*seen_to[:_MOST_ROWS], *(one for one in handled if one.deed == "unmatched")]
    _out.print_table(("mail", "date", "from", "subject", "what", "why"), [_row(one, zone) for one in shown])
    _out.say_more(len(seen_to) - _MOST_ROWS)
    _out.print_pairs([(deed, f"{number:>7,}") for deed, number in _counts(handled).items() if number])


def _row(one: Handled, zone: ZoneInfo) -> tuple[str, ...]:
    date = f"{one.at.astimezone(zone):%Y-%m-%d %H:%M}" if one.at else ""
    subject = one.subject[:_SUBJECT] + "…" * (len(one.subject) > _SUBJECT)
    return (one.place, date, one.sender, subject, one.deed, one.why.partition("; ")[0])
