"""Reading a request: forms of both kinds, whatever a stranger puts into them, and the languages of a browser."""

from collections.abc import Callable
from time import process_time

import pytest

from newsletter.web.public.asked import MOST_FIELDS, Asked, accepted, form

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=x7"


def part(name: str, value: bytes) -> bytes:
    return b'--x7\r\nContent-Disposition: form-data; name="' + name.encode() + b'"\r\n\r\n' + value + b"\r\n"


@pytest.mark.parametrize(
    ("body", "content_type", "fields"),
    [
        (b"a=1&b=&a=2", URLENCODED, {"a": "2", "b": ""}),
        (b"a=%C3%A9+x", f"{URLENCODED}; charset=UTF-8", {"a": "é x"}),
        (b"a=%ff&b=\xff", URLENCODED, {"a": "\ufffd", "b": "\ufffd"}),
        (b"a=%00", URLENCODED, {"a": "\0"}),
        (b"&&=&;", URLENCODED, {"": "", ";": ""}),
        (part("a", b"1") + part("b", "é\r\nx".encode()) + b"--x7--\r\n", MULTIPART, {"a": "1", "b": "é\r\nx"}),
        (part("a", b"\xff") + b"--x7--", 'Multipart/Form-Data; boundary="x7"', {"a": "\ufffd"}),
        (part("a", b"1"), "multipart/form-data", {}),
        (b"--x7--", MULTIPART, {}),
        (b'--x7\r\nContent-Disposition: form-data; filename="a.exe"\r\n\r\n1\r\n--x7--', MULTIPART, {}),
        (b"a=1", "text/plain", {}),
        (b"a=1", "", {}),
        (b'{"a": 1}', "application/json", {}),
    ],
)
def test_a_form_is_read_and_what_is_none_gives_no_fields(
    body: bytes, content_type: str, fields: dict[str, str]
) -> None:
    assert form(body, content_type) == fields


def test_a_form_with_more_fields_than_a_page_has_is_not_read_to_its_end() -> None:
    assert form(b"&".join(b"a%d=1" % n for n in range(MOST_FIELDS + 1)), URLENCODED) == {}
    parts = b"".join(part(f"a{n}", b"1") for n in range(MOST_FIELDS + 50))
    assert len(form(parts, MULTIPART)) == MOST_FIELDS


@pytest.mark.parametrize(
    ("header", "languages"),
    [
        ("nl", ("nl",)),
        ("en;q=0.5, nl-NL, fr;q=0.8", ("nl-NL", "fr", "en")),
        ("nl;q=0, en", ("en",)),
        ("*, en;q=0.1", ("en",)),
        ("", ()),
        ("<script>, ../../etc, é, en;q=9", ()),
        (" nl-NL ; q=0.5 ,en ;q=0.8, fr;q=0.8;q=1, de;", ("de", "en", "nl-NL")),
        (",".join(["nl"] * 500), ("nl",) * 20),
    ],
)
def test_the_languages_of_a_browser_are_read_the_dearest_first(header: str, languages: tuple[str, ...]) -> None:
    assert accepted(header) == languages


@pytest.mark.parametrize(
    "read",
    [
        lambda: accepted("a" + " " * 400_000 + "x"),
        lambda: accepted("a;" + " " * 400_000 + "x"),
        lambda: form(b"--x7" + b"content-disposition:" * 20_000, MULTIPART),
        lambda: form(b"--x7\r\nContent-Disposition:" + b' name="' * 60_000, MULTIPART),
        lambda: form(b"--x7" + b"content-disposition: \r\n" * 20_000, MULTIPART),
        lambda: form(b"--x7", "multipart/form-data;" + "boundary=" * 60_000),
    ],
    ids=["language", "weight", "names of headers", "names of fields", "lines", "boundary"],
)
def test_reading_takes_no_longer_for_what_is_made_to_take_long(read: Callable[[], object]) -> None:
    """What looked at every piece from every other would take minutes."""
    began = process_time()
    read()
    assert process_time() - began < 0.5


def test_the_name_of_a_field_is_looked_for_in_its_own_line_only() -> None:
    head = b'--x7\r\nX-Name: ; name="a"\r\nContent-Type: text/plain\r\ncontent-disposition: form-data; name="b"'
    assert form(head + b"\r\n\r\n1\r\n--x7--", MULTIPART) == {"b": "1"}


def test_what_was_typed_has_no_space_around_it() -> None:
    assert Asked(form={"email": "  a@example.nl \t"}).typed("email") == "a@example.nl"
    assert Asked().typed("email") == ""
