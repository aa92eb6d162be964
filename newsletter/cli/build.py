"""newsletter build"""

from typing import Annotated

import typer

from newsletter import app, build
from newsletter.cli import _out, _show
from newsletter.cli._options import Issue, Json, Now, SkipBroken, moment
from newsletter.errors import ContentError, UsageError
from newsletter.workspace import Workspace

STANDALONE = "standalone.html"


def command(
    issue: Issue = None,
    every: Annotated[bool, typer.Option("--all", help="Build every issue.")] = False,
    now: Now = None,
    skip_broken: SkipBroken = False,
    standalone: Annotated[
        bool, typer.Option("--standalone", help="Write one HTML file with the pictures inside.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Make the mail as files.

    HTML, text part, a sample message and the pictures, in build/<issue>/.

    Example: newsletter build 2026-10-03
    """
    if every and issue:
        raise UsageError("--all builds every issue, and one was named.", "Leave out one of the two.")
    workspace = app.here()
    names = workspace.issues() if every else (workspace.issue(issue).name,)
    built = [
        build.build(workspace, n, now=moment(now, workspace.config.newsletter.time_zone), skip_broken=skip_broken)
        for n in names
    ]
    for one in built:
        _write(workspace, one, standalone=standalone, quiet=as_json)
    if as_json:
        data = [build.as_data(one, workspace.config) for one in built]
        _out.print_json(data if every else data[0])
    wrong = sum(finding.level == "error" for one in built for finding in one.findings)
    if wrong:
        hint = f"Mend {'it' if wrong == 1 else 'them'} and build again."
        raise ContentError(f"{_show.wrong(wrong)}, so this could not be sent.", hint)


def _write(workspace: Workspace, built: build.Built, *, standalone: bool, quiet: bool) -> None:
    folder = workspace.build_folder(built.issue.name)
    build.write(built, folder, workspace.config)
    if standalone:
        (folder / STANDALONE).write_text(build.standalone(built), "utf-8")
    if not quiet:
        _show.built(built, folder / (STANDALONE if standalone else "edition.html"), workspace)
