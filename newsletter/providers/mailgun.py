"""Mailgun's API: up to a thousand readers a request, the edition once and what is each reader's own beside it.

A request is taken as a whole or not at all, and nothing may be repeated: what came of one without an answer is looked
up in the account's events, by the Message-Id that we gave it. Those are on their way for up to half an hour; before
that, that there is none means nothing. Accounts that pay nothing see them for a day. That they are hardly ever later is
documented, and not that they never are; assumed is that they come in the order in which they happen, or nearly. So a
request counts as never taken only where one that was made after it is seen already.

Its mails have what ours have, but for some headers: ``Message-Id`` is the attempt's and so the same for all readers of
a request, of which a mailbox that two of their addresses lead to may show one; ``To`` is filled in by Mailgun for each
reader; ``Date``, ``MIME-Version``, the encoding of the parts and the envelope's sender are Mailgun's own, so that what
bounces comes back to it and not to ours. It adds ``X-Mailgun-…``, in which a reader can see the ids of delivery and
attempt. Tracking is off for each request; that of the domain that adds a ``List-Unsubscribe`` of its own has to be off
in the account.
Sources: documentation.mailgun.com (sending messages, batch sending, events, which it calls deprecated by now), the
official description (mailgun.com, OpenAPI), mailgun.js 394 (an own Message-Id), 296 and mailgun-php 737 (how it is
looked for).
"""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, ClassVar

import httpx
from pydantic import AfterValidator, Field, SecretStr

from newsletter.model.mail import Message
from newsletter.providers import _api, _mailgun_events, _mailgun_request
from newsletter.providers import _mailgun_answers as answers
from newsletter.providers._base import (
    Absent,
    Accepted,
    Capabilities,
    Guard,
    Login,
    Outcome,
    Trace,
    Unclear,
)
from newsletter.providers._hosts import is_host
from newsletter.validation import Table, refuse

_URL = "https://api.mailgun.net"
_MOST_EVENTS = 300
"""That one answer holds."""
_is_webhook = _api.sendable("NEWSLETTER_MAILGUN_WEBHOOK")


def _is_domain(name: str) -> str:
    """A domain stands in the address that is called, and in each Message-Id."""
    if re.fullmatch(r"[A-Za-z0-9.-]+\.[A-Za-z0-9-]+", name) and is_host(name):
        return name.lower()
    raise refuse("this must be a domain like mg.example.nl, in ASCII (xn--…)")


class Settings(Table):
    """Mailgun's API (mailgun.com). Its key comes from NEWSLETTER_MAILGUN_KEY; it must see the events of the domain."""

    key: Annotated[SecretStr, AfterValidator(_api.sendable("NEWSLETTER_MAILGUN_KEY"))] = Field(
        description="The key of your account at Mailgun. One that may only send is not enough: doubts are looked up."
    )
    webhook: Annotated[SecretStr | None, AfterValidator(lambda one: one and _is_webhook(one))] = Field(
        None, description="The key that its calls with events are signed with."
    )
    domain: Annotated[str, AfterValidator(_is_domain)] = Field(
        description="The domain of your account that mail is sent through, like mg.example.nl."
    )
    url: Annotated[str, AfterValidator(_api.safe_url(_URL))] = Field(
        _URL,
        description="Where the API is: https://api.eu.mailgun.net for domains of the European region; "
        "http:// on this machine only.",
    )
    timeout: float = Field(60, gt=0, le=3600, description="Seconds that each reading and each writing may take.")


class Mailgun:
    """The provider. It lives as long as its thread, and keeps one connection."""

    capabilities: ClassVar[Capabilities] = Capabilities(
        batch_messages=1000,
        batch_bytes=25_000_000,
        substitutes=True,
        look_up=True,
        lag=timedelta(minutes=30),
        memory=timedelta(hours=20),
    )

    def __init__(
        self,
        settings: Settings,
        *,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._clock, self._domain = clock, settings.domain
        self._first: dict[str, float] = {}
        key = settings.key.get_secret_value()
        self._client = _api.client(settings.url, settings.timeout, auth=("api", key), transport=transport)

    def send(self, attempt: str, messages: Sequence[Message], guard: Guard) -> Sequence[Outcome]:
        """Send a batch of one edition; all of it is taken, or nothing."""
        media_type, content = _mailgun_request.compose(attempt, self._domain, messages)
        path, body = f"/v3/{self._domain}/messages", _api.Body(content, guard)
        response = _api.post(self._client, "Mailgun", path, body, {"Content-Type": media_type})
        if response.is_success:
            return answers.outcomes(messages, response)
        raise answers.trouble(response, self._clock())

    def look_up(self, attempt: str, messages: Sequence[Message]) -> Sequence[Trace]:
        """Look in the events for the attempt's Message-Id; one that was accepted proves that all were.

        No time is asked for, as this machine's clock may be wrong: they are looked through from the newest to the
        oldest that Mailgun remembers, as it seems. That there is none proves something only where the same question
        finds another one of ours that is newer: a filter that is not understood finds nothing either, Mailgun may have
        given its mails other names than ours, and its events may be later than ever. The last one of a run waits for a
        test mail, a notice or the next run, or for the operator. Raises: as `verify`.
        """
        name = _mailgun_request.message_id(attempt, self._domain)
        response = self._named(name)
        first = self._first.setdefault(attempt, answers.moment(response))
        found = answers.trace(name, response)
        if found is Absent and not self._finds_newer(attempt, first):
            found = Unclear
        return [found(delivery=message.delivery) for message in messages]

    def verify(self) -> Login:
        """Look at the domain's events, as for a doubt. Raises: RequestRefused, ThrottledUntil, NotSent."""
        return answers.login(self._domain, self._events({}))

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _named(self, name: str) -> httpx.Response:
        return self._events({"event": "accepted", "message-id": name})

    def _finds_newer(self, attempt: str, first: float) -> bool:
        """Whether one is found that was made after an attempt which was ``first`` looked for at that moment.

        Where it is believed that the attempt is absent, it was made longer ago than the lag, too.
        """
        seen = self._events({"event": "accepted"}, limit=_MOST_EVENTS)
        since = min(first, answers.moment(seen) - self.capabilities.lag.total_seconds())
        other = answers.newer(attempt, self._domain, seen, since)
        return other is not None and answers.trace(other, self._named(other)) is Accepted

    def _events(self, asked: dict[str, str], limit: int = 1) -> httpx.Response:
        """Ask for the newest events of a kind. Raises: RequestRefused, ThrottledUntil, NotSent."""
        params = {**asked, "ascending": "no", "limit": str(limit)}
        response = _api.get(self._client, "Mailgun", f"/v3/{self._domain}/events", params)
        if response.is_success:
            return response
        raise _api.without_doubt(answers.trouble(response, self._clock()))


def connect(settings: Settings) -> Mailgun:
    """Make a provider of an account; it is called at the first message."""
    return Mailgun(settings)


def receiver(settings: Settings) -> _mailgun_events.Receiver | None:
    """Make what understands its calls; None while the key that signs them is not set."""
    secret = settings.webhook
    return None if secret is None else _mailgun_events.Receiver(secret.get_secret_value().encode())
