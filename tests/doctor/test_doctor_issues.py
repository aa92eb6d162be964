"""What the doctor says of the newest issue."""

from surgery import ARTICLE, diagnosed, told

from newsletter.workspace import Workspace


def test_an_issue_that_does_not_build_is_an_error(paper: Workspace) -> None:
    (paper.root / "issues" / "2026-11-28" / "issue.toml").write_text("subjet = 'x'\n", "utf-8")
    (error,) = told(diagnosed(paper, "issues"), "error")
    assert "`subjet`" in error


def test_an_issue_that_may_go_to_nobody_is_an_error_and_warnings_are_counted(paper: Workspace) -> None:
    article = paper.root / "issues" / "2026-11-28" / "articles" / "pont.md"
    article.write_text(ARTICLE.replace("url:", "not_before: 2026-11-27\nimage: weg.jpg\nurl:"), "utf-8")
    found = diagnosed(paper, "issues")
    (error,) = told(found, "error")
    assert "2026-11-28 cannot be sent. " in error
    assert told(found, "warning") == ["2026-11-28 builds; warnings: 1."]
