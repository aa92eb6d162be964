"""The clock and the workspace at hand, and what asks the web on its behalf."""

import getpass
import os
import shutil
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from newsletter import workspace
from newsletter.app.database import store
from newsletter.app.way_out import callers, provider
from newsletter.config import Config
from newsletter.workspace import Workspace

if TYPE_CHECKING:
    from newsletter.doctor import Diagnosis
    from newsletter.fetch import Fetched, Fetcher

_OWN = 20.0
"""Seconds that an answer from an address of one's own may take."""


def now() -> datetime:
    """The one clock (aware UTC); everything below is told the time."""
    return datetime.now(UTC)


def who() -> str:
    """Who is at the keyboard, as far as the machine knows."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"


def here() -> Workspace:
    """The workspace that the current folder belongs to. Raises: ConfigError."""
    return workspace.find(Path.cwd())


def fetcher(workspace: Workspace) -> "Fetcher":
    """What fetches articles for a workspace; nothing is connected to until it is asked."""
    from newsletter.fetch import Fetcher

    config = workspace.config
    return Fetcher(private=config.fetch.private, contact=config.web.url)


def fetch_own(config: Config) -> "Fetcher":
    """What asks for addresses of one's own: as fast as it can, since one's own patience is one's own matter."""
    from newsletter.fetch import Fetcher

    return Fetcher(private=config.fetch.private, pace=0, longest=_OWN)


def get_own(config: Config) -> "Callable[[str], Fetched]":
    """What fetches addresses of one's own: no leave is asked of robots.txt, and nobody is kept waiting."""
    from newsletter.fetch import Fetcher

    return partial(Fetcher(private=config.fetch.private, pace=0).get, robots=False)


def diagnose(*, online: bool) -> "tuple[Diagnosis, ...]":
    """Look at this machine, at the workspace at hand and, when ``online``, at what lies outside."""
    from newsletter import doctor

    around = doctor.Surroundings(
        python=sys.version_info[:3],
        zone=ZoneInfo,
        installed=_installed,
        workspace=here,
        store=store,
        connect=provider,
        callers=callers,
        fetch=lambda address, config: get_own(config)(address),
        now=now(),
        online=online,
    )
    return tuple(doctor.diagnose(around))


def _installed(part: str) -> bool:
    """Whether an optional part is there, a package with all that it needs; a browser is a program."""
    if part == "chromium":
        return shutil.which(os.environ.get("CHROMIUM") or part) is not None
    try:
        import_module(part)
    except ImportError:
        return False
    return True
