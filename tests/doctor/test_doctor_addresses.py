"""What the doctor says of the public addresses."""

import pytest
from surgery import PUBLIC, answer, diagnosed, nowhere, told

from newsletter import workspace
from newsletter.build import build
from newsletter.config import Config
from newsletter.fetch import Fetched
from newsletter.send.pictures import publish
from newsletter.workspace import Workspace


def give_a_picture(paper: Workspace) -> None:
    picture = workspace.SHIPPED / "issues" / "2026-10-03" / "articles" / "pont-naar-school.jpg"
    (paper.root / "issues" / "2026-11-28" / "articles" / "pont.jpg").write_bytes(picture.read_bytes())


def test_addresses_on_a_private_network_are_refused_in_a_sentence(paper: Workspace) -> None:
    give_a_picture(paper)
    pages, pictures = diagnosed(paper, "addresses", fetch=nowhere)
    assert (pages.level, pictures.level) == ("warning", "error")
    assert pages.sentence == f"{PUBLIC} lies on a private network, and is not fetched."
    assert "open internet" in pages.remedy
    assert "published/pictures" in pictures.remedy


def test_an_issue_without_pictures_needs_no_address_for_them(paper: Workspace) -> None:
    _, pictures = diagnosed(paper, "addresses", fetch=nowhere)
    assert (pictures.level, pictures.sentence) == ("good", "The newest issue has no pictures.")


def test_a_web_server_that_is_broken_is_a_warning(paper: Workspace) -> None:
    found = diagnosed(paper, "addresses", fetch=lambda address, config: answer(address, config, status=502))
    assert told(found, "warning") == [f"{PUBLIC} answers 502."]


@pytest.mark.parametrize(
    ("status", "media", "level"), [(200, "image/png", "good"), (404, "image/png", "error"), (200, "text/html", "error")]
)
def test_once_a_picture_is_published_it_must_be_shown(paper: Workspace, status: int, media: str, level: str) -> None:
    give_a_picture(paper)
    edition = build(paper).edition
    publish(edition.pictures, paper.root / "published" / "pictures")
    asked: list[str] = []

    def fetch(address: str, config: Config) -> Fetched:
        asked.append(address)
        return answer(address, config, status=status, media=media)

    found = diagnosed(paper, "addresses", fetch=fetch)[1]
    assert found.level == level
    assert f"{PUBLIC}/pictures/{edition.pictures[0].name}" in asked
