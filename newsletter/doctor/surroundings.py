"""The world as the doctor sees it."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from newsletter.config import Config
from newsletter.fetch import Fetched
from newsletter.providers._base import Provider
from newsletter.store.database import Store
from newsletter.workspace import Workspace

PATIENCE = 10.0
"""Seconds that everything asked of the network may take together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """All that is asked of the world is asked through these.

    ``python`` is its version; ``zone`` looks up a time zone; ``installed`` says whether an optional part is there;
    ``workspace`` reads the one at hand, ``store`` opens its list of readers. ``callers`` are the providers that can
    call with events, by their names, each with the variable that is still to be set for that, empty for none. Without
    ``online`` no connection is made; ``patience`` is in seconds.
    """

    python: tuple[int, int, int]
    zone: Callable[[str], ZoneInfo]
    installed: Callable[[str], bool]
    workspace: Callable[[], Workspace]
    store: Callable[[Config], AbstractContextManager[Store]]
    connect: Callable[[Config], Provider]
    callers: Callable[[Config], Mapping[str, str]]
    fetch: Callable[[str, Config], Fetched]
    now: datetime
    online: bool = True
    patience: float = PATIENCE
