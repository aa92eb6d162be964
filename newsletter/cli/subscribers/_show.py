"""How the commands on the list show what they found and did."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from newsletter.audience import story
from newsletter.audience.takeback import TakenBack
from newsletter.audience.transfer import Survey
from newsletter.cli import _out
from newsletter.model.subscriber import ConsentRecord, Subscriber
from newsletter.store.imports import Import
from newsletter.store.moves import Move
from newsletter.store.notices import Notice

_STAYED = {
    "left": "left; only he himself can come back",
    "complained": "complained",
    "bounced": "bounced",
    "blocked": "blocked",
    "erased": "erased",
    "moved": "old addresses of readers who moved to another",
}
_ALREADY = {
    "confirmed": ", and the consent he gave before stands",
    "pending": "; he was asked less than a day ago, or the mail that asks him waits still",
}
_KINDS = {
    "rehearsal": "a rehearsal",
    "rejects": "lines that an import refused",
    "backup": "a copy of the list",
    "export": "an export",
    "list": "a list that was imported",
}


def surveyed(survey: Survey) -> None:
    """What an import would do, before anybody is asked."""
    whose = f", an export of {survey.origin}" if survey.origin else ""
    lines = f"{survey.lines:,} line{'' if survey.lines == 1 else 's'}"
    _out.say(f"{survey.file.name}: {lines}{whose}. Its columns:")
    _out.say_pairs(list(survey.columns.items()))
    for note in survey.notes:
        _out.say(note)
    _out.say("Importing it would find")
    _out.say_counts(_counts(survey))
    if survey.rejects:
        _out.say(f"The refused lines are in {survey.rejects}, each with its number and the reason.")
    if survey.broken_off:
        done, number = survey.broken_off.done, survey.broken_off.number
        _out.say(f"This import ({number}) was broken off after {done:,} lines, and goes on there.")
    if not survey.changes_anything:
        _out.say("There is nothing to import.")


def _counts(survey: Survey) -> list[tuple[str, int, str]]:
    return [
        ("new", survey.new.total(), ", ".join(f"{count:,} {status}" for status, count in survey.new.most_common())),
        ("changed", survey.changes, ""),
        *((f"  {story.called(name)}", count, "") for name, count in survey.changed.most_common()),
        ("unchanged", survey.unchanged, ""),
        ("stay as they are", survey.stayed.total(), ""),
        *((f"  {_STAYED[why]}", count, "") for why, count in survey.stayed.most_common()),
        ("invalid", survey.rejected["invalid"], ""),
        ("double in the file", survey.rejected["double"], ""),
    ]


def surveyed_as_data(survey: Survey) -> dict[str, object]:
    """The same for programs."""
    return {
        "file": str(survey.file),
        "origin": survey.origin,
        "columns": dict(survey.columns),
        "notes": list(survey.notes),
        "lines": survey.lines,
        "new": dict(survey.new),
        "changed": survey.changes,
        "changed_columns": {story.called(name): count for name, count in survey.changed.items()},
        "unchanged": survey.unchanged,
        "stayed": dict(survey.stayed),
        "rejected": {kind: survey.rejected[kind] for kind in ("invalid", "double")},
        "rejects": None if survey.rejects is None else str(survey.rejects),
    }


def imported(done: Import) -> None:
    """What an import did."""
    _out.print_line(
        f"Import {done.number}: {done.new:,} new, {done.changed:,} changed, {done.unchanged:,} unchanged, "
        f"{done.stayed:,} stayed as they were, {done.rejected:,} {'line' if done.rejected == 1 else 'lines'} refused."
    )
    _out.say(f"Take it back with: newsletter subscribers undo {done.number}")


def imports(found: tuple[Import, ...], zone: ZoneInfo) -> None:
    """All imports, the newest first."""
    rows = [
        (
            str(one.number),
            f"{one.started_at.astimezone(zone):%Y-%m-%d %H:%M}",
            one.file,
            _state(one),
            *(f"{count:,}" for count in (one.new, one.changed, one.unchanged, one.stayed, one.rejected)),
            one.text.text if one.text else "–",
        )
        for one in found
    ]
    heads = ("no", "when", "file", "state", "new", "changed", "unchanged", "stayed", "refused", "by what right")
    _out.print_table(heads, rows)


def _state(one: Import) -> str:
    if one.state == "open":
        return f"broken off at {one.done:,} of {one.lines:,}"
    return f"taken back ({one.taken_back:,})" if one.state == "undone" else "done"


def import_as_data(one: Import) -> dict[str, object]:
    """An import for programs."""
    moments = {"started_at", "ended_at", "pruned_at"}
    data = asdict(one)
    return {name: data[name].isoformat() if name in moments and data[name] else data[name] for name in data}


def taken_back(number: int, result: TakenBack) -> None:
    """What became of an import that was taken back."""
    readers = "1 reader" if result.removed == 1 else f"{result.removed:,} readers"
    _out.print_line(f"Import {number} is taken back: {readers} removed, {result.restored:,} restored.")
    if result.kept:
        _out.say(f"{result.kept:,} whom it brought stay: they did something themselves since, or are vouched for anew.")


def added(before: Subscriber | None, one: Subscriber, *, asked: bool) -> None:
    """What adding a reader did: of who was on the list before, also what was changed of him."""
    changed = [name for name in ("name", "language") if before and getattr(before, name) != getattr(one, name)]
    is_so = before is not None and before.status == one.status and not asked
    said = f"{one.address} is {one.status}"
    if asked:
        said += "; a mail that asks for consent waits to be sent"
    elif is_so:
        said += f" already{_ALREADY[one.status]}"
    told = f" Changed: {', '.join(changed)}." if changed else " Nothing was changed." if is_so else ""
    _out.print_line(f"{said}.{told}")


def erased(address: str, files: Sequence[tuple[Path, str]], *, found: bool) -> None:
    """What was removed of a reader, and where he may still be named."""
    if found:
        _out.print_line(
            f"{address} is erased: the subscriber, with tags, waiting mails and what an undo would need, and all in "
            "the records that tells of a person. No list brings it back."
        )
    else:
        _out.print_line(f"{address} was not on the list; no list brings it in.")
    if files:
        _out.say("These files may still name him; they are yours to look through:")
    for file, kind in files:
        _out.print_line(f"{file} ({_KINDS[kind]})")


def erased_as_data(address: str, files: Sequence[tuple[Path, str]], *, found: bool) -> dict[str, object]:
    """The same for programs."""
    named = [{"file": str(file), "kind": kind} for file, kind in files]
    return {"address": address, "erased": found, "may_still_name_him": named}


def shown(
    one: Subscriber,
    records: Sequence[ConsentRecord],
    notices: Sequence[Notice],
    moves: Sequence[Move],
    now: datetime,
    zone: ZoneInfo,
) -> None:
    """A reader as he stands, and his story; then the mails about his subscription and his changes of address."""
    about = {
        "address": one.address,
        "name": one.name,
        "standing": story.standing(one, now.astimezone(zone).date()),
        "joined": str(one.joined or ""),
        "language": one.language or "",
        "tags": ", ".join(one.tags),
        **{name: str(value) for name, value in one.fields.items()},
    }
    _out.print_pairs([(name, value) for name, value in about.items() if value])
    for sentence in story.whole(records, moves, notices, zone):
        _out.print_line(sentence)
