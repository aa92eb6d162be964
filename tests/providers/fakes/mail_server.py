"""A real mail server on this machine that keeps what it takes and misbehaves on order.

An order is for the next command of its name: a reply to say instead, or one of the constants below. Orders for DATA are
carried out when the whole message is there. ``TAKE_…`` takes it first, and the answer does not arrive.
"""

import asyncio
import socket
import ssl
import struct
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import compat32, default
from email.utils import parseaddr
from typing import Any, Literal

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

HANG_UP = "hang up"
SILENCE = "silence"
TAKE_AND_HANG_UP = "take and hang up"
TAKE_AND_SILENCE = "take and silence"
SLOW = "slow"

_SHORT = 2.5
"""Seconds that a slow answer takes."""
_LONG = 30.0
"""Seconds of a silence: longer than any test is patient."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A message that the server took; ``content`` as it would be kept, without the dots of the wire."""

    sender: str
    reader: str
    content: bytes

    @property
    def name(self) -> str:
        """The reader's name."""
        return readable(parseaddr(self._header("To"))[0])

    @property
    def subject(self) -> str:
        """The subject."""
        return readable(self._header("Subject"))

    @property
    def text(self) -> str:
        """The text part."""
        part = BytesParser(EmailMessage, policy=default).parsebytes(self.content).get_body(("plain",))
        assert part is not None
        return str(part.get_content()).replace("\r\n", "\n")

    def _header(self, name: str) -> str:
        return str(BytesParser(policy=compat32).parsebytes(self.content, headersonly=True)[name]).replace("\r\n", "")


def readable(header: str) -> str:
    """Decode the words of a header (RFC 2047). `EmailMessage` splits a name of several at places of its own."""
    return str(make_header(decode_header(header)))


@dataclass(slots=True, kw_only=True, repr=False)
class MailServer:
    """What the server was given and did. ``connections`` and ``commands`` count from its start."""

    port: int = 0
    taken: list[Taken] = field(default_factory=list)
    connections: int = 0
    commands: list[str] = field(default_factory=list)
    orders: defaultdict[str, deque[str]] = field(default_factory=lambda: defaultdict(deque))

    def order(self, command: str, *answers: str) -> None:
        """Answer the next commands of this name so."""
        self.orders[command] += answers

    def reset(self) -> None:
        """Forget everything but the port."""
        self.taken.clear()
        self.commands.clear()
        self.orders.clear()
        self.connections = 0

    async def handle_EHLO(  # noqa: N802 (aiosmtpd calls its hooks after the commands)
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        said = await self._answer("MAIL", server)
        if said is None:
            envelope.mail_from = address
        return said or "250 2.1.0 Ok"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        said = await self._answer("RCPT", server)
        if said is None:
            envelope.rcpt_tos.append(address)
        return said or "250 2.1.5 Ok"

    async def handle_RSET(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        return await self._answer("RSET", server) or "250 2.0.0 Ok"

    async def handle_NOOP(self, server: SMTP, session: Session, envelope: Envelope, arg: str) -> str:  # noqa: N802
        return await self._answer("NOOP", server) or "250 2.0.0 Ok"

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        return await self._answer("QUIT", server) or "221 2.0.0 Bye"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        said = await self._answer("DATA", server, before=lambda: self._take(envelope))
        if said is None:
            self._take(envelope)
        return said or f"250 2.0.0 Ok: queued as 4F2D41A{len(self.taken):04}"

    def _take(self, envelope: Envelope) -> None:
        assert isinstance(envelope.content, bytes)
        (reader,) = envelope.rcpt_tos
        self.taken.append(Taken(sender=str(envelope.mail_from), reader=str(reader), content=envelope.content))

    async def _answer(self, command: str, server: SMTP, before: Callable[[], None] = lambda: None) -> str | None:
        """Do what was ordered; return the reply to say, None for the usual one."""
        self.commands.append(command)
        order = self.orders[command].popleft() if self.orders[command] else None
        if order in (TAKE_AND_HANG_UP, TAKE_AND_SILENCE):
            before()
        if order in (SILENCE, TAKE_AND_SILENCE):
            await asyncio.sleep(_LONG)
        elif order in (HANG_UP, TAKE_AND_HANG_UP):
            server.transport.abort()
        elif order == SLOW:
            await asyncio.sleep(_SHORT)
            return None
        elif order and order.startswith("421"):
            asyncio.get_running_loop().call_soon(_close, server)
        return order


def _close(server: SMTP) -> None:
    if server.transport is not None:
        server.transport.close()


@contextmanager
def scripted(*replies: str) -> Iterator[int]:
    """Say these replies on one connection, one to each line that comes in, then break it off; the value is the port.

    After a ``354`` the next line is the first of a message, so a script that ends with it breaks off in the middle.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_play, args=(listener, replies), daemon=True)
        thread.start()
        yield listener.getsockname()[1]
    thread.join()


def _play(listener: socket.socket, replies: tuple[str, ...]) -> None:
    connection, _ = listener.accept()
    # Closing with a linger of nothing is a reset.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    with connection, connection.makefile("rb") as lines:
        for reply in replies:
            connection.sendall(f"{reply}\r\n".encode())
            if not lines.readline():
                return


class _Controller(Controller):
    """On a port that is free; aiosmtpd wants to be told one."""

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


def _authenticator(user: str, password: str) -> Callable[..., AuthResult]:
    def check(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        good = (data.login.decode(), data.password.decode()) == (user, password)
        return AuthResult(success=good, handled=False)

    return check


@contextmanager
def running(
    *,
    tls: Literal["starttls", "implicit", "none"] = "none",
    context: ssl.SSLContext | None = None,
    login: tuple[str, str] | None = None,
    **options: Any,
) -> Iterator[MailServer]:
    """Run a server on 127.0.0.1 as long as the block lasts. ``login`` is the one user and the password."""
    server = MailServer()
    if login:
        # aiosmtpd takes no notice of TLS from the start, so that it asks for a login after STARTTLS only.
        options |= {"authenticator": _authenticator(*login), "auth_required": tls == "starttls"}
    controller = _Controller(
        server,
        hostname="127.0.0.1",
        port=0,
        ssl_context=context if tls == "implicit" else None,
        tls_context=context if tls == "starttls" else None,
        require_starttls=tls == "starttls",
        auth_require_tls=tls == "starttls",
        ident="ESMTP",
        **options,
    )
    controller.start()
    server.port = controller.port
    server.reset()
    try:
        yield server
    finally:
        controller.stop()
