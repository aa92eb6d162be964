"""The shelf: whatever was edited, what it shows is what a build would give, and only what changed is done again."""

import gc
import os
import shutil
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_paper import ARTICLE, CONFIGURATION, ISSUE, articles, calls, look, paint, rest, small_paper, write

from newsletter import build, workspace
from newsletter.errors import ConfigError, ContentError, NewsletterError, UsageError
from newsletter.issue.articles import read_article
from newsletter.rendering import pictures
from newsletter.rendering.inline import inline
from newsletter.shipped import SHIPPED
from newsletter.web.preview.shelf import Shelf
from newsletter.web.preview.survey import Listing


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    """A workspace with one small issue."""
    return small_paper(tmp_path)


def _template(root: Path) -> None:
    shutil.copytree(SHIPPED / "templates" / "digest", root / "templates" / "digest", dirs_exist_ok=True)
    file = root / "templates" / "digest" / "edition.txt"
    file.write_text(file.read_text("utf-8") + "\n{{ 'https://example.org/' | cite }}\n", "utf-8")


def _configure(addition: str) -> Callable[[Path], None]:
    return lambda root: (root / "newsletter.toml").write_text(CONFIGURATION + addition, "utf-8") and None


def _set(text: str) -> Callable[[Path], None]:
    return lambda root: (root / "issues" / ISSUE / "issue.toml").write_text(text, "utf-8") and None


def _block(root: Path) -> None:
    (root / "blocks").mkdir(exist_ok=True)
    (root / "blocks" / "woord.md").write_text("---\nblock: word\n---\nRust in de week.\n", "utf-8")


def _readers(root: Path) -> None:
    (root / "sample-readers.csv").write_text("email\nhanna@example.org\n", "utf-8")


def _number_of_another(root: Path) -> None:
    (root / "issues" / "2026-11-21").mkdir(exist_ok=True)
    (root / "issues" / "2026-11-21" / "issue.toml").write_text("number = 77\n", "utf-8")


def _broken_elsewhere(root: Path) -> None:
    paint(root / "static" / "beeld" / "veer.png")
    (root / "static" / "beeld" / "veer.png").write_bytes(b"no picture")


def _zone(root: Path) -> None:
    elsewhere = CONFIGURATION.replace("next_number = 40", 'time_zone = "America/New_York"')
    (root / "newsletter.toml").write_text(elsewhere, "utf-8")


EDITS: dict[str, Callable[[Path], object]] = {
    "a title": lambda root: write(root, "brug", "De brug is open"),
    "the same length": lambda root: write(root, "brug", "De brug is dood"),
    "a body": lambda root: write(root, "molen", body="De molen draait weer.\n\n" * 30),
    "a new article": lambda root: write(root, "veer"),
    "an article gone": lambda root: (articles(root) / "orgel.md").unlink(missing_ok=True),
    "a broken article": lambda root: (articles(root) / "orgel.md").write_text("---\ntitle: a: b\n---\n", "utf-8"),
    "a picture beside": lambda root: paint(articles(root) / "molen.png"),
    "another picture": lambda root: paint(articles(root) / "brug.png", "#8A5A22"),
    "one that is preferred": lambda root: paint(articles(root) / "brug.jpg", "#8A5A22"),
    "a picture gone": lambda root: (articles(root) / "brug.png").unlink(missing_ok=True),
    "a broken picture": lambda root: (articles(root) / "brug.png").write_bytes(b"no picture"),
    "a picture named": lambda root: (articles(root) / "veer.md").write_text(
        "---\ntitle: Het veer\nimage: beeld/veer.png\n---\nx\n", "utf-8"
    ),
    "a picture elsewhere": lambda root: paint(root / "static" / "beeld" / "veer.png"),
    "a broken one elsewhere": _broken_elsewhere,
    "another elsewhere": lambda root: paint(root / "static" / "beeld" / "veer.png", "#8A5A22"),
    "the opening": _set('opening = "veer"\n'),
    "nearer": lambda root: paint(root / "beeld" / "veer.png", "#8A5A22"),
    "settings": _set('subject = "De brug"\n[allow]\npicture-no-alt = "later"\n'),
    "broken settings": _set("number = \n"),
    "settings that name nothing": _set('opening = "kasteel"\n'),
    "an introduction": lambda root: (root / "issues" / ISSUE / "intro.md").write_text("Geachte lezer,\n", "utf-8"),
    "a template": _template,
    "a colour": _configure('[brand]\ncolour = "#7a1f1f"\n'),
    "sections": _configure('[[sections]]\nname = "Dorp en stad"\naliases = ["dorp"]\nmax = 1\n'),
    "a zone": _zone,
    "a logo": _configure('[brand]\nlogo = "logo.png"\n'),
    "the logo's file": lambda root: paint(root / "logo.png"),
    "a broken configuration": _configure("naam = 1\n"),
    "a block": _block,
    "readers": _readers,
    "an issue before": lambda root: (root / "issues" / "2026-11-21").mkdir(exist_ok=True),
    "its number": _number_of_another,
}


@settings(max_examples=8)
@given(st.lists(st.sampled_from(sorted(EDITS)), min_size=1, max_size=5))
def test_after_any_edits_it_shows_what_a_build_gives(
    tmp_path_factory: pytest.TempPathFactory, edits: list[str]
) -> None:
    compare_after_each(edits, small_paper(tmp_path_factory.mktemp("paper")))


@pytest.mark.parametrize(
    "edits",
    [
        ["a template", "a title"],
        ["a picture beside"],
        ["one that is preferred"],
        ["a picture named", "a picture elsewhere", "nearer"],
        ["a broken picture", "another picture"],
        ["a zone"],
        ["a picture named", "a picture elsewhere", "the opening", "another elsewhere"],
        ["a logo", "the logo's file"],
        ["a picture named", "a broken one elsewhere", "a picture elsewhere"],
        ["an issue before", "its number"],
        ["readers"],
    ],
    ids=", ".join,
)
def test_after_these_edits_it_shows_what_a_build_gives(paper: Path, edits: list[str]) -> None:
    compare_after_each(edits, paper, pause=0.012)


def compare_after_each(edits: Sequence[str], root: Path, *, pause: float = 0) -> None:
    """Hold the shelf against a build after each edit; after a pause (seconds) more is remembered."""
    shelf = Shelf()
    last = look(shelf, root).built
    for edit in edits:
        EDITS[edit](root)
        time.sleep(pause)
        try:
            last, wrong = build.build(workspace.find(root), ISSUE), None
        except NewsletterError as error:
            wrong = error.sentence
        seen = look(shelf, root)
        assert (seen.built, seen.trouble and seen.trouble.sentence) == (last, wrong)


def test_while_nothing_changes_nothing_is_built(paper: Path) -> None:
    shelf = Shelf()
    first = look(shelf, paper)
    assert calls(build.build, lambda: look(shelf, paper)) == 0
    assert look(shelf, paper) is first


def test_one_article_saved_is_the_only_one_read_and_no_picture_is_cut(paper: Path) -> None:
    shelf = Shelf()
    look(shelf, paper)
    write(paper, "molen", "De molen draait")
    assert calls(read_article, lambda: look(shelf, paper)) == 1
    write(paper, "molen", "De molen draait nog")
    assert calls(pictures.cover, lambda: look(shelf, paper)) == 0


def test_saving_by_putting_another_file_in_its_place_reads_no_other_article(paper: Path) -> None:
    shelf = Shelf()
    look(shelf, paper)
    new = articles(paper) / "molen.md.new"
    new.write_text(ARTICLE.format(title="De molen draait", body="x"), "utf-8")
    new.rename(articles(paper) / "molen.md")
    assert calls(read_article, lambda: look(shelf, paper)) == 1


def test_styles_are_inlined_again_only_when_the_markup_changed(paper: Path) -> None:
    shelf = Shelf()
    look(shelf, paper)
    write(paper, "molen", body="De werkzaamheden duren een jaar.")  # which the mail does not print
    assert calls(inline, lambda: look(shelf, paper)) == 0
    write(paper, "molen", "De molen draait")
    assert calls(inline, lambda: look(shelf, paper)) == 1


def test_a_picture_that_changed_is_cut_again_and_no_article_is_read(paper: Path) -> None:
    shelf = Shelf()
    before = look(shelf, paper)
    paint(articles(paper) / "brug.png", "#8A5A22")
    assert calls(read_article, lambda: look(shelf, paper)) == 0
    assert look(shelf, paper).version != before.version


def test_two_saves_within_one_tick_of_the_clock_are_both_seen(paper: Path) -> None:
    now = datetime(2026, 11, 24, 14, 3, 21, tzinfo=UTC)
    shelf = Shelf(clock=lambda: now)
    stamp = int(now.timestamp()) * 1_000_000_000
    for title in ("De molen maalt", "De molen staat"):
        os.utime(write(paper, "molen", title), ns=(stamp, stamp))
        built = look(shelf, paper).built
        assert built is not None
        assert title in built.message.text


def test_an_edition_that_could_be_built_stays_while_the_next_cannot(paper: Path) -> None:
    shelf = Shelf()
    good = look(shelf, paper)
    (articles(paper) / "orgel.md").write_text("---\ntitle: Orgel: de reis\n---\n", "utf-8")
    seen = look(shelf, paper)
    assert (seen.built, seen.at) == (good.built, good.at)
    assert isinstance(seen.trouble, ContentError)
    assert (seen.trouble.file, seen.trouble.line) == (f"issues/{ISSUE}/articles/orgel.md", 2)
    write(paper, "orgel")
    assert look(shelf, paper).version == good.version


def test_a_broken_configuration_is_told_and_the_last_one_stays(paper: Path) -> None:
    shelf = Shelf()
    good = look(shelf, paper)
    (paper / "newsletter.toml").write_text("[newsletter\n", "utf-8")
    assert shelf.find(paper).config.newsletter.name == "De Heuvelbode"
    seen = look(shelf, paper)
    assert isinstance(seen.trouble, ConfigError)
    assert seen.built is good.built


def test_a_configuration_that_never_could_be_read_is_an_error(paper: Path) -> None:
    (paper / "newsletter.toml").write_text("[newsletter\n", "utf-8")
    with pytest.raises(ConfigError):
        Shelf().find(paper)


def test_there_is_no_issue_that_never_was_and_one_that_went_leaves_its_last_edition(paper: Path) -> None:
    shelf = Shelf()
    with pytest.raises(UsageError):
        shelf.look(shelf.find(paper), "2026-12-05")
    good = look(shelf, paper)
    shutil.rmtree(paper / "issues" / ISSUE)
    seen = look(shelf, paper)
    assert isinstance(seen.trouble, UsageError)
    assert seen.built is good.built


def test_a_file_that_cannot_be_read_is_trouble_and_no_traceback(paper: Path) -> None:
    shelf = Shelf()
    good = look(shelf, paper)
    (paper / "issues" / ISSUE / "issue.toml").mkdir()
    seen = look(shelf, paper)
    assert seen.built is good.built
    assert isinstance(seen.trouble, ContentError)
    assert seen.trouble.file == f"issues/{ISSUE}/issue.toml"


def test_the_version_says_when_what_is_shown_has_changed(paper: Path) -> None:
    shelf = Shelf()
    first = look(shelf, paper)
    (articles(paper) / "molen.md").touch()
    assert look(shelf, paper).version == first.version
    (articles(paper) / "notitie.pdf").write_bytes(b"%PDF")  # which is found to be no article
    assert look(shelf, paper).version != first.version


@pytest.mark.parametrize("edit", ["readers", "an issue before", "its number"])
def test_the_readers_and_the_issues_beside_it_are_shown_and_count(paper: Path, edit: str) -> None:
    shelf = Shelf()
    _readers(paper)
    _number_of_another(paper)
    first = look(shelf, paper)
    more = {
        "readers": lambda: (paper / "sample-readers.csv").write_text("email\nhanna@example.org\nbo@example.org\n"),
        "an issue before": lambda: (paper / "issues" / "2026-11-14" / "articles").mkdir(parents=True),
        "its number": lambda: (paper / "issues" / "2026-11-21" / "issue.toml").write_text('subject = "De brug"\n'),
    }
    more[edit]()
    seen = look(shelf, paper)
    assert seen.version != first.version
    assert len(seen.readers) == (2 if edit == "readers" else 1)


def test_a_list_of_readers_that_broke_leaves_the_last_edition_and_its_readers(paper: Path) -> None:
    shelf = Shelf()
    _readers(paper)
    good = look(shelf, paper)
    (paper / "sample-readers.csv").write_text("Hanna\n", "utf-8")
    seen = look(shelf, paper)
    assert (seen.built, seen.readers) == (good.built, good.readers)
    assert isinstance(seen.trouble, ContentError)
    assert (seen.trouble.file, seen.trouble.line) == ("sample-readers.csv", 1)


def test_the_other_way_round_no_picture_is_cut_anew(paper: Path) -> None:
    shelf, config = Shelf(), workspace.find(paper).config
    built = look(shelf, paper).built
    assert built is not None
    turned = shelf.turned(built, config)
    assert calls(pictures.cover, lambda: shelf.turned(built, config)) == 0
    assert 'dir="rtl"' in str(turned.html)
    assert turned.pictures == built.edition.pictures


def test_however_often_it_is_saved_a_folder_is_remembered_once(paper: Path) -> None:
    shelf = Shelf()
    for number in range(20):
        new = articles(paper) / f"molen.md.{number}"
        write(paper, "molen", f"De molen draait {number}").rename(new)
        new.rename(articles(paper) / "molen.md")
        rest(paper)
        look(shelf, paper)
    gc.collect()
    kept = [listing for listing in gc.get_objects() if isinstance(listing, Listing) and paper_of(listing) == paper]
    assert len(kept) <= len([paper, *(folder for folder in paper.rglob("*") if folder.is_dir())])


def paper_of(listing: Listing) -> Path | None:
    """The workspace that a listing with something in it is of."""
    inside = next(iter((*listing.folders, *listing.files)), None)
    return (
        next((folder for folder in inside.parents if (folder / "newsletter.toml").exists()), None) if inside else None
    )


def test_the_lines_that_are_shown_with_a_mistake_count_and_others_do_not(paper: Path) -> None:
    shelf = Shelf()
    versions = []
    for text in (
        "---\ntitle: a: b\ntags: x\n---\nx\n",
        "---\ntitle: a: b\ntags: y\n---\nx\n",
        "---\ntitle: a: b\ntags: y\n---\nz",
    ):
        (articles(paper) / "orgel.md").write_text(text, "utf-8")
        versions.append(look(shelf, paper).version)
    assert versions[0] != versions[1] == versions[2]


def test_an_edition_that_comes_out_the_same_is_the_same_object(paper: Path) -> None:
    shelf = Shelf()
    first = look(shelf, paper)
    (articles(paper) / "molen.md").touch()
    assert look(shelf, paper).built is first.built


def test_when_it_was_built_is_told_by_the_clock_it_was_given(paper: Path) -> None:
    moments = iter(datetime(2026, 11, 24, tzinfo=UTC) + timedelta(minutes=n) for n in range(100))
    at = look(Shelf(clock=lambda: next(moments)), paper).at
    assert at is not None
    assert at.tzinfo is UTC
    assert at < next(moments)


def test_many_who_look_at_once_see_the_same_edition(paper: Path) -> None:
    shelf = Shelf()
    space = shelf.find(paper)
    with ThreadPoolExecutor(8) as threads:
        looks = list(threads.map(lambda _: shelf.look(space, ISSUE), range(24)))
    assert all(seen is looks[0] for seen in looks)


def test_of_many_issues_the_ones_last_seen_are_kept(paper: Path) -> None:
    shelf = Shelf()
    for day in range(1, 11):
        shutil.copytree(paper / "issues" / ISSUE, paper / "issues" / f"2026-10-{day:02}")
    rest(paper)
    names = sorted(workspace.find(paper).issues())
    for name in names:
        shelf.look(shelf.find(paper), name)
    assert calls(build.build, lambda: shelf.look(shelf.find(paper), names[-1])) == 0
    assert calls(build.build, lambda: shelf.look(shelf.find(paper), names[0])) == 1
