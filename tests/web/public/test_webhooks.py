"""What providers call with: kept as it came when it is genuine, and answered at once, whatever follows from it."""

import asyncio
import base64
import hmac
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx
import pytest
from readers_pages import WEB, Pages, Visitor, pages_of
from starlette.applications import Starlette

from newsletter.providers import resend
from newsletter.store import webhooks
from newsletter.store.database import Store
from newsletter.store.webhooks import Webhook
from newsletter.web.public import application
from newsletter.web.public.shield import LARGEST

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
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
        service = replace(self.pages.service, receivers={"resend": receiver}, apply=self.apply)
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

    def call(self, body: str = BODY, to: str = "/webhooks/resend", **changes: str) -> httpx.Response:
        content = body.encode()
        return Visitor(self.application).ask("POST", f"{WEB}{to}", content, self.headers(content, **changes))

    def kept(self) -> list[Webhook]:
        with self.pages.store.reading() as transaction:
            return webhooks.waiting(transaction, limit=1_000)


@pytest.fixture
def listening(store: Store, tmp_path: Path) -> Listening:
    return Listening(pages_of(store, tmp_path))


def test_a_genuine_call_is_kept_as_it_came_and_answered_without_a_word(listening: Listening) -> None:
    answer = listening.call()
    assert (answer.status_code, answer.content) == (204, b"")
    (kept,) = listening.kept()
    assert (kept.provider, kept.key, kept.at, kept.body) == ("resend", "msg_1", listening.pages.clock(), BODY)


def test_the_same_call_again_is_answered_alike_and_kept_once(listening: Listening) -> None:
    assert [listening.call().status_code for _ in range(2)] == [204, 204]
    assert len(listening.kept()) == 1


@pytest.mark.parametrize(
    "changes", [{"svix-signature": "v1,AAAA"}, {"svix-timestamp": "1614265330"}, {"svix-id": "msg_2"}, {"svix-id": ""}]
)
def test_a_forged_call_is_refused_and_nothing_of_it_kept(listening: Listening, changes: dict[str, str]) -> None:
    assert listening.call(**changes).status_code == 401
    assert listening.kept() == []


@pytest.mark.parametrize("to", ["/webhooks/smtp", "/webhooks/outbox", "/webhooks/nobody", "/webhooks", "/webhooks/"])
def test_a_provider_that_nobody_listens_to_is_nowhere(listening: Listening, to: str) -> None:
    assert listening.call(to=to).status_code == 404
    assert listening.kept() == []


def test_without_a_secret_resend_is_nowhere_either(store: Store, tmp_path: Path) -> None:
    answer = Visitor(pages_of(store, tmp_path).application).ask("POST", f"{WEB}/webhooks/resend", BODY.encode())
    assert answer.status_code == 404


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_nothing_but_a_post_is_a_call(listening: Listening, method: str) -> None:
    content = BODY.encode()
    answer = Visitor(listening.application).ask(method, f"{WEB}/webhooks/resend", content, listening.headers(content))
    assert answer.status_code == 405
    assert listening.kept() == []


def test_a_call_that_is_too_long_is_refused_before_it_is_looked_at(listening: Listening) -> None:
    assert listening.call("x" * (LARGEST + 1)).status_code == 413
    assert listening.kept() == []


@pytest.mark.parametrize("body", ["geen json", "", "\0", "{}"])
def test_what_is_genuine_is_kept_though_nobody_can_read_it(listening: Listening, body: str) -> None:
    assert listening.call(body).status_code == 204
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
            return (await client.post("/webhooks/resend", content=content, headers=headers)).status_code

    async def all_of_them() -> list[int]:
        statuses = await asyncio.gather(*(call(number) for number in range(40)))
        async with asyncio.timeout(10):
            while not listening.applied or listening.applied[-1] < 40:
                await asyncio.sleep(0.01)
        return statuses

    assert set(asyncio.run(all_of_them())) == {204}
    assert len(listening.kept()) == 40
    assert len(listening.applied) < 40


def test_calls_are_kept_while_what_follows_from_others_takes_its_time(listening: Listening) -> None:
    hurry = threading.Event()
    listening.apply = lambda: hurry.wait(10)  # type: ignore[method-assign, assignment]
    listening.__post_init__()

    async def call() -> int:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(listening.application), base_url=WEB) as client:
            content, statuses = BODY.encode(), []
            async with asyncio.timeout(5):
                for number in range(3):
                    headers = listening.headers(content, id_=f"msg_{number}")
                    statuses.append(
                        (await client.post("/webhooks/resend", content=content, headers=headers)).status_code
                    )
            hurry.set()
            return len(statuses)

    assert asyncio.run(call()) == 3
    assert len(listening.kept()) == 3
