"""Every kind of call that Mailgun describes, and what it tells us; and which calls are believed.

The files under ``told/mailgun`` have the shape of the vendor's documentation (webhook payloads, securing webhooks).
"""

import hmac
import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import ProviderError
from newsletter.model.ledger import Event, EventKind
from newsletter.providers._base import Call, Forged
from newsletter.providers._mailgun_events import Receiver

FOLDER = Path(__file__).parent / "told" / "mailgun"
KEY = b"key-selfmade-signing"
RECEIVER = Receiver(KEY)
AT = datetime(2026, 11, 28, 5, 12, 3, 678_000, tzinfo=UTC)
DELIVERY = "00f1e2d3c4b5a697" + "0000002a"

# Made by the documented rule: the hexadecimal HMAC-SHA256, under the signing key, of the timestamp and the token.
SECOND, TOKEN = "1700000000", "a" * 50
SIGNATURE = "3b7c7982d49e9570f00a32f4c2635f55880ec2f15e8618ec4a4e1547f7458f9f"
THEN = datetime.fromtimestamp(int(SECOND), UTC)

KINDS: Mapping[str, tuple[EventKind, bool]] = {
    "accepted": ("accepted", False),
    "delivered": ("delivered", False),
    "failed_for_now": ("deferred", False),
    "failed_no_mailbox": ("bounced", True),
    "failed_says_little": ("bounced", True),
    "failed_without_a_code": ("bounced", True),
    "failed_mailbox_full": ("bounced", False),
    "failed_soft": ("bounced", False),
    "failed_policy": ("bounced", False),
    "failed_blocked": ("bounced", False),
    "failed_too_old": ("bounced", False),
    "suppress_bounce": ("bounced", True),
    "suppress_complaint": ("complained", False),
    "suppress_unsubscribe": ("unsubscribed", False),
    "complained": ("complained", False),
    "unsubscribed": ("unsubscribed", False),
    "opened": ("opened", False),
    "clicked": ("clicked", False),
    "rejected": ("failed", False),
    "something_new": ("other", False),
    "stored": ("other", False),
}
"""What each file tells, and whether its address takes no mail ever."""

OF_NOBODY = frozenset({"something_new", "stored"})


def file(name: str) -> bytes:
    return (FOLDER / f"{name}.json").read_bytes()


def told(name: str, **changes: object) -> Event:
    """What a call of a file tells, with other values in its data."""
    body = json.loads(file(name))
    body["event-data"].update(changes)
    (event,) = RECEIVER.events(json.dumps(body).encode())
    return event


def call(body: object = None, *, at: datetime = THEN, **changes: object) -> Call:
    """A call that is signed, but for what is changed of its signature; None leaves a part of it out."""
    signature = {"timestamp": SECOND, "token": TOKEN, "signature": SIGNATURE} | changes
    signed = {key: value for key, value in signature.items() if value is not None}
    return Call(headers={}, body=json.dumps({"signature": signed, "event-data": body}).encode(), at=at)


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.json")))
def test_every_kind_of_call_is_genuine_and_one_event_of_a_kind_that_we_know(name: str) -> None:
    assert RECEIVER.genuine(Call(headers={}, body=file(name), at=AT)) == json.loads(file(name))["signature"]["token"]
    event = told(name)
    assert (event.kind, event.permanent) == KINDS[name]
    assert event.at == AT


@pytest.mark.parametrize("name", sorted(set(KINDS) - OF_NOBODY))
def test_what_is_about_a_mail_names_our_delivery_and_whom_it_was_to(name: str) -> None:
    event = told(name)
    assert (event.delivery, event.provider_id) == (DELIVERY, None)
    assert event.address == (None if name == "rejected" else "anna@example.org")


@pytest.mark.parametrize("name", sorted(OF_NOBODY))
def test_what_is_mailguns_own_affair_is_about_no_reader(name: str) -> None:
    assert told(name) == Event(kind="other", at=AT, said=name)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("failed_no_mailbox", "bounce: 550 5.1.1 <anna@example.org>: user unknown"),
        ("failed_too_old", "old: 602 Too old"),
        ("suppress_bounce", "suppress-bounce: 605 Not delivering to previously bounced address"),
        ("rejected", "rejected: Sandbox subdomains are for test purposes only."),
        ("delivered", ""),
        ("complained", ""),
    ],
)
def test_a_failure_says_why(name: str, said: str) -> None:
    assert told(name).said == said


@pytest.mark.parametrize(
    "variables", [[], {}, None, {"delivery": 7}, {"delivery": None}, "{}", {"delivery": "%recipient.a1b2_id%"}]
)
def test_a_mail_that_was_not_ours_has_no_delivery(variables: object) -> None:
    assert told("delivered", **{"user-variables": variables}).delivery is None


@pytest.mark.parametrize("left_out", ["recipient", "severity", "reason", "delivery-status"])
def test_what_is_left_out_or_null_is_not_known(left_out: str) -> None:
    event = told("failed_no_mailbox", **{left_out: None})
    assert event.kind == "bounced"
    assert event.permanent == (left_out not in {"severity", "reason"})


def test_a_failure_of_unknown_severity_and_reason_takes_nobody_off_the_list() -> None:
    assert told("failed_no_mailbox", reason="something-new").permanent is False
    assert told("failed_no_mailbox", severity="something-new").permanent is False


@pytest.mark.parametrize("message", ["550 5.7.1 Refused", "smtp; 550-5.7.26 Refused", "Refused (5.7.1)."])
def test_a_policy_is_none_of_the_address_wherever_its_code_stands(message: str) -> None:
    status = {"code": 550, "message": message, "bounce-type": "hard"}
    assert told("failed_no_mailbox", **{"delivery-status": status}).permanent is False


@pytest.mark.parametrize(
    ("code", "message", "permanent"),
    [
        (552, "Requested mail action aborted: exceeded storage allocation", False),
        (554, "Message rejected due to spam content", False),
        (550, "The mailbox is full", False),
        (550, "5.5.2 Syntax", False),
        (550, "5.4.7 Delivery time expired", False),
        (421, "4.7.0 Too many connections", False),
        (550, "5.4.1 Recipient address rejected: Access denied", True),
        (550, "No such user", True),
        (550, None, True),
    ],
)
def test_without_a_code_about_the_address_its_words_count(code: int, message: str | None, *, permanent: bool) -> None:
    status = {"code": code, "message": message, "bounce-type": "hard"}
    assert told("failed_no_mailbox", **{"delivery-status": status}).permanent is permanent


@pytest.mark.parametrize("message", ["5.1.1 unknown, says 10.5.7.1", "5.1.10 Null MX", "550 5.1.1 unknown"])
def test_what_only_looks_like_such_a_code_is_none(message: str) -> None:
    status = {"code": 550, "message": message, "bounce-type": "hard"}
    assert told("failed_no_mailbox", **{"delivery-status": status}).permanent is True


def test_a_code_may_be_a_text() -> None:
    assert told("failed_too_old", **{"delivery-status": {"code": "602"}}).said == "old: 602"


@pytest.mark.parametrize("second", [-1, 1e300, "gisteren", None])
def test_a_moment_that_is_none_is_a_trouble_with_the_provider(second: object) -> None:
    with pytest.raises(ProviderError, match="something is wrong at event-data"):
        told("delivered", timestamp=second)


@given(
    st.binary(max_size=60)
    | st.recursive(st.none() | st.integers() | st.text(max_size=5), lambda x: st.lists(x) | st.dictionaries(
        st.sampled_from(["event-data", "event", "timestamp", "signature", "token", "message", "headers"]), x),
        max_leaves=8,
    ).map(lambda value: json.dumps(value).encode())
)  # fmt: skip
def test_what_cannot_be_read_is_a_trouble_with_the_provider_and_never_a_traceback(garbled: bytes) -> None:
    with suppress(ProviderError):
        assert all(event.kind in get_args(EventKind) for event in RECEIVER.events(garbled))
    with pytest.raises(Forged):
        RECEIVER.genuine(Call(headers={}, body=garbled, at=AT))


def test_a_signed_call_is_genuine_and_known_by_its_token() -> None:
    assert RECEIVER.genuine(call()) == TOKEN


def test_the_signature_of_a_parent_account_is_not_looked_at() -> None:
    assert RECEIVER.genuine(call(**{"parent-signature": "0" * 64})) == TOKEN
    with pytest.raises(Forged):
        RECEIVER.genuine(call(**{"parent-signature": SIGNATURE, "signature": "0" * 64}))


def test_the_second_may_be_a_number() -> None:
    assert RECEIVER.genuine(call(timestamp=int(SECOND))) == TOKEN


@pytest.mark.parametrize(
    "changes",
    [
        {"token": "b" * 50},
        {"timestamp": "1700000001"},
        {"signature": "0" * 64},
        {"signature": SIGNATURE[:-1]},
        {"signature": SIGNATURE.upper()},
        {"signature": "é" * 64},
        {"signature": ""},
        {"signature": None},
        {"token": None},
        {"token": ""},
        {"token": "a" * 49 + "\n"},
        {"token": "a" * 300},
        {"timestamp": None},
        {"timestamp": "eergisteren"},
        {"timestamp": "1700000000.5"},
        {"timestamp": "9" * 40},
        {"timestamp": ["1700000000"]},
    ],
)
def test_whatever_else_is_signed_or_said_is_forged(changes: Mapping[str, Any]) -> None:
    with pytest.raises(Forged):
        RECEIVER.genuine(call(**changes))


@pytest.mark.parametrize("moved", [1, 2, 9, -1, -2])
def test_digits_do_not_move_from_the_second_into_the_token_or_back(moved: int) -> None:
    token = "12" + "a" * 48
    signed = SECOND + token
    signature = hmac.new(KEY, signed.encode(), "sha256").hexdigest()
    assert RECEIVER.genuine(call(token=token, signature=signature)) == token
    cut = len(SECOND) - moved
    with pytest.raises(Forged):
        RECEIVER.genuine(call(timestamp=signed[:cut], token=signed[cut:], signature=signature))


@pytest.mark.parametrize("after", [timedelta(minutes=-5), timedelta(0), timedelta(hours=8, minutes=30)])
def test_a_call_that_comes_again_for_eight_hours_is_genuine(after: timedelta) -> None:
    assert RECEIVER.genuine(call(at=THEN + after)) == TOKEN


@pytest.mark.parametrize("after", [timedelta(minutes=-6), timedelta(hours=9, seconds=1)])
def test_a_call_that_is_older_or_earlier_is_forged(after: timedelta) -> None:
    with pytest.raises(Forged, match="too long before or after"):
        RECEIVER.genuine(call(at=THEN + after))


def test_another_key_signs_otherwise() -> None:
    with pytest.raises(Forged):
        Receiver(b"key-of-somebody-else").genuine(call())
