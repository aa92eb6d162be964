"""What Mailgun calls with, as events: one call is about one event of one mail, and holds its own signature.

Signed are the second and a token, which is drawn for the call, and nothing of what it tells. So a call is believed only
once: whoever keeps it knows it by its token, and what comes later under the same one is not looked at. Nobody else can
know an unused token as long as the calls come over https, to an address that nobody else knows.

The second and the token are signed as one text. That a digit has moved from the one into the other is seen by the
second, which is then in another century. A call that got no answer comes again for eight hours, and nothing says that
it is signed anew; so it may be older than that. ``parent-signature`` is that of a parent account, under another key.

A mail is told of by our id of it, which came back in its variables: its Message-Id is that of all mails of a request.
Whether that id is filled in already when Mailgun drops a mail is not documented; a reference that still stands is none.
Sources: documentation.mailgun.com (webhook payloads, securing webhooks, tracking failures), the official description.
"""

import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from newsletter.model.ledger import Event, EventKind
from newsletter.providers import _api
from newsletter.providers._base import Call, Forged
from newsletter.verdict import judge

OLDEST, EARLIEST = timedelta(hours=9), timedelta(minutes=5)
"""How long before, and after, a call came it may have been signed."""

_KINDS: Mapping[str, EventKind] = {
    "accepted": "accepted",
    "delivered": "delivered",
    "failed": "bounced",
    "rejected": "failed",
    "complained": "complained",
    "unsubscribed": "unsubscribed",
    "opened": "opened",
    "clicked": "clicked",
}
"""Rejected: refused after it was taken. All others are Mailgun's own affairs: *stored* is about mail that came in."""

_SUPPRESSED: Mapping[str, EventKind] = {
    "suppress-bounce": "bounced",
    "suppress-complaint": "complained",
    "suppress-unsubscribe": "unsubscribed",
}
"""Why Mailgun did not mail an address: it stands in a list of its own, since it bounced, complained or left there."""

_ABOUT_THE_ADDRESS = frozenset({"bounce", "hardfail"})
"""Reasons of a failure for good that may say that the address is gone, as the server's words say; *old*, *espblock* and
*generic* do not."""
_LAST_SECOND = 32_503_679_999
"""Of the year 2999."""


class _Signature(BaseModel):
    """``timestamp`` is a number in the description, and a text in what comes."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    timestamp: Annotated[str, Field(pattern="^[0-9]{1,11}$")]
    token: Annotated[str, Field(pattern="^[!-~]{1,256}$")]
    signature: str


class _Signed(BaseModel):
    signature: _Signature


class _Status(BaseModel):
    """What the other mail server answered; the code is Mailgun's own, from 600 on, where none was asked."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    code: str | None = None
    message: str | None = None
    description: str | None = None
    enhanced: str | None = Field(None, alias="enhanced-code")
    bounce: str | None = Field(None, alias="bounce-type")

    @property
    def said(self) -> str:
        return " ".join(filter(None, (self.code, self.message or self.description)))


_NO_STATUS = _Status.model_validate({})


class _Reject(BaseModel):
    reason: str | None = None


class _Data(BaseModel):
    event: str
    timestamp: Annotated[float, Field(ge=0, le=_LAST_SECOND, allow_inf_nan=False)]
    recipient: str | None = None
    severity: str | None = None
    reason: str | None = None
    status: _Status | None = Field(None, alias="delivery-status")
    reject: _Reject | None = None
    variables: Annotated[dict[str, Any], BeforeValidator(_api.named)] = Field({}, alias="user-variables")


class _Told(BaseModel):
    data: _Data = Field(alias="event-data")


class Receiver:
    """What understands Mailgun's calls with events (webhooks); ``key`` is the one that signs them, as it is."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def genuine(self, call: Call) -> str:
        """Verify that whoever made the call knows the key; return its token. Raises: Forged."""
        try:
            signed = _Signed.model_validate_json(call.body).signature
        except ValidationError:
            raise Forged("The call holds no signature.") from None
        at = datetime.fromtimestamp(int(signed.timestamp), UTC)
        if not call.at - OLDEST <= at <= call.at + EARLIEST:
            raise Forged("The call was signed too long before or after it came.", "Set this machine's clock.")
        made = hmac.new(self._key, f"{signed.timestamp}{signed.token}".encode(), "sha256").hexdigest()
        if not hmac.compare_digest(made.encode(), signed.signature.encode()):
            raise Forged(
                "The signature of the call does not hold.", "Look whether NEWSLETTER_MAILGUN_WEBHOOK is its key."
            )
        return signed.token

    def events(self, body: bytes) -> Sequence[Event]:
        """Read a genuine call, which is about one event. Raises: ProviderError for what cannot be read."""
        try:
            return (_event(_Told.model_validate_json(body).data),)
        except ValidationError as error:
            raise _api.unreadable("Mailgun", error) from None


def _event(data: _Data) -> Event:
    at = datetime.fromtimestamp(data.timestamp, UTC)
    if data.event not in _KINDS:
        return Event(kind="other", at=at, said=data.event)
    return Event(
        kind=_kind(data),
        at=at,
        delivery=_delivery(data.variables.get("delivery")),
        address=data.recipient or None,
        permanent=_is_for_good(data),
        said=_said(data),
    )


def _delivery(value: object) -> str | None:
    return value if isinstance(value, str) and not value.startswith("%recipient.") else None


def _kind(data: _Data) -> EventKind:
    """A failure for now is one that Mailgun itself tries again after; of the last it tells that it is for good."""
    if data.event != "failed":
        return _KINDS[data.event]
    if data.severity == "temporary":
        return "deferred"
    return _SUPPRESSED.get(data.reason or "", "bounced")


def _is_for_good(data: _Data) -> bool:
    """Whether an address takes no mail ever: it bounced so, or Mailgun does not mail it since it did."""
    if data.event != "failed" or data.severity != "permanent":
        return False
    if data.reason not in _ABOUT_THE_ADDRESS:
        return data.reason == "suppress-bounce"
    status = data.status or _NO_STATUS
    return status.bounce != "soft" and judge(status.enhanced or "", status.said, for_good=True).gone


def _said(data: _Data) -> str:
    status = data.status
    if data.event == "rejected":
        parts = ["rejected", data.reject.reason if data.reject else None]
    elif data.event == "failed" and status is not None:
        parts = [data.reason, status.said]
    else:
        parts = []
    return ": ".join(filter(None, parts))
