"""What commands print: results on stdout, talk and progress on stderr; ``NO_COLOR`` and pipes are honoured by rich."""

import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Column, Table
from rich.text import Text

from newsletter.errors import UsageError
from newsletter.model.finding import LEFT_OUT, Finding

_STYLES: Mapping[str, str] = {
    "error": "bold red", "warning": "yellow", "note": "dim", "check": "bold red", "likely": "yellow", "sure": "green",
    "good": "green", "unknown": "dim",
}  # fmt: skip

_PIPE_WIDTH = 120

_SEPARATORS = r"[\s.,'’]"
"""What people put between thousands."""

YES = frozenset(("y", "yes", "j", "ja"))
"""Answers that agree, in small letters."""

_results = Console(highlight=False, soft_wrap=True)
_tables = Console(highlight=False)
if not _tables.is_terminal and not os.environ.get("COLUMNS"):
    _tables.width = _PIPE_WIDTH
_talk = Console(stderr=True, highlight=False, soft_wrap=True)


def say(text: str = "") -> None:
    """Talk: what is done, what comes next."""
    _talk.print(Text(text))


def say_more(count: int) -> None:
    """Say how many more there are of what was told; nothing when there are none."""
    if count > 0:
        say(f"… and {count:,} more.")


def print_json(data: object) -> None:
    """A result for programs."""
    _results.out(json.dumps(data, ensure_ascii=False, indent=2), highlight=False)


def print_line(text: str) -> None:
    """A result in a line."""
    _results.print(Text(text))


def print_file(lines: Iterable[str]) -> None:
    """A result that may become a file: its lines as they are, in UTF-8 whatever the terminal reads."""
    sys.stdout.flush()
    sys.stdout.buffer.writelines(line.encode() for line in lines)
    sys.stdout.buffer.flush()


def print_pairs(rows: Iterable[tuple[str, str]]) -> None:
    """A result as names and values, aligned."""
    _tables.print(_pairs(rows))


def say_pairs(rows: Iterable[tuple[str, str]]) -> None:
    """Talk as names and values, aligned."""
    _talk.print(_pairs(rows), soft_wrap=False)


def say_counts(rows: Iterable[tuple[str, int, str]]) -> None:
    """Talk as names, numbers below each other, and remarks; a name that begins with spaces is part of what is above."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, count, remark in rows:
        grid.add_row(Text(name), f"{count:,}", Text(remark))
    _talk.print(grid, soft_wrap=False)


def _pairs(rows: Iterable[tuple[str, str]]) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in rows:
        grid.add_row(name, Text(value))
    return grid


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A result as a table; a cell that is a level or a sureness has its colour."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell, style=_STYLES.get(cell, "")) for cell in row))
    _tables.print(table)


def print_findings(findings: Sequence[Finding], *, notes: bool) -> None:
    """Findings, one in two lines: what and where, then what to do.

    Without ``notes`` these are only counted, but for those that say why an article is not in the mail.
    """
    shown = [f for f in findings if notes or f.level != "note" or f.code in LEFT_OUT]
    for finding in shown:
        head = Text(finding.level.capitalize(), style=_STYLES[finding.level])
        place = f" {finding.place}" if finding.place else ""
        _results.print(head, Text(f"{place}: {finding.sentence} [{finding.code}]"), sep="")
        if finding.remedy:
            _results.print(Text(f"  {finding.remedy}", style="dim"))
    hidden = len(findings) - len(shown)
    if hidden:
        notes_ = "1 note" if hidden == 1 else f"{hidden} notes"
        say(f"{notes_}, shown by the preview and kept in edition.json.")


def confirm(question: str) -> bool:
    """Ask on the terminal; only a yes is one. Raises: UsageError where nobody can answer."""
    return ask(f"{question} [y/N] ", instead="Add --yes to go on without being asked.").lower() in YES


def typed(question: str, number: int, *, instead: str) -> bool:
    """Ask for a number that was told, so that nobody agrees unread. Raises: UsageError, as `ask` does."""
    return re.sub(_SEPARATORS, "", ask(question, instead=instead)) == str(number)


def ask(question: str, *, instead: str) -> str:
    """Return what is typed for an answer. Raises: UsageError where nobody can; ``instead`` says what to do then."""
    if not sys.stdin.isatty():
        raise UsageError("Nobody is there to be asked.", instead)
    return _talk.input(Text(question)).strip()


@contextmanager
def progress(what: str, total: int | None, *, in_bytes: bool = False) -> Iterator[Callable[[int], None]]:
    """A bar on stderr while something takes its time; what it gives is told how much was done since.

    ``total`` is None when nobody knows it beforehand: the bar then moves to and fro, and what was done is counted.
    """
    done_so_far = DownloadColumn() if in_bytes else MofNCompleteColumn()
    columns = (TextColumn("{task.description}"), BarColumn(), done_so_far, TimeRemainingColumn())
    with Progress(*columns, console=_talk, transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda done: bar.advance(task, done)


class _Rate(ProgressColumn):
    """How many a second, lately."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.0f}/s" if task.speed else "", style="dim")


@contextmanager
def live() -> Iterator[Callable[[str, str, int, int | None], None]]:
    """A bar on stderr, told again and again what there is to say, what more, how many are done and of how many.

    Where stderr is no terminal it is a line whenever there is something else to say.
    """
    text = TextColumn("{task.description}", table_column=Column(overflow="fold"))  # wrapped, not cut, where it is long
    columns = (text, BarColumn(bar_width=20), MofNCompleteColumn(), _Rate(), TimeRemainingColumn())
    said = ""
    with Progress(*columns, console=_talk, transient=True, disable=not _talk.is_terminal) as bar:
        task = bar.add_task("", total=None)

        def tell(text: str, more: str, done: int, total: int | None) -> None:
            nonlocal said
            if text != said and not _talk.is_terminal:
                say(text)
            said = text
            bar.update(task, description=escape(f"{text} {more}".strip()), completed=done, total=total)

        yield tell
