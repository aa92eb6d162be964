"""Calls are believed by their signature and its age, and by nothing else."""

import base64
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.providers import _svix
from newsletter.providers._base import Call, Forged

# Published in the tests of svix/svix-webhooks and of standard-webhooks/standard-webhooks (MIT).
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
SECOND = "1614265330"
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

KEY = _svix.key_of(SECRET)
THEN = datetime.fromtimestamp(int(SECOND), UTC)
OTHER = "v1," + base64.b64encode(bytes(32)).decode()


def call(*, name: str = "svix", body: bytes = BODY, at: datetime = THEN, **changes: str) -> Call:
    headers = {"id": ID, "timestamp": SECOND, "signature": SIGNATURE} | changes
    return Call(headers={f"{name}-{part}": value for part, value in headers.items() if value}, body=body, at=at)


@pytest.mark.parametrize("name", ["svix", "webhook"])
def test_the_published_call_is_genuine_under_either_name_of_its_headers(name: str) -> None:
    assert _svix.genuine(KEY, call(name=name)) == ID


def test_one_signature_that_holds_is_enough_wherever_it_stands() -> None:
    for listed in (f"{SIGNATURE} {OTHER}", f"{OTHER} {SIGNATURE}", f"v1a,onzin {OTHER} v1,%% {SIGNATURE}"):
        assert _svix.genuine(KEY, call(signature=listed)) == ID


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "msg_other"},
        {"timestamp": "1614265331"},
        {"signature": OTHER},
        {"signature": SIGNATURE.replace("v1,", "v2,")},
        {"signature": SIGNATURE.removeprefix("v1,")},
        {"signature": " ".join([OTHER] * 40 + [SIGNATURE])},
        {"signature": ""},
        {"id": ""},
        {"timestamp": ""},
        {"timestamp": "eergisteren"},
        {"timestamp": "1614265330.5"},
        {"timestamp": "9" * 40},
    ],
)
def test_whatever_else_is_signed_or_said_is_forged(changes: dict[str, str]) -> None:
    with pytest.raises(Forged):
        _svix.genuine(KEY, call(**changes))


@given(st.binary(max_size=40))
def test_no_other_body_goes_with_the_signature(body: bytes) -> None:
    if body != BODY:
        with pytest.raises(Forged):
            _svix.genuine(KEY, call(body=body))


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_a_call_may_be_five_minutes_old_or_early(seconds: int) -> None:
    assert _svix.genuine(KEY, call(at=THEN + timedelta(seconds=seconds))) == ID


@pytest.mark.parametrize("seconds", [-301, 301])
def test_a_call_that_is_older_or_earlier_is_forged(seconds: int) -> None:
    with pytest.raises(Forged, match="too long before or after"):
        _svix.genuine(KEY, call(at=THEN + timedelta(seconds=seconds)))


def test_another_secret_signs_otherwise() -> None:
    with pytest.raises(Forged):
        _svix.genuine(hmac.digest(KEY, b"", "sha256"), call())


@pytest.mark.parametrize("secret", ["", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_MfK", "whsec_é"])
def test_a_secret_that_is_spelt_otherwise_is_none(secret: str) -> None:
    with pytest.raises(ValueError, match="begins with whsec_"):
        _svix.key_of(secret)
