"""Subscribers → lines of CSV or JSON, which an import of ours reads as the same subscribers.

Ids, sources and consent records stay behind: they belong to this store.
"""

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

from newsletter.audience.consent import known_by
from newsletter.audience.everything import for_himself
from newsletter.errors import UsageError
from newsletter.model.subscriber import Subscriber, Value
from newsletter.store import bulk, files, subscribers
from newsletter.store.database import Store, Transaction
from newsletter.store.segments import Condition
from newsletter.store.subscribers import Known

_ALSO: Final = "also_opted_out"
COLUMNS: Final = ("address", "name", "language", "status", "reason", "joined", "paused_until", "tags", _ALSO)
"""Of every subscriber; the newsroom's own fields come after these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed(Subscriber):
    """A subscriber who opted out in several ways; ``also`` are those that his status and reason do not tell of."""

    also: tuple[str, ...]


BOM: Final = "\ufeff"
"""By this Excel knows that a file is UTF-8."""

Spell = Callable[[Iterable[Subscriber], Sequence[str]], Iterator[str]]
"""Spells subscribers, with those of their own fields that are named, as the lines of a file."""

Lines = Callable[[Transaction], Iterable[str]]
"""What is written, read from the store as it is at that moment."""

_FORMULA = re.compile(r"""(?:^|(?<=[,;\t"]))(?=\s*[=+\-@\t\r＝＋－＠])(?!-[0-9]+(\.[0-9]+)?\Z)""")
"""Where a spreadsheet may begin to calculate, though it take another separator than ours (OWASP, *CSV Injection*)."""

_SEPARATES = re.compile(r'[,;|"\[]')
"""What a tag among others cannot hold without quotes."""


class _Line:
    """What `csv` writes to, so that it returns each line instead."""

    @staticmethod
    def write(line: str) -> str:
        return line


def csv_lines(chosen: Iterable[Subscriber], fields: Sequence[str]) -> Iterator[str]:
    """Spell subscribers as CSV, separated by commas (RFC 4180), the names of the columns first."""
    line = csv.writer(_Line(), lineterminator="\n").writerow
    yield line([*COLUMNS, *fields])
    for one in chosen:
        yield line(_cells(one, fields))


def spreadsheet_lines(chosen: Iterable[Subscriber], fields: Sequence[str]) -> Iterator[str]:
    """Spell the same so that Excel reads its letters and calculates nothing: an apostrophe stands before a formula.

    It is not for importing again.
    """
    line = csv.writer(_Line()).writerow
    yield BOM + line([*COLUMNS, *fields])
    for one in chosen:
        yield line(map(_defused, _cells(one, fields)))


def json_lines(chosen: Iterable[Subscriber], fields: Sequence[str]) -> Iterator[str]:
    """Spell subscribers as JSON, an object a line (jsonlines.org); what is absent is null."""
    for one in chosen:
        known = {name: getattr(one, name) for name in COLUMNS[:-1]} | {_ALSO: _also(one)}
        own = {name: one.fields.get(name) for name in fields}
        yield bulk.document(known | own) + "\n"


def chosen(transaction: Transaction, condition: Condition | None) -> Iterator[Subscriber]:
    """Read all subscribers, or those for whom something is true, in the order of their addresses; a few at a time."""
    return map(_listed, subscribers.every(transaction, condition))


def _listed(known: Known) -> Subscriber:
    """Return a subscriber, with all opt-outs if he has several."""
    one = known.subscriber
    since = {"complained": known.complained_at, "bounced": known.bounced_at, "blocked": known.blocked_at}
    outs = [out for out, moment in since.items() if moment] + (["left"] if known.consent == "left" else [])
    if len(outs) < 2:
        return one
    return Listed(**asdict(one), also=tuple(outs[1:]))


def _also(one: Subscriber) -> tuple[str, ...]:
    return one.also if isinstance(one, Listed) else ()


def of_many(spell: Spell, fields: Sequence[str], condition: Condition | None) -> Lines:
    """The lines of all subscribers, or of those for whom something is true."""
    return lambda transaction: spell(chosen(transaction, condition), fields)


def of_one(address: str) -> Lines:
    """All that is known of one reader, as JSON. The lines raise UsageError when nobody has the address."""

    def lines(transaction: Transaction) -> list[str]:
        known = known_by(transaction, address, to_change=False)
        return [json.dumps(for_himself(transaction, known), ensure_ascii=False, indent=2), "\n"]

    return lines


def write_file(store: Store, file: Path, lines: Lines, *, at: datetime) -> None:
    """Write lines into a new file that only its owner may read; the store remembers that it is there.

    Raises: UsageError when the file is there already; StoreError; what the lines raise, before there is a file.
    """
    with store.reading() as transaction:
        spelt = lines(transaction)
        _create(file)
        with store.writing() as remembering:
            files.remember(remembering, str(file.resolve()), "export", at)
        with file.open("w", encoding="utf-8", newline="") as out:
            out.writelines(spelt)


def _create(file: Path) -> None:
    try:
        file.touch(0o600, exist_ok=False)
    except FileExistsError:
        hint = "Choose another name, or remove it."
        raise UsageError(f"{file} is there already, and nothing is overwritten.", hint) from None


def _cells(one: Subscriber, fields: Sequence[str]) -> list[str]:
    return [
        one.address,
        one.name,
        one.language or "",
        one.status,
        one.reason or "",
        _spelt(one.joined),
        _spelt(one.paused_until),
        _tags(one.tags),
        _tags(_also(one)),
        *(_spelt(one.fields.get(name)) for name in fields),
    ]


def _spelt(value: Value | None) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float():
            return f"{Decimal(repr(value)):f}"  # never 1e-05
        case date():
            return value.isoformat()
        case _:
            return str(value)


def _tags(tags: Sequence[str]) -> str:
    """Spell tags as people do, and as a JSON list when one of them holds what separates them."""
    return bulk.document(tags) if any(map(_SEPARATES.search, tags)) else ", ".join(tags)


def _defused(cell: str) -> str:
    return _FORMULA.sub("'", cell)
