"""Authors that are ids, and the file of the site that says whom they stand for."""

from pathlib import Path
from textwrap import indent
from zoneinfo import ZoneInfo

import pytest

from newsletter.model.article import Author
from newsletter.sources._base import Document, House
from newsletter.sources.markdown import read

AUTHORS = "mvos:\n  name: Marit Vos\n  title: redacteur\nkpol: Kees Pol\n"


def authors(site: Path, written: str) -> tuple[Author, ...]:
    house = House(sections=(), zone=ZoneInfo("Europe/Amsterdam"), language="nl", root=site.parent / "krant")
    data = f"---\ntitle: Kop\nauthors: {written}\n---\n".encode()
    return read(Document(name="kim.md", data=data, folder=site / "blog" / "kim"), house).article.authors


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "site" / "blog" / "kim").mkdir(parents=True)
    (tmp_path / "site" / "docusaurus.config.js").touch()
    return tmp_path / "site"


@pytest.mark.parametrize("name", ["blog/authors.yml", "_data/authors.yml", "blog/.authors.yml", "data/authors.yaml"])
def test_an_id_gives_way_to_the_name_it_stands_for(site: Path, name: str) -> None:
    (site / name).parent.mkdir(exist_ok=True)
    (site / name).write_text(f"authors:\n{indent(AUTHORS, '  ')}" if "/." in name else AUTHORS)
    assert authors(site, "[mvos, kpol, Jan Kok]") == (
        Author(name="Marit Vos", role="redacteur"),
        Author(name="Kees Pol"),
        Author(name="Jan Kok"),
    )
    assert authors(site, "kpol") == (Author(name="Kees Pol"),)


@pytest.mark.parametrize("text", ["", "- a", "a: [", "{{ x }}", "a: &a [*a]", "x" * 100_000])
def test_a_file_that_says_nothing_of_authors_is_passed_over(site: Path, text: str) -> None:
    (site / "blog" / "authors.yml").write_text(text)
    assert authors(site, "[mvos]") == (Author(name="mvos"),)


def test_a_file_above_the_site_is_not_read(site: Path) -> None:
    (site.parent / "authors.yml").write_text(AUTHORS)
    assert authors(site, "[mvos]") == (Author(name="mvos"),)


def test_a_map_of_authors_is_its_values() -> None:
    data = b"---\ntitle: Kop\nauthors:\n  mvos:\n    name: Marit Vos\n    title: redacteur\n---\n"
    house = House(sections=(), zone=ZoneInfo("Europe/Amsterdam"), language="nl", root=Path("/nergens"))
    assert read(Document(name="kim.md", data=data), house).article.authors == (
        Author(name="Marit Vos", role="redacteur"),
    )
