"""Markdown that means harm or is far from usual: read, or refused with a sentence."""

from pathlib import Path

import pytest
from pasted import HOUSE

from newsletter.errors import Unreadable
from newsletter.issue.write import write_article
from newsletter.model.article import Reading
from newsletter.sources import read
from newsletter.sources._base import MAX_BYTES, Document


def reading(text: str, *, folder: Path | None = None, name: str = "kim.md") -> Reading:
    return read(Document(name=name, data=text.encode(), folder=folder), HOUSE)


@pytest.mark.parametrize("date", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "0001-01-01", "07:32:00"])
def test_a_date_at_the_end_of_the_calendar_is_no_date(date: str) -> None:
    found = reading(f'+++\ntitle = "Kop"\ndate = {date}\n+++\nTekst.\n')
    assert found.article.published is None
    assert [note.code for note in found.notes] == ["value-unusable"]


def test_what_is_no_name_is_not_printed_as_one() -> None:
    assert reading("---\ntitle: Kop\nauthors: [{name: {a: b}}, Anna de Wit]\n---\nTekst.\n").article.authors[
        0
    ].name == ("Anna de Wit")


def test_escapes_of_yaml_steer_nothing() -> None:
    assert reading('---\ntitle: "De \\e[31mdijk \\u202Ehoudt"\n---\nTekst.\n').article.title == "De [31mdijk houdt"


def test_keys_and_values_that_nobody_knows_are_written_so_that_they_can_be_read_again(tmp_path: Path) -> None:
    found = reading('+++\ntitle = "Kop"\n"vreemd: x\\ny" = "b\\u007f\\u0085"\n+++\nTekst.\n')
    written = write_article(tmp_path, found, replace=False, zone=HOUSE.zone)
    again = reading(written.read_text("utf-8")).article
    assert (again.title, again.extra) == ("Kop", found.article.extra)


@pytest.mark.parametrize("size", [1, MAX_BYTES])
@pytest.mark.parametrize("name", ["site.json", "site.md", "-"])
def test_an_export_of_a_site_is_told_as_one_however_large(size: int, name: str) -> None:
    export = f'{{"db": [{{"data": {{"posts": [{{"title": "a", "mobiledoc": "{"x" * size}"}}]}}}}]}}'
    with pytest.raises(Unreadable) as caught:
        reading(export, name=name)
    assert caught.value.code == "site-export"


def test_a_bomb_in_a_file_of_authors_names_nobody(tmp_path: Path) -> None:
    (tmp_path / "_config.yml").write_text("")
    bomb = "\n".join(f"a{n}: &a{n} {{name: [*a{n - 1}, *a{n - 1}]}}" for n in range(1, 30))
    (tmp_path / "authors.yml").write_text(f"a0: &a0 {{name: x}}\n{bomb}\n")
    (author,) = reading("---\ntitle: Kop\nauthor: a29\n---\nTekst.\n", folder=tmp_path).article.authors
    assert author.name == "a29"


@pytest.mark.parametrize("line", ["{:#pont}", "{: .lead}", "{:.lead #pont}", "> {: .lead}", "  {:#pont}"])
def test_an_attribute_list_of_kramdown_is_no_text(line: str) -> None:
    assert "{:" not in "".join(
        part.html
        for passage in reading(f"# Kop\n\n{line}\nDe pont vaart.\n").article.passages
        for part in passage.parts
    )


def test_an_attribute_list_in_code_is_a_word() -> None:
    (part,) = reading("# Kop\n\n```\n{:#pont}\n```\n").article.passages[0].parts
    assert "{:#pont}" in part.html
