"""Every kind of call that Resend describes, and what it tells us."""

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from providers.test_svix import ID, SECRET, call
from pydantic import ValidationError

from newsletter.errors import ProviderError
from newsletter.model.ledger import Event, EventKind
from newsletter.providers import resend

DESCRIPTION = json.loads((Path(__file__).parent / "specs" / "resend_webhooks.json").read_text("utf-8"))
AT = datetime(2026, 11, 28, 5, 12, 3, 678_000, tzinfo=UTC)
DELIVERY = "00f1e2d3c4b5a697" + "0000002a"
MAIL = {
    "email_id": "56761188-7520-42d8-8898-ff6fc54ce618",
    "created_at": "2026-11-28T05:00:00.000Z",
    "from": "De Heuvelbode <weekbrief@example.nl>",
    "to": ["anna@example.org"],
    "subject": "De dijk",
    "headers": [{"name": "List-Id", "value": "<weekbrief.example.nl>"}],
    "tags": {"delivery": DELIVERY, "attempt": "00f1e2d3c4b5a697-7"},
}
BOUNCE = {
    "type": "Permanent",
    "subType": "NoEmail",
    "message": "The recipient's mail server rejected it.",
    "diagnosticCode": ["smtp; 550 5.1.1 <anna@example.org> user unknown"],
}
CONTACT = {
    "id": "c1", "created_at": "2026-11-01T05:00:00Z", "updated_at": "2026-11-28T05:00:00Z", "email": "anna@example.org",
    "unsubscribed": True,
}  # fmt: skip


def body(type_: str, data: Mapping[str, object]) -> bytes:
    return json.dumps({"type": type_, "created_at": "2026-11-28T05:12:03.678Z", "data": data}).encode()


def told(type_: str, data: Mapping[str, object] = MAIL) -> Event:
    receiver = resend.receiver(resend.Settings.model_validate({"key": "re_proef", "webhook": SECRET}))
    assert receiver is not None
    (event,) = receiver.events(body(type_, data))
    return event


def example(schema: Any) -> Any:
    """Something that a schema describes: all of its properties, each as simple as it may be."""
    if "$ref" in schema:
        return example(DESCRIPTION["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    if "allOf" in schema:
        return {key: value for part in schema["allOf"] for key, value in example(part).items()}
    if schema["type"] == "object":
        return {key: example(inner) for key, inner in schema.get("properties", {}).items()}
    if schema["type"] == "array":
        return [example(schema["items"])]
    if schema.get("format") == "date-time":
        return "2026-11-28T05:12:03.678Z"
    of_type = {"string": "x", "boolean": True, "integer": 1, "number": 1.5}
    return schema.get("const", schema.get("enum", [of_type[schema["type"]]])[0])


def test_every_call_that_is_described_is_one_event_of_a_kind_that_we_know() -> None:
    kinds = {}
    for type_, call_ in DESCRIPTION["webhooks"].items():
        schema = call_["post"]["requestBody"]["content"]["application/json"]["schema"]
        told_ = example(schema)
        Draft202012Validator({**schema, "components": DESCRIPTION["components"]}).validate(told_)
        kinds[type_] = told(type_, told_["data"]).kind
    assert kinds == {
        "email.sent": "accepted",
        "email.delivered": "delivered",
        "email.delivery_delayed": "deferred",
        "email.bounced": "bounced",
        "email.complained": "complained",
        "email.opened": "opened",
        "email.clicked": "clicked",
        "email.failed": "failed",
        "email.scheduled": "other",
        "email.suppressed": "bounced",
        "email.received": "other",
        "contact.created": "unsubscribed",
        "contact.updated": "unsubscribed",
        "contact.deleted": "other",
        "domain.created": "other",
        "domain.updated": "other",
        "domain.deleted": "other",
    }


@pytest.mark.parametrize(
    ("type_", "kind"),
    [
        ("email.sent", "accepted"),
        ("email.delivered", "delivered"),
        ("email.delivery_delayed", "deferred"),
        ("email.complained", "complained"),
        ("email.opened", "opened"),
        ("email.clicked", "clicked"),
        ("email.failed", "failed"),
        ("email.scheduled", "other"),
        ("email.something_new", "other"),
    ],
)
def test_a_call_about_a_mail_names_our_delivery_and_whom_it_was_to(type_: str, kind: EventKind) -> None:
    event = told(type_)
    assert (event.kind, event.at, event.permanent) == (kind, AT, False)
    assert (event.delivery, event.provider_id, event.address) == (DELIVERY, MAIL["email_id"], "anna@example.org")


@pytest.mark.parametrize(
    "tags",
    [
        {"delivery": DELIVERY},
        [{"name": "attempt", "value": "x"}, {"name": "delivery", "value": DELIVERY}],
    ],
)
def test_tags_come_back_as_an_object_or_as_a_list(tags: object) -> None:
    assert told("email.delivered", {**MAIL, "tags": tags}).delivery == DELIVERY


@pytest.mark.parametrize("about", ["tags", "bounce", "suppressed", "failed", "email", "unsubscribed"])
def test_what_is_null_is_not_told_and_loses_no_event(about: str) -> None:
    event = told("email.bounced", {**MAIL, "bounce": BOUNCE, about: None})
    assert (event.kind, event.address) == ("bounced", "anna@example.org")


@pytest.mark.parametrize("about", ["type", "subType", "message", "diagnosticCode"])
def test_of_a_bounce_too_what_is_null_is_not_told(about: str) -> None:
    event = told("email.bounced", {**MAIL, "bounce": {**BOUNCE, about: None}})
    assert (event.kind, event.permanent, "None" in event.said) == ("bounced", about != "type", False)


@pytest.mark.parametrize("tags", [{}, [], None, {"delivery": 7}, ["delivery"], [{"value": "x"}]])
def test_a_mail_that_was_not_tagged_by_us_has_no_delivery(tags: object) -> None:
    assert told("email.delivered", {**MAIL, "tags": tags}).delivery is None


@pytest.mark.parametrize(
    ("type_", "sub_type", "permanent"),
    [
        ("Permanent", "NoEmail", True),
        ("Permanent", "General", True),
        ("Permanent", "MailboxFull", False),
        ("Permanent", "ContentRejected", False),
        ("Transient", "General", False),
        ("Transient", "MailboxFull", False),
        ("Undetermined", "Undetermined", False),
    ],
)
def test_a_bounce_is_for_good_when_the_address_is_gone_and_not_when_the_mail_was_not_liked(
    type_: str, sub_type: str, *, permanent: bool
) -> None:
    event = told("email.bounced", {**MAIL, "bounce": {**BOUNCE, "type": type_, "subType": sub_type}})
    assert (event.kind, event.permanent) == ("bounced", permanent)
    assert event.said == f"{type_}/{sub_type}: smtp; 550 5.1.1 <anna@example.org> user unknown"


@pytest.mark.parametrize(
    ("said", "permanent"),
    [
        (["smtp; 550 5.7.1 rejected by policy"], False),
        (["smtp; 552 exceeded storage allocation"], False),
        (["smtp; 554 5.4.7 delivery time expired"], False),
        (["smtp; 550 5.5.0 Requested action not taken: mailbox unavailable"], True),
        (["smtp; 550 no"], True),
        ([], True),
        (None, True),
    ],
)
@pytest.mark.parametrize("sub_type", ["General", "NoEmail", "Suppressed"])
def test_what_the_server_says_weighs_more_than_what_resend_makes_of_it(
    sub_type: str, said: list[str] | None, *, permanent: bool
) -> None:
    bounce = {**BOUNCE, "type": "Permanent", "subType": sub_type, "diagnosticCode": said}
    assert told("email.bounced", {**MAIL, "bounce": bounce}).permanent is permanent


def test_an_address_that_resend_no_longer_mails_bounced_for_good_or_complained() -> None:
    why = {"type": "Suppressed", "message": "It is on the list.", "diagnosticCode": []}
    bounced = told("email.suppressed", {**MAIL, "suppressed": {**why, "reason": "previous_bounce"}})
    complained = told("email.suppressed", {**MAIL, "suppressed": {**why, "reason": "previous_complaint"}})
    assert (bounced.kind, bounced.permanent, complained.kind) == ("bounced", True, "complained")


def test_a_failure_says_why() -> None:
    assert told("email.failed", {**MAIL, "failed": {"reason": "reached_daily_quota"}}).said == (
        "failed: reached_daily_quota"
    )


@pytest.mark.parametrize("type_", ["contact.created", "contact.updated"])
def test_who_unsubscribed_at_resend_is_known_by_his_address(type_: str) -> None:
    assert told(type_, CONTACT) == Event(kind="unsubscribed", at=AT, address="anna@example.org", said=type_)
    assert told(type_, {**CONTACT, "unsubscribed": False}).kind == "other"


@pytest.mark.parametrize("type_", ["contact.deleted", "domain.updated", "domain.deleted", "email.received"])
def test_what_is_resends_own_affair_is_about_no_reader(type_: str) -> None:
    data: dict[str, Any] = {"id": "d1", "name": "example.nl", "status": "verified", "to": ["redactie@example.nl"]}
    assert told(type_, data) == Event(kind="other", at=AT, said=type_)


def test_a_mail_to_several_is_about_none_of_them() -> None:
    assert told("email.bounced", {**MAIL, "to": ["a@example.org", "b@example.org"], "bounce": BOUNCE}).address is None


@given(
    st.binary(max_size=60)
    | st.recursive(st.none() | st.integers() | st.text(max_size=5), lambda x: st.lists(x) | st.dictionaries(
        st.sampled_from(["type", "created_at", "data", "to", "tags", "bounce"]), x), max_leaves=8,
    ).map(lambda value: json.dumps(value).encode())
)  # fmt: skip
def test_what_cannot_be_read_is_a_trouble_with_the_provider_and_never_a_traceback(garbled: bytes) -> None:
    receiver = resend.receiver(resend.Settings.model_validate({"key": "re_proef", "webhook": SECRET}))
    assert receiver is not None
    with suppress(ProviderError):
        assert all(event.kind in get_args(EventKind) for event in receiver.events(garbled))


def test_calls_are_verified_with_the_secret_of_the_settings() -> None:
    receiver = resend.receiver(resend.Settings.model_validate({"key": "re_proef", "webhook": SECRET}))
    assert receiver is not None
    assert receiver.genuine(call()) == ID


def test_without_a_secret_there_is_nothing_that_could_be_believed() -> None:
    assert resend.receiver(resend.Settings.model_validate({"key": "re_proef"})) is None


def test_a_secret_that_is_none_is_refused_without_being_shown() -> None:
    with pytest.raises(ValidationError) as caught:
        resend.Settings.model_validate({"key": "re_proef", "webhook": "geheim-van-de-koster"})
    assert "NEWSLETTER_RESEND_WEBHOOK is written like whsec_" in str(caught.value)
    assert "koster" not in str(caught.value.errors()[0]["msg"])
