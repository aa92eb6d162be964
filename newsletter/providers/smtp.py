"""Any mail server: one message a request over a connection that is kept (RFC 5321, 3207, 4954, 8314).

`smtplib` speaks the words; what is done here is what it leaves open. The message's last line, a lone dot, is the last
byte of a request: before it nothing was taken, whatever happens; after it only the server's reply says what became of
the message. So the guard is asked right before the dot, and a connection lost before it is another error than after.
"""

import base64
import re
import smtplib
import socket
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from newsletter import mime
from newsletter.errors import ProviderError
from newsletter.model.mail import Message
from newsletter.providers import _smtp_replies as replies
from newsletter.providers._base import (
    Accepted,
    Capabilities,
    Deferred,
    Guard,
    InDoubt,
    Login,
    NotSent,
    Outcome,
    ReaderAtFault,
    Refused,
    RequestRefused,
    ThrottledUntil,
    Trace,
)
from newsletter.providers._hosts import is_host, is_loopback
from newsletter.providers._smtp_replies import Reply
from newsletter.validation import Table, refuse

_PORTS = {"starttls": 587, "implicit": 465, "none": 25}
_LOST = (OSError, smtplib.SMTPException)
"""What `smtplib` raises when a connection breaks or what comes over it is not SMTP."""
_GO_AHEAD = 354
_LEAVING = 421
_MORE = 334
_CHECK_ADDRESS = 'Check `host`, `port` and `tls` under [send.smtp]: 587 goes with "starttls", 465 with "implicit".'
_LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)
_PIECE = 256 * 1024
"""Bytes that are sent within one time-out, so that a large message on a slow line is not a slow server."""


def _is_name(host: str) -> str:
    if is_host(host):
        return host
    raise refuse("this is no name of a server; write one like mail.example.nl")


class Settings(Table):
    """Any mail server. Its certificate is always checked, and a password never leaves this machine unencrypted."""

    host: Annotated[str, AfterValidator(_is_name)] = Field(description="The server's name, as in its certificate.")
    port: int | None = Field(
        None, ge=1, le=65535, description="If not 587 with starttls, 465 with implicit, 25 with none."
    )
    tls: Literal["starttls", "implicit", "none"] = Field(
        "starttls", description='`"starttls"` encrypts after a greeting, `"implicit"` from the start, `"none"` never.'
    )
    user: str | None = Field(None, description="Who logs in, with NEWSLETTER_SMTP_PASSWORD; nobody if left out.")
    password: SecretStr | None = Field(None, description="The password of `user` at the mail server.")
    ca: Path | None = Field(None, description="A PEM file of the only authority to trust, as of a relay of your own.")
    timeout: float = Field(30, gt=0, le=3600, description="Seconds for connecting and for each reply.")
    last_timeout: float = Field(
        600,
        gt=0,
        le=3600,
        description="Seconds for the reply to a whole message; giving up on it leaves a doubt (RFC 5321).",
    )

    @model_validator(mode="after")
    def _can_log_in(self) -> Self:
        if self.user and self.password is None:
            raise refuse("`user` needs a password; set NEWSLETTER_SMTP_PASSWORD in the environment or in .env")
        if self.user and self.tls == "none" and not is_loopback(self.host):
            raise refuse('a password does not travel in the clear; choose another `tls` than "none"')
        return self

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        return self.host, self.port or _PORTS[self.tls]

    @property
    def server(self) -> str:
        """``mail.example.nl:587``"""
        return f"{self.address[0]}:{self.address[1]}"


class Smtp:
    """The provider. After a message, refused or not, the connection stays for the next one."""

    capabilities: ClassVar[Capabilities] = Capabilities(batch_messages=1, batch_bytes=25_000_000)

    def __init__(self, settings: Settings, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._settings = settings
        self._clock = clock
        self._client: smtplib.SMTP | None = None

    def send(self, attempt: str, messages: Sequence[Message], guard: Guard) -> Sequence[Outcome]:
        """Send one message. The server learns nothing of ``attempt``: SMTP has no place for it."""
        (message,) = messages
        try:
            return [self._deliver(attempt, message, guard)]
        except KeyboardInterrupt:
            self._drop()  # inside a message a word of leave would be a line of it, and nobody would answer
            raise

    def _deliver(self, attempt: str, message: Message, guard: Guard) -> Outcome:
        """Send a message, its last line when the guard allows it."""
        content = mime.to_bytes(message)
        try:
            client = self._begin(message, len(content))
            refusal = self._offer(client, message, content)
        except _LOST as error:
            self._drop()
            raise NotSent(f"{self._settings.server} broke off before the message was finished: {error}.") from None
        if refusal is not None:
            return refusal
        if not guard():
            self._drop()
            raise NotSent(f"Attempt {attempt} was stopped before its last byte.")
        return self._finish(client, message)

    def look_up(self, attempt: str, messages: Sequence[Message]) -> Sequence[Trace]:
        """Never asked: a mail server cannot say what became of a message."""
        raise NotImplementedError(attempt, len(messages))

    def verify(self) -> Login:
        """Connect, log in where there is a user, and take leave. Raises: RequestRefused, ThrottledUntil, NotSent."""
        self.close()
        client = self._client = self._open()
        try:
            reply = _ask(client, "NOOP")
        except _LOST as error:
            self._drop()
            raise NotSent(f"{self._settings.server} broke off: {error}.") from None
        if not reply.is_done:
            raise self._trouble(reply)
        self.close()
        user = self._settings.user
        return Login(
            verified=True,
            sentence=f"{self._settings.server} took the login of {user}."
            if user
            else f"{self._settings.server} answers.",
        )

    def close(self) -> None:
        """Take leave of the server, if it is still there."""
        if self._client is not None:
            with suppress(*_LOST):
                self._client.quit()
            self._drop()

    def _begin(self, message: Message, size: int) -> smtplib.SMTP:
        """Open an envelope. Where the server has closed a kept connection, or had enough of it, a new one is made."""
        client = self._client
        if client is not None:
            with suppress(*_LOST):
                if _ask(client, "RSET").is_done and (reply := _envelope(client, message, size)).code != _LEAVING:
                    return self._accepted_sender(client, reply)
            self._drop()
        client = self._client = self._open()
        return self._accepted_sender(client, _envelope(client, message, size))

    def _accepted_sender(self, client: smtplib.SMTP, reply: Reply) -> smtplib.SMTP:
        if not reply.is_done:
            raise self._trouble(reply)
        return client

    def _offer(self, client: smtplib.SMTP, message: Message, content: bytes) -> Refused | Deferred | None:
        """Hand over everything but the last line, unless this reader is refused."""
        reader = mime.ascii_address(message.subscriber.address)
        if not (reply := _ask(client, "RCPT", f"TO:<{reader}>")).is_done:
            return _put_off(message, reply) if reply.puts_off else self._refused(message, reply)
        if (reply := _ask(client, "DATA")).code != _GO_AHEAD:
            return self._refused(message, reply)
        stuffed = _LEADING_DOT.sub(b"..", content)
        for start in range(0, len(stuffed), _PIECE):
            client.send(stuffed[start : start + _PIECE])
        return None

    def _finish(self, client: smtplib.SMTP, message: Message) -> Outcome:
        """Send the last line and learn what became of the message."""
        try:
            _be_patient(client, self._settings.last_timeout)
            client.send(b".\r\n")
            reply = replies.parse(*client.getreply())
            _be_patient(client, self._settings.timeout)
        except _LOST as error:
            self._drop()
            raise InDoubt(f"{self._settings.server} got the whole message, and its answer was lost: {error}.") from None
        if reply.is_done:
            return Accepted(delivery=message.delivery, provider_id=replies.queue_id(reply), said=reply.said)
        if not (reply.is_for_now or reply.is_for_good):
            self._drop()
            raise InDoubt(f"{self._settings.server} got the whole message, and its answer says nothing: {reply.said}.")
        return self._refused(message, reply)

    def _refused(self, message: Message, reply: Reply) -> Refused | Deferred:
        """Return the refusal of this reader, for good or for now; what is about more than that is raised."""
        if reply.is_about_the_reader and reply.is_for_good:
            hint = replies.hint(reply)
            return Refused(delivery=message.delivery, reason=reply.said, hint=hint, bounced=reply.bounced)
        if reply.is_about_the_reader and reply.is_for_now:
            return _put_off(message, reply)
        trouble = self._trouble(reply)
        if reply.may_be_about_the_reader:
            raise ReaderAtFault(trouble.sentence, trouble.hint)
        raise trouble

    def _trouble(self, reply: Reply) -> RequestRefused | ThrottledUntil | NotSent:
        """Say what a reply means for the whole request. Nobody was mailed."""
        sentence = f"{self._settings.server} says: {reply.said.rstrip('.')}."
        if reply.is_for_good:
            return RequestRefused(sentence, replies.hint(reply))
        if reply.is_for_now:
            return ThrottledUntil(sentence, until=self._clock() + replies.pause(reply))
        self._drop()  # whatever is read next may be what was meant by it
        return NotSent(sentence)

    def _open(self) -> smtplib.SMTP:
        """Connect, encrypt, log in."""
        client: smtplib.SMTP | None = None
        try:
            client = self._connect()
            self._greet(client)
        except smtplib.SMTPResponseException as error:
            _hang_up(client)
            raise self._trouble(replies.parse(error.smtp_code, _bytes(error.smtp_error))) from None
        except _LOST as error:
            _hang_up(client)
            raise self._unreached(error) from None
        except ProviderError:
            _hang_up(client)
            raise
        return client

    def _connect(self) -> smtplib.SMTP:
        host, port = self._settings.address
        if self._settings.tls == "implicit":
            return smtplib.SMTP_SSL(host, port, timeout=self._settings.timeout, context=self._context)
        return smtplib.SMTP(host, port, timeout=self._settings.timeout)

    def _greet(self, client: smtplib.SMTP) -> None:
        if client.sock is not None:
            # Else the last line of each message waits some 40 ms for the server's acknowledgement of the others.
            client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.ehlo_or_helo_if_needed()
        if self._settings.tls == "starttls":
            if not client.has_extn("starttls"):
                raise RequestRefused(
                    f"{self._settings.server} offers no encryption (STARTTLS), and without it nothing is sent.",
                    'Choose `tls = "implicit"` under [send.smtp] if the server encrypts from the start (port 465).',
                )
            client.starttls(context=self._context)
            client.ehlo_or_helo_if_needed()
        if self._settings.user and self._settings.password:
            self._log_in(client, self._settings.user, self._settings.password.get_secret_value())

    def _log_in(self, client: smtplib.SMTP, user: str, password: str) -> None:
        """Log in with PLAIN (RFC 4616) or LOGIN. `smtplib` would try one after the other, which locks accounts."""
        offered = client.esmtp_features.get("auth", "").upper().split()
        if "PLAIN" in offered:
            reply = _ask(client, "AUTH", f"PLAIN {_base64(f'{chr(0)}{user}{chr(0)}{password}')}")
        elif "LOGIN" in offered:
            reply = _ask(client, "AUTH", "LOGIN")
            for answer in (user, password):
                reply = _ask(client, _base64(answer)) if reply.code == _MORE else reply
        else:
            raise RequestRefused(
                f"{self._settings.server} offers no login with PLAIN or LOGIN.",
                "Take `user` out under [send.smtp] if it needs none, or choose another `port` or `tls`.",
            )
        if not reply.is_done:
            raise self._trouble(reply)

    @cached_property
    def _context(self) -> ssl.SSLContext:
        """What certificates are checked with. Raises: RequestRefused."""
        try:
            return ssl.create_default_context(cafile=self._settings.ca)
        except OSError as error:
            raise RequestRefused(
                f"The certificates {self._settings.ca} cannot be read: {error.strerror}.",
                "Correct `ca` under [send.smtp]; it is a file of PEM.",
            ) from None

    def _unreached(self, error: Exception) -> NotSent:
        """Say why there is no connection."""
        match error:
            case ssl.SSLCertVerificationError():
                return NotSent(
                    f"The certificate of {self._settings.server} does not hold: {error.verify_message}.",
                    "`host` under [send.smtp] must be a name in it; a relay with an authority of its own wants `ca`.",
                )
            case ssl.SSLError():
                reason = f"it does not speak TLS as it should ({error.reason})"
            case socket.gaierror():
                reason = "there is no host of that name"
            case OSError():
                reason = (error.strerror or str(error)).lower()
            case _:
                reason = str(error)
        return NotSent(f"{self._settings.server} cannot be reached: {reason}.", _CHECK_ADDRESS)

    def _drop(self) -> None:
        """Let the connection go without a word."""
        _hang_up(self._client)
        self._client = None


def connect(settings: Settings) -> Smtp:
    """Make a provider of a mail server; it is called at the first message."""
    return Smtp(settings)


def _ask(client: smtplib.SMTP, command: str, argument: str = "") -> Reply:
    return replies.parse(*client.docmd(command, argument))


def _envelope(client: smtplib.SMTP, message: Message, size: int) -> Reply:
    """Say where the message comes back to, and how much it is where the server wants to know (RFC 1870)."""
    address = message.return_path or mime.parted(message.letterhead.sender)[1]
    announced = f" SIZE={size}" if client.has_extn("size") else ""
    return _ask(client, "MAIL", f"FROM:<{mime.ascii_address(address)}>{announced}")


def _put_off(message: Message, reply: Reply) -> Deferred:
    return Deferred(delivery=message.delivery, reason=reply.said, hint=replies.hint(reply))


def _be_patient(client: smtplib.SMTP, seconds: float) -> None:
    if client.sock is not None:
        client.sock.settimeout(seconds)


def _hang_up(client: smtplib.SMTP | None) -> None:
    if client is not None:
        client.close()


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")


def _bytes(text: bytes | str) -> bytes:
    return text if isinstance(text, bytes) else text.encode()
