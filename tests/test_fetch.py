"""Fetching: what is asked of the network, what is refused, and what a name that changes its mind gains."""

import gzip
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress

import httpx
import pytest

from newsletter import __version__
from newsletter.errors import FetchError
from newsletter.fetch import LONGEST, MAX_BYTES, Fetched, Fetcher, is_public

PUBLIC = "93.184.215.14"
PAGE = "https://krant.example.org/artikel/12"
Handler = Callable[[httpx.Request], httpx.Response]


class Web:
    """A web that answers from a function, with a clock that only ``sleep`` moves."""

    def __init__(self, handler: Handler, *, ips: dict[str, list[list[str]]] | None = None, **settings: object) -> None:
        self.asked: list[httpx.Request] = []
        self.resolved: list[str] = []
        self.slept: list[float] = []
        self.now = 1000.0
        self._ips = ips or {}
        self._handler = handler
        self.fetcher = Fetcher(
            resolver=self._resolve,
            transport=lambda: httpx.MockTransport(self._answer),
            clock=lambda: self.now,
            sleep=self._sleep,
            **settings,
        )

    def get(self, address: str = PAGE, *, robots: bool = False) -> Fetched:
        return self.fetcher.get(address, robots=robots)

    def refusal(self, address: str = PAGE, *, robots: bool = False) -> FetchError:
        with pytest.raises(FetchError) as caught:
            self.get(address, robots=robots)
        assert caught.value.hint
        assert caught.value.exit_code == 1
        return caught.value

    def _resolve(self, host: str, port: int) -> list[str]:
        self.resolved.append(host)
        answers = self._ips.get(host, [[PUBLIC]])
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return self._handler(request)

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def html(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, html="<p>Dag</p>")


def stream(*chunks: bytes, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(200, stream=httpx.ByteStream(b"".join(chunks)), headers=named)


# What an answer is


def test_an_answer_has_its_address_status_type_charset_and_bytes() -> None:
    web = Web(lambda _: httpx.Response(200, content=b"Dag", headers={"Content-Type": "Text/HTML; Charset=ISO-8859-1"}))
    assert web.get() == Fetched(address=PAGE, status=200, media="text/html", charset="iso-8859-1", data=b"Dag")


def test_a_page_that_is_gone_is_an_answer_with_its_status() -> None:
    assert Web(lambda _: httpx.Response(404)).get().status == 404


def test_an_answer_without_a_type_says_so() -> None:
    found = Web(lambda _: stream(b"x")).get()
    assert (found.media, found.charset) == ("", None)


def test_it_says_who_asks_and_gives_no_address_that_nobody_answers() -> None:
    web = Web(html)
    web.get()
    assert web.asked[0].headers["User-Agent"] == f"newsletter/{__version__}"
    told = Web(html, contact="https://weekbrief.example.nl")
    told.get()
    assert told.asked[0].headers["User-Agent"] == f"newsletter/{__version__} (+https://weekbrief.example.nl)"


def test_a_fragment_is_kept_from_the_server() -> None:
    web = Web(html)
    assert web.get(f"{PAGE}?a=1#reacties").address == f"{PAGE}?a=1"


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress], ids=["gzip", "zlib"])
def test_what_comes_packed_is_unpacked(pack: Callable[[bytes], bytes]) -> None:
    web = Web(lambda _: stream(pack(b"Dag " * 9000), Content_Encoding="gzip"))
    assert web.get().data == b"Dag " * 9000


# What is connected to


def test_the_connection_goes_to_the_address_that_was_checked_under_the_name_that_was_asked() -> None:
    web = Web(html)
    web.get("https://krant.example.org:8443/a?b=c")
    (request,) = web.asked
    assert (request.url.host, request.url.port, request.url.raw_path) == (PUBLIC, 8443, b"/a?b=c")
    assert request.headers["Host"] == "krant.example.org:8443"
    assert request.extensions["sni_hostname"] == "krant.example.org"
    assert request.headers["Connection"] == "close"


def test_a_name_that_changes_its_mind_after_the_check_gains_nothing() -> None:
    web = Web(html, ips={"krant.example.org": [[PUBLIC], ["127.0.0.1"]]})
    web.get()
    assert web.resolved == ["krant.example.org"]
    assert web.asked[0].url.host == PUBLIC
    assert "private network" in web.refusal().sentence
    assert len(web.asked) == 1


@pytest.mark.parametrize(
    "ip",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
        *("224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "::", "::1", "fe80::1", "fc00::1"),
        *("fec0::1", "ff02::1", "2001:db8::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "::127.0.0.1"),
        *("2002:7f00:1::", "2002:c0a8:101::1", "64:ff9b::a9fe:a9fe", "2001:0:4136:e378:8000:63bf:f5ff:fffe"),
        *("fe80::1%eth0", "64:ff9b:1::1"),
    ],
)
def test_what_is_not_the_open_internet_is_refused(ip: str) -> None:
    assert not is_public(ip)
    web = Web(html, ips={"krant.example.org": [[ip]]})
    error = web.refusal()
    assert error.sentence == "krant.example.org lies on a private network, and is not fetched."
    assert '[fetch] private = ["krant.example.org"]' in error.hint
    assert web.asked == []


@pytest.mark.parametrize("ip", [PUBLIC, "1.1.1.1", "2606:4700:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"])
def test_the_open_internet_is_reached(ip: str) -> None:
    assert is_public(ip)
    web = Web(html, ips={"krant.example.org": [[ip]]})
    web.get()
    assert web.asked[0].url.host == ip


def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    assert "private" in Web(html, ips={"krant.example.org": [[PUBLIC, "10.0.0.1"]]}).refusal().sentence


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "2130706433", "0x7f.1", "127.1", "localhost", "[::1]", "[::ffff:7f00:1]"]
)
def test_no_spelling_of_this_machine_gets_through(host: str) -> None:
    fetcher = Fetcher(transport=lambda: httpx.MockTransport(html))
    with pytest.raises(FetchError, match=r"private network|no web address|no host"):
        fetcher.get(f"http://{host}/", robots=False)


def test_a_host_of_the_newsroom_may_be_allowed() -> None:
    web = Web(html, ips={"beeld.intern": [["10.0.0.1"]]}, private=["Beeld.intern"])
    assert web.get("http://BEELD.intern/x").status == 200
    assert (
        "private"
        in Web(html, ips={"b.intern": [["10.0.0.1"]]}, private=["beeld.intern"]).refusal("http://b.intern/").sentence
    )


def test_of_several_addresses_the_next_is_tried_when_one_does_not_connect() -> None:
    def half_dead(request: httpx.Request) -> httpx.Response:
        if request.url.host == PUBLIC:
            raise httpx.ConnectError("[Errno 101] Network is unreachable")
        return html(request)

    web = Web(half_dead, ips={"krant.example.org": [[PUBLIC, "1.1.1.1"]]})
    assert web.get().status == 200


# Redirects


def test_redirects_are_followed_and_each_hop_is_checked_again() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.headers["Host"] == "krant.example.org":
            return httpx.Response(302, headers={"Location": "//intern.example.org/geheim"})
        return html(request)

    web = Web(answer, ips={"intern.example.org": [["192.168.0.9"]]})
    assert web.refusal().sentence.startswith("intern.example.org lies on a private network")
    assert len(web.asked) == 1
    fine = Web(answer)
    assert fine.get().address == "https://intern.example.org/geheim"


def test_five_redirects_are_enough() -> None:
    def hop(last: int) -> Handler:
        def answer(request: httpx.Request) -> httpx.Response:
            number = int(request.url.path.strip("/") or 0)
            return html(request) if number == last else httpx.Response(301, headers={"Location": f"/{number + 1}"})

        return answer

    assert Web(hop(5)).get("https://krant.example.org/").address.endswith("/5")
    assert "more than 5 redirects" in Web(hop(6)).refusal("https://krant.example.org/").sentence


@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://example.org/x", "http://[", "data:text/html,x"])
def test_a_redirect_out_of_the_web_is_refused(location: str) -> None:
    web = Web(lambda _: httpx.Response(302, headers={"Location": location}))
    assert "address" in web.refusal().sentence


@pytest.mark.parametrize("address", ["file:///etc/passwd", "ftp://a.example.org/", "https://", "krant", "http://[", ""])
def test_what_is_no_web_address_is_refused(address: str) -> None:
    assert "is no web address" in Web(html).refusal(address).sentence


def test_an_address_with_a_password_is_refused_without_repeating_it() -> None:
    error = Web(html).refusal("https://anna:geheim@krant.example.org/")
    assert "geheim" not in error.sentence + error.hint


# Limits


def test_ten_megabytes_are_read_and_one_byte_more_is_not() -> None:
    assert len(Web(lambda _: stream(b"x" * MAX_BYTES)).get().data) == MAX_BYTES
    assert "larger than 10 MB" in Web(lambda _: stream(b"x" * (MAX_BYTES + 1))).refusal().sentence


def test_a_small_parcel_that_unpacks_to_more_is_refused() -> None:
    bomb = gzip.compress(bytes(3 * MAX_BYTES))
    assert len(bomb) < 100_000
    assert "larger than 10 MB" in Web(lambda _: stream(bomb, Content_Encoding="gzip")).refusal().sentence


@pytest.mark.parametrize(("packed", "says"), [("br", "packed as br"), ("gzip", "cannot be unpacked")])
def test_what_cannot_be_unpacked_is_refused(packed: str, says: str) -> None:
    assert says in Web(lambda _: stream(b"nonsense", Content_Encoding=packed)).refusal().sentence


def test_an_answer_that_trickles_without_end_is_given_up() -> None:
    class Trickle(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            while True:
                web.now += 9
                yield b"x"

    web = Web(lambda _: httpx.Response(200, stream=Trickle()))
    assert f"longer than {LONGEST:.0f} seconds" in web.refusal().sentence


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (httpx.ConnectTimeout("slow"), "does not answer in time"),
        (httpx.ReadTimeout("slow"), "does not answer in time"),
        (httpx.ConnectError("[Errno 111] Connection refused"), "cannot be reached: Connection refused."),
        (httpx.RemoteProtocolError("peer closed connection"), "broke off: peer closed connection."),
        (httpx.ReadError(""), "broke off: ReadError."),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_failure_of_the_network_is_a_sentence(error: Exception, says: str) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise error

    assert says in Web(fail).refusal().sentence


def test_a_name_that_nobody_knows_is_a_sentence() -> None:
    def nobody(host: str, port: int) -> list[str]:
        raise OSError("Name or service not known")

    fetcher = Fetcher(resolver=nobody)
    with pytest.raises(FetchError, match=r"^There is no host krant\.example\.org\.$"):
        fetcher.get(PAGE)


# Manners


def with_robots(status: int = 200, text: str = "", **headers: str) -> Handler:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/robots.txt":
            return httpx.Response(status, text=text, headers=headers)
        return html(request)

    return answer


def test_robots_txt_is_respected_and_read_once_a_host() -> None:
    web = Web(with_robots(text="User-agent: newsletter\nDisallow: /prive\n\nUser-agent: *\nDisallow: /"))
    assert web.get(robots=True).status == 200
    assert web.get("https://krant.example.org/b", robots=True).status == 200
    assert (
        "robots.txt of krant.example.org forbids it"
        in web.refusal("https://krant.example.org/prive/1", robots=True).sentence
    )
    assert [request.url.path for request in web.asked] == ["/robots.txt", "/artikel/12", "/b"]


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_without_robots_txt_everything_is_allowed(status: int) -> None:
    assert Web(with_robots(status, "User-agent: *\nDisallow: /")).get(robots=True).status == 200


@pytest.mark.parametrize("status", [429, 500, 503])
def test_robots_txt_that_fails_forbids_everything(status: int) -> None:
    web = Web(with_robots(status))
    assert f"robots.txt of krant.example.org answered {status}" in web.refusal(robots=True).sentence
    assert len(web.asked) == 1


@pytest.mark.parametrize(
    ("host", "asked"),
    [("www.krant.example.org", ["/oud", "/artikel/12"]), ("ander.example.org", ["/oud", "/robots.txt"])],
)
def test_ones_own_site_is_not_asked_for_leave_and_where_it_leads_to_is(host: str, asked: list[str]) -> None:
    def leads_on(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oud":
            return httpx.Response(301, headers={"Location": f"https://{host}/artikel/12"})
        return httpx.Response(200, text="User-agent: *\nDisallow: /")

    web = Web(leads_on)
    with suppress(FetchError):
        web.get("https://krant.example.org/oud")
    assert [request.url.path for request in web.asked] == asked


def test_robots_txt_that_cannot_be_reached_forbids_everything() -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    assert "cannot be read, so nothing is fetched there" in Web(fail).refusal(robots=True).sentence


def test_of_a_robots_txt_without_end_the_first_half_megabyte_counts() -> None:
    text = "User-agent: *\nDisallow: /artikel\n" + "#" * 600_000
    assert "forbids it" in Web(with_robots(text=text)).refusal(robots=True).sentence


def test_a_redirect_asks_the_robots_txt_of_its_new_host() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        host = request.headers["Host"]
        if request.url.path == "/robots.txt":
            return httpx.Response(200, text="User-agent: *\nDisallow: /" if host == "b.example.org" else "")
        return httpx.Response(302, headers={"Location": "https://b.example.org/x"})

    assert "robots.txt of b.example.org forbids it" in Web(answer).refusal(robots=True).sentence


def test_one_s_own_addresses_need_no_leave() -> None:
    web = Web(with_robots(text="User-agent: *\nDisallow: /"))
    assert web.get(robots=False).status == 200
    assert [request.url.path for request in web.asked] == ["/artikel/12"]


def test_a_host_is_asked_once_a_second_and_another_host_at_once() -> None:
    web = Web(with_robots())
    web.get(robots=True)
    web.get("https://b.example.org/", robots=False)
    web.now += 0.4
    web.get("https://krant.example.org/b")
    assert web.slept == pytest.approx([1.0, 0.6])
