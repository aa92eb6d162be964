"""How workers are shown: who lives, where, since when, and what each does."""

from collections.abc import Sequence
from dataclasses import asdict
from zoneinfo import ZoneInfo

from newsletter import app
from newsletter.as_json import Data, moment
from newsletter.cli import _out
from newsletter.config import Config
from newsletter.worker import who
from newsletter.worker.who import Present


def show(config: Config, *, as_json: bool) -> None:
    """Print who works on the list. Raises: StoreError."""
    with app.store(config) as store:
        found = who.look(store)
    zone = config.newsletter.time_zone
    if as_json:
        _out.print_json([_as_data(one, zone) for one in found])
    else:
        _show(found, zone)


def _show(found: Sequence[Present], zone: ZoneInfo) -> None:
    living = [one for one in found if not one.lost]
    if living:
        columns = ("machine", "process", "since", "version", "at a time", "does")
        _out.print_table(columns, [_row(one, zone) for one in living])
    else:
        _out.print_line("No worker lives.")
    for one in found:
        name = f"{one.machine} (process {one.pid})"
        if one.lost and one.seen:
            seen = f"{one.seen.astimezone(zone):%Y-%m-%d %H:%M:%S}"
            _out.print_line(f"{name} was last heard of at {seen}: it died, or cannot reach the database.")
        elif one.waits:
            _out.print_line(f"{name} takes no work. {one.waits}")


def _row(one: Present, zone: ZoneInfo) -> tuple[str, ...]:
    since, slots = f"{one.since.astimezone(zone):%Y-%m-%d %H:%M}", "" if one.slots is None else str(one.slots)
    return one.machine, str(one.pid), since, one.version or "", slots, _does(one)


def _does(one: Present) -> str:
    """``run 3, notices``; of one that works on a file only which command it is."""
    if one.waits:
        return "waits"
    return ", ".join(one.doing) or ("nothing just now" if one.seen else f"newsletter {one.command}")


def _as_data(one: Present, zone: ZoneInfo) -> Data:
    return asdict(one) | {"works": one.works, "since": moment(one.since, zone), "seen": moment(one.seen, zone)}
