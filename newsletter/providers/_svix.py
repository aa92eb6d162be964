"""Calls signed as Svix and Standard Webhooks describe it, whose headers have other names and which else are the same.

Signed are the call's id, the second it was signed in, and its bytes; nothing is believed that was signed long before or
after it came. Within that time the same call may come again: whoever keeps it knows it by its id. While a secret is
being replaced a call carries a signature under each.
Sources: docs.svix.com/receiving/verifying-payloads/how-manual, the specification of standard-webhooks 1.0.0.
"""

import base64
import hmac
import re
from datetime import UTC, datetime, timedelta

from newsletter.providers._base import Call, Forged

TOLERANCE = timedelta(minutes=5)
"""How far the moment of a signature and that of its call may lie apart."""

PREFIX = "whsec_"
_NAMES = ("svix", "webhook")
_MOST = 16
_LONGEST_ID = 256


def key_of(secret: str) -> bytes:
    """Return the key in a secret like ``whsec_MfKQ…``. Raises: ValueError when it is spelt otherwise."""
    spelt = secret.removeprefix(PREFIX) if secret.startswith(PREFIX) else ""
    try:
        key = base64.b64decode(spelt, validate=True)
    except ValueError:
        key = b""
    if not key:
        raise ValueError(f"a secret begins with {PREFIX}, and what follows is base64")
    return key


def genuine(key: bytes, call: Call) -> str:
    """Verify a call and return its id. Raises: Forged."""
    id_, second, signatures = _headers(call)
    if abs(call.at - _moment(second)) > TOLERANCE:
        raise Forged("The call was signed too long before or after it came.", "Set this machine's clock.")
    signed = hmac.digest(key, f"{id_}.{second}.".encode() + call.body, "sha256")
    # All are looked at, whichever holds: the time it takes tells nothing.
    if not sum(hmac.compare_digest(signed, one) for one in signatures):
        raise Forged("No signature of the call holds.", "Look whether it is the secret of this address.")
    return id_


def _headers(call: Call) -> tuple[str, str, list[bytes]]:
    """The id of a call, the second it was signed in, and its signatures of a version that is known."""
    for name in _NAMES:
        id_, second, listed = (call.headers.get(f"{name}-{part}", "") for part in ("id", "timestamp", "signature"))
        if id_ and len(id_) <= _LONGEST_ID and id_.isascii() and id_.isprintable():
            return id_, second, [found for one in listed.split()[:_MOST] if (found := _signature(one))]
    raise Forged("The call has no id, and so no signature.")


def _signature(listed: str) -> bytes | None:
    version, _, spelt = listed.partition(",")
    try:
        return base64.b64decode(spelt, validate=True) if version == "v1" else None
    except ValueError:
        return None


def _moment(second: str) -> datetime:
    if not re.fullmatch(r"[0-9]{1,11}", second):
        raise Forged("The call does not say when it was signed.")
    return datetime.fromtimestamp(int(second), UTC)
