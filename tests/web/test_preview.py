"""The preview: what it shows, whom it answers, and that it writes nothing."""

import re
import shutil
import socket
from pathlib import Path

import pytest
from asking import Client

from newsletter import build, workspace
from newsletter.errors import UsageError
from newsletter.web import preview
from newsletter.web.preview.desk import coded

ROOT = Path(__file__).parent.parent.parent
SAMPLE = "2026-10-03"


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    """A workspace with the sample issue."""
    workspace.init(tmp_path)
    return tmp_path


@pytest.fixture
def client(paper: Path) -> Client:
    return Client(preview.application(paper))


def test_the_first_page_is_the_newest_issue(client: Client) -> None:
    answer = client.get("/")
    assert answer.headers["location"] == f"/issues/{SAMPLE}"


def test_the_desk_shows_the_issue_its_size_and_its_findings(client: Client) -> None:
    page = client.get(f"/issues/{SAMPLE}").text
    assert "Issue 1" in page
    assert "17 articles, 5 sections" in page
    assert "of 102.4 KB" in page
    assert "kicker-split" in page


def test_the_mail_is_what_is_built_but_for_the_addresses_of_pictures(client: Client, paper: Path) -> None:
    built = build.build(workspace.find(paper), SAMPLE)
    assert client.get(f"/issues/{SAMPLE}/mail").text == built.message.html


@pytest.mark.parametrize(("scheme", "condition"), [("dark", "@media all{"), ("light", "@media not all{")])
def test_a_scheme_is_shown_whatever_the_browser_prefers(client: Client, scheme: str, condition: str) -> None:
    page = client.get(f"/issues/{SAMPLE}/mail?scheme={scheme}").text
    assert condition in page
    assert "prefers-color-scheme" not in page


def test_every_picture_of_the_mail_is_served(client: Client) -> None:
    names = re.findall(r'src="pictures/([^"]+)"', client.get(f"/issues/{SAMPLE}/mail").text)
    assert len(names) == 5
    for name in names:
        assert client.get(f"/issues/{SAMPLE}/pictures/{name}").headers["content-type"] == "image/jpeg"


def test_the_text_part_is_shown(client: Client) -> None:
    assert "DE HEUVELBODE" in client.get(f"/issues/{SAMPLE}?part=text").text


def test_the_text_part_has_an_address_of_its_own(client: Client, paper: Path) -> None:
    answer = client.get(f"/issues/{SAMPLE}/text")
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.text == build.build(workspace.find(paper), SAMPLE).message.text


def test_what_stands_between_backticks_is_code_and_never_a_tag() -> None:
    assert coded("Write `a < b`.") == "Write <code>a &lt; b</code>."


def test_a_view_stands_in_the_address_and_nonsense_there_is_the_usual_view(client: Client) -> None:
    assert 'value="375" aria-pressed="true"' in client.get(f"/issues/{SAMPLE}?width=375").text
    assert 'value="720" aria-pressed="true"' in client.get(f"/issues/{SAMPLE}?width=<script>").text


def test_a_saved_file_shows_after_reloading(client: Client, paper: Path) -> None:
    client.get(f"/issues/{SAMPLE}/mail")
    article = paper / "issues" / SAMPLE / "articles" / "pont-naar-school.md"
    article.write_text(re.sub(r"(?m)^title: .*", "title: De pont is gestopt", article.read_text("utf-8")), "utf-8")
    assert "De pont is gestopt" in client.get(f"/issues/{SAMPLE}/mail").text.replace("\N{NO-BREAK SPACE}", " ")


def test_a_picture_that_changes_outside_the_issue_shows_after_reloading(client: Client, paper: Path) -> None:
    folder = paper / "issues" / SAMPLE / "articles"
    (paper / "beeld").mkdir()
    (folder / "pont-naar-school.jpg").rename(paper / "beeld" / "pont.jpg")
    article = folder / "pont-naar-school.md"
    article.write_text(article.read_text("utf-8").replace("pont-naar-school.jpg", "/beeld/pont.jpg"), "utf-8")
    before = client.get(f"/issues/{SAMPLE}/mail").text
    shutil.copy(folder / "orgel.jpg", paper / "beeld" / "pont.jpg")
    assert client.get(f"/issues/{SAMPLE}/mail").text != before


def test_a_broken_article_is_shown_with_file_line_and_its_neighbours(client: Client, paper: Path) -> None:
    article = paper / "issues" / SAMPLE / "articles" / "kim.md"
    article.write_text("---\ntitle: Kim: de reis\nsection: Buitenland\n---\nTekst.\n", "utf-8")
    page = client.get(f"/issues/{SAMPLE}").text
    assert f"issues/{SAMPLE}/articles/kim.md, line 2" in page
    assert "a value with a colon needs quotes".capitalize() in page
    assert "section: Buitenland" in page


def test_an_issue_that_cannot_be_built_is_marked_in_the_list(client: Client, paper: Path) -> None:
    (paper / "issues" / SAMPLE / "issue.toml").write_text("number = \n", "utf-8")
    page = client.get(f"/issues/{SAMPLE}").text
    assert "Cannot be built" in page
    assert "This issue cannot be shown" in page


def test_the_list_counts_the_worst_that_was_found_in_the_issue_on_the_desk(client: Client, paper: Path) -> None:
    article = paper / "issues" / SAMPLE / "articles" / "bibliobus.md"
    article.write_text(re.sub(r"(?m)^alt: .*\n", "", article.read_text("utf-8")), "utf-8")
    assert "17 articles · 1 warning<" in client.get(f"/issues/{SAMPLE}").text


def test_a_broken_configuration_is_explained(client: Client, paper: Path) -> None:
    (paper / "newsletter.toml").write_text("[newsletter]\nnaam = 'x'\n", "utf-8")
    assert "newsletter.toml" in client.get("/").text


def test_a_workspace_without_issues_says_what_to_do(paper: Path, client: Client) -> None:
    shutil.rmtree(paper / "issues")
    assert "newsletter init" in client.get("/").text


def test_an_unknown_issue_is_not_found(client: Client) -> None:
    assert client.get("/issues/2026-10-04").status_code == 404
    assert client.get("/issues/2026-10-04/mail").status_code == 404


@pytest.mark.parametrize("host", ["evil.example", "weekbrief.example.nl", "127.0.0.1.evil.example"])
def test_a_foreign_host_is_refused(client: Client, host: str) -> None:
    assert client.get(f"/issues/{SAMPLE}", host=host).status_code == 400


@pytest.mark.parametrize("path", ["/issues/..%2f..%2fetc", f"/issues/{SAMPLE}/pictures/..%2f..%2fnewsletter.toml"])
def test_nothing_outside_an_issue_is_served(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_nothing_can_be_posted(client: Client) -> None:
    assert client.ask("POST", f"/issues/{SAMPLE}").status_code == 405


def test_the_pages_name_no_foreign_host_and_run_no_script_but_their_own(client: Client) -> None:
    for path in ("/desk.css", f"/issues/{SAMPLE}", f"/issues/{SAMPLE}?part=text", f"/issues/{SAMPLE}/outbox"):
        answer = client.get(path)
        assert not re.search(r'(?:src|href|action)="https?:', answer.text)
        assert answer.text.count("<script") == answer.text.count('<script src="/desk.js" defer></script>')
    policy = client.get(f"/issues/{SAMPLE}").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


def test_nothing_in_the_mail_may_run(client: Client) -> None:
    policy = client.get(f"/issues/{SAMPLE}/mail").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script" not in policy
    sandbox = re.search(r'sandbox="([^"]*)"', client.get(f"/issues/{SAMPLE}").text)
    assert sandbox
    assert "allow-scripts" not in sandbox[1]


def test_the_mail_runs_in_a_sandbox(client: Client) -> None:
    assert "sandbox" in client.get(f"/issues/{SAMPLE}/mail").headers["content-security-policy"]


def test_looking_writes_no_file(client: Client, paper: Path) -> None:
    before = {file: file.stat().st_mtime_ns for file in paper.rglob("*")}
    client.get(f"/issues/{SAMPLE}")
    client.get(f"/issues/{SAMPLE}/mail")
    assert {file: file.stat().st_mtime_ns for file in paper.rglob("*")} == before


def test_a_port_that_is_taken_is_named_with_the_remedy(paper: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(UsageError, match=f"Port {port} is taken") as error:
            preview.serve(paper, issue=None, port=port, ready=lambda _: None)
    assert "--port" in error.value.hint
