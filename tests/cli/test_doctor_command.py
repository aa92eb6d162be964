"""``newsletter doctor`` as one types it: a table or JSON, and 3 when a send would fail."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from newsletter import workspace

HOME = {name: value for name, value in os.environ.items() if not name.startswith(("NEWSLETTER_", "FORCE_COLOR"))}
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


def doctor(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "newsletter", "doctor", "--offline", *arguments]
    return subprocess.run(command, cwd=folder, env={**HOME, **environment}, capture_output=True, text=True)


def test_where_nothing_stands_in_the_way_it_ends_with_0(paper: Path) -> None:
    done = doctor(paper, NEWSLETTER_SECRET=SECRET)
    assert done.returncode == 0, done.stdout
    assert done.stderr == ""
    assert "The template digest makes a mail." in done.stdout
    assert "The login of smtp was not tried." in done.stdout
    assert SECRET not in done.stdout


def test_it_ends_with_3_when_a_send_would_fail_and_says_what_to_do(paper: Path) -> None:
    done = doctor(paper)
    assert done.returncode == 3
    assert "Set NEWSLETTER_SECRET in the environment or in .env" in done.stdout
    assert done.stderr.startswith("A send would fail; errors: 1.\n")


def test_as_json_each_has_its_group_level_sentence_and_remedy(paper: Path) -> None:
    done = doctor(paper, "--json")
    found = json.loads(done.stdout)
    assert all(list(one) == ["group", "level", "sentence", "remedy"] for one in found)
    assert all(bool(one["remedy"]) == (one["level"] != "good") for one in found)
    assert [one["group"] for one in found if one["level"] == "error"] == ["configuration"]
    assert done.returncode == 3


def test_outside_a_workspace_it_says_so_and_looks_at_the_machine(tmp_path: Path) -> None:
    done = doctor(tmp_path)
    assert done.returncode == 3
    assert "Python 3." in done.stdout
    assert "There is no newsletter.toml" in done.stdout
    assert "Traceback" not in done.stderr


def test_a_copy_of_a_template_is_known_to_be_as_new_as_the_program(paper: Path) -> None:
    workspace.init_template(paper, "digest")
    assert "Your copy of the template digest is not behind the program's." in doctor(paper).stdout
