"""Resend's API: up to a hundred messages a request, and for a day each request may be repeated without harm.

The batch is asked for *permissive* validation, in which it takes the good messages and says of the others, by their
index, what is wrong. A lone message goes that way too, so that a refusal reads the same for one as for many, unless it
carries pictures: the batch takes none.
Sources: resend.com/docs (errors, idempotency keys, batch validation modes, embedding images).
"""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, ClassVar

import httpx
from pydantic import AfterValidator, Field, SecretStr

from newsletter import mime
from newsletter.model.ledger import Event
from newsletter.model.mail import Message, Rendition
from newsletter.providers import _api, _resend_events, _svix
from newsletter.providers import _resend_answers as answers
from newsletter.providers._base import Call, Capabilities, Guard, Login, Outcome, Trace
from newsletter.validation import Table, refuse

_URL = "https://api.resend.com"
_BATCH, _ONE = "/emails/batch", "/emails"


def _is_of_svix(secret: SecretStr) -> SecretStr:
    """A secret holds the key that calls are signed with."""
    try:
        _svix.key_of(secret.get_secret_value())
    except ValueError:
        raise refuse(
            f"NEWSLETTER_RESEND_WEBHOOK is written like {_svix.PREFIX}MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
        ) from None
    return secret


class Settings(Table):
    """Resend's API (resend.com). Its key comes from NEWSLETTER_RESEND_KEY; one that may only send is enough."""

    key: Annotated[SecretStr, AfterValidator(_api.sendable("NEWSLETTER_RESEND_KEY"))] = Field(
        description="The key of your account at Resend; one that may only send will do."
    )
    webhook: Annotated[SecretStr | None, AfterValidator(lambda one: one and _is_of_svix(one))] = Field(
        None, description="The secret that its calls with events are signed with: whsec_ and what follows."
    )
    url: Annotated[str, AfterValidator(_api.safe_url(_URL))] = Field(
        _URL, description="Where the API is; http:// on this machine only."
    )
    timeout: float = Field(30, gt=0, le=3600, description="Seconds that each reading and each writing may take.")


class Resend:
    """The provider. It lives as long as its thread, and keeps one connection."""

    capabilities: ClassVar[Capabilities] = Capabilities(
        batch_messages=100, batch_bytes=20_000_000, idempotency=timedelta(hours=24), batch_embedded=False
    )

    def __init__(
        self,
        settings: Settings,
        *,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._clock = clock
        self._client = _api.client(
            settings.url,
            settings.timeout,
            headers={"Authorization": f"Bearer {settings.key.get_secret_value()}"},
            transport=transport,
        )

    def send(self, attempt: str, messages: Sequence[Message], guard: Guard) -> Sequence[Outcome]:
        """Send a batch, or one message with its pictures; ``attempt`` is the key under which it may be repeated."""
        path, content = _request(attempt, messages)
        response = _api.post(self._client, "Resend", path, _api.Body(content, guard), _headers(attempt))
        if response.is_success:
            return answers.outcomes(messages, response, batch=path == _BATCH)
        if len(messages) == 1 and (refusal := answers.refusal(messages[0], response)):
            return [refusal]
        raise answers.trouble(response, self._clock())

    def look_up(self, attempt: str, messages: Sequence[Message]) -> Sequence[Trace]:
        """Never asked: Resend finds a message by its own id alone, and that is what a doubt lacks."""
        raise NotImplementedError(attempt, len(messages))

    def verify(self) -> Login:
        """Ask which domains the key sends for. Raises: RequestRefused, ThrottledUntil, NotSent."""
        response = _api.get(self._client, "Resend", "/domains")
        if (login := answers.login(response)) is not None:
            return login
        raise _api.without_doubt(answers.trouble(response, self._clock()))

    def close(self) -> None:
        """Close the connection."""
        self._client.close()


def connect(settings: Settings) -> Resend:
    """Make a provider of an account; it is called at the first message."""
    return Resend(settings)


class Receiver:
    """What understands Resend's calls with events (webhooks)."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def genuine(self, call: Call) -> str:
        """Verify a call's signature and age; return its id. Raises: Forged."""
        return _svix.genuine(self._key, call)

    def events(self, body: bytes) -> Sequence[Event]:
        """Read a genuine call, which is about one event. Raises: ProviderError for what cannot be read."""
        return (_resend_events.read(body),)


def receiver(settings: Settings) -> Receiver | None:
    """Make what understands its calls; None while their secret is not set."""
    secret = settings.webhook
    return None if secret is None else Receiver(_svix.key_of(secret.get_secret_value()))


def _headers(attempt: str) -> dict[str, str]:
    return {"Content-Type": "application/json", "Idempotency-Key": attempt, "x-batch-validation": "permissive"}


def _request(attempt: str, messages: Sequence[Message]) -> tuple[str, bytes]:
    """Return where a request goes and its body, the same bytes whenever it is made again."""
    mails = [_mail(attempt, message) for message in messages]
    if any(message.embedded for message in messages):
        (mail,) = mails
        return _ONE, _json(mail)
    return _BATCH, _json(mails)


def _mail(attempt: str, message: Message) -> Mapping[str, object]:
    """A message as ``SendEmailRequest`` of the official description. The ids come back in the tags of its events."""
    letterhead, subscriber = message.letterhead, message.subscriber
    mail: dict[str, object] = {
        "from": _sender(*mime.parted(letterhead.sender)),
        "to": [mime.unquoted_mailbox(subscriber.name, subscriber.address)],
        "subject": message.edition.subject,
        "html": message.html,
        "text": message.text,
        "headers": mime.list_headers(message),
        "tags": [{"name": "delivery", "value": message.delivery}, {"name": "attempt", "value": attempt}],
    }
    if letterhead.reply_to:
        mail["reply_to"] = [mime.unquoted_mailbox(*mime.parted(letterhead.reply_to))]
    if message.embedded:
        mail["attachments"] = [_attachment(picture) for picture in message.edition.pictures]
    return mail


def _sender(name: str, address: str) -> str:
    """In this one field Resend takes a name neither quoted nor encoded, whatever RFC 5322 says."""
    spelt = mime.ascii_address(address)
    return f"{name} <{spelt}>" if name else spelt


def _attachment(picture: Rendition) -> Mapping[str, str]:
    return {
        "filename": picture.name,
        "content": base64.b64encode(picture.data).decode("ascii"),
        "content_type": mime.picture_type(picture),
        "content_id": picture.name,
    }


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
