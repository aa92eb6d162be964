"""A body's HTML cut at its crossheads, and its pictures lifted out."""

from hypothesis import given
from hypothesis import strategies as st

from newsletter.markup.images import Image, lift_images
from newsletter.markup.markdown import to_html
from newsletter.markup.passages import passages
from newsletter.model.article import Part


def kinds(html: str) -> list[str]:
    return [part.kind for passage in passages(html) for part in passage.parts]


def test_each_heading_opens_a_passage_and_only_the_first_may_have_none() -> None:
    found = passages("<p>a</p><h2>Het <em>veer</em></h2><p>b</p><h3>De brug</h3>")
    assert [passage.crosshead for passage in found] == [None, "Het veer", "De brug"]
    assert found[1].parts == (Part(kind="paragraph", html="<p>b</p>"),)
    assert found[2].parts == ()


def test_each_element_is_a_part_of_its_kind() -> None:
    html = "<p>a</p><blockquote>b</blockquote><ul><li>c</li></ul><table><tr><td>d</td></tr></table>"
    html += "<pre>e</pre><figure><img src='f.jpg'></figure><p><img src='g.jpg'></p><hr><h4>h</h4>"
    assert kinds(html) == ["paragraph", "quote", "list", "table", "code", "picture", "picture", "other", "other"]


def test_a_bold_question_is_a_question() -> None:
    assert kinds("<p><strong>Waarom een pont?</strong></p><p>Omdat de brug dicht is.</p>") == ["question", "paragraph"]


def test_a_question_answered_in_quotation_marks_is_a_question() -> None:
    assert kinds("<p>Waarom een pont?</p><p>„Omdat de brug dicht is.”</p>") == ["question", "paragraph"]


def test_a_question_that_nobody_answers_is_a_paragraph() -> None:
    assert kinds("<p>Waarom toch?</p><p>Het dorp zweeg.</p>") == ["paragraph", "paragraph"]


def test_text_without_an_element_becomes_a_paragraph() -> None:
    assert [p.html for p in passages("los <b>vet</b> &lt; <p>a</p> staart")[0].parts] == [
        "<p>los <b>vet</b> &lt;</p>",
        "<p>a</p>",
        "<p>staart</p>",
    ]


def test_an_element_without_words_is_left_out() -> None:
    assert passages("<p> </p><ul><li></li></ul><h2> </h2>") == ()


@given(st.text(alphabet="ab <>&/p\n*-#1.", max_size=60))
def test_no_word_of_a_body_is_lost_between_its_passages(text: str) -> None:
    html = f"<p>{text.replace('&', '&amp;').replace('<', '&lt;')}</p><h2>kop</h2>slot"
    kept = "".join((p.crosshead or "") + "".join(part.html for part in p.parts) for p in passages(html))
    assert [c for c in kept if c in "ab1"] == [c for c in html if c in "ab1"]


def test_pictures_are_lifted_with_what_held_only_them() -> None:
    html, images = lift_images(to_html('Tekst.\n\n[![Een pont](pont.jpg "De pont")](https://example.org)\n\nSlot.'))
    assert html.split() == ["<p>Tekst.</p>", "<p>Slot.</p>"]
    assert images == (Image(src="pont.jpg", alt="Een pont", caption="De pont"),)


def test_a_figure_goes_with_its_caption() -> None:
    html, images = lift_images("<figure><img src='a.jpg' alt='x'><figcaption>De <em>brug</em></figcaption></figure>na")
    assert html == "na"
    assert images == (Image(src="a.jpg", alt="x", caption="De brug"),)


def test_words_beside_a_picture_stay() -> None:
    assert lift_images("<p>voor <img src='a.jpg'> na</p>")[0] == "<p>voor  na</p>"
