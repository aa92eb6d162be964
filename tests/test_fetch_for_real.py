"""Fetching from a real server on this machine: names, certificates, and the proxies of the environment."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
import trustme

from newsletter.errors import FetchError
from newsletter.fetch import Fetcher, resolve


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    """A web server on this machine that says under which name it was asked."""

    class Says(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; charset=utf-8")
            self.end_headers()
            self.wfile.write(f"{self.headers['Host']} {self.path}".encode())

        def log_message(self, *words: object) -> None:
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Says) as served:
        threading.Thread(target=served.serve_forever, daemon=True).start()
        yield served
        served.shutdown()


def test_a_real_server_is_read_when_its_host_is_allowed(server: ThreadingHTTPServer) -> None:
    port = server.server_address[1]
    found = Fetcher(private=["127.0.0.1"]).get(f"http://127.0.0.1:{port}/a%20b", robots=False)
    assert (found.status, found.data) == (200, f"127.0.0.1:{port} /a%20b".encode())


def test_a_real_server_is_not_asked_when_its_host_is_not_allowed(server: ThreadingHTTPServer) -> None:
    with pytest.raises(FetchError, match="private network"):
        Fetcher().get(f"http://localhost:{server.server_address[1]}/")


def test_an_environment_s_proxy_is_not_used(server: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    found = Fetcher(private=["127.0.0.1"]).get(f"http://127.0.0.1:{server.server_address[1]}/", robots=False)
    assert found.status == 200


def test_headers_that_trickle_are_given_up_after_the_time_of_a_whole_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=_trickle, args=(listening,), daemon=True).start()
        fetcher = Fetcher(private=["127.0.0.1"], longest=0.3)
        with pytest.raises(FetchError, match="takes longer than"):
            fetcher.get(f"http://127.0.0.1:{listening.getsockname()[1]}/", robots=False)


def _trickle(listening: socket.socket) -> None:
    """Send a header that has no end, slowly, to the first who asks."""
    connection, _ = listening.accept()
    with connection, suppress(OSError):
        connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while connection.send(b"a"):
            time.sleep(0.02)


def test_over_tls_the_certificate_must_be_that_of_the_name(server: ThreadingHTTPServer) -> None:
    authority = trustme.CA()
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("krant.example.org").configure_cert(serving)
    server.socket = serving.wrap_socket(server.socket, server_side=True)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    fetcher = Fetcher(
        private=["krant.example.org", "ander.example.org"],
        resolver=lambda host, port: ["127.0.0.1"],
        transport=lambda: httpx.HTTPTransport(verify=trusting, trust_env=False),
    )
    port = server.server_address[1]
    assert fetcher.get(f"https://krant.example.org:{port}/", robots=False).status == 200
    with pytest.raises(FetchError, match=r"ander\.example\.org cannot be reached: .*certificate"):
        fetcher.get(f"https://ander.example.org:{port}/", robots=False)


def test_the_system_resolves_this_machine() -> None:
    assert "127.0.0.1" in resolve("127.0.0.1", 80)
