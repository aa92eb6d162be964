"""newsletter notices"""

from collections.abc import Mapping, Sequence
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from newsletter import app, readership
from newsletter.as_json import Data, moment
from newsletter.cli import _out
from newsletter.cli._options import Json
from newsletter.errors import UsageError
from newsletter.store import notices
from newsletter.store.database import Store
from newsletter.store.notices import Notice, State

_MOST_ROWS = 50
_LISTED: tuple[State, ...] = ("in doubt", "refused", "waiting")
"""In the order in which they want looking at."""

Found = Sequence[tuple[Notice, str]]
"""Notices, each with the address it goes to."""


def command(
    send_again: Annotated[int | None, typer.Option(metavar="ID", help="Send one that is in doubt once more.")] = None,
    assume_accepted: Annotated[
        int | None, typer.Option(metavar="ID", help="Take one that is in doubt for accepted.")
    ] = None,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it is kept with the notice.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Settle it without asking.")] = False,
    as_json: Json = False,
) -> None:
    """List the mails about subscriptions that wait, are in doubt or were refused; settle one that is in doubt.

    In doubt is what may have left, with no answer kept. The provider's log says whether it did, or the reader.

    Example: newsletter notices --send-again 12 --reason "not in the provider's log"
    """
    config = app.here().config
    number = _one(send_again, assume_accepted, reason)
    with app.store(config) as store:
        if number is not None:
            _settle(store, number, accepted=send_again is None, reason=reason, yes=yes, as_json=as_json)
            return
        with store.reading() as transaction:
            counts, found = notices.counts(transaction), notices.in_states(transaction, *_LISTED)
    zone = config.newsletter.time_zone
    if as_json:
        _out.print_json({"counts": counts, "notices": [_as_data(notice, zone) for notice, _ in found]})
    else:
        _list(found, counts, zone)


def _one(send_again: int | None, assume_accepted: int | None, reason: str) -> int | None:
    """The notice that is to be settled, None for none. Raises: UsageError."""
    if send_again is not None and assume_accepted is not None:
        raise UsageError("A notice is settled one way.", "Give --send-again or --assume-accepted.")
    number = assume_accepted if send_again is None else send_again
    if reason and number is None:
        raise UsageError("A reason is kept with what is settled.", "Add --send-again ID or --assume-accepted ID.")
    return number


def _settle(store: Store, number: int, *, accepted: bool, reason: str, yes: bool, as_json: bool) -> None:
    kept = readership.one_line(reason, "reason")
    notice, address = readership.doubt(store, number)
    if not yes and not _out.confirm(_question(notice, address, accepted=accepted)):
        _out.say("Nothing was changed.")
        return
    readership.settle(store, notice, accepted=accepted, reason=kept, at=app.now())
    if as_json:
        _out.print_json({"id": number, "state": "accepted" if accepted else "waiting"})
    else:
        _out.print_line(f"Notice {number} {'counts as accepted' if accepted else 'waits to be sent again'}.")


def _question(notice: Notice, address: str, *, accepted: bool) -> str:
    named = f"notice {notice.id} ({notice.kind}) to {address}"
    if accepted:
        return f"Take {named} for accepted? It is not sent again."
    return f"Send {named} again? If it did arrive, it arrives twice."


def _list(found: Found, counts: Mapping[State, int], zone: ZoneInfo) -> None:
    """What wants looking at first, then how many there are of each state."""
    if not found:
        _out.say("No notice waits, is in doubt or was refused.")
        return
    rows = sorted(found, key=lambda one: _LISTED.index(one[0].state))
    heads = ("id", "notice", "state", "since", "to", "reason")
    _out.print_table(heads, [_row(notice, address, zone) for notice, address in rows[:_MOST_ROWS]])
    _out.say_more(len(rows) - _MOST_ROWS)
    _out.print_pairs([(state, f"{counts[state]:>7,}") for state in _LISTED if counts[state]])


def _row(notice: Notice, address: str, zone: ZoneInfo) -> tuple[str, ...]:
    since = f"{(notice.ended_at or notice.queued_at).astimezone(zone):%Y-%m-%d %H:%M}"
    return (str(notice.id), notice.kind, notice.state, since, address, notice.reason)


def _as_data(notice: Notice, zone: ZoneInfo) -> Data:
    """A notice for programs, and for reports: without the address it goes to."""
    return {
        "id": notice.id,
        "kind": notice.kind,
        "state": notice.state,
        "since": moment(notice.ended_at or notice.queued_at, zone),
        "tries": notice.tries,
        "reason": notice.reason,
        "subscriber": notice.subscriber,
    }
