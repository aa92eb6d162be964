"""The message on the wire: any mail client reads back exactly what was merged, whatever the reader is called."""

import quopri
from collections.abc import Callable
from dataclasses import replace
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default as modern
from email.utils import parseaddr
from typing import cast

import examples
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter import mime
from newsletter.errors import ContentError
from newsletter.model.mail import Edition, Letterhead, Message, Pieces, Slot
from newsletter.model.subscriber import Subscriber

HEAD = Letterhead(
    sender="De Heuvelbode <weekbrief@example.nl>",
    reply_to="redactie@example.nl",
    list_id=mime.list_id("De Heuvelbode", "De Heuvelbode <weekbrief@example.nl>"),
    feedback_id="2026-10-03:digest:newsletter:deheuvelbode",
    date=examples.DAY,
)
NAME = Slot(field="name", context="html")
ONCE = (
    "From", "To", "Reply-To", "Subject", "Date", "Message-ID", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post",
    "Feedback-ID", "Content-Language", "MIME-Version", "Content-Type", "X-Newsletter-Delivery",
)  # fmt: skip


def edition(html: Pieces = ("<p>Dag ", NAME, "</p>\n"), text: Pieces = ("Dag ", NAME, "\n"), **fields: str) -> Edition:
    given = {"issue": "2026-10-03", "language": "nl", "subject": "Een onderwerp", "preheader": "", **fields}
    return Edition(html=html, text=text, **given)  # type: ignore[arg-type]


def message(
    name: str = "P. van Dam", address: str = "p@example.nl", of: Edition | None = None, **fields: object
) -> Message:
    given: dict[str, object] = {
        "delivery": "d1",
        "edition": of or edition(),
        "letterhead": HEAD,
        "subscriber": Subscriber(id="0" * 32, address=address, name=name),
        "values": {NAME: " ".join(name.split())},
        "unsubscribe": "https://weekbrief.example.nl/leave/x",
        **fields,
    }
    return Message(**given)  # type: ignore[arg-type]


def parsed(content: bytes) -> EmailMessage:
    return cast("EmailMessage", BytesParser(policy=modern).parsebytes(content))


def read_back(one: Message) -> tuple[str, str]:
    """HTML and text as a client decodes them; the line ends that a part has on the wire are CRLF."""
    html, text = (parsed(mime.to_bytes(one)).get_body((kind,)) for kind in ("html", "plain"))
    assert html is not None
    assert text is not None
    return html.get_content().replace("\r\n", "\n"), text.get_content().replace("\r\n", "\n")


def named(content: bytes) -> tuple[str, str]:
    """Name and address of To. The newer parser puts blanks between encoded words, so the older one reads it."""
    name, address = parseaddr(message_from_bytes(content)["To"])
    return str(make_header(decode_header(name))), address


letters = st.characters(exclude_characters="\r\0", exclude_categories=("Cs",))
names = st.one_of(
    st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=120),
    st.sampled_from([
        'Jan "de Boer" Smit', "O'Brien, Anne (redactie)", "يعقوب", "שרה כהן", "👩‍🌾 Annelies", "a" * 300, "é" * 150,
        "x @ y", "Bcc: x@example.nl", "\\", "=?utf-8?q?x?=", ".", " ", "Jan;Piet", "<script>",
        "a\u2028b", "a\x85b", "a\u00a0b",
    ]),
)  # fmt: skip


@given(name=names)
def test_both_parts_decode_to_what_was_merged(name: str) -> None:
    one = message(name)
    assert read_back(one) == (one.html, one.text)


@given(
    html=st.lists(st.text(letters, max_size=200), max_size=4),
    value=st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=200),
)
def test_any_text_survives_the_wire_in_lines_of_76(html: list[str], value: str) -> None:
    pieces = tuple(piece for text in html for piece in (text, NAME))
    one = message(of=edition(html=(*pieces, "\n")), values={NAME: value})
    content = mime.to_bytes(one)
    assert max(map(len, content.partition(b"\r\n\r\n")[2].split(b"\r\n"))) <= 76
    assert read_back(one) == (one.html, one.text)


@pytest.mark.parametrize("blank", [" ", "\t"])
@pytest.mark.parametrize("length", range(70, 155))
def test_a_blank_at_the_end_of_a_line_makes_no_line_too_long(length: int, blank: str) -> None:
    text = "a" * length + blank + "\nb"
    lines = mime._encode(text).split(b"\r\n")
    assert max(map(len, lines)) <= 76
    assert quopri.decodestring(b"\n".join(lines)).decode() == text


stretches = st.sampled_from(["a", "é", "=", " ", "\t", "\n", "\r\n", "\r", ".", "😀", "a" * 37, "a" * 72, "From "])


@given(text=st.lists(stretches, max_size=40).map("".join) | st.text(max_size=300))
def test_any_text_is_encoded_in_lines_of_76_without_a_blank_at_their_end_and_read_back(text: str) -> None:
    encoded = mime._encode(text)
    lines = encoded.split(b"\r\n")
    assert max(map(len, lines)) <= 76
    assert not any(line.endswith((b" ", b"\t")) or b"\n" in line or b"\r" in line for line in lines)
    read = quopri.decodestring(encoded).replace(b"\r\n", b"\n").decode()
    assert read == text.replace("\r\n", "\n").replace("\r", "\n")


@given(name=names)
def test_lines_end_in_crlf_only_and_everything_is_ascii(name: str) -> None:
    content = mime.to_bytes(message(name))
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert b"\r" not in content.replace(b"\r\n", b"")
    assert content.isascii()


@given(name=names)
def test_a_name_is_read_back_and_starts_no_header(name: str) -> None:
    content = mime.to_bytes(message(name))
    back = parsed(content)
    assert [field.lower() for field in back] == [field.lower() for field in mime.header_names(content)]
    assert len(back) == len(ONCE)
    assert named(content)[1] == "p@example.nl"
    assert named(content)[0].split() == name.split()


def test_every_example_reads_back_as_it_was_merged(message_of: Callable[[str], Message]) -> None:
    for name in examples.ISSUES:
        one = message_of(name)
        assert read_back(one) == (one.html, one.text), name


def test_it_is_an_alternative_of_text_and_html(message_of: Callable[[str], Message]) -> None:
    back = parsed(mime.to_bytes(message_of("reference")))
    assert back.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in back.iter_parts()] == ["text/plain", "text/html"]
    assert {part["Content-Transfer-Encoding"] for part in back.iter_parts()} == {"quoted-printable"}
    assert {part.get_content_charset() for part in back.iter_parts()} == {"utf-8"}
    assert not back.defects
    assert not any(part.defects for part in back.iter_parts())


@pytest.mark.parametrize("header", ONCE)
def test_a_header_stands_there_once(header: str) -> None:
    assert mime.header_names(mime.to_bytes(message())).count(header.lower()) == 1


def test_without_reply_to_there_is_no_such_header() -> None:
    bare = message(letterhead=replace(HEAD, reply_to=None))
    assert "reply-to" not in mime.header_names(mime.to_bytes(bare))


def test_the_one_click_pair_is_there_and_carries_the_address() -> None:
    back = parsed(mime.to_bytes(message()))
    assert back["List-Unsubscribe"] == "<https://weekbrief.example.nl/leave/x>"
    assert back["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_a_mailbox_to_leave_stands_behind_the_one_click_address_and_is_read_back() -> None:
    mailbox = "mailto:retour+abc@example.nl?subject=unsubscribe"
    one = message(mailbox=mailbox)
    both = f"<https://weekbrief.example.nl/leave/x>, <{mailbox}>"
    assert parsed(mime.to_bytes(one))["List-Unsubscribe"] == mime.list_headers(one)["List-Unsubscribe"] == both
    assert parsed(mime.to_bytes(one))["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_where_a_message_comes_back_to_stands_in_no_header() -> None:
    assert mime.to_bytes(message(return_path="retour+abc@example.nl")) == mime.to_bytes(message())


def test_a_one_click_address_stays_on_one_line_however_long() -> None:
    address = "https://weekbrief.example.nl/leave/" + "x" * 300
    assert f"\r\nList-Unsubscribe: <{address}>\r\n".encode() in mime.to_bytes(message(unsubscribe=address))


def test_message_id_and_delivery_carry_the_delivery() -> None:
    back = parsed(mime.to_bytes(message(delivery="d-17")))
    assert back["Message-ID"] == "<d-17@example.nl>"
    assert back["X-Newsletter-Delivery"] == "d-17"


def test_list_id_reads_as_a_name_and_stays_with_the_sender() -> None:
    assert parsed(mime.to_bytes(message()))["List-Id"] == "De Heuvelbode <weekbrief.example.nl>"


def test_feedback_id_has_four_parts_and_the_sender_at_the_end() -> None:
    parts = parsed(mime.to_bytes(message()))["Feedback-ID"].split(":")
    assert len(parts) == 4
    assert 5 <= len(parts[-1]) <= 15


@pytest.mark.parametrize("name", ["Bode “De Vrijheid”", "نشرة الأسبوع", "Bode <x@y.nl>", "d’Âge " * 30])
def test_any_newsletters_name_makes_a_list_id(name: str) -> None:
    sent = message(letterhead=replace(HEAD, list_id=mime.list_id(name, HEAD.sender)))
    assert parsed(mime.to_bytes(sent))["List-Id"].endswith("<weekbrief.example.nl>")


@given(subject=st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=200))
def test_a_subject_is_read_back(subject: str) -> None:
    back = parsed(mime.to_bytes(message(of=edition(subject=subject))))
    assert back["Subject"].split() == subject.split()


@pytest.mark.parametrize("bad", ["a\r\nBcc: x@example.nl", "a\nb", "a\rb", "a\0b", "a\x7fb"])
def test_a_line_break_in_a_name_is_refused(bad: str) -> None:
    with pytest.raises(ContentError, match="control character"):
        mime.to_bytes(message(bad, values={NAME: ""}))


@pytest.mark.parametrize("field", ["address", "delivery", "unsubscribe", "mailbox"])
def test_a_line_break_anywhere_in_a_readers_headers_is_refused(field: str) -> None:
    bad = "x@example.nl\r\nBcc: y@example.nl"
    with pytest.raises(ContentError, match="control character"):
        mime.to_bytes(message(address=bad) if field == "address" else message(**{field: bad}))


def test_an_address_that_no_ascii_can_spell_is_refused_in_a_sentence() -> None:
    with pytest.raises(ContentError, match="letters before its @"):
        mime.to_bytes(message(address="jörg@example.nl"))


def test_a_sender_on_an_international_domain_is_spelt_in_ascii_everywhere() -> None:
    sender = "De Bode <brief@bücher.example>"
    head = replace(HEAD, sender=sender, reply_to=sender, list_id=mime.list_id("De Bode", sender))
    back = parsed(mime.to_bytes(message(letterhead=head)))
    assert back["From"] == back["Reply-To"] == "De Bode <brief@xn--bcher-kva.example>"
    assert back["Message-ID"] == "<d1@xn--bcher-kva.example>"
    assert back["List-Id"] == "De Bode <brief.xn--bcher-kva.example>"


def test_a_line_break_in_the_subject_is_refused() -> None:
    with pytest.raises((ContentError, ValueError)):
        mime.to_bytes(message(of=edition(subject="a\r\nBcc: x@example.nl")))


@pytest.mark.parametrize(
    ("address", "spelt"),
    [
        ("p@bücher.example", "p@xn--bcher-kva.example"),
        ("p@straße.example", "p@xn--strae-oqa.example"),
        ("p@BÜCHER.Example", "p@xn--bcher-kva.Example"),
        ("o'brien+nieuws@example.nl", "o'brien+nieuws@example.nl"),
    ],
)
def test_an_international_domain_is_spelt_in_ascii(address: str, spelt: str) -> None:
    (to,) = parsed(mime.to_bytes(message(address=address)))["To"].addresses
    assert to.addr_spec.lower() == spelt.lower()


def test_a_plain_name_and_none_need_no_encoding() -> None:
    assert b'To: "P. van Dam" <p@example.nl>\r\n' in mime.to_bytes(message())
    assert b"To: p@example.nl\r\n" in mime.to_bytes(message(""))


def test_the_same_message_gives_the_same_bytes_and_another_reader_others() -> None:
    assert mime.to_bytes(message()) == mime.to_bytes(message())
    assert mime.to_bytes(message()) != mime.to_bytes(message("Anna"))


def test_header_names_lists_a_header_as_often_as_it_stands_there() -> None:
    assert mime.header_names(b"From: x\r\nX-Y: 1\r\nx-y: 2\r\n\r\nTo: x") == ["from", "x-y", "x-y"]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("x@example.nl", "x@example.nl"),
        ("De Bode <x@example.nl>", "x@example.nl"),
        ("x@example.nl, y@example.nl", None),
        ("x@example.nl\r\nBcc: y@example.nl", None),
    ],
)
def test_a_mailbox_is_one_address_with_or_without_a_name(text: str, address: str | None) -> None:
    assert mime.address_of(text) == address


@pytest.mark.parametrize("length", range(1, 200))
def test_a_value_of_any_length_leaves_room_for_a_soft_break(length: int) -> None:
    for text in ("a" * length, "é" * length, "a" * (length - 1) + "é", "a " * length):
        lines = mime._encode(text).split(b"\r\n")
        assert max(map(len, lines)) <= 76
        assert len(lines[-1]) <= 75
        assert quopri.decodestring(b"\r\n".join(lines)).decode() == text


# For an API


def test_an_api_is_given_the_headers_that_it_has_no_fields_for(message_of: Callable[[str], Message]) -> None:
    message = message_of("reference")
    headers = mime.list_headers(message)
    sent = parsed(mime.to_bytes(message))
    assert list(headers) == [
        "X-Newsletter-Delivery", "List-Unsubscribe", "List-Id", "List-Unsubscribe-Post", "Feedback-ID",
        "Content-Language",
    ]  # fmt: skip
    assert all(value.isascii() and "\n" not in value for value in headers.values())
    assert headers["List-Unsubscribe"] == sent["List-Unsubscribe"] == f"<{message.unsubscribe}>"


@pytest.mark.parametrize("subject", ["", "regel\u2028twee", "a\u0085b"])
def test_a_subject_is_one_line_whatever_it_holds(message_of: Callable[[str], Message], subject: str) -> None:
    message = message_of("empty")
    message = replace(message, edition=replace(message.edition, subject=subject))
    assert parsed(mime.to_bytes(message))["Subject"] == subject.replace("\u2028", " ").replace("\u0085", " ")


def test_an_embedded_message_carries_each_picture_once_beside_its_html(message_of: Callable[[str], Message]) -> None:
    message = replace(message_of("reference"), embedded=True)
    alternative = parsed(mime.to_bytes(message))
    text, related = alternative.iter_parts()
    html, *pictures = related.iter_parts()
    assert [part.get_content_type() for part in (alternative, text, related, html)] == [
        "multipart/alternative", "text/plain", "multipart/related", "text/html",
    ]  # fmt: skip
    assert [part["Content-ID"] for part in pictures] == [f"<{p.name}>" for p in message.edition.pictures]
    assert [part.get_content() for part in pictures] == [p.data for p in message.edition.pictures]
    assert max(map(len, mime.to_bytes(message).split(b"\r\n"))) <= 998
