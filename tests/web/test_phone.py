"""The way in for a phone: who comes through the door, what is seen there, and the code that leads to it."""

import asyncio
import re
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest
import segno
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from newsletter import workspace
from newsletter.errors import UsageError
from newsletter.web.preview import application
from newsletter.web.preview.phone import COOKIE, Access, Door, access, addresses, qr

HOST = "192.168.1.20"
TOKEN = "t" * 32
SAMPLE = "2026-10-03"


def says_who_asks(request: Request) -> Response:
    return PlainTextResponse("phone" if request.state.phone else "desk")


INSIDE = Starlette(routes=[Route("/{path:path}", says_who_asks, methods=["GET", "POST"])])
DOOR = Door(INSIDE, token=TOKEN, host=HOST)


def ask(
    path: str,
    *,
    app: ASGIApp = DOOR,
    method: str = "GET",
    at: str = HOST,
    cookie: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> httpx.Response:
    """Ask as a browser does whose request arrives at an address of this machine."""

    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        cookies = {COOKIE: cookie} if cookie else {}
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{at}:8321", cookies=cookies) as client:
            return await client.request(method, path, headers=headers)

    return asyncio.run(asked())


def says_nothing(answer: httpx.Response) -> bool:
    return answer.status_code == 404 and not answer.content and "content-type" not in answer.headers


@pytest.mark.parametrize("path", ["/", f"/issues/{SAMPLE}", f"/{TOKEN[:-1]}", f"/{TOKEN}x", f"//{TOKEN}", "/é%ff"])
def test_without_the_token_there_is_nothing(path: str) -> None:
    assert says_nothing(ask(path))
    assert says_nothing(ask(path, cookie=TOKEN[:-1]))


def test_the_token_in_the_address_becomes_a_cookie_and_an_address_without_it() -> None:
    answer = ask(f"/{TOKEN}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    morsel = answer.headers["set-cookie"]
    assert morsel.startswith(f"{COOKIE}={TOKEN};")
    assert "HttpOnly" in morsel
    assert "SameSite=strict" in morsel
    assert "Path=/" in morsel
    assert "Max-Age" not in morsel


@pytest.mark.parametrize(
    ("page", "here"),
    [
        ("/issues/2026-10-03", "/issues/2026-10-03"),
        ("/issues/twee%20woorden", "/issues/twee%20woorden"),
        ("//evil.example/x", "/evil.example/x"),
        ("/", "/"),
    ],
)
def test_the_token_leads_to_the_page_behind_it_and_never_to_another_host(page: str, here: str) -> None:
    assert ask(f"/{TOKEN}{page}").headers["location"] == here


def test_the_address_with_the_token_is_neither_kept_nor_told_on() -> None:
    answer = ask(f"/{TOKEN}")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"


def test_with_the_cookie_a_phone_reads_and_pages_know_that_it_is_one() -> None:
    assert ask("/issues", cookie=TOKEN).text == "phone"


def test_on_this_machine_itself_nothing_is_asked() -> None:
    assert ask("/issues", at="127.0.0.1").text == "desk"


def test_the_host_that_is_named_does_not_make_a_request_one_of_this_machine() -> None:
    assert says_nothing(ask("/", headers={"host": "127.0.0.1:8321"}))


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1:8321", "192.168.1.2", f"{HOST}.evil.example", ""])
def test_another_host_name_leads_nowhere_even_with_the_token(host: str) -> None:
    assert says_nothing(ask(f"/{TOKEN}", headers={"host": host}))
    assert says_nothing(ask("/", cookie=TOKEN, headers={"host": host}))


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_a_phone_changes_nothing(method: str) -> None:
    assert says_nothing(ask("/", method=method, cookie=TOKEN))
    assert ask("/", method="POST", at="127.0.0.1").text == "desk"


def test_what_is_not_known_to_come_from_this_machine_comes_from_the_network() -> None:
    for server in (None, ("/run/preview.sock", None)):
        assert asyncio.run(_status({"type": "http", "server": server})) == 404


def test_a_web_socket_finds_nothing() -> None:
    assert asyncio.run(_status({"type": "websocket", "server": ("127.0.0.1", 8321)})) is None


async def _status(scope: dict[str, object]) -> int | None:
    """The status of the answer to a bare request; None when there is none."""
    sent: list[dict[str, object]] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request"}

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    await DOOR({"method": "GET", "path": "/", "headers": [], "query_string": b"", **scope}, receive, send)  # type: ignore[arg-type]
    return sent[0]["status"] if sent else None  # type: ignore[return-value]


def test_every_way_in_has_a_token_of_its_own_of_at_least_128_bits_that_is_not_told() -> None:
    one, other = Access(host=HOST), Access(host=HOST)
    assert one.token != other.token
    assert len(one.token) * 6 >= 128
    assert one.token not in repr(one)
    assert one.address(8321) == f"http://{HOST}:8321/{one.token}"
    assert one.address(8321, "/issues/2026-10-03") == f"http://{HOST}:8321/{one.token}/issues/2026-10-03"


def test_the_door_stands_at_the_first_address_that_is_a_local_one() -> None:
    way_in = access(["93.184.216.34", HOST, "10.8.0.3"])
    assert (way_in.host, way_in.others) == (HOST, ("10.8.0.3",))


@pytest.mark.parametrize("found", [[], ["93.184.216.34"]])
def test_without_a_local_network_there_is_no_way_in(found: list[str]) -> None:
    with pytest.raises(UsageError, match="no local network") as error:
        access(found)
    assert error.value.hint


def test_this_machines_addresses_are_each_named_once_and_lead_to_others() -> None:
    found = addresses()
    assert len(set(found)) == len(found)
    assert not any(address.startswith("127.") for address in found)


def test_the_code_holds_the_address() -> None:
    address = Access(host=HOST).address(8321)
    bits = {" ": "11", "\u2580": "01", "\u2584": "10", "\u2588": "00"}
    drawn = [row for line in qr(address, colour=False).splitlines() for row in _halves(line, bits)]
    code = segno.make(address, error="l", micro=False)
    meant = ["".join(map(str, row)) for row in code.matrix_iter(border=2)]
    assert drawn[: len(meant)] == meant


def _halves(line: str, bits: Mapping[str, str]) -> tuple[str, str]:
    return "".join(bits[block][0] for block in line), "".join(bits[block][1] for block in line)


def test_the_code_is_white_on_black_whatever_the_terminal_is() -> None:
    lines = qr("http://192.168.1.20:8321/x", colour=True).splitlines()
    assert all(line.startswith("\x1b[38;5;231;48;5;16m") and line.endswith("\x1b[0m") for line in lines)
    assert max(len(line) for line in lines) < 80


@pytest.fixture(scope="module")
def preview(tmp_path_factory: pytest.TempPathFactory) -> Starlette:
    """The sample's preview with a door, and a rehearsal in its outbox."""
    root = tmp_path_factory.mktemp("paper")
    workspace.init(root)
    outbox = root / "build" / SAMPLE / "outbox"
    outbox.mkdir(parents=True)
    return application(root, access=Access(host=HOST, token=TOKEN))


def test_a_phone_sees_the_issue_and_no_reader(preview: Starlette) -> None:
    page = ask(f"/issues/{SAMPLE}", app=preview, cookie=TOKEN)
    assert page.status_code == 200
    mail = ask(f"/issues/{SAMPLE}/mail?reader=2", app=preview, cookie=TOKEN)
    for line in _sample_readers():
        assert line not in page.text
        assert line not in mail.text


def _sample_readers() -> list[str]:
    lines = (Path(__file__).parent.parent.parent / "sample-readers.csv").read_text("utf-8").splitlines()
    return [field for line in lines for field in line.split(",") if "@" in field]


@pytest.mark.parametrize("path", ["outbox", "outbox/1", "outbox/1/mail"])
def test_a_phone_never_sees_the_outbox(preview: Starlette, path: str) -> None:
    assert ask(f"/issues/{SAMPLE}/{path}", app=preview, cookie=TOKEN).status_code == 404


def test_the_preview_itself_stands_behind_the_door(preview: Starlette) -> None:
    for path in ("/", "/desk.css", "/desk.js", f"/issues/{SAMPLE}", f"/issues/{SAMPLE}/events", "/no-such-page"):
        assert says_nothing(ask(path, app=preview))
    assert ask("/desk.css", app=preview, at="127.0.0.1").status_code == 200


def test_a_phone_sees_nothing_of_a_list_of_readers_that_is_broken(tmp_path: Path) -> None:
    workspace.init(tmp_path)
    preview = application(tmp_path, access=Access(host=HOST, token=TOKEN))
    page = f"/issues/{SAMPLE}"
    for readers in ("Hanna,hanna@example.org\nbo@example.org\n", "naam;telefoon\nhanna@example.org;bo@example.org\n"):
        (tmp_path / "sample-readers.csv").write_text(readers, "utf-8")
        asked = ask(page, app=preview, cookie=TOKEN).text
        assert "The list of sample readers cannot be read." in asked
        assert not re.search(r"hanna|bo@", asked, re.I)
        assert "sample-readers.csv, line" in ask(page, app=preview, at="127.0.0.1").text
