"""How long the server waits: for slow people as long as they need, for nobody without end."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from newsletter.web.public import run
from newsletter.web.public.run import Patience

SHORT, LONG = Patience(head=0.4, answer=1.2, settle=0.3), Patience()
ENOUGH = 300.0
"""Seconds after which what does not come is taken for lost, on the slowest of machines."""


class Carrier:
    """Carries one thing that takes a while, and says when it was told to stop and when it was done."""

    def __init__(self, takes: float = 0.0) -> None:
        self.takes = takes
        self.began, self.stopped, self.done = threading.Event(), threading.Event(), threading.Event()

    def run(self, stop: threading.Event) -> None:
        self.began.set()
        stop.wait()
        self.stopped.set()
        time.sleep(self.takes)
        self.done.set()

    def wake(self) -> None:
        """Nothing waits."""


async def echo(request: Request) -> Response:
    """Answer with the length of what was sent; slowly at ``/slow``."""
    body = await request.body()
    if request.url.path == "/slow":
        BEGUN.set()
        await run_in_threadpool(time.sleep, 1.5 * HEAD)
    return PlainTextResponse(str(len(body)))


PAGES = Starlette(routes=[Route(path, echo, methods=["GET", "POST"]) for path in ("/", "/slow", "/hang")])


BEGUN = threading.Event()
"""Set by a request for ``/slow``."""

HEAD = 1.0
"""Seconds that the head of a request may take at the port ``heads``."""


@contextmanager
def serving(carrier: Carrier, patience: Patience) -> Iterator[int]:
    """Serve as long as the block lasts; the value is the port."""
    told: list[str] = []
    ready, until = threading.Event(), threading.Event()

    def tell(address: str) -> None:
        told.append(address)
        ready.set()

    given = {"host": "127.0.0.1", "port": 0, "ready": tell, "until": until, "patience": patience}
    thread = threading.Thread(target=run.serve, args=(PAGES, carrier), kwargs=given)
    thread.start()
    assert ready.wait(ENOUGH)
    try:
        yield int(told[0].rpartition(":")[2])
    finally:
        until.set()
        thread.join(ENOUGH)
        assert not thread.is_alive()


@pytest.fixture(scope="module")
def short() -> Iterator[int]:
    """The port of a server that waits for nobody: all that is asked of it is whether it hangs up."""
    with serving(Carrier(), SHORT) as port:
        yield port


@pytest.fixture(scope="module")
def heads() -> Iterator[int]:
    """That of one that waits longer than one second for all but heads."""
    with serving(Carrier(), Patience(head=HEAD)) as port:
        yield port


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """That of one that waits as long as it really does."""
    with serving(Carrier(), LONG) as port:
        yield port


def said_to(port: int, *parts: bytes, pause: float = 0.0) -> bytes:
    """Send parts with pauses between them; return what is answered until the connection ends."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), timeout=ENOUGH) as connection, suppress(ConnectionError):
        for part in parts:
            connection.sendall(part)
            time.sleep(pause)
        while some := connection.recv(65536):
            answer += some
    return answer


def asked(connection: socket.socket) -> bytes:
    """Ask over a connection that stays; return the answer."""
    connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    answer = b""
    while not answer.endswith(b"\r\n\r\n0"):
        some = connection.recv(65536)
        assert some, answer
        answer += some
    return answer


def test_who_opens_a_connection_and_says_nothing_is_cut_off(short: int) -> None:
    assert said_to(short) == b""


def test_who_never_ends_the_head_of_a_request_is_cut_off_however_he_trickles(short: int) -> None:
    assert said_to(short, *(b"GET / HTTP/1.1\r\n", *[b"X: x\r\n"] * 12), pause=0.1) == b""


@pytest.mark.proof
def test_who_sends_a_body_in_pieces_is_waited_for_longer_than_for_a_head_but_not_for_ever() -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 7\r\n\r\n"
    with serving(Carrier(), Patience(head=1, answer=LONG.answer)) as port:
        assert said_to(port, head, *[b"x"] * 7, pause=0.2).endswith(b"7")
    with serving(Carrier(), Patience(head=LONG.head, answer=1)) as port:
        assert said_to(port, head, *[b"x"] * 6, pause=0.3) == b""


def test_a_page_that_takes_longer_than_a_head_may_is_answered(heads: int) -> None:
    answer = said_to(heads, b"GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200")


def test_a_connection_is_kept_for_a_next_request_and_its_head_has_its_own_time(heads: int) -> None:
    with socket.create_connection(("127.0.0.1", heads), timeout=ENOUGH) as connection:
        for _ in range(3):
            assert asked(connection).startswith(b"HTTP/1.1 200")
            time.sleep(1.5 * HEAD)  # nothing is awaited meanwhile
        connection.sendall(b"GET / HT")
        assert connection.recv(65536) == b""


def test_requests_that_are_sent_at_once_are_all_answered(port: int) -> None:
    request = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    last = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    answer = said_to(port, request * 5 + last)
    assert answer.count(b"HTTP/1.1 200") == 6


def test_a_small_answer_does_not_wait_for_the_one_before(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=ENOUGH) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        taken = []
        for _ in range(30):
            began = time.monotonic()
            asked(connection)
            taken.append(time.monotonic() - began)
    assert min(taken[len(taken) // 2 :]) < 0.03, "answers wait for the acknowledgement of the one before (40 ms)"


def test_a_head_without_end_is_refused(port: int) -> None:
    answer = said_to(port, b"GET / HTTP/1.1\r\nX: " + b"x" * (run.HEAD_BYTES + 1000))
    assert answer == b"" or answer.startswith(b"HTTP/1.1 4")


def test_the_courier_is_told_to_stop_and_waited_for() -> None:
    carrier = Carrier(takes=0.5)
    with serving(carrier, LONG):
        assert carrier.began.wait(ENOUGH)
        assert not carrier.stopped.is_set()
    assert carrier.done.is_set()


@pytest.mark.proof
def test_a_courier_that_does_not_settle_keeps_nobody_for_ever(caplog: pytest.LogCaptureFixture) -> None:
    carrier = Carrier(takes=10)
    with serving(carrier, SHORT):
        assert carrier.began.wait(ENOUGH)
    assert not carrier.done.is_set()
    assert "the courier did not settle in time" in caplog.text
    carrier.done.wait(ENOUGH)


def test_a_request_that_has_begun_is_finished_at_the_end() -> None:
    answers: list[bytes] = []
    BEGUN.clear()
    with serving(Carrier(), LONG) as port:
        request = b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n"
        asking = threading.Thread(target=lambda: answers.append(said_to(port, request)))
        asking.start()
        assert BEGUN.wait(ENOUGH)
    asking.join()
    assert answers[0].startswith(b"HTTP/1.1 200")
