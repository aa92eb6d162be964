"""newsletter send"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from newsletter import app, build, readership
from newsletter.audience.mailing import Mailing
from newsletter.build import Built
from newsletter.cli import _out, _press, _show
from newsletter.cli._options import Json, Now, SkipBroken, moment
from newsletter.errors import ContentError, ProviderError, UsageError
from newsletter.model.mail import Message
from newsletter.providers._base import Accepted, Provider
from newsletter.send.pressing import Wish
from newsletter.send.testmail import Answered
from newsletter.workspace import Workspace


def command(  # noqa: PLR0913, PLR0917 (each is an option of the command)
    named: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ISSUE] [ADDRESS…]", help="A folder under issues/; the testers, with --test."),
    ] = None,
    to: Annotated[
        str | None,
        typer.Option("--to", metavar="SEGMENT", help="Only for these: a name in [segments], or a condition."),
    ] = None,
    at: Annotated[
        str | None, typer.Option("--at", metavar="TIME", help="2026-11-28T06:00, 06:00 or now; else the issue's own.")
    ] = None,
    first: Annotated[
        int | None, typer.Option("--first", metavar="N", min=1, help="Pause after so many readers.")
    ] = None,
    approve: Annotated[
        str | None,
        typer.Option("--approve", metavar="FINGERPRINT", help="Send this edition without asking, and no other."),
    ] = None,
    override_quiet: Annotated[
        str, typer.Option("--override-quiet", metavar="REASON", help="Send on quiet days too; the reason is kept.")
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Rehearse: make every message, send none.")] = False,
    list_: Annotated[
        Path | None, typer.Option("--list", metavar="FILE", help="Rehearse for the readers of a file instead.")
    ] = None,
    keep_all: Annotated[bool, typer.Option("--keep-all", help="Keep the file of every rehearsed message.")] = False,
    test: Annotated[bool, typer.Option("--test", help="Send it really, to a few who are named or configured.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Send the test without asking.")] = False,
    now: Now = None,
    skip_broken: SkipBroken = False,
    as_json: Json = False,
) -> None:
    """Send an issue to the list; rehearse that, or send a test.

    It says everything first, and asks for the number of readers to be typed; another one ends it with 1. It then stays
    until all have it, and ends with 7 while readers wait or are in doubt. The same command goes on with a run that was
    broken off.

    A rehearsal makes and checks every reader's message, and nothing leaves this machine. It is for the confirmed
    readers of the list, and for the sample readers as long as there is no list. A test goes through the provider to at
    most 20 addresses, marked as a test.

    Example: newsletter send 2026-10-03 --at 06:00
    """
    issue, addresses = _taken_apart(named or [], test=test, dry_run=dry_run)
    of_list = {"--at": at, "--first": first, "--approve": approve, "--override-quiet": override_quiet}
    if test or dry_run:
        _refuse("a test" if test else "a rehearsal", of_list)
        _refuse_two_lists(to, list_, test=test)
        workspace, built = _built(issue, now, skip_broken=skip_broken)
        if test:
            _test(workspace, built, addresses, yes=yes, as_json=as_json)
        else:
            with app.mailing(workspace, built, file=list_, to=to) as mailing:
                _rehearse(workspace, built, mailing, keep_all=keep_all, as_json=as_json)
        return
    _refuse("sending to the list", {"--list": list_, "--keep-all": keep_all, "--yes": yes, "--now": now})
    wish = Wish(
        issue=_named(issue),
        segment=to,
        at=at,
        first=first,
        approved=approve,
        quiet=readership.one_line(override_quiet, "reason"),
        skip_broken=skip_broken,
    )
    _press.send(wish, as_json=as_json)


def _taken_apart(named: Sequence[str], *, test: bool, dry_run: bool) -> tuple[str | None, Sequence[str]]:
    """Tell the issue from the addresses. Raises: UsageError."""
    if test and dry_run:
        raise UsageError("--test sends and --dry-run does not.", "Leave out one of the two.")
    issues = [word for word in named if "@" not in word]
    addresses = [word for word in named if "@" in word]
    if len(issues) > 1:
        raise UsageError(f"One issue is sent at a time, and {len(issues)} were named.", "Name one.")
    if addresses and not test:
        raise UsageError("Addresses are named for a test only.", "Add --test, or name a list with --list.")
    return (issues[0] if issues else None), addresses


def _named(issue: str | None) -> str:
    """The issue of a real send: there none is guessed. Raises: UsageError."""
    if issue is None:
        raise UsageError(
            "Name the issue that is to be sent to the list.",
            "Like newsletter send 2026-11-28; rehearse it first: newsletter send --dry-run",
        )
    return issue


def _refuse(what: str, options: Mapping[str, object]) -> None:
    """Raises: UsageError for an option that was given and does not belong to what is done."""
    if given := [option for option, value in options.items() if value]:
        raise UsageError(f"{given[0]} does not belong to {what}.", "Leave it out, or see: newsletter send --help")


def _built(issue: str | None, now: str | None, *, skip_broken: bool) -> tuple[Workspace, Built]:
    workspace = app.here()
    when = moment(now, workspace.config.newsletter.time_zone)
    return workspace, build.build(workspace, issue, now=when, skip_broken=skip_broken)


def _refuse_two_lists(to: str | None, file: Path | None, *, test: bool) -> None:
    """Raises: UsageError when it is named twice for whom it is, or a segment for a test."""
    if to and test:
        raise UsageError("A test goes to testers and to no segment.", "Leave out --to, or rehearse: --dry-run")
    if to and file:
        raise UsageError("--to and --list both say for whom it is.", "Leave out one of the two.")


def _rehearse(workspace: Workspace, built: Built, mailing: Mailing, *, keep_all: bool, as_json: bool) -> None:
    with _out.progress("Making messages, twice", 2 * mailing.readers) as progress:
        rehearsal, outbox = app.rehearse(workspace, built, mailing, keep_all=keep_all, progress=progress)
    if as_json:
        _out.print_json(_show.rehearsed_as_data(rehearsal, outbox, workspace.config))
    else:
        _show.findings(built)
        _show.rehearsed(rehearsal, built, outbox, workspace)
    wrong = len(rehearsal.faults) + sum(finding.level == "error" for finding in built.findings)
    if wrong:
        raise ContentError(
            f"{_show.wrong(wrong)}, so this would not be sent.",
            f"Mend {'it' if wrong == 1 else 'them'} and rehearse again.",
        )


def _test(workspace: Workspace, built: Built, addresses: Sequence[str], *, yes: bool, as_json: bool) -> None:
    with app.test_mail(workspace, built, addresses) as (messages, provider):
        _show.about_to_test(messages, workspace)
        if not yes and not _out.confirm(f"Send {_show.mails(len(messages))} now?"):
            _out.say("Nothing was sent.")
            return
        results = _answers(messages, provider, as_json=as_json)
    failed = sum(not isinstance(result.outcome, Accepted) for result in results)
    if failed:
        raise ProviderError(f"Not accepted: {failed} of {_show.mails(len(results))}.", "See above what to do.")


def _answers(messages: Sequence[Message], provider: Provider, *, as_json: bool) -> Sequence[Answered]:
    """Send, and print each answer as it comes: whoever breaks it off has seen who was mailed."""
    results: list[Answered] = []
    try:
        for answered in app.send_test(messages, provider):
            results.append(answered)
            if not as_json:
                _show.tested(answered)
    except KeyboardInterrupt:
        _show.interrupted(messages[len(results) :])
        raise
    finally:
        if as_json:
            _out.print_json([_show.tested_as_data(answered) for answered in results])
    return results
