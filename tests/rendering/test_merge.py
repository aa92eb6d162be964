"""Merge fields: nothing that is written can forge one, nothing that readers are called can break out of one."""

import html
from collections.abc import Callable
from dataclasses import replace

import examples
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html

from newsletter import mime
from newsletter.build import merger
from newsletter.config import Config
from newsletter.errors import ContentError
from newsletter.links import DEMO_KEY, sign_mailbox
from newsletter.model.issue import Issue, Section
from newsletter.model.mail import Edition, Message, Pieces, Slot
from newsletter.model.subscriber import Subscriber
from newsletter.rendering.merge import ESCAPES, FIELDS, Merge, Tokens

TOKENS = Tokens("0" * 32)
FIELD = TOKENS.fields


def slots(pieces: Pieces) -> list[Slot]:
    return [piece for piece in pieces if isinstance(piece, Slot)]


def cut(page: str) -> Pieces:
    return TOKENS.cut_html(page)[0]


def contexts(page: str) -> list[str]:
    return [slot.context for slot in slots(cut(page))]


def issue_saying(text: str) -> Issue:
    story = examples.placed("story", title=text, teaser=text, topic=text, lead=text)
    return examples.issue(Section(name=text, placements=(story,)), subject=text, preheader=text)


tokenlike = st.builds(
    "{}mf{}_{}_{}".format,
    st.text(max_size=5),
    st.sampled_from(("0" * 32, "f" * 32, Tokens.of(issue_saying("")).nonce, "{nonce}")),
    st.sampled_from(FIELDS),
    st.sampled_from(("", "{{ reader.name }}", "{% raw %}", "<!--", "\0name/html\0")),
)


@given(text=st.one_of(st.text(max_size=40), tokenlike))
def test_no_text_of_an_issue_holds_a_token_of_its_own_rendering(text: str) -> None:
    issue = issue_saying(text)
    fields = Tokens.of(issue).fields.values()
    assert not any(token in text or token in repr(issue) for token in fields)


def test_a_text_that_copies_the_tokens_of_an_earlier_rendering_stays_text(root, config, merge_for) -> None:  # type: ignore[no-untyped-def]
    stolen = str(Tokens.of(issue_saying("x")).fields["unsubscribe"])
    page = examples.render(issue_saying(stolen), config())
    innocent = examples.render(issue_saying("x"), config())
    assert slots(page.html) == slots(innocent.html)
    assert merge_for(page)(examples.READER, delivery="d1").html.count(stolen) > 3


def test_braces_in_an_article_are_text(config, merge_for) -> None:  # type: ignore[no-untyped-def]
    edition = examples.render(issue_saying("{{ reader.unsubscribe }} {% include 'x' %}"), config())
    message = merge_for(edition)(examples.READER, delivery="d1")
    assert "{{ reader.unsubscribe }}" in message.html
    assert "{{ reader.unsubscribe }}" in message.text


@pytest.mark.parametrize(
    ("page", "context"),
    [
        ("<p>Dag {},</p>", "html"),
        ("<title>{}</title>", "html"),
        ('<img alt="Voor {} &gt; allen">', "html"),
        ("<img alt='{}'>", "html"),
        ('<img alt="1 > 0, {}">', "html"),
        ('<a href="https://example.nl/?wie={}">', "url"),
        ('<a class="x" href="https://example.nl/{}" title="y">', "url"),
        ('<a href="https://example.nl/?a&gt;b&amp;wie={}">', "url"),
        ('<td background="https://example.nl/{}">', "url"),
        ("""<a title="x='y" href="https://example.nl/?wie={}">""", "url"),
        ("""<a title='x="y' href="https://example.nl/?wie={}">""", "url"),
        ("""<img alt="href='x, {}">""", "html"),
        ("""<img alt="style='x, {}">""", "html"),
        ("""<img alt="style='x" title='{}'>""", "html"),
        ("""<img alt="style='x" src="https://example.nl/{}">""", "url"),
    ],
)
def test_a_slot_knows_where_it_stands(page: str, context: str) -> None:
    assert contexts(page.format(FIELD["name"])) == [context]


@pytest.mark.parametrize("field", ["unsubscribe", "preferences", "web_version", "pictures"])
def test_an_address_may_begin_a_link(field: str) -> None:
    assert contexts(f'<p>{FIELD["name"]}</p><a href="{FIELD[field]}x">') == ["html", "link"]


@pytest.mark.parametrize(
    "page",
    [
        '<a href="{}">',
        "<a href='{}/x'>",
        "<!-- {} -->",
        "<style>a {{ color: {} }}</style>",
        "<script>var naam = '{}'</script>",
        '<p style="color: {}">',
        """<p title="x='y" style="color: {}">""",
        """<a title="x='y" href="{}">""",
        '<p onclick="{}">',
        "<p {}>",
        "<{}>",
        "<a href={}>",
    ],
)
def test_a_name_where_no_value_can_be_made_safe_is_an_error_that_names_it(page: str) -> None:
    with pytest.raises(ContentError, match=r"reader\.name"):
        cut(page.format(FIELD["name"]))


def test_text_after_a_comment_or_a_style_sheet_holds_a_field() -> None:
    page = f"<style>a {{}}</style><!-- x --><p>{FIELD['name']}</p>"
    assert contexts(page) == ["html"]


pieces = st.lists(st.one_of(st.text("ab<&\n", max_size=5), st.sampled_from(FIELDS)), max_size=12)


@given(pieces=pieces)
def test_joining_is_what_replacing_each_token_would_give(pieces: list[str]) -> None:
    written = "".join(FIELD.get(piece, piece) for piece in pieces)  # type: ignore[call-overload]
    naive = "".join(f"«{piece}»" if piece in FIELDS else piece for piece in pieces)
    joined = "".join(p if isinstance(p, str) else f"«{p.field}»" for p in TOKENS.cut_text(written))
    assert joined == naive


def test_pieces_are_never_empty_and_marks_are_gone() -> None:
    page = f"<p>{TOKENS.mark('dijk')}{FIELD['name']}{FIELD['address']}</p>"
    found, sizes = TOKENS.cut_html(page)
    assert found[0] == "<p>"
    assert "" not in found
    assert [name for name, _ in sizes] == ["frame", "dijk"]


def test_sizes_add_up_to_the_page_without_its_marks() -> None:
    page = f"<p>één</p>{TOKENS.mark('a--b')}<p>{FIELD['name']}</p>{TOKENS.mark('frame')}<p>€</p>"
    _, sizes = TOKENS.cut_html(page)
    assert sum(size for _, size in sizes) == len(f"<p>één</p><p>{FIELD['name']}</p><p>€</p>".encode())


awkward = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        ['"><script>alert(1)</script>', "' onload='x", "{{ 7*7 }}", "Bcc: x@example.nl", "a\r\nBcc: b", "\u2028\u2029"]
    ),
)


@given(value=awkward)
def test_no_value_breaks_out_of_text_or_an_attribute(value: str) -> None:
    page = lxml_html.document_fromstring(f'<p><b title="{ESCAPES["html"](value)}">{ESCAPES["html"](value)}</b></p>')
    assert [element.tag for element in page.iter()] == ["html", "body", "p", "b"]
    assert list(page.find(".//b").attrib) == ["title"]


@given(value=awkward)
def test_no_value_breaks_out_of_a_piece_of_an_address(value: str) -> None:
    assert set(ESCAPES["url"](value)) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~%")


@given(value=awkward)
def test_a_value_is_one_line_of_the_text_part(value: str) -> None:
    assert not set(ESCAPES["text"](value)) & set("\r\n\0\u2028\u2029")


@given(name=awkward)
def test_a_readers_name_comes_out_of_the_page_as_it_went_in(name: str) -> None:
    shown = html.unescape(ESCAPES["html"](name))
    assert shown == ESCAPES["text"](name)


def test_a_message_says_what_the_template_and_the_reader_say(message_of: Callable[[str], Message]) -> None:
    message = message_of("reference")
    assert "op p.vandam@example.nl, omdat u zich op 12 maart 2023 hebt aangemeld" in " ".join(message.text.split())
    assert message.unsubscribe in message.html
    assert message.unsubscribe in message.text


def test_with_an_inbox_a_message_can_be_left_by_mail_and_comes_back_to_its_own_reader(
    edition_of: Callable[[str], Edition], config: Callable[..., Config]
) -> None:
    settings = config(inbox={"address": "Weekbrief <retour@example.nl>"})
    message = examples.message_for(edition_of("empty"), settings)
    mailbox, return_path = (sign_mailbox(DEMO_KEY, examples.READER.id, what) for what in ("mailbox", "return"))
    assert message.mailbox == f"mailto:retour+{mailbox}@example.nl?subject=unsubscribe"
    assert message.return_path == f"retour+{return_path}@example.nl"


def test_the_address_that_a_mail_comes_back_to_does_not_stand_in_it(
    edition_of: Callable[[str], Edition], config: Callable[..., Config]
) -> None:
    message = examples.message_for(edition_of("empty"), config(inbox={"address": "retour@example.nl"}))
    assert message.return_path is not None
    content = mime.to_bytes(message).replace(b"=\r\n", b"").replace(b"\r\n ", b"")
    assert message.return_path.encode() not in content


def test_without_an_inbox_a_message_is_left_on_the_web_only(message_of: Callable[[str], Message]) -> None:
    assert message_of("empty").mailbox is message_of("empty").return_path is None


def test_a_test_mail_names_nobodys_mailbox(edition_of: Callable[[str], Edition], config: Callable[..., Config]) -> None:
    merge = merger(
        edition_of("empty"), config(inbox={"address": "retour@example.nl"}), date=examples.DAY, pictures="", test=True
    )
    message = merge(examples.READER, delivery="d1")
    assert message.mailbox is message.return_path is None


def test_a_notices_field_is_none_of_an_issue() -> None:
    assert "action" not in TOKENS.fields
    assert Tokens("0" * 32, ("action",)).fields.keys() == {"action"}


def test_without_a_day_of_joining_the_sentence_ends_after_the_address(
    edition_of: Callable[[str], Edition], merge_for: Callable[[Edition], Merge]
) -> None:
    reader = replace(examples.READER, joined=None)
    message = merge_for(edition_of("empty"))(reader, delivery="d1")
    assert "U ontvangt deze brief op p.vandam@example.nl. Vragen" in message.html


def test_a_name_in_a_message_cannot_become_mark_up(
    config,
    merge_for,
    tmp_path,  # type: ignore[no-untyped-def]
) -> None:
    folder = tmp_path / "templates" / "groet"
    folder.mkdir(parents=True)
    (folder / "template.toml").write_text("version = 1")
    (folder / "edition.html").write_text(
        '<html><body><p title="{{ reader.name }}">Dag {{ reader.name }}</p>'
        '<a href="https://example.nl/?wie={{ reader.name }}">x</a></body></html>'
    )
    (folder / "edition.txt").write_text("Dag {{ reader.name }}\n")
    settings = examples.config(tmp_path, newsletter={"template": "groet"})
    edition = examples.render(examples.empty(tmp_path), settings)
    reader = Subscriber(id="0" * 32, address="x@example.nl", name='"><img src=x>\r\n& é')
    message = merge_for(edition)(reader, delivery="d1")
    page = lxml_html.document_fromstring(message.html)
    assert page.find(".//p").get("title") == '"><img src=x> & é'
    assert page.find(".//a").get("href") == "https://example.nl/?wie=%22%3E%3Cimg%20src%3Dx%3E%20%26%20%C3%A9"
    assert message.text == 'Dag "><img src=x> & é\n'
