"""What strangers send to the pages, class by class: nothing breaks, nothing is kept, and nothing stands in a log."""

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from besieged import FOREIGN, HOST, NOW, READER, STRANGER, WEB, Answer, Asking, Besieged, filled, subscribing

from newsletter.links import DEMO_KEY, sign_form
from newsletter.store.database import Store

REFUSED = {400, 404, 405, 408, 410, 413, 421, 422}
NEWCOMER = "piet@example.org"

Attack = Callable[[Besieged], Iterator[Asking]]


@pytest.fixture
def paper(store: Store, tmp_path: Path) -> Besieged:
    (tmp_path / "published" / "pictures").mkdir(parents=True)
    (tmp_path / "published" / "pictures" / "0a1b.png").write_bytes(b"a picture")
    (tmp_path / "newsletter.toml").write_text("secret of the house")
    return Besieged(store, tmp_path)


def typed_everywhere(paper: Besieged, *values: str | bytes) -> Iterator[Asking]:
    """Each value in each field of each form but the name's, alone and after what is good, and in the address."""
    for value in values:
        yield Asking(body=subscribing(value))
        yield Asking(body=subscribing(b"piet" + _bytes(value) + b"@example.org"))
        yield Asking(body=subscribing(b"piet@example.org" + _bytes(value)))
        yield Asking(body=filled(("form", value), ("email", NEWCOMER)))
        yield Asking(body=subscribing(NEWCOMER, ("answer", value)))
        for name in ("language", "tag:zuid"):
            yield Asking(path=paper.preferences, body=filled((name, b"nl" + _bytes(value))))
        yield Asking(path=f"{paper.preferences}/address", body=filled(("email", b"piet@example.org" + _bytes(value))))
        yield Asking(path=f"{paper.preferences}/pause", body=filled(("until", b"2026-11-01" + _bytes(value))))
        yield Asking(method="GET", query="lang=" + filled(("", value)).decode()[1:], kind=None)
        yield Asking(method="GET", path=paper.preferences, query="saved=" + filled(("", value)).decode()[1:], kind=None)


def _bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode()


def header_injection(paper: Besieged) -> Iterator[Asking]:
    breaks = ("\r\nBcc: all@example.org", "\nX: y", "\rX: y", "\r\n\r\n<h1>x</h1>", "\u2028X: y", "\x85X: y")
    yield from typed_everywhere(paper, *breaks, "%0d%0aX: y")
    yield from (Asking(path=paper.preferences, body=filled(("name", f"Hanna{one}"))) for one in breaks)


def nulls_and_control_characters(paper: Besieged) -> Iterator[Asking]:
    controls = ("\0", "\x1b[31m", "\x07", "\x7f", "\0" * 4, "\x9b")
    yield from typed_everywhere(paper, *controls, "\ufffe")
    yield from (Asking(path=paper.preferences, body=filled(("name", f"Hanna{one}J"))) for one in controls)
    for path in ("/subscribe%00", "/%00", paper.leave + "%00", paper.preferences + "%00/data", "/pictures/0a1b.png%00"):
        yield Asking(method="GET", path=path, kind=None)
        yield Asking(path=path)


def bidi_and_invisible_characters(paper: Besieged) -> Iterator[Asking]:
    yield from typed_everywhere(paper, "\u202egnp.exe", "\u2066x", "\u200b", "\u00ad", "\ufeff")


def broken_utf8(paper: Besieged) -> Iterator[Asking]:
    yield from typed_everywhere(paper, b"\xff", b"\xc3\x28", b"\xed\xa0\x80", b"\xf0\x9f", b"\xc0\xaf")
    for path in ("/%ff", "/leave/%c3%28", "/preferences/%ed%a0%80", "/pictures/%ff.png"):
        yield Asking(method="GET", path=path, kind=None)
    yield Asking(method="GET", kind=None, headers=[(b"accept-language", b"\xff\xfe"), (b"user-agent", b"\xff")])
    yield Asking(body=b"\xff\xfe=\xff&%=%&%zz=%", kind=b"\xff\xff")


def look_alike_domains(paper: Besieged) -> Iterator[Asking]:
    alpha, omicron, wide_e, hidden = "\u0430", "\u03bf", "\uff45", "\u200b"  # the first is Cyrillic
    mixed = f"ex{alpha}mple.nl", f"heuvelb{omicron}de.example", f"{wide_e}x{alpha}mple.nl", f"ex{alpha}mple.xn--p1ai"
    for domain in (*mixed, f"exam{hidden}ple.nl"):
        yield Asking(body=subscribing(f"piet@{domain}"))
        yield Asking(path=f"{paper.preferences}/address", body=filled(("email", f"piet@{domain}")))


def too_much(_: Besieged) -> Iterator[Asking]:
    yield Asking(body=subscribing("a" * 70_000))
    yield Asking(body=[b"x" * 65_536] * 160)
    yield Asking(body=[b"x" * 65_536] * 160, headers=[(b"content-length", b"12")])
    yield Asking(body=b"", headers=[(b"content-length", b"10485760")])
    yield Asking(method="GET", kind=None, body=[b"x" * 65_536] * 160)
    yield Asking(body=[b"email=", b"a" * 65_536, b"@example.org"], kind=b"multipart/form-data; boundary=x")


def many_fields(paper: Besieged) -> Iterator[Asking]:
    many = b"&".join(b"f%d=x" % n for n in range(6_000))
    yield Asking(body=many + b"&" + subscribing(NEWCOMER))
    yield Asking(path=paper.preferences, body=many)
    yield Asking(body=b"&" * 60_000)
    yield Asking(body=b"=" * 60_000)
    yield Asking(body=b"--x\r\n" * 12_000, kind=b"multipart/form-data; boundary=x")
    yield Asking(method="GET", kind=None, query="&".join(f"lang={n}" for n in range(3_000)))
    yield Asking(method="GET", kind=None, headers=[(b"accept-language", b"nl," * 5_000)])


def wrong_methods(paper: Besieged) -> Iterator[Asking]:
    paths = ["/", "/subscribe", "/health", "/pictures/0a1b.png", "/test", paper.leave, paper.preferences]
    for path in (*paths, f"{paper.preferences}/erase", f"{paper.leave}/mistake", "/nowhere"):
        for method in ("PUT", "DELETE", "PATCH", "TRACE", "OPTIONS", "PROPFIND", "post", "GETT", "\u00e9"):
            yield Asking(method=method, path=path, body=b"List-Unsubscribe=One-Click")
    for path in ("/health", "/pictures/0a1b.png", "/test", "/leave", "/preferences", "/subscribe/form", "/"):
        yield Asking(path=path, body=b"List-Unsubscribe=One-Click")
    override = [(b"x-http-method-override", b"POST"), (b"x-method-override", b"POST"), (b"x-http-method", b"DELETE")]
    for path in (paper.leave, f"{paper.preferences}/erase"):
        yield Asking(
            method="GET", kind=None, path=path, query="_method=POST&List-Unsubscribe=One-Click", headers=override
        )


def wrong_types(paper: Besieged) -> Iterator[Asking]:
    form, boundary = subscribing(NEWCOMER), b"multipart/form-data; boundary="
    for kind in (None, b"", b"text/plain", b"application/json", b"application/xml", b"multipart/form-data", boundary,
                 boundary + b"y" * 90, boundary + b'"', b"image/png", b"x" * 5_000):  # fmt: skip
        yield Asking(body=form, kind=kind)
        yield Asking(path=paper.preferences, body=filled(("name", "X")), kind=kind)
        yield Asking(path=f"{paper.preferences}/address", body=filled(("email", NEWCOMER)), kind=kind)
    yield Asking(body=json.dumps({"email": NEWCOMER}).encode(), kind=b"application/json")
    yield Asking(body=b"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><x>&e;</x>", kind=b"application/xml")
    yield Asking(body=b"\x1f\x8b\x08\x00" + form, headers=[(b"content-encoding", b"gzip")])
    part = b'--x\r\nContent-Disposition: form-data; name="email"; filename="../../etc/passwd"\r\n\r\n'
    for body in (
        part,
        part + b"x" * 60_000,
        part + b"\r\n--x--",
        b"--x",
        b"--x--",
        b'--x\r\nContent-Disposition: name="',
    ):
        yield Asking(body=body, kind=boundary + b"x")


PAGES = {
    "leave": ("", "/mistake"),
    "preferences": ("", "/address", "/pause", "/data", "/erase"),
    "confirm": ("",),
    "move": ("",),
    "back": ("",),
}
"""What a POST with a token does something at."""


def foreign_tokens(paper: Besieged) -> Iterator[Asking]:
    body = b"List-Unsubscribe=One-Click&name=X&email=piet%40example.org&end=1"
    for token in paper.tokens:
        for word, ends in PAGES.items():
            if (word, token) not in paper.still_good:
                yield from (Asking(path=f"/{word}/{token}{end}", body=body) for end in ends)
    good = paper.leave
    cut = (good[:-1], good + "A", good + "=", good + "%3D", good + "%20", good.swapcase(), good[:-4] + "%2E%2E")
    made_up = (
        "/leave/" + "A" * 48,
        "/leave/" + "_" * 4_000,
        "/leave/" + "%C3%A9" * 48,
        good.replace("/leave/", "/leave/ "),
    )
    for bad in (*cut, *made_up):
        yield Asking(path=bad, body=b"List-Unsubscribe=One-Click")
        yield Asking(method="GET", kind=None, path=bad)
    for form in (sign_form(FOREIGN, NOW), sign_form(DEMO_KEY, NOW), good, "A" * 36):
        yield Asking(body=filled(("form", form), ("email", NEWCOMER)))


UPWARDS = (
    "../newsletter.toml", "..%2f..%2fnewsletter.toml", "%2e%2e/%2e%2e/newsletter.toml", "..%5c..%5cnewsletter.toml",
    "....//newsletter.toml", "%252e%252e%252fnewsletter.toml", "/etc/passwd", "%2fetc%2fpasswd", ".env", "%00.png",
    "0a1b.png/../../newsletter.toml", "file:///etc/passwd", "C:%5cx.png", ".", "..", "%2e", "0a1b.png.", "con.png",
)  # fmt: skip
ASIDE = (
    "//evil.example.org/subscribe", "//evil.example.org/%2e%2e", "/\\evil.example.org", "//evil.example.org/",
    "/subscribe/", "/subscribe;x=1", "/subscribe//", "//subscribe", "http://evil.example.org/subscribe", "*", "/%",
    "/%zz", "/" + "a/" * 4_000,
)  # fmt: skip


def path_tricks(paper: Besieged) -> Iterator[Asking]:
    for start in ("/pictures/", "/", "/widget/", "/subscribe/"):
        yield from (Asking(method="GET", kind=None, path=start + up) for up in UPWARDS)
    own = (f"{paper.preferences}//data", f"{paper.preferences}/data/", f"{paper.leave}/", f"/./{paper.leave}")
    yield from (Asking(method="GET", kind=None, path=path) for path in (*ASIDE, *own))


def lies_about_host_and_proxy(paper: Besieged) -> Iterator[Asking]:
    evil = b"evil.example.org"
    lies = [
        (name, evil) for name in (b"x-forwarded-host", b"x-host", b"x-original-url", b"x-rewrite-url", b"forwarded")
    ]
    for host in (evil, HOST + b".evil.example.org", evil + b"#" + HOST, HOST + b"@" + evil, b"", b"localhost", None):
        yield Asking(method="GET", kind=None, host=host)
        yield Asking(body=subscribing(NEWCOMER), host=host, headers=[(b"x-forwarded-host", HOST)])
        yield Asking(path=paper.leave, body=b"List-Unsubscribe=One-Click", host=host)
    yield Asking(body=subscribing(NEWCOMER), headers=[(b"host", evil)])
    yield Asking(method="GET", kind=None, path="/", headers=[*lies, (b"x-forwarded-proto", b"javascript")])
    yield Asking(method="GET", kind=None, path="/subscribe/", headers=lies)


ATTACKS: tuple[Attack, ...] = (
    header_injection, nulls_and_control_characters, bidi_and_invisible_characters, broken_utf8, look_alike_domains,
    too_much, many_fields, wrong_methods, wrong_types, foreign_tokens, path_tricks, lies_about_host_and_proxy,
)  # fmt: skip


@pytest.mark.parametrize("addresses", ["sqlite", pytest.param("postgresql", marks=pytest.mark.proof)], indirect=True)
@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_nothing_breaks_and_nothing_is_kept(paper: Besieged, attack: Attack, caplog: pytest.LogCaptureFixture) -> None:
    before, asked = paper.kept(), 0
    with caplog.at_level(logging.DEBUG):
        for asking in attack(paper):
            answer, asked = paper.ask(asking), asked + 1
            holds_its_tongue(answer, asking)
            assert paper.kept() == before, asking
    assert asked > 5
    keeps_secrets(paper, caplog)


def holds_its_tongue(answer: Answer, asking: Asking) -> None:
    """An answer is a page of ours with its headers, breaks nothing, and repeats nothing that could be run."""
    assert answer.status in {200, 204, 303, 307, *REFUSED}, (asking, answer.status)
    assert "default-src 'none'" in answer.header("content-security-policy"), asking
    assert not answer.header("set-cookie")
    place = answer.header("location")
    assert not place or place.startswith((f"{WEB}/", "/")), (asking, place)
    assert not place.startswith("//")
    for never in ("secret of the house", "root:", "Traceback", "<h1>x", "//evil"):
        assert never not in answer.text, (asking, never)
    assert not any("\r" in value or "\n" in value or "evil.example" in value for _, value in answer.headers), asking


def keeps_secrets(paper: Besieged, caplog: pytest.LogCaptureFixture) -> None:
    logged = caplog.text + "".join(repr(record.__dict__) for record in caplog.records)
    for never in (READER, "hanna", "piet", "example.org", STRANGER, paper.reader.id, *paper.tokens):
        assert never not in logged, never
