"""Tells open pages that what they show has changed: the workspace watched, the issues looked at built at once.

One thread watches and builds while a page is open; without one there is none. What is saved while it builds waits for
it, so that a checkout of hundreds of files is built once. A page is first told how its issue is when that is watched
already: whatever is saved after that is news. Pages hear of it as server-sent events (WHATWG HTML, §9.2).
"""

import asyncio
import json
import re
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from threading import Event, Lock, Thread

import uvicorn
from watchfiles import Change, watch
from watchfiles.main import FileChange

from newsletter import app
from newsletter.errors import NewsletterError
from newsletter.web.preview.shelf import Look, Shelf, broken
from newsletter.web.preview.survey import OURS

RETRY = 1000
"""Milliseconds after which a browser asks again when the preview has been stopped and started."""
HEARTBEAT = 15.0
"""Seconds without news after which a page is told that there is none."""
QUIET = 20
"""Milliseconds without a further change after which what was saved is built."""
LONGEST = 1000
"""Milliseconds after which it is built even so."""
SETTLE = 0.06
"""Seconds that bad news waits: an editor that empties a file before writing it is not at fault."""

_BY_THE_WAY = re.compile(r"\.(?!env$)|.*(?:~|\.(?:sw\w|tmp|bak|db|db-\w+))$|#.*#$|4913$")
"""Names of what editors, git and databases keep beside what a person writes; 4913 is vim trying a folder."""
_ALIVE = b": still here\n\n"


class Live:
    """The open pages of one workspace, and the thread that has news for them."""

    def __init__(
        self,
        root: Path,
        shelf: Shelf,
        *,
        clock: Callable[[], datetime] = app.now,
        sleep: Callable[[float], object] = time.sleep,
        heartbeat: float = HEARTBEAT,
    ) -> None:
        self._root = root
        self._watched = root.resolve()
        self._shelf = shelf
        self._clock = clock
        self._sleep = sleep
        self._heartbeat = heartbeat
        self._pages: list[_Page] = []
        self._stop: _Stop | None = None
        self._closed = False
        self._lock = Lock()
        self._telling = Lock()

    async def events(self, issue: str) -> AsyncIterator[bytes]:
        """Yield the body of a ``text/event-stream`` about one issue, until the page or the server goes.

        ``edition`` says how the issue is, at once and whenever its `Look.version` has changed; its data is
        ``{"version": "…", "built": "2026-11-24T14:03:21+00:00", "milliseconds": 87, "trouble": false}``. ``built`` is
        None (null) without an edition, ``milliseconds`` (from the saving of a file to its being built) at first.
        """
        page = self._open(issue)
        try:
            yield b"retry: %d\n\n" % RETRY
            await asyncio.to_thread(self._inform_first, page)
            while (news := await page.next(self._heartbeat)) is not None:
                yield news
        finally:
            self._leave(page)

    def close(self) -> None:
        """End every page's events, now and from now on."""
        with self._lock:
            self._closed = True
            self._still()
            for page in self._pages:
                page.end()

    def _open(self, issue: str) -> "_Page":
        page = _Page(issue)
        with self._lock:
            if self._closed:
                page.end()
                return page
            self._pages.append(page)
            if self._stop is None:
                self._stop = _Stop()
                Thread(target=self._watch, args=(self._stop,), name="preview", daemon=True).start()
        return page

    def _leave(self, page: "_Page") -> None:
        with self._lock:
            if page in self._pages:
                self._pages.remove(page)
            if not self._pages:
                self._still()

    def _send_away(self, stop: "_Stop") -> None:
        """Have the pages come back, and a new thread with them, when this one fails."""
        with self._lock:
            if self._stop is stop:
                self._still()
                for page in self._pages:
                    page.end()

    def _still(self) -> None:
        if self._stop is not None:
            self._stop.set()
            self._stop = None

    def _watch(self, stop: "_Stop") -> None:
        """Build what is looked at whenever something was saved."""
        try:
            for changed in self._changes(stop):
                self._build_for_pages([Path(path) for _, path in changed])
        finally:
            self._send_away(stop)

    def _changes(self, stop: "_Stop") -> Iterator[set[FileChange]]:
        """Yield what was saved. A system that can watch no more files is asked instead."""
        watched = partial(
            watch,
            self._watched,
            watch_filter=self._matters,
            step=QUIET,
            debounce=LONGEST,
            stop_event=stop,
            raise_interrupt=False,
            ignore_permission_denied=True,
        )
        try:
            yield from watched()
        except OSError:
            yield from watched(force_polling=True)

    def _build_for_pages(self, changed: Iterable[Path]) -> None:
        saved = _saved(changed)
        with self._lock:
            pages = tuple(self._pages)
        for issue in dict.fromkeys(page.issue for page in pages):
            self._inform([page for page in pages if page.issue == issue], saved)

    def _inform_first(self, page: "_Page") -> None:
        """Tell a page how its issue is, once it is watched; what was saved between the two would be nobody's news."""
        with self._lock:
            stop = self._stop
        if stop is not None:
            stop.watching.wait()
        self._inform([page], None)

    def _inform(self, pages: "list[_Page]", saved: float | None) -> None:
        """Look at the issue of these pages and tell them. One at a time, so that no older news comes after newer."""
        with self._telling:
            look = self._settled(pages[0].issue)
            milliseconds = None if saved is None else max(0, round((self._clock().timestamp() - saved) * 1000))
            for page in pages:
                page.tell(look, milliseconds)

    def _settled(self, issue: str) -> Look:
        look = self._look(issue)
        if look.trouble:
            self._sleep(SETTLE)
            look = self._look(issue)
        return look

    def _look(self, issue: str) -> Look:
        try:
            return self._shelf.look(self._shelf.find(self._root), issue)
        except NewsletterError as error:
            return broken(error, self._root)

    def _matters(self, _: Change, path: str) -> bool:
        """Whether what changed may be something that an issue is made of."""
        parts = Path(path).relative_to(self._watched).parts
        return not OURS.intersection(parts[:1]) and not any(_BY_THE_WAY.match(part) for part in parts)


class _Stop(Event):
    """Ends a watch. ``watching`` is set from its beginning, or when there will be none any more."""

    def __init__(self) -> None:
        super().__init__()
        self.watching = Event()

    def is_set(self) -> bool:
        """Whether to stop. watchfiles asks it time and again, and for the first time when it watches."""
        self.watching.set()
        return super().is_set()

    def set(self) -> None:
        """Have the watch end."""
        super().set()
        self.watching.set()


class _Page:
    """One open page: what it was told last, and what it is to be told next. `tell` and `end` are for any thread."""

    def __init__(self, issue: str) -> None:
        self.issue = issue
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()
        self._version = ""
        self._news = b""
        self._ended = False

    def tell(self, look: Look, milliseconds: int | None) -> None:
        """Have the page hear how its issue is, unless it knows. Of two pieces of news it may hear the later only."""
        if look.version != self._version:
            self._version = look.version
            self._news = _edition(look, milliseconds)
            self._wake()

    def end(self) -> None:
        """Have the page's events end."""
        self._ended = True
        self._wake()

    async def next(self, patience: float) -> bytes | None:
        """Wait for news as long as ``patience`` (seconds), then say that there is none. None at the end."""
        try:
            await asyncio.wait_for(self._changed.wait(), patience)
        except TimeoutError:
            return _ALIVE
        self._changed.clear()
        return None if self._ended else self._news

    def _wake(self) -> None:
        with suppress(RuntimeError):  # its loop has ended, and the page with it
            self._loop.call_soon_threadsafe(self._changed.set)


class Server(uvicorn.Server):
    """uvicorn, which at its end waits for every connection: the open pages are sent away first."""

    def __init__(self, config: uvicorn.Config, live: Live) -> None:
        super().__init__(config)
        self._live = live

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the events of the open pages, then shut down."""
        self._live.close()
        await super().shutdown(sockets)


def _edition(look: Look, milliseconds: int | None) -> bytes:
    data = {
        "version": look.version,
        "built": look.at and look.at.isoformat(timespec="seconds"),
        "milliseconds": milliseconds,
        "trouble": look.trouble is not None,
    }
    return f"event: edition\ndata: {json.dumps(data)}\n\n".encode()


def _saved(files: Iterable[Path]) -> float | None:
    """Return when the newest of these files was saved or put there (seconds since 1970); None when all are gone."""
    moments = []
    for file in files:
        with suppress(OSError):
            stat = file.stat()
            moments.append(max(stat.st_mtime, stat.st_ctime))
    return max(moments, default=None)
