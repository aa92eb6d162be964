"""What may stand in front of the pages: a real proxy on this machine, in order or with a fault."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

import httpx

Fault = Literal["none", "other name", "no POST", "POST becomes GET", "own page", "nothing behind", "unnamed"]
"""Own page: it answers by itself. Unnamed: it does not say for whom it asks."""


@contextmanager
def door(behind: str, fault: Fault = "none") -> Iterator[str]:
    """Stand in front of an address as long as the block lasts; the value is the address in front."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(behind, fault))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(behind: str, fault: Fault) -> type[BaseHTTPRequestHandler]:
    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._pass_on()

        def do_POST(self) -> None:
            self._pass_on()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (as in http.server)
            """Say nothing."""

        def _pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if fault == "own page":
                self._say(200, b"Coming soon")
            elif fault == "nothing behind":
                self._say(502, b"Bad gateway")
            elif fault == "no POST" and self.command == "POST":
                self._say(403, b"Are you human?")
            else:
                self._ask(body)

        def _ask(self, body: bytes) -> None:
            headers = {"Host": "intern.example.nl" if fault == "other name" else str(self.headers["Host"])}
            if fault != "unnamed":
                headers["X-Forwarded-For"] = "192.0.2.7"
            method = "GET" if fault == "POST becomes GET" else self.command
            answer = httpx.request(method, behind + self.path, content=body, headers=headers, trust_env=False)
            self._say(answer.status_code, answer.content)

        def _say(self, status: int, data: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    return Door
