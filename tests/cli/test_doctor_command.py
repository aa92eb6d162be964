"""``newsletter doctor`` as one types it: a table or JSON, and 3 when a send would fail."""

import json
from pathlib import Path

import pytest
from commandline import Said, run

from newsletter import workspace

SECRET = "een-geheim-van-zestig-schapen"
SENDER = """
provider = "smtp"
testers = ["redactie@heuvelbode.nl"]
[send.smtp]
host = "post.heuvelbode.nl"
"""


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    """A workspace from which a send would succeed, as far as can be said without the network."""
    workspace.init(tmp_path)
    file = tmp_path / "newsletter.toml"
    file.write_text(file.read_text("utf-8").replace('# provider = "smtp"', SENDER), "utf-8")
    return tmp_path


def doctor(folder: Path, *options: str, **environment: str) -> Said:
    return run(folder, "doctor", "--offline", *options, **environment)


def test_where_nothing_stands_in_the_way_it_ends_with_0(paper: Path) -> None:
    done = doctor(paper, NEWSLETTER_SECRET=SECRET)
    assert done.code == 0, done.out
    assert done.err == ""
    assert "The template digest makes a mail." in done.out
    assert "The login of smtp was not tried." in done.out
    assert SECRET not in done.out


def test_it_ends_with_3_when_a_send_would_fail_and_says_what_to_do(paper: Path) -> None:
    done = doctor(paper)
    assert done.code == 3
    assert "Set NEWSLETTER_SECRET in the environment or in .env" in done.out
    assert done.err.startswith("A send would fail; errors: 1.\n")


def test_as_json_each_has_its_group_level_sentence_remedy_and_address(paper: Path) -> None:
    done = doctor(paper, "--json")
    found = json.loads(done.out)
    assert all(list(one) == ["group", "level", "sentence", "remedy", "address"] for one in found)
    assert all(bool(one["remedy"]) == (one["level"] != "good") for one in found)
    assert [one["group"] for one in found if one["level"] == "error"] == ["configuration"]
    assert done.code == 3


def test_outside_a_workspace_it_says_so_and_looks_at_the_machine(tmp_path: Path) -> None:
    done = doctor(tmp_path)
    assert done.code == 3
    assert "Python 3." in done.out
    assert "There is no newsletter.toml" in done.out


def test_a_copy_of_a_template_is_known_to_be_as_new_as_the_program(paper: Path) -> None:
    workspace.init_template(paper, "digest")
    assert "Your copy of the template digest is not behind the program's." in doctor(paper).out
