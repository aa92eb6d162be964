"""What Resend calls with, as events: one call is about one mail, or about somebody in a list that it keeps itself.

Ours come with the tags of the mail that they are about, whose form differs by source: an object in the description of
the API, a list of names and values as they were sent. A mail is to one reader, so whom it was to is whom it is about.
Sources: the official description of the API (webhooks), resend.com/docs/dashboard/webhooks/event-types.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ValidationError, model_validator

from newsletter import mime
from newsletter.model.ledger import Event, EventKind
from newsletter.providers import _api
from newsletter.verdict import judge

_KINDS: Mapping[str, EventKind] = {
    "email.sent": "accepted",
    "email.delivered": "delivered",
    "email.delivery_delayed": "deferred",
    "email.bounced": "bounced",
    "email.suppressed": "bounced",
    "email.failed": "failed",
    "email.complained": "complained",
    "email.opened": "opened",
    "email.clicked": "clicked",
}
"""All others are Resend's own affairs: *scheduled* tells that a mail was taken, and nothing of a reader."""

_CONTACTS = frozenset({"contact.created", "contact.updated"})
_NOT_GONE = frozenset({"MailboxFull", "MessageTooLarge", "ContentRejected", "AttachmentRejected"})
"""Kinds of bounces that speak of the mail, or of a mailbox that is there, whatever else is said of them."""


class _Object(BaseModel):
    """Of which only what is not null is told."""

    _told = model_validator(mode="before")(_api.told)


class _Bounce(_Object):
    type: str = ""
    subType: str = ""  # noqa: N815 (Resend's name)
    message: str = ""
    diagnosticCode: tuple[str, ...] = ()  # noqa: N815


class _Suppressed(_Object):
    reason: str = ""
    message: str = ""


class _Failed(_Object):
    reason: str = ""


class _Data(_Object):
    """What an event is about; a mail has ``email_id`` and ``to``, somebody in a list ``email`` and ``unsubscribed``."""

    email_id: str | None = None
    to: tuple[str, ...] = ()
    tags: Annotated[dict[str, Any], BeforeValidator(_api.named)] = {}
    bounce: _Bounce = _Bounce()
    suppressed: _Suppressed = _Suppressed()
    failed: _Failed = _Failed()
    email: str | None = None
    unsubscribed: bool = False


class _Told(BaseModel):
    type: str
    created_at: AwareDatetime
    data: _Data


def read(body: bytes) -> Event:
    """Read one call. Raises: ProviderError when it is none of Resend's."""
    try:
        told = _Told.model_validate_json(body)
    except ValidationError as error:
        raise _api.unreadable("Resend", error) from None
    at = told.created_at.astimezone(UTC)
    if told.type in _CONTACTS and told.data.unsubscribed:
        return Event(kind="unsubscribed", at=at, address=told.data.email, said=told.type)
    if not told.type.startswith("email.") or told.type == "email.received":
        return Event(kind="other", at=at, said=told.type)
    return _of_mail(told.type, told.data, at)


def _of_mail(type_: str, data: _Data, at: datetime) -> Event:
    kind = _KINDS.get(type_, "other")
    if type_ == "email.suppressed" and data.suppressed.reason == "previous_complaint":
        kind = "complained"
    delivery = data.tags.get("delivery")
    return Event(
        kind=kind,
        at=at,
        delivery=delivery if isinstance(delivery, str) else None,
        provider_id=data.email_id,
        address=mime.parted(data.to[0])[1] or None if len(data.to) == 1 else None,
        permanent=_is_for_good(type_, data.bounce),
        said=_said(type_, data),
    )


def _is_for_good(type_: str, bounce: _Bounce) -> bool:
    """Whether an address takes no mail ever: it bounced so, or Resend does not mail it since it did."""
    if type_ == "email.suppressed":
        return True
    may_be = type_ == "email.bounced" and bounce.type == "Permanent" and bounce.subType not in _NOT_GONE
    return may_be and judge("", "; ".join(bounce.diagnosticCode), for_good=True).gone


def _said(type_: str, data: _Data) -> str:
    match type_:
        case "email.bounced":
            kinds = "/".join(filter(None, (data.bounce.type, data.bounce.subType)))
            return ": ".join(filter(None, (kinds, "; ".join(data.bounce.diagnosticCode) or data.bounce.message)))
        case "email.suppressed":
            return ": ".join(filter(None, (data.suppressed.reason, data.suppressed.message)))
        case "email.failed":
            return f"failed: {data.failed.reason}"
    return "" if type_ in _KINDS else type_
