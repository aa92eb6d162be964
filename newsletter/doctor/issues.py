"""The newest issue."""

from collections.abc import Iterator
from datetime import datetime

from newsletter import build
from newsletter.build import Built
from newsletter.config import Config
from newsletter.doctor.diagnosis import Diagnosis, good, trouble, wrong
from newsletter.errors import NewsletterError
from newsletter.send.preflight import obstacles_in
from newsletter.workspace import Workspace


def newest(workspace: Workspace) -> Built | NewsletterError | None:
    """The newest issue, built; what keeps it from being built; or None without issues."""
    if not workspace.issues():
        return None
    try:
        return build.build(workspace)
    except NewsletterError as error:
        return error


def look(newest: Built | NewsletterError | None, config: Config, now: datetime) -> Iterator[Diagnosis]:
    """Whether it builds, and whether it may go to the readers."""
    if newest is None:
        yield wrong("issues", "warning", "There are no issues yet.", "Make one: newsletter new")
        return
    if isinstance(newest, NewsletterError):
        yield trouble("issues", newest)
        return
    name = newest.issue.name
    see = f"newsletter build {name}"
    in_the_way = obstacles_in(newest, config, now=now)
    for obstacle in in_the_way:
        yield wrong("issues", "error", f"{name} cannot be sent. {obstacle}", f"Mend it, and build again: {see}")
    warnings = sum(finding.level == "warning" for finding in newest.findings)
    if warnings:
        yield wrong("issues", "warning", f"{name} builds; warnings: {warnings}.", f"Read them: {see}")
    elif not in_the_way:
        yield good("issues", f"{name} builds, and nothing is wrong with it.")
