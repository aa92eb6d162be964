"""Proof of work in the protocol of ALTCHA (version 2): a browser looks for a number that takes it a second to find.

https://altcha.org/docs/v2/proof-of-work/ describes it; nothing is asked of that site or of any other. The number is
drawn here: ``PBKDF2(nonce · number)`` begins with ``keyPrefix`` for that number and for no other that anybody meets, so
the work has an upper bound, and one HMAC (``keySignature``) tells a found number from a guess. The parameters go
to the browser signed, in canonical JSON, and come back: nothing is kept until they are used.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from newsletter.links import Key

FIELD = "altcha"
"""The form field that the script puts what it found into; base64 of JSON, as ALTCHA's own widget does."""

LIFETIME = timedelta(hours=2)
"""Time from the page to the button. Who takes longer gets the form again, as it was."""

COST = 5_000
"""Iterations for one try; that many take the server 2 to 7 ms, once each time it shows a form."""

FIRST, LAST = 300, 900
"""The number is drawn between these: 1.5 to 4.5 million iterations. A desktop browser needs 0.5
to 2.3 s for them; a telephone has as long as its reader types."""

_ALGORITHM = "PBKDF2/SHA-256"
_LENGTH = 32
_PREFIX = 16
_LONGEST = 2_000
"""Characters of an answer; ours have about 900."""


def challenge(key: Key, *, at: datetime, draw: Callable[[], str]) -> str:
    """Return a new challenge as JSON, good until `LIFETIME` after ``at``; ``draw`` returns random digits."""
    nonce, salt, number = (hashlib.sha256(draw().encode()).digest() for _ in range(3))
    counter = FIRST + int.from_bytes(number) % (LAST - FIRST + 1)
    derived = hashlib.pbkdf2_hmac("sha256", nonce[:16] + counter.to_bytes(4), salt[:16], COST, _LENGTH)
    parameters = {
        "algorithm": _ALGORITHM,
        "cost": COST,
        "expiresAt": int((at + LIFETIME).timestamp()),
        "keyLength": _LENGTH,
        "keyPrefix": derived[:_PREFIX].hex(),
        "keySignature": _mac(key, "number", derived),
        "nonce": nonce[:16].hex(),
        "salt": salt[:16].hex(),
    }
    return json.dumps({"parameters": parameters, "signature": _mac(key, "challenge", _canonical(parameters))})


def solved(keys: Sequence[Key], answer: str, *, at: datetime) -> str | None:
    """Return what tells a solved challenge from all others, so that it is used once.

    None when it is not solved, was not made with one of the keys, or has expired.
    """
    try:
        parameters, signature, derived = _read(answer)
        signed = _canonical(parameters)
        for key in keys:
            if hmac.compare_digest(signature, _mac(key, "challenge", signed)):
                found = hmac.compare_digest(parameters["keySignature"], _mac(key, "number", bytes.fromhex(derived)))
                return signature if found and at.timestamp() < parameters["expiresAt"] else None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, binascii.Error):
        return None  # whatever a stranger can put in place of JSON
    return None


def _read(answer: str) -> tuple[dict[str, Any], str, str]:
    """Take an answer apart. Raises: ValueError, KeyError, TypeError, RecursionError when it is none."""
    if len(answer) > _LONGEST:
        raise ValueError(len(answer))
    told = json.loads(base64.b64decode(answer, validate=True))
    parameters, signature, derived = (
        told["challenge"]["parameters"],
        told["challenge"]["signature"],
        told["solution"]["derivedKey"],
    )
    if not isinstance(parameters, dict) or not isinstance(signature, str) or not isinstance(derived, str):
        raise TypeError(answer)
    return parameters, signature, derived


def _canonical(parameters: dict[str, Any]) -> bytes:
    """The JSON that is signed: keys in order, nothing between. Ours hold ASCII and whole numbers only."""
    return json.dumps(parameters, sort_keys=True, separators=(",", ":")).encode()


def _mac(key: Key, what: str, body: bytes) -> str:
    """Sign under a key of its own for each use, so that no signature is good for anything else."""
    own = hmac.digest(key.secret, f"newsletter/1\0work\0{what}".encode(), "sha256")
    return hmac.digest(own, body, "sha256").hex()
