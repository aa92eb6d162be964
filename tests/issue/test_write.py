"""Writing an article: whatever was read, reading the file that was written gives the same article."""

import string
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from newsletter import sources
from newsletter.errors import ContentError
from newsletter.issue.write import write_article
from newsletter.model.article import Article, Author, Evidence, Picture, Reading
from newsletter.model.finding import Finding
from newsletter.shipped import SHIPPED
from newsletter.sources import Document, House
from newsletter.sources._names import article_id

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
SAMPLE = sorted((SHIPPED / "issues" / "2026-10-03" / "articles").iterdir())
TEXTS = [file for file in SAMPLE if file.suffix == ".txt"]
ARTICLES = [file for file in SAMPLE if file.suffix in {".md", ".txt"}]
AWKWARD = (
    "De pont: vijf minuten", "Wat is #stil?", "- een streepje vooraan", "yes", "No", "null", "~", "1984", "3.10", "y",
    "2026-10-03", "„Kom binnen”, zei hij", '"Nee" zei zij', "'s Avonds laat", "’s Avonds laat", "a\\b", "@heuvelbode",
    "*sterretje*", "[lijst]", "& zoon", "! uitroep", "% procent", "| staand", "> groter", "`code`", "Eén, twee: drie",
    "---", "...", "+++", "een --- twee", "Eindigt op dubbele punt:", "# hekje vooraan", "? vraag", "key: value",
    "日本の灯台", "القارب", "🚢 De boot", "true", "on", "0x1F", "1e3", "=", "<<", "., !", "A & B", "12:30:45",
)  # fmt: skip


def house(root: Path) -> House:
    return House(sections=(("Binnenland", ("regio",)),), zone=AMSTERDAM, language="nl", root=root)


def read(file: Path, root: Path) -> Reading:
    document = Document(name=file.relative_to(root).as_posix(), data=file.read_bytes(), folder=file.parent)
    return sources.read(document, house(root))


def written(folder: Path, article: Article, body: str = "Het water zakt.", **more: object) -> Path:
    reading = Reading(article=article, body=body, **more)  # type: ignore[arg-type]
    return write_article(folder, reading, replace=False, zone=AMSTERDAM)


def again(folder: Path, article: Article, body: str = "Het water zakt.") -> Article:
    """Write an article and read it back."""
    return read(written(folder, article, body), folder).article


def same(article: Article) -> Article:
    """An article but for the file it stands in, and for pictures by their content and words only."""
    pictures = tuple(replace(p, file=None, line=None) for p in article.pictures)
    return replace(article, id="", file=None, pictures=pictures)


@pytest.mark.parametrize("file", ARTICLES, ids=lambda file: file.name)
def test_the_sample_written_and_read_again_is_the_sample(file: Path, tmp_path: Path) -> None:
    first = read(file, SHIPPED)
    second = read(write_article(tmp_path, first, replace=False, zone=AMSTERDAM), tmp_path)
    assert same(second.article) == same(first.article)
    assert second.article.id == file.stem
    assert second.body.strip() == first.body.strip()
    assert [p.file.read_bytes() for p in second.article.pictures if p.file] == [
        p.file.read_bytes() for p in first.article.pictures[:1] if p.file
    ]


@pytest.mark.parametrize("file", TEXTS, ids=lambda file: file.name)
def test_what_was_guessed_once_is_sure_when_it_is_read_again(file: Path, tmp_path: Path) -> None:
    second = read(write_article(tmp_path, read(file, SHIPPED), replace=False, zone=AMSTERDAM), tmp_path)
    assert {evidence.sureness for evidence in second.evidence if evidence.field != "pictures"} == {"sure"}


@pytest.mark.parametrize("file", TEXTS, ids=lambda file: file.name)
def test_writing_what_was_written_changes_nothing(file: Path, tmp_path: Path) -> None:
    first = write_article(tmp_path, read(file, SHIPPED), replace=False, zone=AMSTERDAM)
    once = first.read_text("utf-8").split("---\n", 1)[1].partition("title:")[2]
    write_article(tmp_path, read(first, tmp_path), replace=True, zone=AMSTERDAM)
    assert first.read_text("utf-8").split("---\n", 1)[1].partition("title:")[2] == once


def test_every_field_of_an_article_survives(tmp_path: Path) -> None:
    moment = datetime(2026, 10, 1, 16, 45, tzinfo=UTC)
    article = Article(
        id="pont",
        file="articles/pont.md",
        title="De pont: vijf minuten",
        section="Binnenland",
        topic="Rivieren",
        label="Reportage",
        kind="interview",
        lead="Twaalf kinderen varen mee.",
        teaser="Vaart u mee?",
        authors=(
            Author(name="Hanna Wierda"),
            Author(name="Jacob Rietveld", role="oud-dijkgraaf"),
            Author(name="ANP", kind="agency"),
        ),
        place="Kromwaarde",
        published=moment,
        modified=moment + timedelta(hours=3),
        language="nl",
        url="https://example.nl/pont?a=1&b=2#c",
        tags=("Rivieren", "yes", "a, b", 'met "aanhaling"'),
        rights="link",
        weight=-3,
        pinned=True,
        draft=True,
        not_before=moment + timedelta(days=1),
        expires=moment + timedelta(days=9),
        extra={"eigen": ["x", {"y": "z: 1"}], "zin": "met: dubbele punt", "getal": "5"},
    )  # fmt: skip
    back = again(tmp_path, article)
    assert same(replace(back, passages=(), words=0)) == same(article)
    assert back.id == "pont"


def test_the_night_on_which_the_clock_goes_back_keeps_its_moments(tmp_path: Path) -> None:
    for hour in (0, 1):
        moment = datetime(2026, 10, 25, hour, 30, tzinfo=UTC)
        folder = tmp_path / str(hour)
        assert again(folder, Article(id="x", title="Nacht", published=moment)).published == moment


@pytest.mark.parametrize("text", AWKWARD)
def test_an_awkward_text_is_the_same_in_every_field_that_holds_one(text: str, tmp_path: Path) -> None:
    article = Article(
        id="x", title=f"{text} slot", lead=f"{text} slot", tags=(text, "b"),
        section=text, topic=text, label=text, teaser=text, place=text,
    )  # fmt: skip
    back = again(tmp_path, article)
    absent = text in {"~", "null"}
    assert (back.title, back.lead) == (f"{text} slot", f"{text} slot")
    expected = None if absent else text
    assert (back.section, back.topic, back.label, back.teaser, back.place) == (expected,) * 5
    assert back.tags == (("b",) if absent else (text, "b"))


@pytest.mark.parametrize("text", AWKWARD)
def test_no_other_reader_of_yaml_takes_a_text_for_something_else(text: str, tmp_path: Path) -> None:
    file = written(tmp_path, Article(id="x", title="De pont", topic=text, tags=(text,)))
    head = yaml.safe_load(file.read_text("utf-8").split("\n---\n")[0].removeprefix("---\n"))
    assert (head["topic"], head["tags"]) == (text, [text])


LETTERS = st.text(st.sampled_from(string.printable + "„”’“…–éß٣日🚢\u00a0\u2028\u0085"), min_size=1, max_size=40)


@settings(deadline=None)
@given(title=LETTERS, lead=LETTERS, tag=LETTERS, author=LETTERS)
@example(title="x\n---\ndraft: true", lead="x\n---\n\npinned: true", tag='"]\ndraft: true', author="x\n  - y")
@example(title="x\r---\rdraft: true", lead="x\u2028draft: true", tag="x\u0085y", author='A", role: "b')
@example(title="\x0b\x0c\x1c", lead="{{ x }}", tag="<b>x</b>", author="{% raw %}")
def test_no_text_breaks_out_of_the_front_matter(title: str, lead: str, tag: str, author: str) -> None:
    article = Article(
        id="x", title=f"A {title} z", lead=f"A {lead} z", tags=(tag,), authors=(Author(name=author, role=tag),)
    )
    with TemporaryDirectory() as folder:
        back = read(written(Path(folder), article), Path(folder))
    assert back.article.title.startswith("A")
    assert back.article.title.endswith("z")
    assert not back.article.draft
    assert not back.article.pinned
    assert set(back.article.extra) <= {"authors", "tags"}
    assert back.body.strip() == "Het water zakt."
    assert [note.code for note in back.notes if note.code != "value-unusable"] == []


WORDS = st.text(
    st.characters(whitelist_categories=("L", "N", "P", "Sc", "Sm", "So"), blacklist_characters="<>{}&\u00ad"),
    min_size=1,
)


@settings(deadline=None)
@given(st.lists(WORDS, min_size=1, max_size=6).map(" ".join))
def test_a_text_on_one_line_comes_back_as_it_was(text: str) -> None:
    article = Article(id="x", title=f"A {text}", lead=f"B {text}", topic=f"C {text}", tags=(f"D {text}",))
    with TemporaryDirectory() as folder:
        back = again(Path(folder), article)
    assert same(replace(back, passages=(), words=0)) == same(article)


def test_a_value_that_could_not_be_used_never_takes_the_place_of_the_one_that_was(tmp_path: Path) -> None:
    moment = datetime(2026, 10, 1, 16, 45, tzinfo=UTC)
    extra = {"date": "gisteren", "url": "/pont", "eigen": "ja"}
    url = "https://example.nl/pont"
    back = again(tmp_path, Article(id="x", title="De pont", published=moment, url=url, extra=extra))
    assert (back.published, back.url, back.extra) == (moment, url, {"eigen": "ja"})


def test_an_article_that_is_there_is_never_overwritten_unasked(tmp_path: Path) -> None:
    file = written(tmp_path, Article(id="pont", title="De pont"))
    before = file.read_bytes()
    with pytest.raises(ContentError) as caught:
        written(tmp_path, Article(id="pont", title="De pont", lead="Anders."))
    assert "--replace" in caught.value.hint
    assert caught.value.file
    assert file.name in caught.value.file
    assert file.read_bytes() == before
    reading = Reading(article=Article(id="pont", title="De pont", lead="Anders."), body="x")
    assert write_article(tmp_path, reading, replace=True, zone=AMSTERDAM) == file
    assert read(file, tmp_path).article.lead == "Anders."


def test_an_article_that_is_there_in_another_format_is_named_even_with_replace(tmp_path: Path) -> None:
    (tmp_path / "de-pont.txt").write_text("x")
    reading = Reading(article=Article(id="x", title="De pont"), body="x")
    with pytest.raises(ContentError, match=r"de-pont\.txt in .* is the same article"):
        write_article(tmp_path, reading, replace=True, zone=AMSTERDAM)
    assert not (tmp_path / "de-pont.md").exists()


def test_its_picture_is_copied_beside_it_and_the_credit_stays_words(tmp_path: Path) -> None:
    source = tmp_path / "elders" / "IMG_0042.PNG"
    source.parent.mkdir()
    Image.new("RGB", (8, 8), "#2C5260").save(source)
    picture = Picture(file=source, alt="Een pont", caption="De pont: bij avond", credit="beeld De Heuvelbode")
    back = again(tmp_path / "articles", Article(id="x", title="De pont", pictures=(picture,)))
    assert back.pictures[0].file == tmp_path / "articles" / "de-pont.png"
    assert back.pictures[0].file.read_bytes() == source.read_bytes()
    assert source.exists()
    assert (back.pictures[0].alt, back.pictures[0].caption) == ("Een pont", "De pont: bij avond")
    assert back.pictures[0].credit == "beeld De Heuvelbode"


def test_a_picture_that_lies_there_already_stays(tmp_path: Path) -> None:
    source = tmp_path / "de-pont.jpg"
    Image.new("RGB", (8, 8)).save(source)
    back = again(tmp_path, Article(id="x", title="De pont", pictures=(Picture(file=source, decorative=True),)))
    assert back.pictures[0].file == source
    assert back.pictures[0].decorative


def test_a_caption_without_a_picture_is_kept(tmp_path: Path) -> None:
    back = again(tmp_path, Article(id="x", title="De pont", pictures=(Picture(caption="Bij avond", credit="ANP"),)))
    assert (back.pictures[0].file, back.pictures[0].caption, back.pictures[0].credit) == (None, "Bij avond", "ANP")


def test_what_a_person_should_look_at_stands_in_comments_that_no_reader_reads(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        Article(id="x", title="De pont"),
        evidence=(
            Evidence(field="lead", sureness="check", why="too long"),
            Evidence(field="title", sureness="sure", why="x"),
        ),
        notes=(Finding(code="line-unplaced", level="warning", sentence="a line\n---\ndraft: true", line=12),),
    )  # fmt: skip
    assert file.read_text("utf-8").split("\n")[1:3] == [
        "# check lead: too long",
        "# warning (line-unplaced, line 12): a line --- draft: true",
    ]
    assert not read(file, tmp_path).article.draft


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("De pont: vijf minuten!", "de-pont-vijf-minuten"),
        ("Eén dorp, zeven ambachten", "een-dorp-zeven-ambachten"),
        ("Straße Ærø", "strasse-aero"),
        ("  „’s Avonds” ", "s-avonds"),
        ("../../etc/passwd", "etc-passwd"),
        ("日本の灯台", "日本の灯台"),
        ("„…”", "article"),
        ("", "article"),
        ("x" * 90, "x" * 60),
        ("woord " * 30, "-".join(["woord"] * 10)),
    ],
)
def test_a_title_gives_a_file_name_of_whole_words(title: str, name: str) -> None:
    assert article_id(title) == name


@given(st.text(max_size=200))
def test_a_file_name_is_safe_short_and_stable(title: str) -> None:
    name = article_id(title)
    assert 0 < len(name) <= 60
    assert all(letter.isalnum() or letter == "-" for letter in name)
    assert name == name.casefold()
    assert article_id(name) == name


def test_an_article_from_a_file_keeps_that_name(tmp_path: Path) -> None:
    assert written(tmp_path, Article(id="Kim Reist!", title="De reis", file="Kim Reist!.md")).name == "kim-reist.md"
    assert written(tmp_path, Article(id="wat-dan-ook", title="De reis")).name == "de-reis.md"
