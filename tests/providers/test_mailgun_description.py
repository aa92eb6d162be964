"""Every request to Mailgun is held against an excerpt of its official description.

The description lets any field pass; here only those do that it names. It names a header and a variable of one's own by
an example each, ``h:X-My-Header`` and ``v:my-var``: those prefixes stand for all of them.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from providers.fakes.mailgun_api import FakeMailgun, parsed

from newsletter.model.mail import Message
from newsletter.providers.mailgun import Mailgun, Settings

DESCRIPTION = json.loads((Path(__file__).parent / "specs" / "mailgun.json").read_text("utf-8"))
SCHEMAS = DESCRIPTION["components"]["schemas"]
FIELDS = SCHEMAS["POST-v3-domain_name-messages-multipart-form-data-RequestBody"]
EXAMPLES = {"h:X-My-Header": r"^h:[A-Z][A-Za-z]*(-[A-Za-z]+)*$", "v:my-var": r"^v:[a-z]+(-[a-z]+)*$"}
SENDS, EVENTS = "/v3/{domain_name}/messages", "/v3/{domain_name}/events"

Json = Any


def form(request: httpx.Request) -> dict[str, Json]:
    """A form as an object; what the description has several of is a list."""
    fields, files = parsed(request)
    several = {name for name, about in FIELDS["properties"].items() if about.get("type") == "array"}
    single = {name: values if name in several else values[0] for name, values in fields.items()}
    assert all(len(values) == 1 for name, values in fields.items() if name not in several)
    return {**single, **({"inline": sorted(files)} if files else {})}


def faults(sent: dict[str, Json]) -> list[str]:
    """What the description has against a form."""
    named = {name: about for name, about in FIELDS["properties"].items() if name not in EXAMPLES}
    own = {pattern: FIELDS["properties"][example] for example, pattern in EXAMPLES.items()}
    closed = {**FIELDS, "properties": named, "patternProperties": own, "additionalProperties": False}
    return [error.message for error in Draft202012Validator(closed).iter_errors(sent)]


@pytest.fixture
def fake() -> FakeMailgun:
    return FakeMailgun()


@pytest.fixture
def provider(fake: FakeMailgun) -> Mailgun:
    settings = Settings.model_validate({"key": "key-proef", "domain": "mg.example.nl"})
    return Mailgun(settings, transport=fake.transport())


@pytest.fixture
def forms(
    provider: Mailgun, fake: FakeMailgun, message_of: Callable[[str], Message], message_to: Callable[..., Message]
) -> list[dict[str, Json]]:
    """A batch, and a message with its pictures."""
    pictures = message_of("reference").edition.pictures
    provider.send("a-1", [message_to(n, name="Jürgen, jr.") for n in range(3)], lambda: True)
    provider.send("a-2", [message_to(embedded=True, pictures=pictures[:1])], lambda: True)
    assert {request.url.path for request in fake.requests} == {SENDS.replace("{domain_name}", "mg.example.nl")}
    return [form(request) for request in fake.requests]


def test_every_form_is_as_described(forms: list[dict[str, Json]]) -> None:
    assert [faults(sent) for sent in forms] == [[], []]


def test_a_misspelt_field_would_be_noticed(forms: list[dict[str, Json]]) -> None:
    tried = set()
    for sent in forms:
        for name in sent:
            misspelt = {f"{key}:x" if key == name else key: value for key, value in sent.items()}
            assert faults(misspelt), name
            tried.add(name)
    assert {"from", "to", "subject", "text", "html", "inline", "recipient-variables", "o:tracking"} <= tried


def test_the_names_behind_the_prefixes_are_these(forms: list[dict[str, Json]]) -> None:
    assert {name for name in forms[0] if name[:2] in {"h:", "v:", "o:"}} == {
        "h:X-Newsletter-Delivery", "h:List-Unsubscribe", "h:List-Unsubscribe-Post", "h:List-Id", "h:Feedback-ID",
        "h:Content-Language", "h:Reply-To", "h:Message-Id", "v:delivery", "v:attempt",
        "o:tracking", "o:tracking-clicks", "o:tracking-opens",
    }  # fmt: skip


def test_a_look_up_asks_for_what_is_described(
    provider: Mailgun, fake: FakeMailgun, message_to: Callable[..., Message]
) -> None:
    provider.look_up("a-1", [message_to()])
    provider.verify()
    known = {one["name"]: one["schema"] for one in DESCRIPTION["paths"][EVENTS]["get"]["parameters"]}
    for request in fake.requests:
        assert dict(request.url.params).keys() <= known.keys()
        assert request.url.params["ascending"] in known["ascending"]["enum"]
        assert int(request.url.params["limit"]) <= known["limit"]["maximum"]


def test_the_excerpt_says_where_it_is_from() -> None:
    assert "mailgun/mailgun-mcp-server" in DESCRIPTION["$comment"]
    assert "Apache-2.0" in DESCRIPTION["$comment"]


def test_the_regions_are_those_of_the_description() -> None:
    assert {server["url"] for server in DESCRIPTION["servers"]} == {
        "https://api.mailgun.net",
        "https://api.eu.mailgun.net",
    }
    assert Settings.model_fields["url"].default in {server["url"] for server in DESCRIPTION["servers"]}


def test_what_the_fake_answers_is_as_described_too(
    provider: Mailgun, fake: FakeMailgun, message_to: Callable[..., Message]
) -> None:
    provider.send("a-1", [message_to(1), message_to(2)], lambda: True)
    sent = fake.serve(fake.requests[0]).json()
    events = fake.serve(httpx.Request("GET", looked_at(), headers=fake.requests[0].headers)).json()
    answered = DESCRIPTION["paths"][EVENTS]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    taken = {"$ref": "#/components/schemas/github.com-mailgun-influx-httpapi-SendMessageResponse"}
    for schema, answer in ((answered, events), (taken, sent)):
        whole = {**schema, "components": DESCRIPTION["components"]}
        assert not list(Draft202012Validator(whole).iter_errors(answer))
    assert len(events["items"]) == 4


def looked_at() -> str:
    return "https://api.mailgun.net/v3/mg.example.nl/events?ascending=no"
