"""What the pages are made with: one newsletter, its store, its keys, and clock, chance and sleep as arguments."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from newsletter.audience.erasure import EraseKey
from newsletter.audience.occasion import Occasion
from newsletter.config import Config
from newsletter.links import Key, Links
from newsletter.model.subscriber import ConsentText, Source
from newsletter.providers._base import Receiver
from newsletter.store.database import Store
from newsletter.web.public.guard import Guard


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One newsletter's pages.

    ``keys`` verify links, the newest first; ``links`` are signed with it. ``now`` tells aware UTC, ``draw`` a new
    subscriber id, ``wake`` has notices sent that were just queued. ``receivers`` understand what providers call with,
    by their names, and ``apply`` does what follows from it. ``sleep`` (seconds) and ``ticks`` (seconds, only forward)
    keep an answer from telling by its time whether an address is known.
    """

    config: Config
    store: Store
    keys: tuple[Key, ...]
    links: Links
    erase_key: EraseKey | None
    now: Callable[[], datetime]
    draw: Callable[[], str]
    wake: Callable[[], None]
    guard: Guard
    receivers: Mapping[str, Receiver] = field(default_factory=dict)
    apply: Callable[[], object] = lambda: None
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ticks: Callable[[], float] = time.monotonic

    @property
    def base(self) -> str:
        """The path under which the pages lie, without a slash at its end; empty when they have a host of their own."""
        return urlsplit(self.links.web).path.rstrip("/")

    def here(self, link: str) -> str:
        """Return the path of an address of ours: a page leads on within the host that it was asked at."""
        return urlsplit(link).path

    def occasion(
        self, source: Source, *, origin: str = "", text: ConsentText | None = None, note: str | None = None
    ) -> Occasion:
        """The circumstances of what a reader does now.

        Where he is belongs to what he was shown and agreed to: without a ``text`` it is not kept, nor where the
        configuration keeps it of nobody.
        """
        kept = origin if text and self.config.readers.keep_origin else None
        return Occasion(
            at=self.now(),
            zone=self.config.newsletter.time_zone,
            source=source,
            text=text,
            origin=kept or None,
            note=note or None,
        )
