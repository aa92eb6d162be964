"""What the doctor says of templates, and of own copies that fell behind."""

from surgery import diagnosed, told

from newsletter import workspace
from newsletter.workspace import Workspace


def test_a_template_that_cannot_be_filled_is_an_error_even_without_issues(paper: Workspace) -> None:
    workspace.init_template(paper.root, "digest")
    (paper.root / "templates" / "digest" / "edition.txt").write_text("{{ issue.naam }}", "utf-8")
    (paper.root / "issues" / "2026-11-28").rename(paper.root / "issues" / "_2026-11-28")
    (error,) = told(diagnosed(paper, "templates"), "error")
    assert error.startswith("templates/digest/edition.txt:1: ")
    assert told(diagnosed(paper, "issues"), "warning") == ["There are no issues yet."]


def test_a_copy_of_a_template_that_is_not_behind_is_good_however_it_was_changed(paper: Workspace) -> None:
    workspace.init_template(paper.root, "digest")
    (paper.root / "templates" / "digest" / "style.css").write_text("p { margin: 0; }\n", "utf-8")
    assert {one.level for one in diagnosed(paper, "templates")} == {"good"}


def test_a_copy_that_is_behind_says_what_to_compare_it_with(paper: Workspace) -> None:
    workspace.init_template(paper.root, "digest")
    copy = paper.root / "templates" / "digest"
    origin = copy / ".origin"
    origin.write_text("\n".join(f"{'0' * 64}  {line.split()[1]}" for line in origin.read_text().splitlines()), "utf-8")
    (copy / "style.css").write_text("p { margin: 0; }\n", "utf-8")
    (warning,) = [one for one in diagnosed(paper, "templates") if one.level == "warning"]
    assert warning.sentence.startswith("templates/digest/style.css is older than ")
    assert "sha256sum *) > templates/digest/.origin" in warning.remedy
