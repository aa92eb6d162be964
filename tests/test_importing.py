"""Importing: into which issue, what becomes of each file, and what a file's failure does to the others."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from newsletter import importing, workspace
from newsletter.errors import ContentError, NewsletterError, UsageError
from newsletter.fetch import Fetcher
from newsletter.importing import Imported
from newsletter.shipped import SHIPPED
from newsletter.workspace import Workspace

NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)
PASTED = SHIPPED / "issues" / "2026-10-03" / "articles" / "vuurtoren.txt"
MARKDOWN = "---\ntitle: {}\n---\n\nTekst.\n"


@pytest.fixture
def paper(tmp_path: Path) -> Workspace:
    """A workspace without issues; it publishes on Saturdays at six."""
    workspace.init(tmp_path / "paper", empty=True)
    return workspace.find(tmp_path / "paper", {})


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that one types the command in, somewhere else than the workspace."""
    folder = tmp_path / "desk"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


Answers = tuple[Imported | NewsletterError, ...]
Import = Callable[..., Answers]


@pytest.fixture
def imported(paper: Workspace, desk: Path) -> Import:
    """``imported("a.md", …)``: the answers, from files in the desk's folder."""

    def run(*names: str, stdin: bytes = b"", url: str | None = None, replace: bool = False) -> Answers:
        issue = importing.target(paper, "2026-11-28", now=NOW)
        return importing.import_files(
            paper, names, issue, fetcher=Fetcher(), stdin=lambda: stdin, url=url, replace=replace
        )

    return run


def put_issue(paper: Workspace, name: str, toml: str = "") -> None:
    folder = paper.root / "issues" / name
    folder.mkdir()
    (folder / "issue.toml").write_text(toml, "utf-8")


def target(paper: Workspace, name: str | None = None, *, now: datetime = NOW) -> str:
    return importing.target(paper, name, now=now).relative_to(paper.root).as_posix()


# Into which issue


def test_the_first_issue_that_lies_ahead_is_meant(paper: Workspace) -> None:
    for name in ("2026-11-21", "2026-12-05", "2026-12-12"):
        put_issue(paper, name)
    assert target(paper) == "issues/2026-12-05"


def test_an_issue_that_send_at_puts_ahead_counts(paper: Workspace) -> None:
    put_issue(paper, "2026-12-05")
    put_issue(paper, "bijlage", "send_at = 2026-11-25T08:00:00\n")
    assert target(paper) == "issues/bijlage"


def test_on_the_day_itself_it_is_the_issue_until_it_appears(paper: Workspace) -> None:
    put_issue(paper, "2026-11-28")
    assert target(paper, now=datetime(2026, 11, 28, 4, 59, tzinfo=UTC)) == "issues/2026-11-28"
    assert target(paper, now=datetime(2026, 11, 28, 5, 0, tzinfo=UTC)) == "issues/2026-12-05"


@pytest.mark.parametrize("past", [[], ["2026-11-21"], ["zomer"]], ids=str)
def test_without_an_issue_ahead_it_is_the_next_day_of_publication(paper: Workspace, past: list[str]) -> None:
    for name in past:
        put_issue(paper, name)
    assert target(paper) == "issues/2026-11-28"


def test_the_day_is_that_of_the_newsletter_s_zone(paper: Workspace) -> None:
    toml = (paper.root / "newsletter.toml").read_text("utf-8").replace("saturday 06:00", "saturday 00:30")
    (paper.root / "newsletter.toml").write_text(toml, "utf-8")
    assert target(workspace.find(paper.root, {})) == "issues/2026-11-28"


def test_a_quiet_day_is_not_one_of_publication(paper: Workspace) -> None:
    toml = (paper.root / "newsletter.toml").read_text("utf-8").replace('"2026-12-25"', '"2026-11-28"')
    (paper.root / "newsletter.toml").write_text(toml, "utf-8")
    assert target(workspace.find(paper.root, {})) == "issues/2026-12-05"


def test_asking_for_the_issue_makes_nothing(paper: Workspace) -> None:
    target(paper)
    target(paper, "2027-01-02")
    assert list((paper.root / "issues").iterdir()) == []


@pytest.mark.parametrize("name", ["2026-11-28", "kerst-2026", "Zomer_nummer.2"])
def test_a_named_issue_is_taken_at_its_word(paper: Workspace, name: str) -> None:
    put_issue(paper, "2026-12-05")
    assert target(paper, name) == f"issues/{name}"


@pytest.mark.parametrize("name", ["../x", "..", ".", "", "a/b", "/tmp", "a\\b", "_x", ".x", "-x", "a b", "2026\n"])
def test_a_name_that_leads_elsewhere_is_refused(paper: Workspace, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be an issue's name") as caught:
        importing.target(paper, name, now=NOW)
    assert caught.value.hint


# What becomes of the files


def test_a_pasted_text_becomes_an_article_of_the_issue(paper: Workspace, imported: Import) -> None:
    (answer,) = imported(str(PASTED))
    assert isinstance(answer, Imported)
    assert answer.written == Path("issues/2026-11-28/articles/vuurtoren.md")
    text = (paper.root / answer.written).read_text("utf-8")
    assert "title: De vuurtoren van Inishglas heeft weer een wachter\n" in text
    assert "url: " in text
    assert "section: Buitenland\n" in text
    assert answer.reading.lines
    assert paper.issues() == ("2026-11-28",)


def test_the_source_is_left_as_it_was(desk: Path, imported: Import) -> None:
    (desk / "pont.md").write_text(MARKDOWN.format("De pont"), "utf-8")
    imported("pont.md")
    assert (desk / "pont.md").read_text("utf-8") == MARKDOWN.format("De pont")


def test_each_file_has_its_answer_in_order_and_a_broken_one_holds_no_other_back(desk: Path, imported: Import) -> None:
    (desk / "a.md").write_text(MARKDOWN.format("A"), "utf-8")
    (desk / "b.md").write_text(MARKDOWN.format("B: kapot"), "utf-8")
    (desk / "c.md").write_text(MARKDOWN.format("C"), "utf-8")
    (desk / "map").mkdir()
    first, broken, missing, folder, last = imported("a.md", "b.md", "weg.md", "map", "c.md")
    assert isinstance(first, Imported)
    assert isinstance(last, Imported)
    assert (first.written.name, last.written.name) == ("a.md", "c.md")
    assert isinstance(broken, ContentError)
    assert broken.sentence.startswith("b.md:2: a value with a colon needs quotes")
    assert isinstance(missing, ContentError)
    assert missing.sentence.startswith("weg.md cannot be read: ")
    assert isinstance(folder, ContentError)
    assert folder.sentence == "map is a folder."
    assert all(error.hint for error in (broken, missing, folder))


def test_nothing_half_is_left_of_a_file_that_cannot_be_read(paper: Workspace, desk: Path, imported: Import) -> None:
    (desk / "b.md").write_text(MARKDOWN.format("B: kapot"), "utf-8")
    imported("b.md")
    assert not [file for file in (paper.root / "issues").rglob("*") if file.is_file()]
    assert paper.issues() == ()


def test_an_article_that_is_there_is_only_replaced_when_asked(paper: Workspace, desk: Path, imported: Import) -> None:
    (desk / "pont.md").write_text(MARKDOWN.format("De pont"), "utf-8")
    imported("pont.md")
    (desk / "pont.md").write_text(MARKDOWN.format("De pont vaart weer"), "utf-8")
    (refused,) = imported("pont.md")
    assert isinstance(refused, ContentError)
    assert "--replace" in refused.hint
    written = paper.root / "issues" / "2026-11-28" / "articles" / "pont.md"
    assert "title: De pont\n" in written.read_text("utf-8")
    assert isinstance(imported("pont.md", replace=True)[0], Imported)
    assert "title: De pont vaart weer\n" in written.read_text("utf-8")


def test_two_files_of_one_name_in_one_call_do_not_overwrite_each_other(desk: Path, imported: Import) -> None:
    for folder in ("een", "twee"):
        (desk / folder).mkdir()
        (desk / folder / "pont.md").write_text(MARKDOWN.format(folder), "utf-8")
    first, second = imported("een/pont.md", "twee/pont.md")
    assert isinstance(first, Imported)
    assert isinstance(second, ContentError)


def test_standard_input_is_an_article_named_by_its_title(imported: Import) -> None:
    (answer,) = imported("-", stdin=PASTED.read_bytes())
    assert isinstance(answer, Imported)
    assert answer.written.name == "de-vuurtoren-van-inishglas-heeft-weer-een-wachter.md"
    assert answer.reading.article.file is None


def test_markdown_on_standard_input_is_known_by_its_head(imported: Import) -> None:
    (answer,) = imported("-", stdin=MARKDOWN.format("De pont").encode())
    assert isinstance(answer, Imported)
    assert answer.written.name == "de-pont.md"


@pytest.mark.parametrize(
    "stdin", [b"", b"   \n\n", b"\x00\x01\x02\x03", b"x" * 300_000], ids=["empty", "blank", "binary", "large"]
)
def test_standard_input_that_is_no_article_is_a_sentence(stdin: bytes, imported: Import) -> None:
    (answer,) = imported("-", stdin=stdin)
    assert isinstance(answer, ContentError)
    assert answer.hint


def test_an_address_that_is_given_is_the_article_s(paper: Workspace, desk: Path, imported: Import) -> None:
    (desk / "pont.md").write_text("---\ntitle: De pont\nurl: https://example.nl/oud\n---\n\nx\n", "utf-8")
    (answer,) = imported("pont.md", url="https://example.nl/nieuw")
    assert isinstance(answer, Imported)
    assert answer.reading.article.url == "https://example.nl/nieuw"
    text = (paper.root / answer.written).read_text("utf-8")
    assert "https://example.nl/nieuw" in text
    assert "https://example.nl/oud" not in text


def test_an_address_for_several_files_is_refused_before_anything_is_written(
    paper: Workspace, desk: Path, imported: Import
) -> None:
    (desk / "a.md").write_text(MARKDOWN.format("A"), "utf-8")
    with pytest.raises(UsageError, match="several were named"):
        imported("a.md", "a.md", url="https://example.nl/x")
    assert paper.issues() == ()


def test_a_picture_beside_the_file_comes_along(paper: Workspace, desk: Path, imported: Import) -> None:
    (desk / "pont.md").write_text(MARKDOWN.format("De pont"), "utf-8")
    (desk / "pont.jpg").write_bytes(b"een beeld")
    (answer,) = imported("pont.md")
    assert isinstance(answer, Imported)
    assert (paper.root / answer.written).with_suffix(".jpg").read_bytes() == b"een beeld"


# What people take for articles


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("krant.pdf", b"%PDF-1.7\n1 0 obj", "this is a PDF"),
        ("stuk.docx", b"PK\x03\x04\x14\x00", "Word"),
        ("stuk.txt", b"{\\rtf1 De pont}", "formatting"),
        ("pont.jpg", b"\xff\xd8\xff\xe0\x00", "this is a picture"),
        ("pagina.html", b"%PDF-1.7\n", "this is a PDF"),
    ],
)
def test_what_is_no_text_is_called_by_its_name(desk: Path, imported: Import, name: str, data: bytes, said: str) -> None:
    (desk / name).write_bytes(data)
    (answer,) = imported(name)
    assert isinstance(answer, ContentError)
    assert said in answer.sentence
    assert answer.hint


def test_a_page_bundle_is_imported_by_the_name_of_its_folder(desk: Path, imported: Import) -> None:
    bundle = desk / "molen"
    bundle.mkdir()
    (bundle / "index.md").write_text("---\ntitle: De molen draait\n---\n\nHet waait.\n", "utf-8")
    (answer,) = imported("molen")
    assert isinstance(answer, Imported)
    assert answer.reading.article.title == "De molen draait"


@pytest.mark.parametrize("name", ["2027-99-99", "2026-2-30", "2026-13-01"])
def test_a_name_that_looks_like_a_day_and_is_none_is_refused(paper: Workspace, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be an issue's name"):
        target(paper, name, now=NOW)
