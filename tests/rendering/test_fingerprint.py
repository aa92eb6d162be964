"""The fingerprint: what was sent, and nothing else."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import examples
import pytest
from PIL import Image

from newsletter.model.mail import Edition, Slot


@pytest.fixture
def edition(edition_of: Callable[[str], Edition]) -> Edition:
    return edition_of("mixed")


@pytest.mark.parametrize("part", ["subject", "preheader"])
def test_it_changes_with_subject_and_preheader(edition: Edition, part: str) -> None:
    assert replace(edition, **{part: getattr(edition, part) + "."}).fingerprint != edition.fingerprint


@pytest.mark.parametrize("part", ["html", "text"])
def test_it_changes_with_html_and_text(edition: Edition, part: str) -> None:
    assert replace(edition, **{part: (*getattr(edition, part), " ")}).fingerprint != edition.fingerprint


def test_it_changes_when_words_move_from_subject_to_preheader(edition: Edition) -> None:
    one = replace(edition, subject="ab", preheader="c")
    other = replace(edition, subject="a", preheader="bc")
    assert one.fingerprint != other.fingerprint


def test_it_changes_when_another_field_stands_open(edition: Edition) -> None:
    one = replace(edition, html=("a", Slot(field="name", context="html")))
    other = replace(edition, html=("a", Slot(field="address", context="html")))
    assert len({one.fingerprint, other.fingerprint, edition.fingerprint}) == 3


def test_it_changes_with_what_a_picture_shows(tmp_path: Path) -> None:
    examples.pictures_in(tmp_path)
    before = examples.rendered("reference", tmp_path).fingerprint
    Image.new("RGB", (704, 528), "#8FA36B").save(tmp_path / "school.png")
    assert examples.rendered("reference", tmp_path).fingerprint != before


def test_it_is_the_same_wherever_the_workspace_lies(tmp_path: Path, edition: Edition) -> None:
    here, there = tmp_path / "hier", tmp_path / "ergens anders"
    here.mkdir()
    examples.pictures_in(here)
    shutil.copytree(here, there)
    assert examples.rendered("mixed", here).fingerprint == examples.rendered("mixed", there).fingerprint
    assert examples.rendered("mixed", here).fingerprint == edition.fingerprint


def test_readers_and_the_address_of_pictures_leave_it_alone(edition: Edition, root: Path) -> None:
    settings = examples.config(root)
    for pictures in ("pictures/", "https://beeld.example.nl/"):
        for reader in (examples.READER, replace(examples.READER, address="x@example.org", name="X")):
            message = examples.merge_for(edition, settings, pictures=pictures)(reader, delivery=reader.address)
            assert pictures in message.html
            assert message.edition.fingerprint == edition.fingerprint


def test_the_address_of_readers_pages_leaves_it_alone(edition: Edition, root: Path) -> None:
    moved = examples.rendered("mixed", root, web={"url": "https://brief.example.org"})
    assert moved.fingerprint == edition.fingerprint
