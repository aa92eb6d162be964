"""A text file that opens with front matter is an article written by hand, and is read as one."""

from pathlib import Path

import pytest
from pasted import HOUSE, NEXT_PARAGRAPH, PARAGRAPH, read, refusal

from newsletter import sources
from newsletter.sources import markdown
from newsletter.sources._base import Document

YAML = '---\ntitle: "De dijk houdt het"\nsection: Binnenland\nauthor: Anna Kok\ndate: 2026-11-20\n---\n'
TOML = '+++\ntitle = "De dijk houdt het"\nsection = "Binnenland"\nauthor = "Anna Kok"\ndate = 2026-11-20\n+++\n'
BODY = f"\n{PARAGRAPH}\n\n## Klei\n\nDe klei is *droog*. {NEXT_PARAGRAPH}\n"


@pytest.mark.parametrize("head", [YAML, TOML, f"\n{YAML}", f"\ufeff{YAML}", YAML.replace("\n", "\r\n")])
def test_front_matter_and_markdown_below_it_are_read_as_in_a_markdown_file(head: str) -> None:
    found = read(head + BODY)
    assert found == markdown.read(Document(name="pasted.txt", data=(head + BODY).encode()), HOUSE)
    article = found.article
    assert (article.title, article.section, [one.name for one in article.authors]) == (
        "De dijk houdt het",
        "Binnenland",
        ["Anna Kok"],
    )
    assert [passage.crosshead for passage in article.passages if passage.crosshead] == ["Klei"]


def test_an_issue_reads_such_a_file_so_too(tmp_path: Path) -> None:
    document = Document(name="dijk.txt", data=(YAML + BODY).encode(), folder=tmp_path)
    assert sources.read(document, HOUSE).article.title == "De dijk houdt het"


def test_windows_text_below_front_matter_is_read_and_its_accents_are_noted() -> None:
    found = read((YAML + BODY + "\nZij dronken één kop café.\n").encode("cp1252"))
    assert "één kop café" in found.body
    assert [note.code for note in found.notes] == ["encoding-guessed"]


@pytest.mark.parametrize(
    ("written", "sentence", "line"),
    [
        (f"---\ntitle: De dijk houdt het\n\n{PARAGRAPH}\n", "opened with `---` and never closed", 1),
        (YAML.replace('"De dijk houdt het"', "Dijk: hij houdt het") + BODY, "a value with a colon needs quotes", 2),
        (YAML.replace("title: ", "layout: ") + f"\n{PARAGRAPH}\n", "the article has no title", None),
    ],
)
def test_broken_front_matter_is_refused_with_its_line_and_never_taken_for_text(
    written: str, sentence: str, line: int | None
) -> None:
    error = refusal(written)
    assert sentence in error.sentence
    assert (error.file, error.line) == ("pasted.txt", line)


@pytest.mark.parametrize(
    "rule",
    [
        "---\n\n",
        "---\nLokaal nieuws: Zanddorp\n---\n\n",
        "---\nLokaal nieuws: het weer: droog\n\n",
        "+++\n\n",
        "------\n\n",
    ],
)
def test_a_line_of_dashes_that_opens_no_front_matter_is_the_texts_own(rule: str) -> None:
    article = f"De dijk houdt het\n\nAnna Kok\n\n20 november 2026 19:29\n\n{PARAGRAPH}\n\n{NEXT_PARAGRAPH}\n"
    assert "front matter" not in repr(read(rule + article).notes)
    assert read(rule + article).article.published == read(article).article.published
