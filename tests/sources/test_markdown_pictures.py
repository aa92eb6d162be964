"""Which picture is an article's: named, beside it, or the first in its text."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from newsletter.model.article import Picture, Reading
from newsletter.sources._base import Document, House
from newsletter.sources.markdown import read


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    articles = tmp_path / "paper" / "articles"
    articles.mkdir(parents=True)
    for file in (
        articles / "brug.jpg",
        articles / "de pont.png",
        tmp_path / "paper" / "logo.png",
        tmp_path / "geheim.jpg",
    ):
        file.write_bytes(b"x")
    return articles


def reading(folder: Path, text: str, name: str = "articles/kim.md") -> Reading:
    house = House(sections=(), zone=ZoneInfo("Europe/Amsterdam"), language="nl", root=folder.parent)
    return read(Document(name=name, data=text.encode(), folder=folder), house)


def codes(found: Reading) -> list[str]:
    return [note.code for note in found.notes]


def test_a_picture_is_named_with_its_words_beside_it(folder: Path) -> None:
    text = "---\ntitle: Kop\nimage: brug.jpg\nalt: Een brug\ncaption: De brug.\ncredit: Bea Wit\n---\n"
    (picture,) = reading(folder, text).article.pictures
    assert picture == Picture(file=folder / "brug.jpg", alt="Een brug", caption="De brug.", credit="Bea Wit", line=3)


@pytest.mark.parametrize("key", ["src", "url", "path", "file"])
def test_a_map_names_a_picture_and_its_words(folder: Path, key: str) -> None:
    text = (
        f"---\ntitle: Kop\ncover:\n  {key}: brug.jpg\n  alt: Een brug\n  cutline: De brug.\n  decorative: true\n---\n"
    )
    (picture,) = reading(folder, text).article.pictures
    assert picture == Picture(file=folder / "brug.jpg", alt="Een brug", caption="De brug.", decorative=True, line=3)


def test_a_list_names_several_and_the_first_takes_the_words(folder: Path) -> None:
    text = "---\ntitle: Kop\nalt: Een brug\nimages: [brug.jpg, {src: de pont.png, alt: Een pont}]\n---\n"
    pictures = reading(folder, text).article.pictures
    assert [(p.file and p.file.name, p.alt) for p in pictures] == [
        ("brug.jpg", "Een brug"),
        ("de pont.png", "Een pont"),
    ]


def test_pictures_of_our_own_key_follow_the_image(folder: Path) -> None:
    text = "---\ntitle: Kop\nimage: brug.jpg\npictures:\n  - file: de pont.png\n    credit: Bea Wit\n---\n"
    assert [p.credit for p in reading(folder, text).article.pictures] == [None, "Bea Wit"]


@pytest.mark.parametrize("source", ["../logo.png", "/logo.png", "logo.png", "de%20pont.png", "./brug.jpg?v=2"])
def test_a_picture_is_looked_for_beside_the_article_and_in_the_workspace(folder: Path, source: str) -> None:
    (picture,) = reading(folder, f"---\ntitle: Kop\nimage: {source}\n---\n").article.pictures
    assert picture.file is not None
    assert picture.file.is_file()


@pytest.mark.parametrize("source", ["../../geheim.jpg", "/../geheim.jpg", "weg.jpg", "x" * 5000, "a%00b.jpg"])
def test_a_picture_outside_the_workspace_or_nowhere_is_missing(folder: Path, source: str) -> None:
    found = reading(folder, f"---\ntitle: Kop\nimage: {source}\ncaption: De brug.\n---\n")
    assert codes(found) == ["picture-missing"]
    assert found.article.pictures == (Picture(caption="De brug.", line=3),)
    assert found.notes[0].place == "articles/kim.md:3"


def test_a_link_out_of_the_workspace_is_not_followed(folder: Path, tmp_path: Path) -> None:
    (folder / "los.jpg").symlink_to(tmp_path / "geheim.jpg")
    assert codes(reading(folder, "---\ntitle: Kop\nimage: los.jpg\n---\n")) == ["picture-missing"]


def test_a_picture_on_the_web_is_not_fetched(folder: Path) -> None:
    found = reading(folder, "---\ntitle: Kop\nimage: https://example.org/a.jpg\n---\n")
    assert codes(found) == ["picture-remote"]
    assert found.article.pictures[0].file is None


def test_a_picture_that_lies_beside_the_article_goes_before_one_on_the_web(folder: Path) -> None:
    found = reading(
        folder, "---\ntitle: Kop\nimage: https://example.org/a.jpg\nalt: Een brug\n---\n", "articles/brug.md"
    )
    assert codes(found) == []
    assert [(p.file, p.alt) for p in found.article.pictures] == [(folder / "brug.jpg", "Een brug")]


def test_a_misspelt_picture_is_told_also_when_one_lies_beside_the_article(folder: Path) -> None:
    found = reading(folder, "---\ntitle: Kop\nimage: burg.jpg\n---\n", "articles/brug.md")
    assert codes(found) == ["picture-missing"]
    assert [p.file for p in found.article.pictures] == [folder / "brug.jpg"]


def test_the_picture_beside_an_article_is_its_picture(folder: Path) -> None:
    found = reading(folder, "---\ntitle: Kop\nalt: Een brug\n---\n", "articles/brug.md")
    assert found.article.pictures == (Picture(file=folder / "brug.jpg", alt="Een brug"),)
    assert ("pictures", "likely") in [(e.field, e.sureness) for e in found.evidence]


def test_a_named_picture_wins_over_the_one_beside_it(folder: Path) -> None:
    found = reading(folder, "---\ntitle: Kop\nimage: de pont.png\n---\n", "articles/brug.md")
    assert [p.file for p in found.article.pictures] == [folder / "de pont.png"]


def test_the_first_picture_of_the_text_that_exists_is_the_articles(folder: Path) -> None:
    found = reading(folder, '# Kop\n\n![x](weg.jpg)\n\n![Een pont](<de pont.png> "De pont")\n\nTekst.\n')
    assert found.article.pictures == (Picture(file=folder / "de pont.png", alt="Een pont", caption="De pont"),)
    assert codes(found) == ["picture-in-body", "picture-in-body"]
    assert [p.kind for p in found.article.passages[0].parts] == ["paragraph"]


def test_a_caption_without_a_picture_is_kept(folder: Path) -> None:
    found = reading(folder, "---\ntitle: Kop\ncaption: De brug.\ncredit: Bea Wit\n---\n")
    assert found.article.pictures == (Picture(caption="De brug.", credit="Bea Wit"),)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A checkout of a site that lies outside the workspace, and what lies around it."""
    root = tmp_path / "site"
    for file in (
        "static/img/brug.jpg",
        "public/veer.jpg",
        "assets/img/kade.jpg",
        "src/assets/pont.jpg",
        "content/images/dijk.jpg",
        "content/posts/molen.jpg",
    ):
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_bytes(b"x")
    (tmp_path / "geheim.jpg").write_bytes(b"x")
    return root


def from_site(site: Path, source: str) -> Reading:
    house = House(sections=(), zone=ZoneInfo("Europe/Amsterdam"), language="nl", root=site.parent / "krant")
    data = f"---\ntitle: Kop\nimage: {source}\n---\n".encode()
    return read(Document(name="kim.md", data=data, folder=site / "content" / "posts"), house)


@pytest.mark.parametrize(
    ("source", "file"),
    [
        ("/img/brug.jpg", "static/img/brug.jpg"),
        ("img/brug.jpg", "static/img/brug.jpg"),
        ("/veer.jpg", "public/veer.jpg"),
        ("/assets/img/kade.jpg", "assets/img/kade.jpg"),
        ("../../src/assets/pont.jpg", "src/assets/pont.jpg"),
        ('"@/assets/pont.jpg"', "src/assets/pont.jpg"),
        ("~/assets/pont.jpg", "src/assets/pont.jpg"),
        ('"@site/static/img/brug.jpg"', "static/img/brug.jpg"),
        ('"{static}/images/dijk.jpg"', "content/images/dijk.jpg"),
        ('"{attach}molen.jpg"', "content/posts/molen.jpg"),
        ("__GHOST_URL__/content/images/dijk.jpg", "content/images/dijk.jpg"),
    ],
)
def test_a_site_outside_the_workspace_gives_its_own_pictures(site: Path, source: str, file: str) -> None:
    found = from_site(site, source)
    assert [picture.file for picture in found.article.pictures] == [site / file]


@pytest.mark.parametrize("source", ["../../../geheim.jpg", "/../geheim.jpg", '"@site/../geheim.jpg"', "/etc/x.jpg"])
def test_a_site_gives_nothing_that_lies_outside_it(site: Path, source: str) -> None:
    assert codes(from_site(site, source)) == ["picture-missing"]


def test_a_folder_without_static_or_configuration_is_no_site(site: Path) -> None:
    (site / "static" / "img" / "brug.jpg").unlink()
    (site / "static" / "img").rmdir()
    (site / "static").rmdir()
    assert codes(from_site(site, "/veer.jpg")) == ["picture-missing"]
    (site / "hugo.toml").touch()
    assert codes(from_site(site, "/veer.jpg")) == []


def test_a_configuration_as_anybody_has_one_makes_a_site_only_beside_content(tmp_path: Path) -> None:
    (tmp_path / "map" / "stukken").mkdir(parents=True)
    for name in ("config.toml", "brug.jpg"):
        (tmp_path / "map" / name).touch()
    house = House(sections=(), zone=ZoneInfo("Europe/Amsterdam"), language="nl", root=tmp_path / "krant")
    data = b"---\ntitle: Kop\nimage: /brug.jpg\n---\n"
    document = Document(name="kim.md", data=data, folder=tmp_path / "map" / "stukken")
    assert codes(read(document, house)) == ["picture-missing"]
    (tmp_path / "map" / "content").mkdir()
    assert codes(read(document, house)) == []


def test_what_lies_above_the_workspace_is_no_site_of_it(folder: Path) -> None:
    (folder.parent.parent / "static").mkdir()
    assert codes(reading(folder, "---\ntitle: Kop\nimage: /geheim.jpg\n---\n")) == ["picture-missing"]


def test_of_several_keys_the_first_that_has_a_file_names_the_picture(folder: Path) -> None:
    found = reading(folder, "---\ntitle: Kop\nimage: weg.jpg\ncover: brug.jpg\nog_image: de pont.png\n---\n")
    assert [picture.file for picture in found.article.pictures] == [folder / "brug.jpg"]


@pytest.mark.parametrize("name", ["kaart.svg", "plaatje.heic"])
def test_a_picture_of_a_kind_that_mail_does_not_show_says_so_and_which_it_does(folder: Path, name: str) -> None:
    (folder / name).write_text("<svg/>")
    (note,) = reading(folder, f"---\ntitle: Kop\nimage: {name}\n---\n").notes
    assert note.sentence == f"the picture {name} is of a kind that mail does not show"
    assert note.remedy == "Save it as JPEG or PNG beside the article, and name that."


@pytest.mark.parametrize("header", ["true", "donker", "{overlay_color: red}"])
def test_a_header_that_names_no_picture_is_something_else(folder: Path, header: str) -> None:
    assert "value-unusable" not in codes(reading(folder, f"---\ntitle: Kop\nheader: {header}\n---\n"))
