"""Every request to Resend is held against an excerpt of its official description.

The description refuses no key that it does not know, so that a misspelt one passes; here each object is closed first.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from providers.fakes.resend_api import FakeResend

from newsletter.model.mail import Message
from newsletter.providers.resend import Resend, Settings

DESCRIPTION = json.loads((Path(__file__).parent / "specs" / "resend.json").read_text("utf-8"))
HEADERS_OF_HTTP = {
    "host", "accept", "accept-encoding", "connection", "user-agent", "authorization", "content-type", "content-length",
}  # fmt: skip
DOCUMENTED_ELSEWHERE = {"x-batch-validation"}
"""resend.com/docs/dashboard/emails/batch-validation-modes; the description has not got it."""

Json = Any


def closed(schema: Json) -> Json:
    """Close every object that names its properties, so that it refuses any other."""
    if isinstance(schema, list):
        return [closed(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: closed(value) for key, value in schema.items()}
    return {**inner, "additionalProperties": False} if isinstance(inner.get("properties"), dict) else inner


def faults(request: httpx.Request) -> list[str]:
    """What the description has against a request."""
    operation = DESCRIPTION["paths"][request.url.path][request.method.lower()]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    validator = Draft202012Validator({**schema, "components": closed(DESCRIPTION["components"])})
    known = {parameter["name"].lower() for parameter in operation["parameters"]}
    unknown = set(request.headers) - known - HEADERS_OF_HTTP - DOCUMENTED_ELSEWHERE
    return [error.message for error in validator.iter_errors(json.loads(request.content))] + sorted(unknown)


@pytest.fixture
def requests(message_of: Callable[[str], Message], message_to: Callable[..., Message]) -> list[httpx.Request]:
    """A batch, and a message with its pictures."""
    fake = FakeResend()
    provider = Resend(Settings.model_validate({"key": "re_proef"}), transport=fake.transport())
    pictures = message_of("reference").edition.pictures
    provider.send("a1", [message_to(n, name="Jürgen, jr.") for n in range(3)], lambda: True)
    provider.send("a2", [message_to(embedded=True, pictures=pictures[:1])], lambda: True)
    return fake.requests


def test_every_request_is_as_described(requests: list[httpx.Request]) -> None:
    assert [request.url.path for request in requests] == ["/emails/batch", "/emails"]
    assert [faults(request) for request in requests] == [[], []]


def places(value: Json, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Where keys stand in a value, but for those of ``headers``, which the sender names at will."""
    if isinstance(value, list):
        return [place for index, inner in enumerate(value) for place in places(inner, (*at, index))]
    if not isinstance(value, dict) or at[-1:] == ("headers",):
        return []
    return [place for key, inner in value.items() for place in ((*at, key), *places(inner, (*at, key)))]


def test_a_misspelt_key_anywhere_would_be_noticed(requests: list[httpx.Request]) -> None:
    tried = set()
    for request in requests:
        for place in places(json.loads(request.content)):
            body = holder = json.loads(request.content)
            for step in place[:-1]:
                holder = holder[step]
            holder[f"{place[-1]}x"] = holder.pop(place[-1])
            assert faults(httpx.Request("POST", request.url, json=body)), place
            tried.add(place[-1])
    assert {"from", "reply_to", "tags", "name", "value", "attachments", "content_id", "content_type"} <= tried


def test_a_header_that_nobody_described_would_be_noticed(requests: list[httpx.Request]) -> None:
    requests[0].headers["Idempotency-Keys"] = "a1"
    assert faults(requests[0]) == ["idempotency-keys"]


def test_the_excerpt_says_where_it_is_from() -> None:
    assert "resend/resend-openapi, MIT" in DESCRIPTION["$comment"]


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("POST", "/emails", "SendEmailResponse"),
        ("POST", "/emails/batch", "CreateBatchEmailsResponse"),
        ("GET", "/domains", "ListDomainsResponse"),
    ],
)
def test_what_the_fake_answers_is_as_described_too(method: str, path: str, name: str) -> None:
    mail = {"from": "W <w@example.nl>", "to": ["a@example.org"], "subject": "s", "text": "t"}
    body = {"/emails": mail, "/emails/batch": [mail]}.get(path)
    with httpx.Client(transport=FakeResend().transport(), headers={"Authorization": "Bearer re_proef"}) as client:
        answer = client.request(method, f"http://here{path}", json=body)
    schema = {"$ref": f"#/components/schemas/{name}", "components": closed(DESCRIPTION["components"])}
    assert not list(Draft202012Validator(schema).iter_errors(answer.json()))
