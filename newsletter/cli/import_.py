"""newsletter import"""

import sys
from typing import Annotated

import typer

from newsletter import app, as_json, importing
from newsletter.cli import _out, _show
from newsletter.cli._options import Json
from newsletter.errors import ContentError, NewsletterError
from newsletter.importing import Imported


def command(
    names: Annotated[
        list[str],
        typer.Argument(metavar="FILE|ADDRESS…", help="Texts, Markdown, pages, addresses; - is standard input."),
    ],
    issue: Annotated[str | None, typer.Option(metavar="ISSUE", help="The issue; by default the next one.")] = None,
    url: Annotated[str | None, typer.Option(metavar="ADDRESS", help="The article's address (with one text).")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Overwrite an article that is there already.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="End with 4 when something is to be looked at.")] = False,
    json: Json = False,
) -> None:
    """Turn texts, pages and addresses into reviewed articles of an issue.

    Of each field it says how sure the reading is, and what to look at. Of another newspaper's page only title, teaser
    and link are kept.

    Example: newsletter import kim.txt https://www.example.nl/artikel/12 --issue 2026-11-28
    """
    workspace = app.here()
    folder = importing.target(workspace, issue, now=app.now())
    answers = importing.import_files(
        workspace,
        names,
        folder,
        fetcher=app.fetcher(workspace),
        stdin=sys.stdin.buffer.read,
        url=url,
        replace=replace,
    )
    done = [answer for answer in answers if isinstance(answer, Imported)]
    zone = workspace.config.newsletter.time_zone
    if json:
        _out.print_json([as_json.reading(one.reading, zone) for one in done])
    else:
        _show.imported(done, zone)
    _end([answer for answer in answers if isinstance(answer, NewsletterError)], done, strict=strict)


def _end(failed: list[NewsletterError], done: list[Imported], *, strict: bool) -> None:
    """End as the last failure does, else with 4 when ``strict`` and there is something to look at."""
    for error in failed[:-1]:
        _out.say(f"{error.sentence}\n{error.hint}")
    if failed:
        raise failed[-1]
    if strict and any(one.reading.to_check for one in done):
        raise ContentError("Something is to be looked at.", "Correct the articles named above.")
