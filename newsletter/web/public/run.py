"""The server of the readers' pages: uvicorn with a patience, a log and an end of our own, and the courier beside it.

uvicorn waits for ever for the first line of a request; whoever opens connections and says nothing would keep everybody
else out. It also ends with the signal that it got, before anything that stands around it is closed.
"""

import asyncio
import logging
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from newsletter.app import Serving
from newsletter.errors import UsageError
from newsletter.web.public.guard import Guard
from newsletter.web.public.reach import Knock
from newsletter.web.public.server import application
from newsletter.web.public.service import Service
from newsletter.web.public.shield import shown

IDLE = 15
"""Seconds that a connection is kept for a next request."""
HEAD_BYTES = 16 * 1024
"""Bytes of the head of a request; the longest address of ours has some hundreds."""
CONNECTIONS = 512
"""Open connections beyond which the next request is told to come back later (503)."""
FINISH = 10
"""Seconds in which requests are finished when the server ends."""

log = logging.getLogger(__name__)

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How many seconds things may take.

    ``head``: until the head of a request is there. ``answer``: the rest of it and its answer, however steadily they
    trickle. ``settle``: until the courier has settled what it is sending, at the end; what it has not is in doubt.
    """

    head: float = 10.0
    answer: float = 60.0
    settle: float = 60.0


PATIENCE = Patience()


class Carrier(Protocol):
    """What sends notices in the background; `newsletter.delivery.notices.courier.Courier` does."""

    def run(self, stop: threading.Event) -> None:
        """Send what waits until ``stop`` is set; then settle what was begun, and return. No error ends it."""
        ...

    def wake(self) -> None:
        """Look now; return at once. Also when ``stop`` was set."""
        ...


def pages(serving: Serving, knock: Knock) -> Starlette:
    """Put the readers' pages together, and before them what answers whoever asks whether it is us."""
    guard = Guard(
        store=serving.store,
        keys=serving.keys,
        now=serving.clock,
        draw=serving.draw,
        proof_of_work=serving.config.pages.proof_of_work,
    )
    service = Service(
        config=serving.config,
        store=serving.store,
        keys=serving.keys,
        links=serving.links,
        erase_key=serving.erase_key,
        now=serving.clock,
        draw=serving.draw,
        wake=serving.courier.wake,
        guard=guard,
        receivers=serving.receivers,
        apply=serving.apply,
    )
    made = application(service)
    # As everywhere, a proxy may leave the path of the public address on or take it off.
    made.router.routes[:0] = [knock.route(base) for base in sorted({"", service.base})]
    return made


def serve(
    pages: ASGIApp,
    courier: Carrier,
    *,
    host: str,
    port: int,
    ready: Callable[[str], None],
    until: threading.Event | None = None,
    patience: Patience = PATIENCE,
) -> None:
    """Serve the pages and carry notices until Ctrl-C or SIGTERM, or ``until`` is set; then finish and settle.

    ``ready`` is called with the address of the server once it answers, in a thread of its own. Raises: UsageError when
    the port is taken (0: any that is free).
    """
    listener = _listen(host, port)
    address = _address(listener)
    config = uvicorn.Config(
        Logged(pages),
        http=partial(Patient, patience),  # type: ignore[arg-type]  # uvicorn calls what it takes for a class
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=CONNECTIONS,
        timeout_keep_alive=IDLE,
        timeout_graceful_shutdown=FINISH,
        h11_max_incomplete_event_size=HEAD_BYTES,
    )
    server = _Server(config, courier, ready=lambda: ready(address), until=until, settle=patience.settle)
    with _ended_by_sigterm():
        server.run(sockets=[listener])


class Logged:
    """The access log, in place of uvicorn's: method, page, status and milliseconds; never an address or a token."""

    def __init__(self, pages: ASGIApp, *, clock: Callable[[], float] = time.perf_counter) -> None:
        self._pages = pages
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the pages do, and log it."""
        begun, status = self._clock(), 0

        async def noted(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self._pages(scope, receive, noted)
        finally:
            about = {
                "event": "web.answered",
                "method": scope["method"] if scope["method"] in _METHODS else "…",
                "path": shown(scope["path"]),
                "status": status,
                "milliseconds": round((self._clock() - begun) * 1000),
            }
            log.info("%(method)s %(path)s %(status)d in %(milliseconds)d ms", about, extra=about)


class Patient(H11Protocol):
    """A connection that is cut when the head of a request, or all of it with its answer, does not come in time."""

    def __init__(self, patience: Patience, **given: Any) -> None:
        super().__init__(**given)
        self._patience = patience
        self._cut: asyncio.TimerHandle | None = None
        self._answering = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Begin to wait for a head."""
        super().connection_made(transport)
        self._within(self._patience.head)

    def data_received(self, data: bytes) -> None:
        """Begin to wait, when nothing was awaited."""
        if self._cut is None:
            self._within(self._patience.head)
        super().data_received(data)

    def handle_events(self) -> None:
        """Once the head is there, wait for the rest and the answer."""
        super().handle_events()
        if self.cycle is not None and not self.cycle.response_complete and not self._answering:
            self._answering = True
            self._within(self._patience.answer)

    def on_response_complete(self) -> None:
        """Wait for nothing; uvicorn knows how long it keeps an idle connection."""
        self._answering = False
        self._within(None)
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._within(None)
        super().connection_lost(exc)

    def timeout_keep_alive_handler(self) -> None:
        """Say goodbye, and hang up on whoever does not take the last answer."""
        super().timeout_keep_alive_handler()
        self._within(self._patience.head)

    def _within(self, seconds: float | None) -> None:
        if self._cut is not None:
            self._cut.cancel()
        self._cut = None if seconds is None else self.loop.call_later(seconds, self.transport.abort)


class _Server(uvicorn.Server):
    """uvicorn with a courier that begins and ends with it."""

    def __init__(
        self,
        config: uvicorn.Config,
        courier: Carrier,
        *,
        ready: Callable[[], None],
        until: threading.Event | None,
        settle: float,
    ) -> None:
        super().__init__(config)
        self._until = until
        self._settle = settle
        self._courier = courier
        self._ready = ready
        self._stop = threading.Event()
        self._carrying = threading.Thread(target=courier.run, args=(self._stop,), name="courier", daemon=True)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer, then to send."""
        await super().startup(sockets)
        self._carrying.start()
        threading.Thread(target=self._ready, name="ready", daemon=True).start()

    async def on_tick(self, counter: int) -> bool:
        """Whether it ends now."""
        return await super().on_tick(counter) or (self._until is not None and self._until.is_set())

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Finish requests while the courier settles; a second Ctrl-C waits for neither."""
        self._stop.set()
        self._courier.wake()
        latest = time.monotonic() + self._settle
        await super().shutdown(sockets)
        while self._carrying.is_alive() and not self.force_exit and time.monotonic() < latest:
            await asyncio.sleep(0.05)
        if self._carrying.is_alive():
            log.warning("the courier did not settle in time", extra={"event": "courier.left"})


@contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """Let a SIGTERM, which uvicorn raises once more when it is done, end nothing but the server."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _listen(host: str, port: int) -> socket.socket:
    """Open the port. It says that it is TCP: else asyncio lets small answers wait for each other (RFC 896), 40 ms."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise _not_here(host, port, error) from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(CONNECTIONS)
    except OSError as error:
        listener.close()
        raise _not_here(host, port, error) from None
    return listener


def _not_here(host: str, port: int, error: OSError) -> UsageError:
    return UsageError(
        f"Nothing can be served at {host}, port {port}: {error.strerror or error}.",
        "Choose others with --host and --port.",
    )


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
