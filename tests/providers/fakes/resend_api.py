"""A stand-in for Resend's API that speaks its wire and misbehaves on order: behind a transport, or on a real port.

It holds to what is documented (errors, idempotency keys for a day, permissive batches, no attachments in them) and to
what is told of it: names between quotation marks are refused, and in ``from`` encoded ones too (451).
An order is for the next request: a response to give instead, or a `Fault`. ``…_AFTER`` are carried out when the request
has been taken; all others take nothing.
"""

import hashlib
import json
import re
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import httpx

Json = Any

_SILENCE = 2.0
"""Seconds of a silence on a real port: longer than its test is patient."""
_MAILBOX = re.compile(r"(?:[^<>\",]* <)?[^\s<>\",@]+@[^\s<>\",@]+\.[^\s<>\",@]+>?")
_TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")
_BAD_TO = (
    "Invalid `to` field. The address needs to follow the `email@example.com` or `Name <email@example.com>` format."
)


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
class FakeResend:
    """An account. ``mails`` holds what was taken, in order; ``requests`` every request that arrived whole.

    ``domains`` are verified; ``bad`` are addresses that are refused; ``busy`` are keys that are being worked on;
    ``connections`` counts those of a real port.
    """

    key: str = "re_proef"
    sending_only: bool = False
    domains: tuple[str, ...] = ("example.nl",)
    bad: set[str] = field(default_factory=set)
    busy: set[str] = field(default_factory=set)
    mails: list[Mapping[str, Json]] = field(default_factory=list)
    requests: list[httpx.Request] = field(default_factory=list)
    connections: int = 0
    orders: deque[Fault | httpx.Response] = field(default_factory=deque)
    _answered: dict[str, tuple[str, httpx.Response]] = field(default_factory=dict)

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
        response = self._serve(request)
        if order in (Fault.SILENCE_AFTER, Fault.RESET_AFTER):
            raise Broken(silent=order is Fault.SILENCE_AFTER)
        if order is Fault.ERROR_500_AFTER:
            return error(500, "application_error", "An unexpected error occurred.")
        if order is Fault.GARBLED_AFTER:
            return httpx.Response(200, text='{"data":[{"id":')
        if order is Fault.FEWER_AFTER:
            return httpx.Response(200, json={"data": response.json()["data"][:-1]})
        return response

    def _serve(self, request: httpx.Request) -> httpx.Response:
        if "user-agent" not in request.headers:
            return error(403, "missing_user_agent", "Requests need a User-Agent.")
        if "authorization" not in request.headers:
            return error(401, "missing_api_key", "Missing API key in the authorization header.")
        if request.headers["authorization"] != f"Bearer {self.key}":
            return error(403, "invalid_api_key", "API key is invalid.")
        match request.method, request.url.path:
            case "GET", "/domains":
                return self._list_domains()
            case "POST", "/emails" | "/emails/batch":
                return self._once(request)
            case _:
                return error(404, "not_found", "The requested endpoint does not exist.")

    def _list_domains(self) -> httpx.Response:
        if self.sending_only:
            return error(401, "restricted_api_key", "This API key is restricted to only send emails.")
        listed = [{"id": f"dom-{name}", "name": name, "status": "verified"} for name in self.domains]
        return httpx.Response(200, json={"object": "list", "has_more": False, "data": listed})

    def _once(self, request: httpx.Request) -> httpx.Response:
        """Answer a request under a key it has seen as it did before."""
        key = request.headers.get("idempotency-key")
        if key is None:
            return self._send(request)
        if not 1 <= len(key) <= 256:
            return error(400, "invalid_idempotency_key", "The key must be between 1-256 chars.")
        if key in self.busy:
            return error(
                409,
                "concurrent_idempotent_requests",
                "Same idempotency key used while original request is still in progress.",
            )
        print_ = hashlib.sha256(request.url.path.encode() + request.content).hexdigest()
        if key not in self._answered:
            response = self._send(request)
            if not response.is_success:
                return response
            self._answered[key] = (print_, response)
        if self._answered[key][0] != print_:
            return error(
                409, "invalid_idempotent_request", "Same idempotency key used with a different request payload."
            )
        return self._answered[key][1]

    def _send(self, request: httpx.Request) -> httpx.Response:
        given = json.loads(request.content)
        batch = request.url.path == "/emails/batch"
        mails = given if batch else [given]
        if len(mails) > 100:
            return error(422, "validation_error", "The batch takes up to 100 emails.")
        for mail in mails:
            if refusal := self._refuse_request(mail, batch=batch):
                return refusal
        wrong = [(index, _BAD_TO) for index, mail in enumerate(mails) if not self._good_reader(mail)]
        if wrong and not (batch and request.headers.get("x-batch-validation") == "permissive"):
            return error(422, "validation_error", wrong[0][1])
        taken = [{"id": self._take(mail)} for index, mail in enumerate(mails) if index not in dict(wrong)]
        if not batch:
            return httpx.Response(200, json=taken[0])
        errors = [{"index": index, "message": message} for index, message in wrong]
        return httpx.Response(200, json={"data": taken, **({"errors": errors} if wrong else {})})

    def _refuse_request(self, mail: Mapping[str, Json], *, batch: bool) -> httpx.Response | None:
        sender = mail["from"]
        if "=?" in sender:
            return error(451, "security_error", "The email payload contain invalid characters.")
        if not _MAILBOX.fullmatch(sender):
            return error(422, "validation_error", "Invalid `from` field.")
        domain = sender.rpartition("@")[2].rstrip(">")
        if domain not in self.domains:
            return error(403, "validation_error", f"The {domain} domain is not verified.")
        if batch and "attachments" in mail:
            return error(422, "validation_error", "The `attachments` field is not supported in batches.")
        if not all(_TAG.fullmatch(tag["name"]) and _TAG.fullmatch(tag["value"]) for tag in mail.get("tags", ())):
            return error(422, "validation_error", "Tags should only contain ASCII letters, numbers, _ and -.")
        return None

    def _good_reader(self, mail: Mapping[str, Json]) -> bool:
        (to,) = mail["to"]
        return bool(_MAILBOX.fullmatch(to)) and to.rpartition("<")[2].rstrip(">") not in self.bad

    def _take(self, mail: Mapping[str, Json]) -> str:
        self.mails.append(mail)
        return f"49a3999c-0ce1-4ea6-ab68-{len(self.mails):012}"


def error(status: int, name: str, message: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
    """An error as Resend spells it."""
    return httpx.Response(status, json={"statusCode": status, "name": name, "message": message}, headers=headers)


@contextmanager
def serving(fake: FakeResend) -> Iterator[str]:
    """Serve on a free port of 127.0.0.1 as long as the block lasts; the value is the address."""

    class Handler(_Handler):
        account = fake

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class _Handler(BaseHTTPRequestHandler):
    account: ClassVar[FakeResend]
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
