"""The digest's text part: all that the issue says, in its order, without mark-up."""

import re
from collections.abc import Callable
from pathlib import Path

import examples
from shown import message_with

from newsletter.model.issue import Block
from newsletter.model.mail import Message
from newsletter.rendering.text import Citations, wrap


def test_links_of_introduction_and_blocks_are_the_same_in_both_parts(root: Path) -> None:
    linked = '<p>Lees <a href="https://example.nl/brief">de brief</a>.</p>'
    issue = examples.issue(Block(id="a", kind="announcement", html=linked), introduction_html=linked)
    message = message_with(root, issue, links={"own": ["example.nl"], "append": "utm_source=brief"})
    assert message.html.count("https://example.nl/brief?utm_source=brief") == 2
    assert message.text.count("https://example.nl/brief?utm_source=brief") == 2


def test_the_text_part_says_everything_the_issue_says(root: Path) -> None:
    issue = examples.everything(root)
    message = message_with(root, issue, newsletter={"typography": False})
    text = " ".join(message.text.split())
    said = [p.article.title for p in issue.placements] + [
        p.teaser for p in issue.placements if p.kind in {"story", "brief"}
    ]
    said += [issue.preheader, examples.LEAD, "Geachte lezer,", "De redactie", "Door Hanna Wierda · 7 min"]
    said += ["een sluis", "Gezegd is gezegd.", "Tussenkop", "peil --nu", "Peil | 3,20 m", "Schrijf ons"]
    said += ["Woord voor de week", "Wie waakt, ziet de nacht korten.", "Jacob Rietveld", "Open avond", "Komt u ook?"]
    said += ["Boekhandel Van Staveren", "De catalogus ligt klaar.", "Bekijk de catalogus", "https://example.nl/boek"]
    assert [words for words in said if words and words not in text] == []


def test_the_text_part_follows_the_order_of_the_issue(root: Path) -> None:
    issue = examples.mixed(root)
    text = message_with(root, issue).text
    addresses = [p.article.url for p in issue.placements]
    assert re.findall(r"https://example\.nl/nieuws/\S+", text) == addresses


def test_the_text_part_begins_with_name_dateline_and_a_double_line(message_of: Callable[[str], Message]) -> None:
    lines = message_of("mixed").text.split("\n")
    assert lines[0] == "DE HEUVELBODE"
    assert lines[1].replace("\N{NO-BREAK SPACE}", " ") == "Nummer 36 · zaterdag 3 oktober 2026"
    assert lines[2] == "=" * 72


def test_the_text_part_has_no_mark_up_or_entities(message_of: Callable[[str], Message]) -> None:
    assert not re.search(r"</?[a-z]+[ >]|&(amp|quot|#\d+);", message_of("everything").text)


def test_code_keeps_its_indentation_and_a_quoted_one_too() -> None:
    code = "def pont():\n    if water:\n        return 1\n"
    written = Citations().paragraphs(
        f"<p>Zo:</p><pre><code>{code}</code></pre><blockquote><pre>{code}</pre></blockquote>"
    )
    assert written == f"Zo:\n\n{code}\n> def pont():\n>     if water:\n>         return 1"


def test_what_belongs_to_an_item_stands_below_its_words() -> None:
    html = f"<ol><li><p>Een</p><p>{'woord ' * 20}</p><ul><li>{'diep ' * 20}</li></ul></li></ol><dl><dd>Uitleg</dd></dl>"
    lines = Citations().paragraphs(html).split("\n")
    assert lines[0] == "1. Een"
    assert [len(line) - len(line.lstrip()) for line in lines[1:] if line] == [3, 3, 3, 5, 4]
    assert max(map(len, lines)) <= 72


def test_where_a_title_may_break_is_told_to_the_html_only(root: Path) -> None:
    title = "Watermanagements\N{SOFT HYPHEN}verantwoordelijkheid drukt op Kromwaarde"
    story = examples.placed("story", title=title, lead=title)
    message = message_with(root, story, Block(kind="word", id="woord", html=f"<p>{title}</p>"))
    assert "Watermanagements\N{SOFT HYPHEN}verantwoordelijkheid" in message.html
    assert "\N{SOFT HYPHEN}" not in message.text
    assert "Watermanagementsverantwoordelijkheid" in message.text


def test_what_is_not_seen_does_not_count_in_a_lines_width() -> None:
    assert wrap("water\N{SOFT HYPHEN} " * 12) == "water " * 11 + "water"
