"""A provider in a process of its own that is never killed, and writes down what it took: the truth of a proof.

It takes one argument, JSON: ``log`` is the file it writes, ``repeats`` whether it answers a request under a known id as
before, ``lag`` for how many seconds a look-up does not show what was taken, ``seed`` begins its chance. Its address is
the first line on standard output.

What it did stands in the log before anybody is answered, one JSON object a line: ``did`` is *took*, *refused* or
*deferred* (with attempt, delivery, address), *asked* (a request came whole; with attempt, size and fate) or *broke* (an
id came again with other bytes). Each line on its standard input is the weather, which is answered with a line once it
is so: by weights, what becomes of requests::

    take · wait (a little) · wait after (longer) · drop, fail, hang: before or after · cut (amid the answer) · throttle

An address that begins with ``bad`` is refused by itself, one with ``poison`` takes the whole request along, and one
with ``later`` is put off once.
"""

import hashlib
import json
import os
import random
import socket
import struct
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

from obeying import obey

Json = Any

HANG = 1.2
"""Seconds of silence: more than a sender waits where that happens."""
SLOW = 0.5
"""Seconds for which an answer is late that is waited for."""

RETRY_AFTER = 1


class Truth:
    """What was taken, and what is answered."""

    def __init__(self, told: Json) -> None:
        self.log = os.open(told["log"], os.O_CREAT | os.O_APPEND | os.O_WRONLY)
        self.repeats, self.lag = bool(told["repeats"]), float(told.get("lag", 0))
        self.chance = random.Random(told.get("seed", 1))
        self.weather: dict[str, float] = told.get("weather") or {"take": 1}
        self.lock = threading.Lock()
        self.busy: set[str] = set()
        self.put_off: set[str] = set()
        self.answered: dict[str, tuple[str, Json]] = {}
        self.known: dict[tuple[str, str], tuple[float, Json]] = {}

    def write(self, *lines: Json) -> None:
        """Write it down; all of it or nothing, as nobody kills this process."""
        os.write(self.log, "".join(json.dumps(line) + "\n" for line in lines).encode())

    def begin(self, attempt: str, body: bytes) -> tuple[str, int, Json]:
        """Return a request's fate, and with what it is answered before anything is taken, 0 for not at all."""
        given = hashlib.sha256(body).hexdigest()
        with self.lock:
            fate = self.chance.choices(list(self.weather), list(self.weather.values()))[0]
            self.write({"did": "asked", "attempt": attempt, "size": len(json.loads(body)), "fate": fate})
            if self.repeats and attempt in self.busy:
                return "take", 409, {"error": "it is being worked on"}
            if self.repeats and self.answered.get(attempt, (given,))[0] != given:
                self.write({"did": "broke", "attempt": attempt})
                return "take", 409, {"error": "the same id with other bytes"}
            self.busy.add(attempt)
        return fate, 0, None

    def take(self, attempt: str, body: bytes) -> tuple[int, Json]:
        """Take what can be taken, once; return the answer."""
        with self.lock:
            if self.repeats and attempt in self.answered:
                return 200, self.answered[attempt][1]
            mails = json.loads(body)
            if any(mail["address"].startswith("poison") for mail in mails):
                return 422, {"error": "one of these is no address"}
            answer = [self._answer(mail) for mail in mails]
            self.write(
                *({**mail, "attempt": attempt, "did": one["did"]} for one, mail in zip(answer, mails, strict=True))
            )
            self.answered[attempt] = (hashlib.sha256(body).hexdigest(), answer)
            for one, mail in zip(answer, mails, strict=True):
                if one["did"] != "deferred":
                    self.known[attempt, mail["delivery"]] = (time.monotonic(), one)
        return 200, answer

    def _answer(self, mail: Json) -> Json:
        if mail["address"].startswith("bad"):
            return {"did": "refused", "said": "550 5.1.1 no such reader"}
        if mail["address"].startswith("later") and mail["delivery"] not in self.put_off:
            self.put_off.add(mail["delivery"])
            return {"did": "deferred", "said": "450 4.2.0 greylisted"}
        return {"did": "took", "id": f"truth-{mail['delivery']}"}

    def end(self, attempt: str) -> None:
        """Nobody works on it any more."""
        with self.lock:
            self.busy.discard(attempt)

    def look_up(self, attempt: str, deliveries: list[str]) -> Json:
        """What became of each, None for what was never taken, or too lately to be seen."""
        seen, nothing = time.monotonic() - self.lag, (float("inf"), None)
        with self.lock:
            found = [self.known.get((attempt, delivery), nothing) for delivery in deliveries]
        return [one if at <= seen else None for at, one in found]


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    truth: ClassVar[Truth]
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        body, attempt = self._body(), self.headers.get("Attempt", "")
        if body is None:
            self.close_connection = True
        elif self.path == "/look-up":
            self._say(200, self.truth.look_up(attempt, json.loads(body)))
        else:
            fate, status, said = self.truth.begin(attempt, body)
            if status:
                self._say(status, said)
                return
            try:
                self._serve(fate, attempt, body)
            finally:
                self.truth.end(attempt)

    def _serve(self, fate: str, attempt: str, body: bytes) -> None:
        what, _, when = fate.partition(" ")
        if what == "throttle":
            self._say(429, {"error": "too many"})
        elif when == "before":
            self._break(what)
        else:
            if fate == "wait":
                time.sleep(self.truth.chance.uniform(0.01, 0.15))
            status, answer = self.truth.take(attempt, body)
            if fate == "wait after":
                time.sleep(SLOW)
                self._say(status, answer)
            elif when == "after":
                self._break(what)
            else:
                self._say(status, answer, half=what == "cut")

    def _break(self, what: str) -> None:
        if what == "fail":
            self._say(500, {"error": "an unexpected error"})
            return
        if what == "hang":
            time.sleep(HANG)
        self._reset()

    def _body(self) -> bytes | None:
        """A request's body, None when it is not whole: then it is none (RFC 9112 §6.3)."""
        length = int(self.headers.get("Content-Length", 0))
        try:
            body = self.rfile.read(length)
        except OSError:
            return None
        return body if len(body) == length else None

    def _say(self, status: int, answer: Json, *, half: bool = False) -> None:
        content = json.dumps(answer).encode()
        try:
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            if status == 429:
                self.send_header("Retry-After", str(RETRY_AFTER))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2] if half else content)
        except OSError:
            self.close_connection = True  # whoever asked is dead
            return
        if half:
            self._reset()

    def _reset(self) -> None:
        # Closing with a linger of nothing is a reset.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """Many die in the middle of a sentence, and that is no news."""

    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_: object) -> None:
        """Say nothing."""


def main(told: Json) -> None:
    """Serve until the process that started it is gone."""
    Handler.truth = Truth(told)
    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        obey(Handler.truth, f"http://127.0.0.1:{server.server_port}")
        server.shutdown()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
