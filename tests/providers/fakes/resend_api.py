"""A stand-in for Resend's API that speaks its wire and misbehaves on order (see `wire`).

It holds to what is documented (errors, idempotency keys for a day, permissive batches, no attachments in them) and to
what is told of it: names between quotation marks are refused, and in ``from`` encoded ones too (451).
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from providers.fakes.wire import Account, Fault, serving

__all__ = ["FakeResend", "Fault", "error", "serving"]

Json = Any

_MAILBOX = re.compile(r"(?:[^<>\",]* <)?[^\s<>\",@]+@[^\s<>\",@]+\.[^\s<>\",@]+>?")
_TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")
_BAD_TO = (
    "Invalid `to` field. The address needs to follow the `email@example.com` or `Name <email@example.com>` format."
)


@dataclass(slots=True, kw_only=True, repr=False)
class FakeResend(Account):
    """An account. ``mails`` holds what was taken, in order.

    ``domains`` are verified; ``bad`` are addresses that are refused; ``busy`` are keys that are being worked on.
    """

    key: str = "re_proef"
    sending_only: bool = False
    domains: tuple[str, ...] = ("example.nl",)
    bad: set[str] = field(default_factory=set)
    busy: set[str] = field(default_factory=set)
    mails: list[Mapping[str, Json]] = field(default_factory=list)
    _answered: dict[str, tuple[str, httpx.Response]] = field(default_factory=dict)

    def fail(self) -> httpx.Response:
        return error(500, "application_error", "An unexpected error occurred.")

    def fewer(self, response: httpx.Response) -> httpx.Response:
        return httpx.Response(200, json={"data": response.json()["data"][:-1]})

    def serve(self, request: httpx.Request) -> httpx.Response:
        if "user-agent" not in request.headers:
            return error(403, "missing_user_agent", "Requests need a User-Agent.")
        if "authorization" not in request.headers:
            return error(401, "missing_api_key", "Missing API key in the authorization header.")
        if request.headers["authorization"] != f"Bearer {self.key}":
            return error(403, "invalid_api_key", "API key is invalid.")
        match request.method, request.url.path:
            case "GET", "/domains":
                return self._list_domains()
            case "POST", "/emails" | "/emails/batch":
                return self._once(request)
            case _:
                return error(404, "not_found", "The requested endpoint does not exist.")

    def _list_domains(self) -> httpx.Response:
        if self.sending_only:
            return error(401, "restricted_api_key", "This API key is restricted to only send emails.")
        listed = [{"id": f"dom-{name}", "name": name, "status": "verified"} for name in self.domains]
        return httpx.Response(200, json={"object": "list", "has_more": False, "data": listed})

    def _once(self, request: httpx.Request) -> httpx.Response:
        """Answer a request under a key it has seen as it did before."""
        key = request.headers.get("idempotency-key")
        if key is None:
            return self._send(request)
        if not 1 <= len(key) <= 256:
            return error(400, "invalid_idempotency_key", "The key must be between 1-256 chars.")
        if key in self.busy:
            return error(
                409,
                "concurrent_idempotent_requests",
                "Same idempotency key used while original request is still in progress.",
            )
        print_ = hashlib.sha256(request.url.path.encode() + request.content).hexdigest()
        if key not in self._answered:
            response = self._send(request)
            if not response.is_success:
                return response
            self._answered[key] = (print_, response)
        if self._answered[key][0] != print_:
            return error(
                409, "invalid_idempotent_request", "Same idempotency key used with a different request payload."
            )
        return self._answered[key][1]

    def _send(self, request: httpx.Request) -> httpx.Response:
        given = json.loads(request.content)
        batch = request.url.path == "/emails/batch"
        mails = given if batch else [given]
        if len(mails) > 100:
            return error(422, "validation_error", "The batch takes up to 100 emails.")
        for mail in mails:
            if refusal := self._refuse_request(mail, batch=batch):
                return refusal
        wrong = [(index, _BAD_TO) for index, mail in enumerate(mails) if not self._good_reader(mail)]
        if wrong and not (batch and request.headers.get("x-batch-validation") == "permissive"):
            return error(422, "validation_error", wrong[0][1])
        taken = [{"id": self._take(mail)} for index, mail in enumerate(mails) if index not in dict(wrong)]
        if not batch:
            return httpx.Response(200, json=taken[0])
        errors = [{"index": index, "message": message} for index, message in wrong]
        return httpx.Response(200, json={"data": taken, **({"errors": errors} if wrong else {})})

    def _refuse_request(self, mail: Mapping[str, Json], *, batch: bool) -> httpx.Response | None:
        sender = mail["from"]
        if "=?" in sender:
            return error(451, "security_error", "The email payload contain invalid characters.")
        if not _MAILBOX.fullmatch(sender):
            return error(422, "validation_error", "Invalid `from` field.")
        domain = sender.rpartition("@")[2].rstrip(">")
        if domain not in self.domains:
            return error(403, "validation_error", f"The {domain} domain is not verified.")
        if batch and "attachments" in mail:
            return error(422, "validation_error", "The `attachments` field is not supported in batches.")
        if not all(_TAG.fullmatch(tag["name"]) and _TAG.fullmatch(tag["value"]) for tag in mail.get("tags", ())):
            return error(422, "validation_error", "Tags should only contain ASCII letters, numbers, _ and -.")
        return None

    def _good_reader(self, mail: Mapping[str, Json]) -> bool:
        (to,) = mail["to"]
        return bool(_MAILBOX.fullmatch(to)) and to.rpartition("<")[2].rstrip(">") not in self.bad

    def _take(self, mail: Mapping[str, Json]) -> str:
        self.mails.append(mail)
        return f"49a3999c-0ce1-4ea6-ab68-{len(self.mails):012}"


def error(status: int, name: str, message: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
    """An error as Resend spells it."""
    return httpx.Response(status, json={"statusCode": status, "name": name, "message": message}, headers=headers)
