"""issue.toml: what may stand in it, and what is said about what may not."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from newsletter.errors import ContentError
from newsletter.issue.settings import Settings, read_settings, without_allowed
from newsletter.model.finding import Finding

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def settings(folder: Path, toml: str) -> Settings:
    (folder / "issue.toml").write_text(toml, "utf-8")
    return read_settings(folder, "issues/x/issue.toml")


def test_without_a_file_nothing_is_decided(tmp_path: Path) -> None:
    assert read_settings(tmp_path, "issue.toml") == Settings()


@pytest.mark.parametrize(
    ("toml", "key", "said", "hint"),
    [
        ("subjekt = 'x'", "subjekt", "not a known key", "`subject`"),
        ("[articles.pont]\nplacment = 'link'", "articles.pont.placment", "not a known key", "`placement`"),
        (
            "[articles.pont]\nplacement = 'big'",
            "articles.pont.placement",
            "'story', 'brief', 'link' or 'full'",
            "Correct",
        ),
        ("[articles.pont]\nplacement = 'opening'", "articles.pont.placement", "top of the file", "Correct"),
        ("number = 0", "number", "greater than or equal to 1", "Correct"),
        ("send_at = '2026-11-28'", "send_at", "without quotes", "Correct"),
        ("send_at = 2026-11-28", "send_at", "like 2026-11-28T06:00:00", "Correct"),
        ("[order]\nKerk = ['pont']\nSport = ['pont']", "order", "under Kerk and again under Sport", "Correct"),
        ("[allow]\nnear-duplicate = ''", "allow.near-duplicate", "this must not be empty", "Correct"),
    ],
)
def test_what_may_not_stand_there_is_named_with_its_key_and_a_remedy(
    tmp_path: Path, toml: str, key: str, said: str, hint: str
) -> None:
    with pytest.raises(ContentError) as caught:
        settings(tmp_path, toml)
    assert caught.value.sentence.startswith(f"issues/x/issue.toml: `{key}`")
    assert said in caught.value.sentence
    assert hint in caught.value.hint


def test_a_moment_without_seconds_is_told_how_one_is_written(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match=r"issues/x/issue.toml:1: ") as caught:
        settings(tmp_path, "send_at = 2026-11-28 06:00\n")
    assert caught.value.hint == "A day and time have seconds, and no quotes: 2026-11-28T06:00:00."


def test_broken_toml_is_named_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match=r"issues/x/issue.toml:2: ") as caught:
        settings(tmp_path, "number = 3\nsubject = Vaart weer\n")
    assert caught.value.line == 2


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "issue.toml").write_bytes(b"subject = '\xff'")
    with pytest.raises(ContentError, match="UTF-8"):
        read_settings(tmp_path, "issue.toml")


@pytest.mark.parametrize("written", ["2026-11-28T06:00:00", "2026-11-28T05:00:00Z", "2026-11-28T06:00:00+01:00"])
def test_send_at_is_wall_time_unless_it_has_an_offset(tmp_path: Path, written: str) -> None:
    moment = settings(tmp_path, f"send_at = {written}").sent_at(AMSTERDAM)
    assert moment == datetime(2026, 11, 28, 5, tzinfo=UTC)


def test_a_finding_is_allowed_by_its_code_or_for_one_article() -> None:
    findings = [Finding(code="near-duplicate", level="warning", sentence="…", article=a) for a in ("pont", "brug")]
    assert without_allowed(findings, {"near-duplicate": "two sides"}) == ()
    assert without_allowed(findings, {"near-duplicate:pont": "two sides"}) == (findings[1],)
    assert without_allowed(findings, {"near-duplicate:veer": "two sides"}) == tuple(findings)
