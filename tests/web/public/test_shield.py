"""What stands before the pages: headers out, hosts and bodies in, and where a request comes from."""

import asyncio
import base64
import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

import anyio
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from newsletter.errors import StoreError
from newsletter.web.public import shield
from newsletter.web.public.shield import Shield, origin, policy, shown

WEB = "https://brief.example.nl"
POLICY = policy(["body{}"])
HOST = (b"host", b"brief.example.nl")


@dataclass
class Pages:
    """The pages behind the shield: they remember what they were asked."""

    answer: ASGIApp | Exception = field(default_factory=lambda: PlainTextResponse("good"))
    bodies: list[bytes] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.bodies.append(await Request(scope, receive).body())
        if isinstance(self.answer, Exception):
            raise self.answer
        await self.answer(scope, receive, send)


@dataclass
class Answer:
    """What came back."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


def ask(
    pages: ASGIApp,
    *,
    path: str = "/subscribe",
    headers: Sequence[tuple[bytes, bytes]] = (HOST,),
    chunks: Sequence[bytes] = (b"",),
    pause: float = 0,
    web: str = WEB,
    leaves: bool = False,
    patience: float = 300,
) -> Answer:
    """Send a request, its body in chunks; with ``leaves`` the client goes away before the last."""
    answer, left = Answer(), list(chunks)

    async def receive() -> Message:
        if not left:
            return {"type": "http.disconnect"}
        await anyio.sleep(pause)
        chunk = left.pop(0)
        if leaves and not left:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": chunk, "more_body": bool(left)}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            answer.body += message.get("body", b"")

    scope = {
        "type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b"",
        "headers": list(headers), "client": ("192.0.2.7", 4711), "scheme": "http", "server": ("127.0.0.1", 8000),
    }  # fmt: skip
    asyncio.run(Shield(pages, web=web, policy=POLICY, patience=patience)(scope, receive, send))
    return answer


def test_an_answer_carries_the_headers_that_shut_everything_out() -> None:
    headers = ask(Pages()).headers
    hash_ = base64.b64encode(hashlib.sha256(b"body{}").digest()).decode()
    assert headers["content-security-policy"] == (
        f"default-src 'none'; style-src 'sha256-{hash_}'; img-src 'self'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    )
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    assert headers["strict-transport-security"] == "max-age=31536000"


def test_only_an_https_address_makes_browsers_insist_on_it() -> None:
    headers = [(b"host", b"127.0.0.1:8000")]
    assert "strict-transport-security" not in ask(Pages(), web="http://127.0.0.1:8000", headers=headers).headers


def test_a_script_may_run_only_where_a_sum_is_asked_for() -> None:
    assert "script-src" not in POLICY
    assert "; script-src 'self'; worker-src 'self'" in policy([], scripts=True)
    assert "style-src 'none'" in policy([])


def test_what_the_pages_say_themselves_stays_but_not_which_server_it_is() -> None:
    said = PlainTextResponse("", headers={"cache-control": "public, max-age=1", "server": "tells/1.0"})
    headers = ask(Pages(said)).headers
    assert headers["cache-control"] == "public, max-age=1"
    assert "server" not in headers


def test_a_picture_may_be_shown_on_pages_of_others_since_mails_are() -> None:
    headers = ask(Pages(Response(b"", media_type="image/jpeg"))).headers
    assert headers["cross-origin-resource-policy"] == "cross-origin"


@pytest.mark.parametrize(
    "hosts",
    [[], [b"brief.example.nl", b"brief.example.nl"], [b""], [b"brief.example.nl/x"], [b"a b"], [b"brief.example.nl:x"],
     [b"brief.example.nl\x00"], [b"b\xc3\xa9.example.nl"], [b"brief.example.nl@evil.example.org"]],
)  # fmt: skip
def test_a_request_that_names_no_host_or_several_or_none_that_can_be_is_refused(hosts: list[bytes]) -> None:
    pages = Pages()
    answer = ask(pages, headers=[(b"host", host) for host in hosts])
    assert (answer.status, pages.bodies) == (400, [])


@pytest.mark.parametrize(
    "host", [b"evil.example.org", b"example.nl", b"brief.example.nl.evil.example.org", b"127.0.0.1"]
)
def test_a_request_for_another_host_is_refused(host: bytes) -> None:
    pages = Pages()
    lies = [(b"host", host), (b"x-forwarded-host", b"brief.example.nl"), (b"forwarded", b"host=brief.example.nl")]
    answer = ask(pages, headers=lies)
    assert (answer.status, pages.bodies) == (421, [])
    assert host not in answer.body


@pytest.mark.parametrize("host", [b"brief.example.nl", b"BRIEF.Example.NL", b"brief.example.nl:443"])
def test_our_host_is_ours_however_it_is_spelt(host: bytes) -> None:
    assert ask(Pages(), headers=[(b"host", host)]).status == 200


def test_health_answers_this_machine_and_nothing_else_does() -> None:
    here = [(b"host", b"localhost:8000")]
    assert ask(Pages(), path="/health", headers=here).status == 200
    assert ask(Pages(), path="/subscribe", headers=here).status == 421


def test_a_body_of_64_kb_arrives_whole() -> None:
    pages = Pages()
    assert ask(pages, chunks=[b"x" * 1024] * 64).status == 200
    assert pages.bodies == [b"x" * 65536]


def test_a_body_that_is_too_long_is_cut_while_it_comes_whatever_its_length_says() -> None:
    pages = Pages()
    answer = ask(pages, chunks=[b"x" * 1024] * 64 + [b"y"] * 9, headers=[HOST, (b"content-length", b"5")])
    assert (answer.status, pages.bodies) == (413, [])
    assert answer.headers["connection"] == "close"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("length", [b"65537", b"9" * 30, b"10000000"])
def test_a_body_that_says_it_is_too_long_is_not_even_read(length: bytes) -> None:
    assert ask(Pages(), chunks=[b"x"], pause=300, headers=[HOST, (b"content-length", length)]).status == 413


@pytest.mark.parametrize("length", [b"-1", b"+5", b"0x10", b"5, 6", b"", b"\xb2"])
def test_a_length_that_is_no_number_is_refused(length: bytes) -> None:
    assert ask(Pages(), headers=[HOST, (b"content-length", length)]).status == 400


def test_a_body_that_trickles_is_cut() -> None:
    pages = Pages()
    answer = ask(pages, chunks=[b"x"] * 50, pause=0.05, patience=0.2)
    assert (answer.status, pages.bodies) == (408, [])
    assert answer.headers["connection"] == "close"


def test_whoever_goes_away_halfway_is_not_answered_and_nothing_is_done() -> None:
    pages = Pages()
    assert ask(pages, chunks=[b"email=", b"jan"], leaves=True).status == 0
    assert pages.bodies == []


def test_a_bug_becomes_a_page_and_a_line_without_values(caplog: pytest.LogCaptureFixture) -> None:
    answer = ask(Pages(ValueError("jan@example.nl")), path="/leave/c2VjcmV0LXRva2Vu")
    assert answer.status == 500
    assert answer.headers["content-security-policy"] == POLICY
    [record] = caplog.records
    assert record.event == "web.failed"  # type: ignore[attr-defined]  # what `extra` brings
    assert "ValueError" in caplog.text
    assert "test_shield.py" in caplog.text
    assert not any(secret in caplog.text + str(record.__dict__) for secret in ("jan@", "c2VjcmV0"))


def test_a_store_that_cannot_be_used_says_when_to_come_back() -> None:
    answer = ask(Pages(StoreError("readers.db cannot be used: database is locked.", "Wait.")))
    assert answer.status == 503
    assert answer.headers["retry-after"] == "60"
    assert b"readers.db" not in answer.body


def test_half_a_page_is_never_made_to_look_whole(caplog: pytest.LogCaptureFixture) -> None:
    async def breaks(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ValueError("halfway")

    with caplog.at_level(logging.CRITICAL), pytest.raises(shield._Aborted):
        ask(Pages(breaks))


def test_a_socket_of_another_kind_is_shut() -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    asyncio.run(Shield(Pages(), web=WEB, policy=POLICY)({"type": "websocket", "headers": []}, receive, send))
    assert sent[0]["type"] == "websocket.close"


def came(peer: str | None, *forwarded: str) -> Scope:
    headers = [(b"x-forwarded-for", line.encode("latin-1")) for line in forwarded]
    return {"type": "http", "client": (peer, 1) if peer is not None else None, "headers": headers}


PROXIES = ("127.0.0.1/32", "10.0.0.0/8", "::1/128")


@pytest.mark.parametrize(
    ("scope", "where"),
    [
        (came("192.0.2.7"), "192.0.2.7"),
        (came("192.0.2.7", "198.51.100.1"), "192.0.2.7"),  # nobody of ours says so
        (came("127.0.0.1", "198.51.100.1"), "198.51.100.1"),
        (came("127.0.0.1", "203.0.113.9, 198.51.100.1"), "198.51.100.1"),  # the left one is what the visitor wrote
        (came("127.0.0.1", "203.0.113.9", "198.51.100.1"), "198.51.100.1"),  # in two lines
        (came("127.0.0.1", "198.51.100.1, 10.1.2.3"), "198.51.100.1"),  # through two of ours
        (came("127.0.0.1", "10.1.2.3"), "10.1.2.3"),  # from within
        (came("127.0.0.1", "127.0.0.1, 127.0.0.1"), "127.0.0.1"),
        (came("127.0.0.1", "198.51.100.1, <script>"), "127.0.0.1"),
        (came("127.0.0.1", "198.51.100.1, unknown, 10.1.2.3"), "10.1.2.3"),
        (came("127.0.0.1", ""), "127.0.0.1"),
        (came("127.0.0.1"), "127.0.0.1"),
        (came("127.0.0.1", "198.51.100.1:4711"), "198.51.100.1"),
        (came("127.0.0.1", "[2001:db8::7]:4711"), "2001:db8::7"),
        (came("::1", "2001:db8::7"), "2001:db8::7"),
        (came("::ffff:127.0.0.1", "198.51.100.1"), "198.51.100.1"),
        (came("fe80::1%eth0"), "fe80::1"),
        (came(None, "198.51.100.1"), ""),
        (came("", "198.51.100.1"), ""),
        (came("testclient", "198.51.100.1"), "testclient"),
    ],
)
def test_where_a_request_comes_from_is_what_our_own_proxies_say_and_nobody_else(scope: Scope, where: str) -> None:
    assert origin(scope, PROXIES) == where


def test_without_proxies_nobody_is_believed() -> None:
    assert origin(came("127.0.0.1", "198.51.100.1"), ()) == "127.0.0.1"


@pytest.mark.parametrize(
    ("path", "logged"),
    [
        ("/", "/"),
        ("/subscribe", "/subscribe"),
        ("/leave/" + "Ab3_" * 12, "/leave/…"),
        ("/preferences/" + "Ab3_" * 12 + "/address", "/preferences/…/address"),
        ("/jan@example.nl", "/…"),
        ("/subscribe\r\nGET /x", "/…/x"),
        ("//evil.example.org/%2e%2e", "//…/…"),
        ("/a/b/c/d/e/f/g", "/a/b/c/d"),
        ("*", "/"),
    ],
)
def test_a_log_shows_no_more_of_a_path_than_plain_words(path: str, logged: str) -> None:
    assert shown(path) == logged
