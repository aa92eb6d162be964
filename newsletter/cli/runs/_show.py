"""How the commands on runs show what they found and did."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from newsletter.as_json import Data, moment
from newsletter.as_json import run as run_as_data
from newsletter.cli import _follow, _out
from newsletter.cli._times import both, length
from newsletter.config import Config
from newsletter.control import TakenBack
from newsletter.delivery.report import STATES, Counts, Report
from newsletter.model.ledger import Run
from newsletter.store.figures import Said

_MOST_DOMAINS = 10


def listed(rows: Sequence[tuple[Run, Counts]], zone: ZoneInfo, *, more: int) -> None:
    """Runs, the newest first, each with what became of its readers in a line of its own."""
    _out.print_pairs((str(run.id), f"{_in_brief(run, zone)}\n{_of_readers(run, counts)}") for run, counts in rows)
    _out.say_more(more)


def _in_brief(run: Run, zone: ZoneInfo) -> str:
    """``2026-11-28: sending, due 2026-11-28 06:00, edition c1709cdd``"""
    due = f"{run.due_at.astimezone(zone):%Y-%m-%d %H:%M}"
    return f"{run.issue}: {_follow.state(run)}, due {due}, edition {run.edition[:8]}"


def _of_readers(run: Run, counts: Counts) -> str:
    if run.total is None:
        return "its readers are not written down yet"
    return f"{_readers(run.total)}: {_counted(counts)}"


def listed_as_data(run: Run, counts: Counts, config: Config) -> Data:
    """A run for programs."""
    return {**run_as_data(run, config.newsletter.time_zone), "counts": dict(counts)}


def shown(found: Report, zone: ZoneInfo, at: datetime) -> None:
    """A run as it stands: what it is, its sum, and what there is to tell besides."""
    _out.print_pairs([(name, value) for name, value in _about(found, zone, at) if value])
    _out.print_line("")
    _sum(found)
    if found.domains:
        _domains(found.domains)
    for title, reasons in (("Why refused", found.refused), ("Why skipped", found.skipped)):
        _counts(title, reasons)
    _counts("Told later by the provider", list(found.later.items()))
    _counts("On the list no more since it began", list(found.gone.items()))
    if found.said:
        _out.print_line("\nWhat went wrong last")
        _out.print_pairs(_said(one, zone) for one in found.said)
    if len(found.siblings) > 1:
        _editions(found)


def _about(found: Report, zone: ZoneInfo, at: datetime) -> Iterator[tuple[str, str]]:
    run = found.run
    yield "run", f"{run.id} of {run.issue}: {_follow.state(run)}"
    yield "subject", found.subject
    yield "edition", run.edition[:16]
    yield "to", f"segment {run.segment}" if run.segment else "the whole list"
    yield "through", run.provider
    yield "pressed", f"{both(run.pressed_at, zone)} by {run.pressed_by} on {run.machine}"
    yield "due", both(run.due_at, zone)
    yield "frozen", both(run.frozen_at, zone) if run.frozen_at else ""
    yield "began", both(run.started_at, zone) if run.started_at else ""
    yield "ended", both(run.ended_at, zone) if run.ended_at else ""
    yield "on quiet days", f"sent all the same: {run.quiet}" if run.quiet else ""
    yield "why", run.sentence
    yield "waits for", found.waits_for
    yield "rate", f"{found.rate:,.1f} readers a second" if found.rate else ""
    if found.last_at:
        left = length(max(found.last_at - at, timedelta(0)))
        yield "last mail", f"in {left}, at {both(found.last_at, zone)}, if nothing comes between"


def _sum(found: Report) -> None:
    total = found.run.total
    if total is None:
        _out.print_line("Its readers are written down when it begins.")
        return
    width = len(f"{max(total, *found.counts.values()):,}")
    _out.print_pairs([("readers of the run", f"{total:>{width},}")])
    _out.print_pairs([(f"{state:<18}", f"{found.counts[state]:>{width},}") for state in STATES])
    parts = " + ".join(f"{found.counts[state]:,}" for state in STATES)
    if not found.missing:
        _out.print_line(f"The sum holds: {total:,} = {parts}.")
    else:
        words = "missing" if found.missing > 0 else "too many"
        _out.print_line(f"The sum does not hold: {abs(found.missing):,} {words}. See: newsletter runs audit")


def _domains(domains: Mapping[str, Counts]) -> None:
    """The largest receiving domains; states that no reader is in have no column."""
    there = [state for state in STATES if any(each.get(state) for each in domains.values())]
    some = list(domains.items())[:_MOST_DOMAINS]
    counts = [(sum(each.values()), *(each.get(state, 0) for state in there)) for _, each in some]
    widths = [max(len(f"{count:,}") for count in column) for column in zip(*counts, strict=True)]
    rows = [
        (domain or "(erased)", *(f"{count:>{width},}" for count, width in zip(row, widths, strict=True)))
        for (domain, _), row in zip(some, counts, strict=True)
    ]
    _out.print_line("")
    _out.print_table(("domain", "readers", *there), rows)
    _out.say_more(len(domains) - len(some))


def _counts(title: str, counted: Sequence[tuple[str, int]]) -> None:
    if counted:
        width = max(len(f"{count:,}") for _, count in counted)
        _out.print_line(f"\n{title}")
        _out.print_pairs([(f"{count:>{width},}", what or "(no word of it)") for what, count in counted])


def _said(one: Said, zone: ZoneInfo) -> tuple[str, str]:
    """When, and ``request 3, reader 17, refused: 550 5.1.1 unknown``"""
    reader = "" if one.seq is None else f", reader {one.seq}"
    when = f"{one.at.astimezone(zone):%Y-%m-%d %H:%M:%S}"
    return when, f"request {one.attempt}{reader}, {one.what}: {one.said}".removesuffix(": ")


def _editions(found: Report) -> None:
    """Who had which edition, when an issue was sent more than once."""
    rows = [
        (
            str(one.run.id),
            one.run.edition[:16],
            _follow.state(one.run),
            f"{one.counts['accepted']:,}",
            f"{one.counts['in doubt']:,}",
        )
        for one in found.siblings
    ]
    _out.print_line(f"\nThe runs of {found.run.issue}, and how many have which edition")
    _out.print_table(("run", "edition", "state", "accepted", "in doubt"), rows)


def shown_as_data(found: Report, config: Config) -> Data:
    """The same for programs."""
    zone = config.newsletter.time_zone
    return {
        **listed_as_data(found.run, found.counts, config),
        "subject": found.subject,
        "sum_holds": not found.missing,
        "rate": found.rate,
        "last_at": moment(found.last_at, zone),
        "waits_for": found.waits_for,
        "domains": {domain: dict(each) for domain, each in found.domains.items()},
        "refused": [{"reason": reason, "readers": count} for reason, count in found.refused],
        "skipped": [{"reason": reason, "readers": count} for reason, count in found.skipped],
        "said": [asdict(one) | {"at": moment(one.at, zone)} for one in found.said],
        "told_later": dict(found.later),
        "gone_since": dict(found.gone),
        "runs": [
            {"run": one.run.id, "edition": one.run.edition, "state": one.run.state, "counts": dict(one.counts)}
            for one in found.siblings
        ],
    }


def changed(run: Run, config: Config, *, as_json: bool, then: str, stands: str = "") -> None:
    """A run that somebody changed, and what to type next; ``stands`` says how it is where its state does not."""
    if as_json:
        _out.print_json(run_as_data(run, config.newsletter.time_zone))
        return
    until = f" until {both(run.until, config.newsletter.time_zone)}" if run.until else ""
    _out.print_line(f"Run {run.id} of {run.issue} {stands or f'is {_follow.state(run)}'}{until}.")
    if then:
        _out.say(then)


def question(run: Run, counts: Counts) -> str:
    """What is asked before a run goes on."""
    whom = "its readers, who are not written down yet" if run.total is None else _readers(counts["waiting"])
    return f"Go on with run {run.id} of {run.issue}, to {whom}, through {run.provider}?"


def of_doubts(run: int, counts: Counts, *, accepted: bool) -> str:
    """What is asked before somebody decides over doubts."""
    doubted = _readers(counts["in doubt"])
    if accepted:
        return f"Take {doubted} of run {run} for having it? Nobody of these is sent it again."
    return f"Send it again to {doubted} of run {run}? Whoever did get it has it twice."


def of_restored(readers: int) -> str:
    """What is asked before readers are put in doubt because the database was restored."""
    return (
        f"{_readers(readers)} of it would be in doubt, since the mail may have left after the backup; they are sent "
        "nothing until you decide. To go on, type how many they are: "
    )


def settled(run: Run, counts: Counts, doubted: int) -> str:
    """``Run 3 of 2026-11-28 is finished; in doubt before: 6, now: 0. 198 accepted, 2 refused.``"""
    changed = f"in doubt before: {doubted:,}, now: {counts['in doubt']:,}"
    return f"Run {run.id} of {run.issue} is {_follow.state(run)}; {changed}. {_counted(counts)}."


def acknowledged(run: Run, alarms: int, *, as_json: bool) -> None:
    """How many alarms of a run are acknowledged now that were not."""
    if as_json:
        _out.print_json({"run": run.id, "acknowledged": alarms})
    elif alarms:
        _out.print_line(
            f"Run {run.id} of {run.issue}: alarms acknowledged: {alarms:,}. The audit goes on telling them."
        )
    else:
        _out.print_line(f"Run {run.id} of {run.issue} has no alarm that nobody knows of.")


def unknown(run: int, doubted: int) -> str:
    """``Of run 3 it is not known whether 6 readers have it.``"""
    return f"Of run {run} it is not known whether {_readers(doubted)} {'has' if doubted == 1 else 'have'} it."


def restored(taken: TakenBack, *, as_json: bool) -> None:
    """What became of the runs of a database that was restored."""
    if as_json:
        _out.print_json({"in_doubt": taken.doubted, "paused": list(taken.paused)})
        return
    for run, count in taken.doubted.items():
        _out.print_line(
            f"Run {run}: in doubt now, though they waited: {_readers(count)}. Next: newsletter runs settle {run}"
        )
    for run in taken.paused:
        _out.print_line(f"Run {run} had not begun, and is paused. Next: newsletter runs resume {run}, or cancel it")
    if not taken.doubted and not taken.paused:
        _out.print_line("No run was under way in it.")
    _out.say("Runs that were pressed after the backup are not in it: look in the provider's log before you send again.")
    _out.say("Whoever left since the backup is on the list again: see to that first.")


def _readers(count: int) -> str:
    return "1 reader" if count == 1 else f"{count:,} readers"


def _counted(counts: Counts) -> str:
    return ", ".join(f"{counts[state]:,} {state}" for state in STATES if counts[state]) or "nobody yet"
