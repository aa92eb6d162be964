"""What stand-ins for APIs have in common: they misbehave on order, behind a transport or on a real port.

An order is for the next request: a response to give instead, or a `Fault`. ``…_AFTER`` are carried out when the request
has been taken; all others take nothing.
"""

import socket
import struct
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import httpx

_SILENCE = 2.0
"""Seconds of a silence on a real port: longer than its test is patient."""


class Fault(Enum):
    """What can go wrong on the way, or with an answer."""

    SILENCE = auto()
    SILENCE_AFTER = auto()
    RESET = auto()
    RESET_AFTER = auto()
    RESET_IN_BODY = auto()
    GARBLED_AFTER = auto()
    FEWER_AFTER = auto()
    ERROR_500_AFTER = auto()


class Broken(Exception):
    """The connection breaks instead of an answer; ``silent`` when it only hangs."""

    def __init__(self, *, silent: bool) -> None:
        super().__init__()
        self.silent = silent


@dataclass(slots=True, kw_only=True, repr=False)
class Account:
    """An account at a vendor; a stand-in says what it does with a request, and how an answer of its own goes wrong.

    ``requests`` are all that arrived whole; ``connections`` counts those of a real port.
    """

    requests: list[httpx.Request] = field(default_factory=list)
    connections: int = 0
    orders: deque[Fault | httpx.Response] = field(default_factory=deque)

    def serve(self, request: httpx.Request) -> httpx.Response:
        """Do what is asked."""
        raise NotImplementedError

    def fail(self) -> httpx.Response:
        """Answer as the vendor does that has stumbled."""
        raise NotImplementedError

    def fewer(self, response: httpx.Response) -> httpx.Response:
        """Answer for all but one of those that were asked for."""
        raise NotImplementedError

    def order(self, *orders: Fault | httpx.Response) -> None:
        """Do this with the next requests."""
        self.orders += orders

    def transport(self) -> httpx.MockTransport:
        """It, without a network."""

        def handle(request: httpx.Request) -> httpx.Response:
            if self.orders and self.orders[0] is Fault.RESET_IN_BODY:
                self.orders.popleft()
                next(iter(request.stream))  # type: ignore[call-overload]
                raise httpx.WriteError("Connection reset by peer")
            request.read()
            try:
                return self.answer(request)
            except Broken as broken:
                raise (httpx.ReadTimeout if broken.silent else httpx.ReadError)("") from None

        return httpx.MockTransport(handle)

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Answer a request whose body was read. Raises: Broken."""
        self.requests.append(request)
        order = self.orders.popleft() if self.orders else None
        if isinstance(order, httpx.Response):
            return order
        if order in (Fault.SILENCE, Fault.RESET):
            raise Broken(silent=order is Fault.SILENCE)
        response = self.serve(request)
        if order in (Fault.SILENCE_AFTER, Fault.RESET_AFTER):
            raise Broken(silent=order is Fault.SILENCE_AFTER)
        match order:
            case Fault.ERROR_500_AFTER:
                return self.fail()
            case Fault.GARBLED_AFTER:
                return httpx.Response(200, content=response.content[: len(response.content) // 2])
            case Fault.FEWER_AFTER:
                return self.fewer(response)
        return response


@contextmanager
def serving(account: Account) -> Iterator[str]:
    """Serve on a free port of 127.0.0.1 as long as the block lasts; the value is the address."""
    served = account

    class Handler(_Handler):
        account = served

    with _Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Show what went wrong here; that a client is gone, which tests see to, is nothing of ours."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]  # it only prints the second


class _Handler(BaseHTTPRequestHandler):
    account: ClassVar[Account]
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        super().setup()
        self.account.connections += 1

    def do_GET(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def _handle(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        orders = self.account.orders
        if orders and orders[0] is Fault.RESET_IN_BODY:
            orders.popleft()
            self.rfile.read(min(length // 2, 65536))  # the rest must not fit the buffers of the connection
            self._reset()
            return
        content = self.rfile.read(length)
        if len(content) < length:
            self.close_connection = True
            return
        headers = list(self.headers.items())
        try:
            self._reply(
                self.account.answer(
                    httpx.Request(self.command, f"http://here{self.path}", headers=headers, content=content)
                )
            )
        except Broken as broken:
            if broken.silent:
                time.sleep(_SILENCE)
            self._reset()

    def _reply(self, response: httpx.Response) -> None:
        self.send_response(response.status_code)
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(response.content)

    def _reset(self) -> None:
        # Closing with a linger of nothing is a reset.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Say nothing."""
