"""What must be the same for all workers: a difference has a name, and what a machine may have of its own has none."""

from pathlib import Path

import pytest

from newsletter.config import load
from newsletter.worker.sameness import Sameness, unlike

PAPER = """
[newsletter]
name = "De Heuvelbode"
[publisher]
name = "Heuvelpers bv"
[sender]
from = "De Heuvelbode <weekbrief@example.nl>"
"""
SENT = """[send]
provider = "smtp"
rate = "20/s"
warm_up = { 2 = 500, 10 = 1000 }
[send.smtp]
host = "post.example.nl"
"""
SECRETS = {"NEWSLETTER_SECRET": "een geheim dat alle werkers delen", "NEWSLETTER_SMTP_PASSWORD": "zonder dit geen post"}


def same(root: Path, more: str = SENT, **secrets: str) -> Sameness:
    (root / "newsletter.toml").write_text(PAPER + more, "utf-8")
    return Sameness.of(load(root, SECRETS | secrets))


@pytest.mark.parametrize(
    "more",
    [
        SENT,
        SENT.replace('"20/s"', '"1200/min"'),
        f'{SENT}[readers]\ndatabase = "postgresql://elders/brief"\n',
        f'{SENT}[worker]\nheartbeat = "2 s"\n[web]\nproxies = ["10.0.0.1"]\n[pictures]\nfolder = "elders"\n',
        f'{SENT}ca = "hier/ca.pem"\n[fetch]\nprivate = ["intern.example.nl"]\n',
        SENT.replace("[send]", '[send]\nnotify = "/opt/tell"'),
    ],
)
def test_where_things_are_on_a_machine_is_its_own_affair(tmp_path: Path, more: str) -> None:
    (tmp_path / "a").mkdir()
    here, there = same(tmp_path), same(tmp_path / "a", more, NEWSLETTER_STATE="/elders", NEWSLETTER_DATABASE="x://y")
    assert (here.tables, here.secrets) == (there.tables, there.secrets)


@pytest.mark.parametrize(
    ("more", "names"),
    [
        (SENT.replace("20/s", "21/s"), ("send",)),
        (SENT.replace("10 = 1000", "10 = 2000"), ("send",)),
        (SENT.replace("post.example", "pest.example"), ("send.smtp",)),
        (f'{SENT}[web]\nurl = "https://brief.example.nl"\n[inbox]\naddress = "brief@example.nl"\n', ("inbox", "web")),
        (f"{SENT}[segments]\nsouth = \"tag('zuid')\"\n", ("segments",)),
        (f'{SENT}[readers]\nfields = {{ village = "text" }}\n', ("readers",)),
    ],
)
def test_what_matters_for_mails_and_pages_differs_by_the_name_of_its_table(
    tmp_path: Path, more: str, names: tuple[str, ...]
) -> None:
    assert unlike(same(tmp_path).tables, same(tmp_path, more).tables) == names


@pytest.mark.parametrize(
    ("secrets", "names"),
    [
        ({"NEWSLETTER_SMTP_PASSWORD": "een ander"}, ("NEWSLETTER_SMTP_PASSWORD",)),
        ({"NEWSLETTER_RESEND_WEBHOOK": "whsec_1"}, ("NEWSLETTER_RESEND_WEBHOOK",)),
        ({"NEWSLETTER_ERASE_KEY": "een sleutel van nu", "NEWSLETTER_INBOX_PASSWORD": "x"}, ("NEWSLETTER_ERASE_KEY",)),
        ({"NEWSLETTER_SECRET": "een ander geheim dan dat van de rest"}, ("NEWSLETTER_SECRET",)),
    ],
)
def test_a_secret_that_differs_is_named_and_not_shown(
    tmp_path: Path, secrets: dict[str, str], names: tuple[str, ...]
) -> None:
    here, there = same(tmp_path), same(tmp_path, **secrets)
    assert unlike(here.secrets, there.secrets) == names
    assert not any(value in repr(there) for value in (SECRETS | secrets).values() if len(value) > 1)


def test_a_hash_is_the_same_on_every_machine(tmp_path: Path) -> None:
    found = same(tmp_path)
    assert (found.tables["publisher"], found.secrets["NEWSLETTER_SECRET"]) == ("ee9ee400138a", "efc2e60d0471")


def test_pictures_that_are_not_in_the_folder_are_lacking(tmp_path: Path) -> None:
    found = same(tmp_path)
    found.folder.mkdir(parents=True)
    (found.folder / "kim.jpg").touch()
    assert found.lacks({"pont.jpg", "kim.jpg", "brug.jpg"}) == ("brug.jpg", "pont.jpg")
