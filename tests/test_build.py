"""Building: the files it writes, that they are the same every time, and that the clock has no say."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from PIL import Image

from newsletter import build, workspace
from newsletter.build import Built
from newsletter.errors import ContentError
from newsletter.workspace import Workspace

SAMPLE = "2026-10-03"
KEYS = {
    "issue", "number", "date", "subject", "preheader", "fingerprint", "bytes", "pictures", "opening", "findings",
    "articles",
}  # fmt: skip


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace with the sample issue. Tests that change it make their own."""
    root = tmp_path_factory.mktemp("paper")
    workspace.init(root)
    return workspace.find(root, {})


@pytest.fixture(scope="module")
def built(paper: Workspace) -> Built:
    return build.build(paper)


@pytest.fixture(scope="module")
def folder(paper: Workspace, built: Built) -> Path:
    """The sample as files."""
    folder = paper.build_folder(SAMPLE)
    build.write(built, folder, paper.config)
    return folder


@pytest.fixture(scope="module")
def data(folder: Path) -> dict[str, object]:
    read: dict[str, object] = json.loads((folder / "edition.json").read_text("utf-8"))
    return read


@pytest.fixture
def own(tmp_path: Path) -> Workspace:
    """An empty workspace of a test's own, with the folder of one issue."""
    workspace.init(tmp_path, empty=True)
    (tmp_path / "issues" / SAMPLE / "articles").mkdir(parents=True)
    return workspace.find(tmp_path, {})


def put(own: Workspace, name: str, *head: str) -> None:
    front = "\n".join((f"title: Het verhaal van {name}", *head))
    (own.root / "issues" / SAMPLE / "articles" / f"{name}.md").write_text(f"---\n{front}\n---\n\nTekst.\n", "utf-8")


def hashes(folder: Path) -> dict[str, str]:
    """Every file below a folder, and a hash of its bytes."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return {str(f.relative_to(folder)): hashlib.sha256(f.read_bytes()).hexdigest() for f in files}


def test_it_writes_the_mail_as_html_text_message_and_data_with_its_pictures(folder: Path, built: Built) -> None:
    pictures = {f"pictures/{picture.name}" for picture in built.edition.pictures}
    assert pictures
    assert set(hashes(folder)) == {"edition.html", "edition.txt", "sample.eml", "edition.json"} | pictures


def test_write_says_what_it_wrote(paper: Workspace, built: Built, tmp_path: Path) -> None:
    written = build.write(built, tmp_path / "x", paper.config)
    assert {str(file.relative_to(tmp_path / "x")) for file in written} == set(hashes(tmp_path / "x"))


def test_a_second_build_leaves_no_picture_of_the_first(paper: Workspace, built: Built, tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "oud.jpg").write_bytes(b"x")
    build.write(built, tmp_path, paper.config)
    assert not (tmp_path / "pictures" / "oud.jpg").exists()


def test_the_same_inputs_give_the_same_bytes_in_another_folder_and_another_process(
    folder: Path, paper: Workspace, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elders"
    shutil.copytree(paper.root, elsewhere, ignore=shutil.ignore_patterns("build"))
    for seed in ("1", "77"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": "Asia/Tokyo", "LC_ALL": "C"}
        subprocess.run(
            [sys.executable, "-m", "newsletter", "build"],
            cwd=elsewhere,
            env=environment,
            check=True,
            capture_output=True,
        )
        assert hashes(elsewhere / "build" / SAMPLE) == hashes(folder)


@pytest.mark.parametrize("name", ["edition.html", "edition.txt", "sample.eml", "edition.json"])
def test_no_path_of_this_machine_stands_in_a_file(folder: Path, paper: Workspace, name: str) -> None:
    assert str(paper.root) not in (folder / name).read_text("utf-8")


def test_now_changes_the_date_header_and_nothing_else_of_the_sample(paper: Workspace, built: Built) -> None:
    later = build.build(paper, now=datetime(2027, 3, 1, 12, tzinfo=UTC))
    assert later.edition.fingerprint == built.edition.fingerprint
    assert (later.message.html, later.message.text) == (built.message.html, built.message.text)
    assert later.issue == built.issue
    assert later.message.letterhead.date == datetime(2027, 3, 1, 12, tzinfo=UTC)
    assert built.message.letterhead.date == built.issue.date


def test_now_decides_about_embargoes_and_what_has_expired(own: Workspace) -> None:
    put(own, "dicht", "not_before: 2026-10-05")
    put(own, "voorbij", "expires: 2026-10-04")
    put(own, "gewoon")
    names = [
        sorted(placement.article.id for placement in build.build(own, now=now).issue.placements)
        for now in (None, datetime(2026, 10, 6, tzinfo=UTC))
    ]
    assert names == [["gewoon", "voorbij"], ["dicht", "gewoon"]]


def test_every_picture_the_page_shows_lies_beside_it_in_its_own_size(folder: Path) -> None:
    html = (folder / "edition.html").read_text("utf-8")
    shown = set(re.findall(r'<img[^>]* src="([^"]+)"', html))
    assert shown == {f"pictures/{file.name}" for file in (folder / "pictures").iterdir()}
    for name in shown:
        with Image.open(folder / name) as picture:
            picture.load()
            assert picture.width > 100


def test_standalone_refers_to_no_file(built: Built) -> None:
    page = build.standalone(built)
    addresses = re.findall(r'(?:src|srcset|background|poster)="([^"]*)"|url\(([^)]*)\)', page)
    assert addresses
    assert {(src or css).split(",")[0].split(";")[0] for src, css in addresses} <= {"data:image/jpeg", "data:image/png"}
    assert "pictures/" not in page


def test_standalone_changes_nothing_but_the_pictures(built: Built) -> None:
    page = re.sub(r"data:image/\w+;base64,[A-Za-z0-9+/=]+", "", build.standalone(built))
    assert page == re.sub(r"pictures/\w+\.(?:jpg|png)", "", built.message.html)


def test_the_message_is_the_page_and_its_text(folder: Path) -> None:
    message = message_from_bytes((folder / "sample.eml").read_bytes(), policy=policy.default)
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain
    assert html
    assert html.get_content().splitlines() == (folder / "edition.html").read_text("utf-8").splitlines()
    assert plain.get_content().splitlines() == (folder / "edition.txt").read_text("utf-8").splitlines()


def test_the_sample_goes_to_the_first_reader_of_the_list(built: Built) -> None:
    assert built.message.subscriber.address == "a.vandenberg@example.org"


@pytest.mark.parametrize("rows", [None, "email,name\n", "email\nniemand@\n"])
def test_without_a_reader_one_is_invented(own: Workspace, rows: str | None) -> None:
    if rows is not None:
        own.sample_readers.write_text(rows, "utf-8")
    put(own, "pont")
    assert build.build(own).message.subscriber.address == "lezer@example.org"


def test_the_data_have_every_key(data: dict[str, object]) -> None:
    assert set(data) == KEYS
    assert data["issue"] == SAMPLE
    assert data["number"] == 1
    assert data["date"] == "2026-10-03T06:00:00+02:00"


def test_the_data_say_what_was_built(data: dict[str, object], built: Built, folder: Path) -> None:
    assert data["fingerprint"] == built.edition.fingerprint
    assert data["subject"] == built.edition.subject
    sizes = data["bytes"]
    assert isinstance(sizes, dict)
    assert sizes["html"] == (folder / "edition.html").stat().st_size
    assert sizes["text"] == (folder / "edition.txt").stat().st_size
    articles = data["articles"]
    assert isinstance(articles, list)
    assert [article["id"] for article in articles] == [p.article.id for p in built.issue.placements]
    assert all(article["bytes"] for article in articles)
    assert articles[0]["placement"] == "opening"
    assert {"title", "lead", "authors", "published", "url", "pictures", "passages", "why", "minutes"} <= set(
        articles[0]
    )


def test_the_data_describe_every_picture(data: dict[str, object], folder: Path) -> None:
    pictures = data["pictures"]
    assert isinstance(pictures, list)
    assert all((folder / picture["file"]).stat().st_size == picture["bytes"] for picture in pictures)
    assert all(picture["source"].startswith(f"issues/{SAMPLE}/articles/") for picture in pictures)


def test_the_sample_has_no_finding_worse_than_a_note(built: Built) -> None:
    assert [finding for finding in built.findings if finding.level != "note"] == []


def test_findings_of_reading_composing_and_checking_come_together(own: Workspace) -> None:
    put(own, "pont", "section: Nergens", "draft: true")
    put(own, "sloot", "section: Nergens", "url: http://localhost/x")
    codes = [finding.code for finding in build.build(own).findings]
    assert {"article-draft", "section-unknown"} <= set(codes)
    assert any(code.startswith("link-") for code in codes)
    assert len(codes) == len(set(codes))


def test_findings_stand_in_the_data_with_their_place_and_remedy(own: Workspace) -> None:
    put(own, "pont", "image: weg.jpg")
    finding = next(f for f in build.as_data(build.build(own), own.config)["findings"] if f["code"] == "picture-missing")  # type: ignore[attr-defined]
    assert finding["file"] == f"issues/{SAMPLE}/articles/pont.md"
    assert finding["place"].startswith(finding["file"])
    assert finding["remedy"]
    assert set(finding) == {"code", "level", "sentence", "remedy", "place", "file", "line", "article"}


def test_nothing_is_built_of_an_issue_with_a_broken_article_unless_it_is_skipped(own: Workspace) -> None:
    put(own, "pont")
    (own.root / "issues" / SAMPLE / "articles" / "kim.md").write_text("---\ntitle: Kim: terug\n---\n\nx\n", "utf-8")
    with pytest.raises(ContentError, match=r"kim\.md:2: a value with a colon needs quotes"):
        build.build(own)
    built = build.build(own, skip_broken=True)
    assert [placement.article.id for placement in built.issue.placements] == ["pont"]
    assert "article-broken" in {finding.code for finding in built.findings}


def test_building_writes_nothing(own: Workspace) -> None:
    put(own, "pont")
    before = hashes(own.root)
    build.build(own)
    assert hashes(own.root) == before


def test_an_empty_issue_can_be_built(own: Workspace) -> None:
    built = build.build(own)
    assert built.edition.subject == own.config.newsletter.name
    assert built.message.html


def test_the_same_edition_to_the_same_reader_has_the_same_delivery_and_others_have_others(paper: Workspace) -> None:
    one = build.build(paper)
    other = build.build(paper)
    assert one.message.delivery == other.message.delivery
    assert re.fullmatch(r"[0-9a-f]{24}", one.message.delivery)
    stranger = build.delivery_id(
        one.edition, build.sample_reader(Workspace(root=Path("/nergens"), config=paper.config))
    )
    assert stranger != one.message.delivery
