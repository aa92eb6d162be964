"""What generators, notebooks and mailers add to Markdown, rule by rule; whole articles are in ``markdown/``."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.sources._markdown.asides import quote_asides
from newsletter.sources._markdown.contents import without_contents
from newsletter.sources._markdown.mailtags import without_mail_tags
from newsletter.sources._markdown.mdx import as_markdown, is_mdx
from newsletter.sources._markdown.wiki import plain_links

ALL = (quote_asides, without_contents, without_mail_tags, as_markdown, plain_links)


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        (":::note\nEen.\n:::", "\n>\n> Een.\n"),
        (":::tip[Let op]\nEen.\n:::", "\n> **Let op**\n>\n> Een.\n"),
        ("::: warning Pas op\nEen.\n:::", "\n> **Pas op**\n>\n> Een.\n"),
        ('::: {.callout-note title="Let op"}\nEen.\n:::', "\n> **Let op**\n>\n> Een.\n"),
        (":::columns\nEen.\n:::", "\nEen.\n"),
        ('!!! note "Let op"\n    Een.\n\nTwee.', "> **Let op**\n>\n> Een.\n>\n\nTwee."),
        ("> [!NOTE]\n> Een.", "> Een."),
        ("> [!tip]- Let op\n> Een.", "> **Let op**\n>\n> Een."),
    ],
)
def test_an_aside_becomes_a_quote(text: str, quote: str) -> None:
    assert quote_asides(text) == quote


def test_asides_stand_in_each_other() -> None:
    text = quote_asides(":::note\na\n\n:::tip\nb\n:::\n\nc\n:::\nd")
    assert [line for line in text.split("\n") if line.strip(" >")] == ["> a", "> > b", "> c", "d"]


def test_asides_too_deep_in_each_other_are_no_deeper_quotes() -> None:
    assert quote_asides(":::note\n" * 500 + "a").endswith("\n" + "> " * 8 + "a")


@pytest.mark.parametrize("text", ["```\n:::note\nx\n:::\n```", "Kies a:::b.", "!!! Let op", "> [a] b"])
def test_what_only_looks_like_an_aside_stays(text: str) -> None:
    assert quote_asides(text) == text


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("[[Map/Kees Pol|schipper]]", "schipper"),
        ("[[Map/Kees Pol#Jeugd]]", "Kees Pol"),
        ("[[#Jeugd]]", "Jeugd"),
        ("![[a b.png|300]]", "![](<a b.png>)"),
        ("![[a.png|De kade]]", "![De kade](<a.png>)"),
        ("Voor ![[notitie]] na", "Voor  na"),
        ("==zeer== fijn ^a1b2c3", "zeer fijn"),
        ("%% later\nnog %%\nTekst", "\n\nTekst"),
    ],
)
def test_a_notebooks_signs_become_what_they_show(text: str, plain: str) -> None:
    assert plain_links(text) == plain


@pytest.mark.parametrize("text", ["[[1]](#noot)", "`[[x]]`", "a == b en c == d", "5%% van 3%%", "x ^2", "[[]]"])
def test_what_is_no_sign_of_a_notebook_stays(text: str) -> None:
    assert plain_links(text) == text


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("import A from './a';\nimport {\n  B,\n} from 'b'\n\nTekst", "\n\n\n\n\nTekst"),
        ("export const a = {\n  b: {c: 1},\n};\n\nTekst", "\n\n\n\nTekst"),
        ("{/* x */}Tekst{' '}na", "Tekst na"),
        ("<Knop kleur={{a: 1}} b='c'>Klik</Knop>", "Klik"),
        ("<>a</><My.Deel />", "a"),
        ('<YouTube id="dQ_w-4" />', "[Video](https://www.youtube.com/watch?v=dQ_w-4)"),
        ("import p from './p.png'\n\n<Image src={p} alt=\"De p\" />", "\n\n![De p](<./p.png>)"),
        ("<Foto src='/p.jpg' caption='Een p' />", '![](</p.jpg> "Een p")'),
        ("<p style={{color: 'red'}} id=\"x\">a</p>", '<p id="x">a</p>'),
        ("<p>a</p>", "<p>a</p>"),
        ("x_{i} en $a{b}$", "x_{i} en $a{b}$"),
        ("`<A b={c}/>` {c}", "`<A b={c}/>` "),
        ("{/* truncate */}", "<!-- truncate -->"),
    ],
)
def test_mdx_becomes_markdown(text: str, markdown: str) -> None:
    assert as_markdown(text) == markdown


def test_mdx_is_known_by_its_name_or_by_its_imports() -> None:
    assert is_mdx("a.MDX", "Tekst")
    assert is_mdx("a.md", "Tekst\n\nimport Tabs from '@theme/Tabs';\n")
    assert not is_mdx("a.md", "De import uit ’t buitenland.\nimport is een woord.")


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("[Uitschrijven]({{ unsubscribe_url }}) · [Beheer]( {{manage_subscription_url}} )\nTekst", "\nTekst"),
        ('<a class="x" href="{{ unsubscribe_url }}">Weg</a>', ""),
        ("Word lid: [hier](https://x.example.org/subscribe?a=b)", "Word lid: "),
        ("[Share](%%share_url%%)\n[Deel](https://example.org/p?action=share)", "\n"),
        ("Hallo *|FNAME|*", "Hallo "),
    ],
)
def test_links_of_another_mailer_go_with_their_words(text: str, rest: str) -> None:
    assert without_mail_tags(text) == rest


@pytest.mark.parametrize("text", ["[Uitschrijven](https://example.org/weg)", "`[a]({{ unsubscribe_url }})`", "5%%"])
def test_other_links_stay(text: str) -> None:
    assert without_mail_tags(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "[[toc]]\n\n* TOC\n{:toc}\n",
        "## Inhoud\n\n- [Een](#een)\n  - [Twee](#twee)\n",
        "1. [Een](#een)\n2. [Twee](#twee)\n\n",
    ],
)
def test_a_table_of_contents_goes(text: str) -> None:
    assert without_contents(f"Voor.\n\n{text}Na.").split() == ["Voor.", "Na."]


@pytest.mark.parametrize("text", ["- [Een](#een)\n- Zie [twee](#twee)", "- [a](b)\n- [c](d)", "## Inhoud\n\nTekst."])
def test_another_list_of_links_stays(text: str) -> None:
    assert without_contents(text) == text


@given(st.text(alphabet="{}<>[]|%!:=^`>~ab\n */\"'#", max_size=60))
def test_any_text_is_read_and_keeps_its_lines(text: str) -> None:
    for change in ALL[1:]:
        assert change(text).count("\n") == text.count("\n")
    quote_asides(text)
