"""What providers call with: kept as it came when it is genuine, and answered at once, whatever follows from it."""

import asyncio
import base64
import hmac
import json
import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from readers_pages import KEY, OLD_KEY, OTHER_KEY, WEB, Pages, Visitor, pages_of
from starlette.applications import Starlette

from newsletter import links
from newsletter.links import DEMO_KEY, Key
from newsletter.providers import resend
from newsletter.providers._mailgun_events import Receiver
from newsletter.store import webhooks
from newsletter.store.database import Store
from newsletter.store.webhooks import Webhook
from newsletter.web.public import application
from newsletter.web.public.run import Logged
from newsletter.web.public.shield import LARGEST

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SIGNING_KEY = b"key-selfmade-signing"
BODY = json.dumps({"type": "email.delivered", "created_at": "2026-11-24T11:00:00Z", "data": {"to": ["a@example.org"]}})


@dataclass
class Listening:
    """A newspaper that Resend calls; ``applied`` counts how often something was to follow from what it told."""

    pages: Pages
    applied: list[int] = field(default_factory=list)
    trouble: Exception | None = None

    def __post_init__(self) -> None:
        receiver = resend.receiver(resend.Settings.model_validate({"key": "re_proef", "webhook": SECRET}))
        assert receiver is not None
        receivers = {"resend": receiver, "mailgun": Receiver(SIGNING_KEY)}
        service = replace(self.pages.service, receivers=receivers, apply=self.apply)
        self.application: Starlette = application(service)

    def apply(self) -> None:
        self.applied.append(len(self.kept()))
        if self.trouble:
            raise self.trouble

    def headers(self, body: bytes, id_: str = "msg_1", **changes: str) -> Mapping[str, str]:
        second = str(int(self.pages.clock().timestamp()))
        key = base64.b64decode(SECRET.removeprefix("whsec_"))
        signature = base64.b64encode(hmac.digest(key, f"{id_}.{second}.".encode() + body, "sha256")).decode()
        signed = {"svix-id": id_, "svix-timestamp": second, "svix-signature": f"v1,{signature}"}
        return {**signed, "content-type": "application/json", **changes}

    def call(self, body: str = BODY, to: str = "", **changes: str) -> httpx.Response:
        content = body.encode()
        to = f"{WEB}{to}" if to else self.address
        return Visitor(self.application).ask("POST", to, content, self.headers(content, **changes))

    def mailgun(self, event: Mapping[str, object], token: str = "a" * 50, to: str = "mailgun") -> httpx.Response:
        """A call as Mailgun signs it: the second and the token, and nothing of what it tells."""
        second = str(int(self.pages.clock().timestamp()))
        signature = hmac.new(SIGNING_KEY, f"{second}{token}".encode(), "sha256").hexdigest()
        body = {"signature": {"timestamp": second, "token": token, "signature": signature}, "event-data": event}
        address = self.pages.links.webhook(to)
        return Visitor(self.application).ask("POST", address, json.dumps(body).encode())

    @property
    def address(self) -> str:
        """Where Resend calls."""
        return self.pages.links.webhook("resend")

    def kept(self) -> list[Webhook]:
        with self.pages.store.reading() as transaction:
            return webhooks.waiting(transaction, limit=1_000)


@pytest.fixture
def listening(store: Store, tmp_path: Path) -> Listening:
    return Listening(pages_of(store, tmp_path))


def test_a_genuine_call_is_kept_as_it_came_and_answered_without_a_word(listening: Listening) -> None:
    answer = listening.call()
    assert (answer.status_code, answer.content) == (200, b"")
    (kept,) = listening.kept()
    assert (kept.provider, kept.key, kept.at, kept.body) == ("resend", "msg_1", listening.pages.clock(), BODY)


def test_the_same_call_again_is_answered_alike_and_kept_once(listening: Listening) -> None:
    assert [listening.call().status_code for _ in range(2)] == [200, 200]
    assert len(listening.kept()) == 1


@pytest.mark.parametrize(
    "changes", [{"svix-signature": "v1,AAAA"}, {"svix-timestamp": "1614265330"}, {"svix-id": "msg_2"}, {"svix-id": ""}]
)
def test_a_forged_call_is_refused_and_nothing_of_it_kept(listening: Listening, changes: dict[str, str]) -> None:
    assert listening.call(**changes).status_code == 401
    assert listening.kept() == []


@pytest.mark.parametrize("name", ["smtp", "outbox", "nobody"])
def test_a_provider_that_nobody_listens_to_is_nowhere_whatever_the_secret(listening: Listening, name: str) -> None:
    for key in (KEY, OTHER_KEY):
        assert listening.call(to=f"/webhooks/{name}/{links.sign_webhook(key, name)}").status_code == 404
    assert listening.kept() == []


def _secret(name: str = "resend", key: Key = KEY) -> str:
    return links.sign_webhook(key, name)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/resend",
        "/resend/",
        f"/resend/{_secret()[:-1]}",
        f"/resend/{_secret()}a",
        f"/resend/{_secret()}/",
        f"/resend/{_secret().upper()}",
        f"/resend/{_secret()}/{_secret()}",
        f"/resend/{_secret('mailgun')}",
        f"/resend/{_secret(key=OTHER_KEY)}",
        f"/resend/{_secret(key=DEMO_KEY)}",
        "/resend/%C3%A9%00%FF",
    ],
)
def test_a_genuine_call_to_an_address_without_its_secret_is_nowhere(listening: Listening, path: str) -> None:
    assert listening.call(to=f"/webhooks{path}").status_code == 404
    assert listening.kept() == []


def test_an_address_made_with_an_older_secret_goes_on_working(listening: Listening) -> None:
    assert listening.call(to=f"/webhooks/resend/{_secret(key=OLD_KEY)}").status_code == 200
    assert len(listening.kept()) == 1


def test_the_secret_of_an_address_stands_in_no_log(listening: Listening, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    listening.application = Logged(listening.application)  # type: ignore[assignment]
    listening.trouble = RuntimeError("no time")
    listening.call()
    listening.call(**{"svix-signature": "v1,AAAA"})
    listening.call(to=f"/webhooks/resend/{_secret(key=OTHER_KEY)}")
    Visitor(listening.application).ask("GET", listening.address)
    ours = [record for record in caplog.records if record.name.startswith("newsletter")]  # not the visitor's own
    said = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in ours)
    assert "POST /webhooks/resend/… 200" in said
    assert not any(_secret(key=key) in said for key in (KEY, OTHER_KEY))


def test_what_is_told_is_believed_once_under_a_token_and_not_what_comes_after_it(listening: Listening) -> None:
    assert listening.mailgun({"event": "delivered"}).status_code == 200
    assert listening.mailgun({"event": "complained"}).status_code == 200
    (kept,) = listening.kept()
    assert (kept.provider, kept.key) == ("mailgun", "a" * 50)
    assert json.loads(kept.body)["event-data"] == {"event": "delivered"}
    listening.mailgun({"event": "complained"}, token="b" * 50)
    assert [one.key for one in listening.kept()] == ["a" * 50, "b" * 50]


def test_a_token_that_was_used_is_not_believed_once_its_call_was_applied_and_blanked(listening: Listening) -> None:
    listening.mailgun({"event": "delivered"})
    with listening.pages.store.writing() as transaction:
        webhooks.applied(transaction, {listening.kept()[0].id: ""}, at=listening.pages.clock())
        webhooks.prune(transaction, before=listening.pages.clock() + timedelta(days=31))
    listening.mailgun({"event": "complained"})
    assert listening.kept() == []


def test_a_call_in_the_name_of_another_provider_is_not_signed_as_it_should_be(listening: Listening) -> None:
    assert listening.mailgun({"event": "delivered"}, to="resend").status_code == 401
    assert listening.call(to=f"/webhooks/mailgun/{_secret('mailgun')}").status_code == 401
    assert listening.kept() == []


def test_without_a_secret_resend_is_nowhere_either(store: Store, tmp_path: Path) -> None:
    pages = pages_of(store, tmp_path)
    answer = Visitor(pages.application).ask("POST", pages.links.webhook("resend"), BODY.encode())
    assert answer.status_code == 404


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_nothing_but_a_post_is_a_call(listening: Listening, method: str) -> None:
    content = BODY.encode()
    answer = Visitor(listening.application).ask(method, listening.address, content, listening.headers(content))
    assert answer.status_code == 405
    assert listening.kept() == []


def test_a_call_that_is_too_long_is_refused_before_it_is_looked_at(listening: Listening) -> None:
    assert listening.call("x" * (LARGEST + 1)).status_code == 413
    assert listening.kept() == []


@pytest.mark.parametrize("body", ["geen json", "", "\0", "{}"])
def test_what_is_genuine_is_kept_though_nobody_can_read_it(listening: Listening, body: str) -> None:
    assert listening.call(body).status_code == 200
    assert [one.body for one in listening.kept()] == [body.replace("\0", "\ufffd")]


def test_while_it_cannot_be_kept_the_provider_is_told_to_come_again(store: Store, tmp_path: Path) -> None:
    pages = pages_of(store, tmp_path)
    pages.service = replace(pages.service, store=Store(tmp_path / "nowhere.db"))
    assert Listening(pages).call().status_code == 503


def test_what_follows_is_done_after_the_answer_and_its_trouble_is_nobodys(listening: Listening) -> None:
    listening.trouble = RuntimeError("about a@example.org")

    async def call(number: int) -> int:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(listening.application), base_url=WEB) as client:
            content = BODY.encode()
            headers = listening.headers(content, id_=f"msg_{number}")
            return (await client.post(listening.address, content=content, headers=headers)).status_code

    async def all_of_them() -> list[int]:
        statuses = await asyncio.gather(*(call(number) for number in range(40)))
        async with asyncio.timeout(300):
            while not listening.applied or listening.applied[-1] < 40:
                await asyncio.sleep(0.01)
        return statuses

    assert set(asyncio.run(all_of_them())) == {200}
    assert len(listening.kept()) == 40
    assert len(listening.applied) < 40


def test_calls_are_kept_while_what_follows_from_others_takes_its_time(listening: Listening) -> None:
    hurry = threading.Event()
    listening.apply = lambda: hurry.wait(300)  # type: ignore[method-assign, assignment]
    listening.__post_init__()

    async def call() -> int:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(listening.application), base_url=WEB) as client:
            content, statuses = BODY.encode(), []
            async with asyncio.timeout(120):
                for number in range(3):
                    headers = listening.headers(content, id_=f"msg_{number}")
                    statuses.append(
                        (await client.post(listening.address, content=content, headers=headers)).status_code
                    )
            hurry.set()
            return len(statuses)

    assert asyncio.run(call()) == 3
    assert len(listening.kept()) == 3
