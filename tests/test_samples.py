"""The sample of each language: made by `init`, built without a word of complaint, and wholly in its language."""

import re
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from newsletter import words, workspace
from newsletter.audience.files import read_list
from newsletter.build import Built, build
from newsletter.config import FILE, load
from newsletter.issue.read import load_issue
from newsletter.shipped import SAMPLES, SHIPPED

DUTCH = re.compile(r"\b(?:het|een|niet|zijn|wij|voor|deze|uw)\b", re.IGNORECASE)
EN = SAMPLES["en"]


@pytest.fixture(scope="module")
def built_in(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Built]:
    """``built_in("en")``: the sample of a language, written by `init` and built once."""

    def make(language: str) -> Built:
        folder = tmp_path_factory.mktemp(language)
        workspace.init(folder, language=language)
        return build(workspace.find(folder, {}))

    return cache(make)


@pytest.fixture(params=SAMPLES)
def built(request: pytest.FixtureRequest, built_in: Callable[[str], Built]) -> Built:
    return built_in(request.param)


@pytest.fixture
def english(built_in: Callable[[str], Built]) -> Built:
    return built_in("en")


def test_there_are_a_dutch_and_an_english_one() -> None:
    assert list(SAMPLES)[:2] == ["nl", "en"]


def test_a_sample_builds_and_nothing_is_wrong_with_it(built: Built) -> None:
    assert [f for f in built.findings if f.level != "note"] == []


def test_a_sample_shows_what_a_newsletter_can_be(built: Built) -> None:
    issue = built.issue
    kinds = {placement.kind for placement in issue.placements}
    assert kinds == {"opening", "story", "brief", "link"}
    assert len(issue.placements) >= 8
    assert len(issue.sections) >= 3
    assert issue.introduction_html
    assert {part.kind for part in issue.flow if part not in issue.sections} == {"word", "announcement"}
    assert any((placement.article.file or "").endswith(".txt") for placement in issue.placements)
    assert len(built.edition.pictures) == 5


def test_a_sample_s_subject_and_preheader_fit_an_inbox(built: Built) -> None:
    assert len(built.issue.subject) <= 60
    assert 40 <= len(built.issue.preheader) <= 85


@pytest.mark.parametrize("language", SAMPLES)
def test_a_sample_s_readers_show_what_lists_hold(language: str) -> None:
    readers = read_list(SAMPLES[language] / workspace.SAMPLE_READERS)
    assert len(readers.subscribers) == 10
    assert [reject.kind for reject in readers.rejects] == ["invalid", "double"]


@pytest.mark.parametrize("language", SAMPLES)
def test_a_sample_s_configuration_is_in_its_language_and_explains_the_same_keys(language: str) -> None:
    def keys(root: Path) -> set[tuple[str, str]]:
        tables = tomllib.loads(re.sub(r"^# (?=\w+ = )", "", (root / FILE).read_text("utf-8"), flags=re.MULTILINE))
        return {(name, key) for name, table in tables.items() for row in _rows(table) for key in row}

    assert load(SAMPLES[language], {}).newsletter.language == language
    assert keys(SAMPLES[language]) == keys(SHIPPED)


def _rows(table: object) -> list[dict[str, object]]:
    return table if isinstance(table, list) else [table]  # type: ignore[list-item]  # a table or an array of tables


def test_the_english_mail_is_in_english(english: Built) -> None:
    message = english.message
    assert message.html.count('lang="en"') == 2
    assert "Issue 1 · Saturday 3\N{NO-BREAK SPACE}October 2026" in message.text
    assert "Dear reader," in message.text
    for key in ("Read the full story", "Word for the week", "Announcement", "Change preferences", "Unsubscribe"):
        assert key in message.html


def test_the_english_mail_has_no_word_of_dutch(english: Built) -> None:
    whole = english.message.html + english.message.text + "".join(f.read_text("utf-8") for f in EN.rglob("*.md"))
    assert DUTCH.findall(whole) == []
    assert [word for word in words.load("nl").catalogue.values() if "{" not in word and word in whole] == []


def test_a_pasted_english_text_is_read_whole(english: Built) -> None:
    lighthouse = next(p.article for p in english.issue.placements if p.article.id == "lighthouse")
    assert (lighthouse.section, lighthouse.topic) == ("World", "Ireland")
    assert lighthouse.title == "The lighthouse on Inishglas has a keeper again"
    assert [passage.crosshead for passage in lighthouse.passages] == [None, "An empty house", "A voice on the radio"]


def test_pictures_of_the_english_sample_are_small_files_that_are_large_enough() -> None:
    pictures = sorted(EN.rglob("*.jpg"))
    assert len(pictures) == 5
    assert all(picture.stat().st_size <= 60_000 for picture in pictures)


def test_the_english_sample_is_a_workspace_where_it_lies() -> None:
    found = workspace.find(EN / "issues", {})
    assert found.root == EN
    assert load_issue(found.issue(None), found.config).number == 1
