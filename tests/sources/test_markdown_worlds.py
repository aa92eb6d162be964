"""Articles as the world writes them: in ``markdown/`` one folder for each generator, notebook and mailer.

A folder is a site as its owner keeps it, read from outside the workspace; its ``expected.toml`` has a table for each
article. A table names every field that the article has, and no other; a time in it is wall time, a picture's file
counts from the site's folder. ``body`` gives each crosshead, and the kind and words of each part; ``notes`` the codes
of the findings with their lines.
"""

import re
import tomllib
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from lxml import html

from newsletter import sources
from newsletter.errors import Unreadable
from newsletter.issue.sections import teaser_of
from newsletter.issue.write import write_article
from newsletter.model.article import Article, Author, Picture, Reading
from newsletter.sources._base import Document, House

WORLDS = Path(__file__).parent / "markdown"
HOUSE = House(
    sections=(("Binnenland", ()), ("Kerk & religie", ("kerk", "religie")), ("Opinie", ("opinion",))),
    zone=ZoneInfo("Europe/Amsterdam"),
    language="nl",
    root=Path("/nergens"),
)
EXPECTED = {
    (file.parent, name): expected
    for file in sorted(WORLDS.glob("*/expected.toml"))
    for name, expected in tomllib.loads(file.read_text("utf-8")).items()
}
READ = [key for key, expected in EXPECTED.items() if "refused" not in expected]


def label(value: object) -> str:
    return value.name if isinstance(value, Path) else str(value)


def read(site: Path, name: str) -> Reading:
    file = site / name
    return sources.read(Document(name=name, data=file.read_bytes(), folder=file.parent), HOUSE)


@pytest.mark.parametrize(("site", "name"), READ, ids=label)
def test_an_article_gives_exactly_the_fields_it_has(site: Path, name: str) -> None:
    assert fields(read(site, name), site, name) == EXPECTED[site, name]


@pytest.mark.parametrize(("site", "name"), READ, ids=label)
def test_nothing_that_only_its_generator_understands_is_left(site: Path, name: str) -> None:
    article = read(site, name).article
    html_ = " ".join(part.html for passage in article.passages for part in passage.parts if part.kind != "code")
    shown = [article.title, article.lead, article.teaser, *(passage.crosshead for passage in article.passages)]
    text = " ".join(filter(None, shown)) + re.sub(r"<code>.*?</code>", "", html_)
    assert not re.search(r"\{[{%#]|[%#}]\}|<script|<iframe|^:::|\[\[|\[!|%%|__GHOST|\bimport\b", text)


@pytest.mark.parametrize(("site", "name"), READ, ids=label)
def test_it_can_be_announced(site: Path, name: str) -> None:
    assert teaser_of(read(site, name).article)


@pytest.mark.parametrize(("site", "name"), [key for key in EXPECTED if key not in READ], ids=label)
def test_the_export_of_a_whole_site_is_refused_with_what_to_do(site: Path, name: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read(site, name)
    assert caught.value.code == EXPECTED[site, name]["refused"]
    assert "import those" in caught.value.hint


@pytest.mark.parametrize(("site", "name"), READ, ids=label)
def test_what_is_imported_from_a_site_reads_as_the_same_article(site: Path, name: str, tmp_path: Path) -> None:
    found = read(site, name)
    written = write_article(tmp_path / "articles", found, replace=False, zone=HOUSE.zone)
    house = replace(HOUSE, root=tmp_path)
    document = Document(name=f"articles/{written.name}", data=written.read_bytes(), folder=written.parent)
    again = sources.read(document, house)
    assert again.article.passages == found.article.passages
    assert essence(again.article) == essence(found.article)
    first = next(iter(again.article.pictures), None)
    assert first is None or first.file is None or first.file.parent == tmp_path / "articles"


def essence(article: Article) -> dict[str, object]:
    pictures = [replace(p, file=None, line=None) for p in article.pictures[:1] if p.file or p.caption or p.credit]
    names = (
        "title",
        "section",
        "lead",
        "teaser",
        "authors",
        "published",
        "modified",
        "tags",
        "draft",
        "expires",
        "url",
    )
    return {name: getattr(article, name) for name in names} | {"pictures": pictures}


def test_every_site_is_expected_to_give_something() -> None:
    assert {site for site, _ in EXPECTED} == {folder for folder in WORLDS.iterdir() if folder.is_dir()}


def fields(found: Reading, site: Path, name: str) -> dict[str, object]:
    """Return what an article has; what is absent, or as always, is left out."""
    article = found.article
    texts = ("section", "topic", "label", "lead", "teaser", "language", "url", "draft")
    values: dict[str, object] = {
        "id": article.id if article.id != Path(name).stem else None,
        "title": article.title,
        "kind": article.kind if article.kind != "news" else None,
        **{field: getattr(article, field) for field in texts},
        "authors": [author_line(author) for author in article.authors],
        **{field: wall_time(article, field) for field in ("published", "modified", "expires")},
        "tags": list(article.tags),
        "pictures": [picture for p in article.pictures if (picture := words_of(p, site))],
        "body": body(article),
        "notes": [
            f"{note.code} {note.line}" if note.line else note.code for note in found.notes if note.code not in QUIET
        ],
    }
    return {key: value for key, value in values.items() if value}


QUIET = ("key-unknown", "section-unknown")


def wall_time(article: Article, field: str) -> object:
    moment = getattr(article, field)
    return moment and moment.astimezone(HOUSE.zone).replace(tzinfo=None, microsecond=0)


def author_line(author: Author) -> str:
    return f"{author.name} ({author.role})" if author.role else author.name


def words_of(picture: Picture, site: Path) -> dict[str, str]:
    file = picture.file.relative_to(site).as_posix() if picture.file else None
    found = {"file": file, "alt": picture.alt, "caption": picture.caption, "credit": picture.credit}
    return {key: value for key, value in found.items() if value}


def body(article: Article) -> list[str]:
    lines = []
    for passage in article.passages:
        lines += [f"## {passage.crosshead}"] if passage.crosshead else []
        lines += [
            f"{part.kind}: {' '.join(html.fromstring(part.html).xpath('string()').split())}" for part in passage.parts
        ]
    return lines
