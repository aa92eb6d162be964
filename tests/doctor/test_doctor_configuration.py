"""What the doctor says of the configuration."""

import pytest
from surgery import PUBLIC, SECRET, configure, diagnosed, told

from newsletter import workspace
from newsletter.send.preflight import missing
from newsletter.workspace import Workspace

WANTS = {
    "no postal address": ('address = "Postbus 12, 1234 AB Heuveldam"', ""),
    "no public address": (f'\nurl = "{PUBLIC}"', ""),
    "no https": (PUBLIC, PUBLIC.replace("https", "http")),
}


@pytest.mark.parametrize("want", WANTS)
def test_what_a_send_is_missing_has_a_remedy(paper: Workspace, want: str) -> None:
    configure(paper.root, *WANTS[want])
    changed = workspace.find(paper.root, SECRET)
    assert len(missing(changed.config)) == 1
    (error,) = [one for one in diagnosed(changed, "configuration") if one.level == "error"]
    assert error.remedy


def test_what_is_missing_is_told_once(paper: Workspace) -> None:
    configure(paper.root, *WANTS["no postal address"])
    errors = told(diagnosed(workspace.find(paper.root, SECRET)), "error")
    assert [sentence for sentence in errors if "postal address" in sentence] == ["The publisher has no postal address."]


@pytest.mark.parametrize(
    ("secret", "sentence"), [({}, "no secret"), ({"NEWSLETTER_SECRET": "kort"}, "shorter than 16")]
)
def test_a_secret_that_is_missing_or_short_is_an_error_and_never_shown(
    paper: Workspace, secret: dict[str, str], sentence: str
) -> None:
    found = diagnosed(workspace.find(paper.root, secret))
    assert any(sentence in one.sentence for one in found if (one.group, one.level) == ("configuration", "error"))
    assert "kort" not in repr(found)


@pytest.mark.parametrize(("sender", "sentence"), [("x@gmail.com", "forbids others"), ("x@krant.example", "an example")])
def test_a_sender_whose_domain_cannot_be_used_is_a_warning(paper: Workspace, sender: str, sentence: str) -> None:
    configure(paper.root, "weekbrief@heuvelbode.nl", sender)
    (warning,) = told(diagnosed(workspace.find(paper.root, SECRET), "configuration"), "warning")
    assert sentence in warning


def test_a_folder_that_takes_no_pictures_is_an_error(paper: Workspace) -> None:
    (paper.root / "published").write_text("a file where the folder would be", "utf-8")
    (error,) = told(diagnosed(paper, "configuration"), "error")
    assert error == f"The pictures cannot be put into {paper.root / 'published' / 'pictures'}."


def test_without_testers_it_warns(paper: Workspace) -> None:
    configure(paper.root, 'testers = ["redactie@heuvelbode.nl"]', "")
    assert told(diagnosed(workspace.find(paper.root, SECRET), "configuration"), "warning")
