"""A stand-in for Mailgun's API that speaks its wire and misbehaves on order (see `wire`).

It holds to what is documented: a request is taken as a whole or not at all, its limits, a domain that lives in one
region, what is filled in where, and events that are seen late. And to what is told of it: twice the same address is
mailed once, a Message-Id between ``<`` and ``>`` is no filter, and where nothing is it answers 200.
"""

import base64
import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import formatdate, parseaddr
from typing import Any
from urllib.parse import urlencode

import httpx
from providers.fakes.wire import Account, Fault, serving

__all__ = ["FakeMailgun", "Fault", "Mail", "error", "serving"]

Json = Any
Fields = dict[str, list[str]]

REGIONS = {"api.mailgun.net": "us", "api.eu.mailgun.net": "eu"}
BUILT_IN = (
    "recipient", "recipient_email", "recipient_name", "recipient_fname", "recipient_lname", "unsubscribe_url",
    "unsubscribe_email", "tag_unsubscribe_url", "tag_unsubscribe_email", "mailing_list_unsubscribe_url",
)  # fmt: skip
"""What is filled in without being given."""
_REFERENCE = re.compile(rf"%(?:recipient\.(?P<given>[\w:.-]+)|(?P<known>{'|'.join(BUILT_IN)}))%")
_MAILBOX = re.compile(r"(?:[^<>\",]* <)?[^\s<>\",@]+@[^\s<>\",@]+\.[^\s<>\",@]+>?")
_BEGAN = time.time() - time.monotonic()
"""Seconds of the world's clock at which the steady one was at nothing."""
_MOST, _OPTIONS, _LARGEST = 1000, 16 * 1024, 25_000_000
_BAD = "parameter is not a valid address. please check documentation"
_TOO_MUCH = "Send options (parameters starting with o:, h:, v:, or t:) are limited to 16KB total"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """What one reader gets of a request, with ``passes`` of filling in one after the other."""

    fields: Fields
    to: str
    variables: Mapping[str, str]
    message_id: str
    inline: Mapping[str, bytes]
    passes: int = 1

    @property
    def address(self) -> str:
        return parseaddr(self.to)[1]

    @property
    def subject(self) -> str:
        return self.filled("subject")

    @property
    def html(self) -> str:
        return self.filled("html")

    @property
    def text(self) -> str:
        return self.filled("text")

    @property
    def headers(self) -> dict[str, str]:
        """All that were given, by the name that follows ``h:``."""
        return {name[2:]: self.filled(name) for name in self.fields if name.startswith("h:")}

    @property
    def custom(self) -> dict[str, str]:
        """What its events bring back."""
        return {name[2:]: self.filled(name) for name in self.fields if name.startswith("v:")}

    def filled(self, name: str) -> str:
        """A field as this reader gets it."""
        (text,) = self.fields[name]
        for _ in range(self.passes):
            text = _REFERENCE.sub(self._value, text)
        return text

    def _value(self, reference: re.Match[str]) -> str:
        if known := reference["known"]:
            return self.to if known.startswith("recipient") else f"https://unsubscribe.example/{known}"
        return self.variables.get(reference["given"], reference[0])


@dataclass(slots=True, kw_only=True, repr=False)
class FakeMailgun(Account):
    """An account with one domain. ``mails`` holds what was taken, a reader each, in order.

    ``bad`` are addresses that no request may hold. It fills in with so many ``passes``, one after the other, where a
    request brings variables. It ``honours`` the Message-Id that it is given. Events are seen
    ``lag`` seconds late by ``ticks``; the account may look at them if it ``sees`` them at all.
    """

    key: str = "key-proef"
    domain: str = "mg.example.nl"
    region: str = "us"
    bad: set[str] = field(default_factory=set)
    passes: int = 1
    honours: bool = True
    sees: bool = True
    lag: float = 0
    ticks: Callable[[], float] = time.monotonic
    mails: list[Mail] = field(default_factory=list)
    events: list[tuple[float, Json]] = field(default_factory=list)

    def transport(self) -> httpx.MockTransport:
        """It, without a network; its answers say what time it is, as those of a real port do."""
        served = Account.transport(self).handler

        def handle(request: httpx.Request) -> httpx.Response:
            answer: httpx.Response = served(request)  # type: ignore[assignment]  # it is not async
            answer.headers.setdefault("Date", formatdate(_BEGAN + self.ticks(), usegmt=True))
            return answer

        return httpx.MockTransport(handle)

    def fail(self) -> httpx.Response:
        return error(500, "Internal Server Error")

    def serve(self, request: httpx.Request) -> httpx.Response:
        _, version, domain, *rest = *request.url.path.split("/"), "", ""
        what = (request.method, rest[0])
        if version != "v3" or what not in {("POST", "messages"), ("GET", "events")}:
            return httpx.Response(200, text="Mailgun Magnificent API")
        if request.headers.get("authorization") != f"Basic {base64.b64encode(f'api:{self.key}'.encode()).decode()}":
            return httpx.Response(401, text="Forbidden")
        if domain != self.domain or REGIONS.get(request.url.host, self.region) != self.region:
            return error(404, f"Domain not found: {domain}")
        return self._send(request) if rest[0] == "messages" else self._look(request.url)

    def _send(self, request: httpx.Request) -> httpx.Response:
        fields, inline = parsed(request)
        if (refusal := self._refusal(fields, inline)) is not None:
            return refusal
        own = f"<{time.time_ns()}@{self.domain}>"
        name = (fields.get("h:Message-Id", [own])[0] if self.honours else own).strip("<>")
        given = json.loads(fields.get("recipient-variables", ["{}"])[0])
        passes = self.passes if "recipient-variables" in fields else 0
        for mailbox in {parseaddr(one)[1].lower(): one for one in fields["to"]}.values():
            to = mailbox if "recipient-variables" in fields else ", ".join(fields["to"])
            variables = given.get(parseaddr(mailbox)[1], {})
            self.take(Mail(fields=fields, to=to, variables=variables, message_id=name, inline=inline, passes=passes))
        return httpx.Response(200, json={"id": f"<{name}>", "message": "Queued. Thank you."})

    def _refusal(self, fields: Fields, inline: Mapping[str, bytes]) -> httpx.Response | None:
        """Say why a request is refused, if it is."""
        options = [name + value for name, values in fields.items() for value in values if name[1:2] == ":"]
        sizes = [len(value.encode()) for name in ("html", "text") for value in fields.get(name, ())]
        missing = (
            any(not fields.get(name) for name in ("from", "to", "subject")) or not {"html", "text"} & fields.keys()
        )
        if missing:
            return error(400, "Need at least one of 'text', 'html', 'amp-html' or 'template' parameters specified")
        wrong = [
            (sum(sizes) + sum(map(len, inline.values())) > _LARGEST, 413, "Request Entity Too Large"),
            (sum(len(one.encode()) for one in options) > _OPTIONS, 400, _TOO_MUCH),
            (len(fields["to"]) > _MOST, 400, f"Too many recipients, max is {_MOST}"),
            (not _MAILBOX.fullmatch(fields["from"][0]), 400, f"from {_BAD}"),
            (not all(map(self.is_good, fields["to"])), 400, f"to {_BAD}"),
            (not _is_json(fields), 400, "recipient-variables parameter is not a valid JSON"),
        ]
        return next((error(status, said) for is_wrong, status, said in wrong if is_wrong), None)

    def is_good(self, mailbox: str) -> bool:
        """Whether a request may hold it."""
        return bool(_MAILBOX.fullmatch(mailbox)) and parseaddr(mailbox)[1] not in self.bad

    def take(self, mail: Mail) -> None:
        """Take a reader's mail, and have an event of it."""
        self.mails.append(mail)
        headers = {"to": mail.to, "message-id": mail.message_id, "from": mail.fields["from"][0]}
        event = {
            "event": "accepted",
            "id": f"event-{len(self.mails)}",
            "timestamp": _BEGAN + self.ticks(),
            "recipient": mail.address,
            "tags": [],
            "user-variables": mail.custom,
            "message": {"headers": headers, "attachments": [], "size": 1},
        }
        self.events.append((self.ticks(), event))

    def _look(self, url: httpx.URL) -> httpx.Response:
        """A page of what there is, the newest first; the one after the last is empty."""
        if not self.sees:
            return httpx.Response(401, text="Forbidden")
        asked = dict(url.params)
        if "ascending" not in asked:
            return error(400, "ascending is required when the end of the range is not given")
        seen = [event for at, event in reversed(self.events) if at <= self.ticks() - self.lag]
        found = [event for event in seen if _is_asked_for(event, asked)]
        size, page = min(int(asked.get("limit", "100")), 300), int(asked.get("page", "0"))
        pages = {
            name: str(url.copy_with(query=urlencode({**asked, "page": other}).encode()))
            for name, other in (("next", page + 1), ("previous", max(page - 1, 0)))
        }
        return httpx.Response(200, json={"items": found[page * size :][:size], "paging": pages})


def _is_asked_for(event: Json, asked: Mapping[str, str]) -> bool:
    name = asked.get("message-id", "<>")
    if "<" not in name and event["message"]["headers"]["message-id"] != name:
        return False
    return all(event[key] == asked[key] for key in ("event", "recipient") if key in asked)


def _is_json(fields: Fields) -> bool:
    try:
        json.loads(fields.get("recipient-variables", ["{}"])[0])
    except ValueError:
        return False
    return True


def parsed(request: httpx.Request) -> tuple[Fields, dict[str, bytes]]:
    """Read ``multipart/form-data`` (RFC 7578): fields by name, and files by name."""
    media_type, _, boundary = request.headers["content-type"].partition("; boundary=")
    assert media_type == "multipart/form-data"
    first, *parts, last = request.content.split(b"--" + boundary.encode("ascii"))
    assert (first, last) == (b"", b"--\r\n"), "the body begins and ends with its boundary"
    fields: Fields = {}
    files: dict[str, bytes] = {}
    for part in parts:
        head, _, content = part.removeprefix(b"\r\n").removesuffix(b"\r\n").partition(b"\r\n\r\n")
        names: Sequence[str] = re.findall(r'name="([^"]*)"', head.decode("ascii"))
        if len(names) == 1:
            fields.setdefault(names[0], []).append(content.decode())
        else:
            files[names[1]] = content
    return fields, files


def error(status: int, message: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
    """An error as Mailgun spells it."""
    return httpx.Response(status, json={"message": message}, headers=headers)
