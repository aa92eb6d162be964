"""How readers of a run are shown: many as a table or a file, one with all that was done and said."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from zoneinfo import ZoneInfo

from newsletter.as_json import Data, moment
from newsletter.as_json import run as run_as_data
from newsletter.cli import _out
from newsletter.control import Part
from newsletter.model.ledger import Attempt, Delivery, Run

SAMPLE = 50
"""So many are shown; a file has all."""

_COLUMNS = ("run", "number", "id", "address", "state", "reason", "request", "provider_id", "put_off")
_ERASED = "(erased)"


class _Line:
    """What `csv` writes to, so that it returns each line instead."""

    @staticmethod
    def write(line: str) -> str:
        return line


def listed(run: Run, found: Iterator[Delivery], *, as_csv: bool, as_json: bool) -> None:
    """The readers that were asked for; the first `SAMPLE` of them where people read it."""
    if as_csv:
        _out.print_file(_csv_lines(run, found))
    elif as_json:
        _out.print_json([dict(zip(_COLUMNS, _cells(run, one), strict=True)) for one in found])
    else:
        _table(list(islice(found, SAMPLE + 1)))


def _table(some: Sequence[Delivery]) -> None:
    rows = [(str(one.seq), one.address or _ERASED, one.state, one.reason) for one in some[:SAMPLE]]
    if not rows:
        _out.say("No reader of the run is meant by that.")
        return
    _out.print_table(("no", "address", "state", "why"), rows)
    if len(some) > SAMPLE:
        _out.say(f"These are the first {SAMPLE}. All of them as a file: --csv")


def _csv_lines(run: Run, found: Iterable[Delivery]) -> Iterator[str]:
    line = csv.writer(_Line(), lineterminator="\n").writerow
    yield line(_COLUMNS)
    for one in found:
        yield line(_cells(run, one))


def _cells(run: Run, one: Delivery) -> tuple[object, ...]:
    return (
        run.id, one.seq, run.delivery_id(one.seq), one.address, one.state, one.reason, one.attempt, one.provider_id,
        one.tries,
    )  # fmt: skip


def parts(found: Sequence[Part], zone: ZoneInfo) -> None:
    """One reader in some runs: how it stands with him, and what happened in its order."""
    for part in found:
        run, one = part.run, part.delivery
        _out.print_pairs(
            [
                ("run", f"{run.id} of {run.issue}, edition {run.edition[:16]}"),
                ("reader", f"number {one.seq}, {one.address or _ERASED}"),
                ("state", f"{one.state}{f': {one.reason}' if one.reason else ''}"),
                ("id", run.delivery_id(one.seq)),
                *([("there", one.provider_id)] if one.provider_id else []),
            ]
        )
        for _, sentence in sorted(_happened(part, zone), key=lambda told: told[0]):
            _out.print_line(f"  {sentence}")


def _happened(part: Part, zone: ZoneInfo) -> Iterator[tuple[datetime, str]]:
    for attempt in part.attempts:
        others = len(attempt.seqs) - 1
        company = "for him alone" if not others else f"for him and {others:,} more"
        yield attempt.opened_at, f"{_when(attempt.opened_at, zone)}: request {attempt.id}, {company}."
        if attempt.ended_at:
            yield attempt.ended_at, f"{_when(attempt.ended_at, zone)}: request {attempt.id} {_ended(attempt)}"
    for answer in part.answers:
        said = f": {answer.said}" if answer.said else ""
        yield answer.at, f"{_when(answer.at, zone)}: {answer.what} (request {answer.attempt}){said}"
    for told in part.told:
        said = f": {told.said}" if told.said else ""
        alarm = f" This cannot be: {told.alarm}." if told.alarm else ""
        yield told.at, f"{_when(told.at, zone)}: told that it {_TOLD.get(told.kind, told.kind)}{said}.{alarm}"


_TOLD = {
    "accepted": "was taken",
    "delivered": "was delivered",
    "deferred": "is put off",
    "bounced": "came back",
    "complained": "was called spam",
    "unsubscribed": "had him unsubscribe",
    "opened": "was opened",
    "clicked": "was clicked in",
}


def _ended(attempt: Attempt) -> str:
    how = {
        "open": "is under way.",
        "answered": "was answered.",
        "unsent": "mailed nobody.",
        "in doubt": "is in doubt.",
        "settled": "was in doubt, and is settled.",
    }[attempt.state]
    return f"{how} {attempt.note}".rstrip()


def _when(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}"


def parts_as_data(found: Sequence[Part], zone: ZoneInfo) -> list[Data]:
    """The same for programs."""
    return [
        {
            **run_as_data(part.run, zone),
            "reader": dict(zip(_COLUMNS[1:], _cells(part.run, part.delivery)[1:], strict=True)),
            "requests": [_request(attempt, zone) for attempt in part.attempts],
            "answers": [
                {"request": one.attempt, "at": moment(one.at, zone), "what": one.what, "said": one.said}
                for one in part.answers
            ],
            "told": [
                {"kind": one.kind, "at": moment(one.at, zone), "permanent": one.permanent, "said": one.said}
                for one in part.told
            ],
        }
        for part in found
    ]


def _request(attempt: Attempt, zone: ZoneInfo) -> Data:
    return {
        "request": attempt.id,
        "readers": len(attempt.seqs),
        "state": attempt.state,
        "fingerprint": attempt.fingerprint,
        "opened_at": moment(attempt.opened_at, zone),
        "ended_at": moment(attempt.ended_at, zone),
        "note": attempt.note,
    }
