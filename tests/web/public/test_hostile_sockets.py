"""What strangers write into a connection to the real server: it stays up, changes nothing, and lets nobody wait."""

import logging
import socket
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
from open_paper import OpenPaper, opened
from sqlalchemy import select

from newsletter.store.schema import metadata
from newsletter.web.public.run import PATIENCE

FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
ENOUGH, LITTLE = 300.0, 0.5
"""Seconds to wait for an answer, and for more of it."""


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory, sqlite_addresses: object) -> Iterator[OpenPaper]:
    assert callable(sqlite_addresses)
    with opened(tmp_path_factory.mktemp("paper"), sqlite_addresses()) as paper:
        yield paper


@pytest.fixture
def journal() -> Iterator[list[str]]:
    """What a handler of the root logger gets, as `serve` installs one.

    pytest's own hears uvicorn's log of requests as well, which is switched off for everybody else.
    """
    lines: list[str] = []

    class Journal(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage() + repr(record.__dict__))

    root, handler = logging.getLogger(), Journal()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield lines
    root.removeHandler(handler)
    root.setLevel(level)


def kept(paper: OpenPaper) -> dict[str, list[str]]:
    with paper.serving.store.reading() as transaction:
        tables = metadata.sorted_tables
        return {table.name: sorted(map(repr, transaction.execute(select(table)).all())) for table in tables}


def host(paper: OpenPaper) -> bytes:
    return paper.web.removeprefix("http://").encode()


def said(paper: OpenPaper, *pieces: bytes, patience: float = ENOUGH) -> bytes:
    """Write pieces into a new connection and return what comes back until it is closed, or nothing comes any more."""
    name, port = host(paper).decode().split(":")
    answer = b""
    with socket.create_connection((name, int(port)), timeout=patience) as connection:
        with suppress(ConnectionError):  # whoever refuses it may hang up before all has left, and says so all the same
            for piece in pieces:
                connection.sendall(piece)
        try:
            while read := connection.recv(65_536):
                answer += read
                connection.settimeout(LITTLE)
        except (ConnectionError, TimeoutError):
            pass
    return answer


def post(paper: OpenPaper, *headers: bytes, path: bytes = b"/subscribe") -> bytes:
    return b"POST " + path + b" HTTP/1.1\r\nHost: " + host(paper) + b"\r\n" + FORM + b"".join(headers) + b"\r\n"


def statuses(answer: bytes) -> list[int]:
    return [int(line.split()[1]) for line in answer.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")]


def is_up(paper: OpenPaper) -> bool:
    return b" 200 " in said(paper, b"GET /health HTTP/1.1\r\nHost: " + host(paper) + b"\r\nConnection: close\r\n\r\n")


def chunked(size: int, times: int) -> Iterator[bytes]:
    yield from (b"%x\r\n" % size + b"x" * size + b"\r\n" for _ in range(times))
    yield b"0\r\n\r\n"


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 200,  # a TLS hello
        b"\0" * 1_000,
        b"GET /subscribe\r\n\r\n",  # HTTP/0.9
        b"GET / HTTP/9.9\r\n\r\n",
        b"EHLO example.org\r\nMAIL FROM:<a@example.org>\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost : a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.0\r\n\r\n",
        b"GET /\r\nX: y HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"G\xc3\x89T / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET http://evil.example.org/subscribe HTTP/1.1\r\nHost: evil.example.org\r\n\r\n",
        b"CONNECT evil.example.org:25 HTTP/1.1\r\nHost: evil.example.org:25\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: " + b"y" * 100_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 9_000 + b"\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    ],
)
def test_what_is_no_request_for_us_is_refused(paper: OpenPaper, garbage: bytes, journal: list[str]) -> None:
    before = kept(paper)
    answer = said(paper, garbage)
    assert is_up(paper)
    assert {*statuses(answer)} in ({400}, {421}, {431})
    assert kept(paper) == before
    assert any("GET /health 200" in line for line in journal)
    assert not any(never in line for line in journal for never in ("example.org", "127.0.0.1", "aaaa"))


def test_10_mb_are_refused_before_they_have_come(paper: OpenPaper) -> None:
    before = kept(paper)
    assert statuses(said(paper, post(paper, b"Content-Length: 10485760\r\n")))[:1] == [413]
    assert kept(paper) == before


def test_10_mb_in_pieces_are_cut(paper: OpenPaper) -> None:
    answer = said(paper, post(paper, b"Transfer-Encoding: chunked\r\n"), *chunked(65_536, 160))
    assert statuses(answer)[:1] in ([413], [])  # whoever goes on writing may find the connection gone before its answer
    assert is_up(paper)


def test_a_request_that_hides_another_in_its_body_is_one_request_or_none(paper: OpenPaper) -> None:
    hidden = b"POST /leave/x HTTP/1.1\r\nHost: " + host(paper) + b"\r\nContent-Length: 0\r\n\r\n"
    both = post(paper, b"Content-Length: %d\r\n" % (5 + len(hidden)), b"Transfer-Encoding: chunked\r\n")
    assert len(statuses(said(paper, both, b"0\r\n\r\n" + hidden))) <= 1
    twice = post(paper, b"Content-Length: 0\r\n", b"Content-Length: %d\r\n" % len(hidden))
    assert statuses(said(paper, twice, hidden))[:1] == [400]
    for odd in (
        b"Transfer-Encoding: xchunked\r\n",
        b"Transfer-Encoding: chunked, identity\r\n",
        b"Content-Length: 0x5\r\n",
    ):
        assert set(statuses(said(paper, post(paper, odd), hidden))) <= {400, 501}
    assert is_up(paper)


def test_who_leaves_halfway_or_says_nothing_keeps_nobody_waiting(paper: OpenPaper) -> None:
    before = kept(paper)
    name, port = host(paper).decode().split(":")
    silent = [socket.create_connection((name, int(port))) for _ in range(50)]
    try:
        for connection in silent[:25]:
            connection.sendall(post(paper, b"Content-Length: 500\r\n") + b"email=piet%40example.org")
        began = time.monotonic()
        assert is_up(paper)
        assert time.monotonic() - began < PATIENCE.head
    finally:
        for connection in silent:
            connection.close()
    assert is_up(paper)
    assert kept(paper) == before


@pytest.mark.proof
def test_a_body_that_never_ends_is_cut(paper: OpenPaper) -> None:
    answer = said(paper, post(paper, b"Content-Length: 500\r\n") + b"email=piet%40example.org")
    assert statuses(answer) == [408]
    assert b"connection: close" in answer.lower()


def test_the_server_does_not_say_what_it_is(paper: OpenPaper) -> None:
    answer = said(paper, b"GET /subscribe HTTP/1.1\r\nHost: " + host(paper) + b"\r\nConnection: close\r\n\r\n")
    head = answer.partition(b"\r\n\r\n")[0].lower()
    assert b"content-security-policy: default-src 'none'" in head
    assert b"server:" not in head
    assert b"uvicorn" not in answer.lower()
    assert b"set-cookie" not in head


def test_a_name_in_front_of_the_proxy_is_not_believed(paper: OpenPaper) -> None:
    lies = b"X-Forwarded-Host: evil.example.org\r\nX-Forwarded-Proto: https\r\nX-Forwarded-For: 203.0.113.9\r\n"
    head = b"GET /subscribe/ HTTP/1.1\r\nHost: " + host(paper) + b"\r\nConnection: close\r\n"
    answer = said(paper, head + lies + b"\r\n")
    assert b"evil.example.org" not in answer
