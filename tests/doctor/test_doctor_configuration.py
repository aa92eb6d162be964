"""What the doctor says of the configuration."""

import pytest
from surgery import PUBLIC, SECRET, configure, diagnosed, told

from newsletter import workspace
from newsletter.doctor import Diagnosis
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


OLD = "het-geheim-van-het-vorige-jaar"


def of_old_secrets(paper: Workspace, level: str, written: str) -> list[Diagnosis]:
    """What is said of old secrets as they are written, beside a present one that is in order."""
    found = diagnosed(workspace.find(paper.root, SECRET | {"NEWSLETTER_OLD_SECRETS": written}), "configuration")
    assert OLD not in repr(found)
    assert SECRET["NEWSLETTER_SECRET"] not in repr(found)
    return [one for one in found if one.level == level and "secret" in one.sentence]


def test_old_secrets_that_still_verify_are_counted(paper: Workspace) -> None:
    present, old = of_old_secrets(paper, "good", f"{OLD}, {OLD}-en-dat-ervoor,")
    assert present.sentence == "Readers' links are signed with your secret."
    assert old.sentence == "The links of earlier mails are known by 2 old secrets."
    assert of_old_secrets(paper, "good", f"{OLD},{OLD}")[1].sentence.endswith("by 1 old secret.")
    assert of_old_secrets(paper, "good", " , ") == [present]


def test_an_old_secret_cut_short_is_an_error_and_no_new_one_is_advised(paper: Workspace) -> None:
    (error,) = of_old_secrets(paper, "error", f"{OLD},kort")
    assert error.sentence == "A secret in NEWSLETTER_OLD_SECRETS is shorter than 16 characters."
    assert error.remedy == "Write each whole, as it was, with commas between them."


def test_a_present_secret_among_the_old_ones_is_a_warning(paper: Workspace) -> None:
    """As when somebody puts it there and forgets to set another."""
    (warning,) = of_old_secrets(paper, "warning", f"{OLD},{SECRET['NEWSLETTER_SECRET']}")
    assert warning.sentence == "NEWSLETTER_OLD_SECRETS holds the secret that still signs, so it is not replaced yet."
    assert "NEWSLETTER_SECRET" in warning.remedy


@pytest.mark.parametrize("written", [f'"{OLD}","{OLD}-2"', f"'{OLD}'", f"{OLD};{OLD}-2", f"{OLD} {OLD}-2"])
def test_old_secrets_in_quotation_marks_or_without_commas_are_a_warning(paper: Workspace, written: str) -> None:
    """They would be taken for others than they were, and the links of earlier mails be strangers'."""
    (warning,) = of_old_secrets(paper, "warning", written)
    assert warning.sentence == (
        "A secret in NEWSLETTER_OLD_SECRETS stands in quotation marks, or is several without a comma between them."
    )


def test_an_old_secret_of_several_words_is_in_order(paper: Workspace) -> None:
    assert not of_old_secrets(paper, "warning", "een geheim van zestig schapen")


def test_of_old_secrets_nothing_is_said_before_there_is_a_present_one(paper: Workspace) -> None:
    found = diagnosed(workspace.find(paper.root, {"NEWSLETTER_OLD_SECRETS": "kort"}), "configuration")
    assert told([one for one in found if "secret" in one.sentence], "error") == [
        "There is no secret to sign readers' links with."
    ]


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


def test_a_segment_that_cannot_be_understood_is_a_warning_that_names_it(paper: Workspace) -> None:
    segments = """[segments]\nsouth = "tag(zuid)"\nnorth = "tag('noord')\""""
    configure(paper.root, "[segments]", segments)
    (warning,) = [d for d in diagnosed(workspace.find(paper.root, SECRET), "configuration") if d.level == "warning"]
    assert warning.sentence.startswith("newsletter.toml: the segment south cannot be understood. ")
    assert "tag(zuid)" in warning.sentence
    assert warning.remedy


def test_who_gets_the_test_mail_is_named(paper: Workspace) -> None:
    sentence = "Test mail goes to redactie@heuvelbode.nl unless others are named."
    assert sentence in told(diagnosed(paper, "configuration"), "good")
