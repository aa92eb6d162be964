"""Composition root: what the commands need, put together from the configuration. Opens nothing until asked."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from pydantic import ValidationError

from newsletter import plugins, send, workspace
from newsletter.audience.transfer import ReaderList, read_list
from newsletter.build import Built
from newsletter.errors import ConfigError, UsageError
from newsletter.providers._base import Module, Provider
from newsletter.send import Rehearsal
from newsletter.validation import explain, nearest
from newsletter.workspace import Workspace

FIRST_MESSAGES = 50
"""Of so many messages a rehearsal keeps the files, and of the largest."""


def now() -> datetime:
    """The one clock (aware UTC); everything below is told the time."""
    return datetime.now(UTC)


def here() -> Workspace:
    """The workspace that the current folder belongs to. Raises: ConfigError."""
    return workspace.find(Path.cwd())


def provider(name: str, table: Mapping[str, object]) -> Provider:
    """Connect a provider by its name with the settings of its own. Raises: ConfigError."""
    package = "newsletter.providers"
    try:
        module = cast("Module", plugins.load(package, name))
    except LookupError:
        known = plugins.names(package)
        raise ConfigError(f"There is no provider “{name}”.", nearest(name, list(known))) from None
    try:
        return module.connect(module.Settings.model_validate(table))
    except ValidationError as error:
        raise ConfigError(*explain(error, module.Settings, "newsletter.toml")) from None


def readers(workspace: Workspace, file: Path | None) -> ReaderList:
    """Read a list of readers (default: the sample readers). Raises: UsageError when there is none; ContentError."""
    file = file or workspace.sample_readers
    if not file.exists():
        raise UsageError(f"There is no list of readers {file}.", "Name a CSV file with --list.")
    return read_list(file)


def rehearse(
    workspace: Workspace, built: Built, readers: ReaderList, *, keep_all: bool, progress: Callable[[int], None]
) -> tuple[Rehearsal, Path]:
    """Rehearse sending a built issue to a list; return also the outbox's folder. Raises: as `send.rehearse`."""
    folder = workspace.build_folder(built.issue.name) / "outbox"
    outbox = provider("outbox", {"folder": folder, "keep": None if keep_all else FIRST_MESSAGES})
    return send.rehearse(built, readers, workspace.config, outbox, progress=progress), folder
