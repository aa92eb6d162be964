"""The rehearsal's outbox in the preview: its list, its messages, and who may not see them."""

import csv
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from asking import Client

from newsletter import app, build, workspace
from newsletter.providers.outbox import COLUMNS
from newsletter.web import preview
from newsletter.web.preview.outbox import PAGE, Question, Rehearsed, rehearsed

SAMPLE = "2026-10-03"
OUTBOX = f"/issues/{SAMPLE}/outbox"


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace in which the sample issue was rehearsed. No test of this module writes in it."""
    folder = tmp_path_factory.mktemp("paper")
    workspace.init(folder)
    space = workspace.find(folder)
    built = build.build(space, SAMPLE)
    with app.mailing(space, built) as mailing:
        app.rehearse(space, built, mailing, keep_all=False, progress=lambda _: None)
    return folder


@pytest.fixture(scope="module")
def client(paper: Path) -> Client:
    return Client(preview.application(paper))


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Rehearsed:
    """A list of a hundred and twenty, of which the first two were kept."""
    folder = tmp_path_factory.mktemp("outbox")
    with (folder / "outbox.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for n in range(1, 121):
            kept = f"{n}.eml" if n < 3 else ""
            writer.writerow(
                (n, f"{n:024x}", f"lezer{n}@weg{n % 7}.example.org", f'Jo "{n}" Dam, sr.', 9000 + n % 50, kept)
            )
    (folder / "1.eml").write_bytes(b"Subject: x\r\n\r\n")
    return Rehearsed(folder)


def test_without_a_rehearsal_the_page_says_how_to_make_one(tmp_path: Path) -> None:
    workspace.init(tmp_path)
    client = Client(preview.application(tmp_path))
    assert "No rehearsal yet. Run <code>newsletter send --dry-run</code>." in client.get(OUTBOX).text
    assert "No rehearsal yet" in client.get(f"/issues/{SAMPLE}").text
    assert rehearsed(tmp_path) is None


def test_the_list_names_every_message_and_its_reader(client: Client) -> None:
    page = client.get(OUTBOX).text
    assert "10 messages" in page
    assert "jc.oconnor@example.com" in page
    assert "Bram &lt;b&gt;Bakker&lt;/b&gt; &amp; zoon" in page
    assert "That is the edition on the desk." in page
    assert "The rehearsal’s outbox" in client.get(f"/issues/{SAMPLE}").text


@pytest.fixture
def place(paper: Path) -> Callable[[str], str]:
    """``place("jan@example.nl")``: the page of that reader's message."""
    with (paper / "build" / SAMPLE / "outbox" / "outbox.csv").open(encoding="utf-8", newline="") as file:
        numbers = {row["address"]: row["n"] for row in csv.DictReader(file)}
    return lambda address: f"{OUTBOX}/{numbers[address]}"


def test_a_message_is_shown_as_it_would_arrive(client: Client, place: Callable[[str], str]) -> None:
    message = place("jc.oconnor@example.com")
    page = client.get(message).text
    assert "O&#39;Connor, Jean-Claude" in page
    assert f'src="{message}/mail?scheme=light"' in page
    for part, shown in (
        ("text", "jc.oconnor@example.com"),
        ("source", "&lt;!DOCTYPE"),
        ("message", "quoted-printable"),
    ):
        assert shown in client.get(f"{message}?part={part}").text


def test_a_long_name_is_read_as_a_mail_client_reads_it(client: Client, place: Callable[[str], str]) -> None:
    page = client.get(place("w.a.c.g.vannijeveen@example.nl")).text
    assert "Wilhelmina Adriana Cornelia Gerharda van Nijeveen tot Oosterwijk-Terwindt" in page


def test_its_html_is_what_was_rehearsed_with_the_pictures_of_the_issue(
    client: Client, place: Callable[[str], str]
) -> None:
    answer = client.get(f"{place('jc.oconnor@example.com')}/mail?scheme=light")
    assert "sandbox" in answer.headers["content-security-policy"]
    assert "jc.oconnor@example.com" in answer.text
    pictures = re.findall(r'<img [^>]*src="([^"]+)"', answer.text)
    assert len(pictures) == 5
    for picture in pictures:
        assert picture.startswith("../../pictures/")
        assert client.get(f"/issues/{SAMPLE}/{picture.removeprefix('../../')}").status_code == 200


def test_a_message_that_was_not_kept_is_not_found_and_the_remedy_is_told(client: Client) -> None:
    answer = client.get(f"{OUTBOX}/11")
    assert answer.status_code == 404
    assert "--keep-all" in answer.text
    assert client.get(f"{OUTBOX}/11/mail").status_code == 404
    assert client.get(f"{OUTBOX}/..%2f1").status_code == 404


def test_an_issue_that_has_changed_since_is_told(tmp_path: Path) -> None:
    workspace.init(tmp_path)
    space = workspace.find(tmp_path)
    built = build.build(space, SAMPLE)
    with app.mailing(space, built) as mailing:
        app.rehearse(space, built, mailing, keep_all=False, progress=lambda _: None)
    settings = tmp_path / "issues" / SAMPLE / "intro.md"
    settings.write_text("Heel anders.\n", "utf-8")
    page = Client(preview.application(tmp_path)).get(OUTBOX).text
    assert "The issue has changed since." in page
    assert f"newsletter send {SAMPLE} --dry-run" in page


@pytest.mark.parametrize("path", ["", "/1", "/1/mail"])
def test_from_the_phone_there_is_no_outbox(client: Client, path: str) -> None:
    answer = Client(client.application, phone=True).get(OUTBOX + path)
    assert answer.status_code == 404
    assert "vandenberg" not in answer.text


def test_an_unknown_issue_has_no_outbox(client: Client) -> None:
    assert client.get("/issues/2026-10-04/outbox").status_code == 404


def test_the_list_is_turned_page_by_page(many: Rehearsed) -> None:
    seen = [row.n for page in (1, 2, 3) for row in many.listing(Question(page=page)).rows]
    assert seen == list(range(1, 121))
    assert (many.listing(Question()).pages, many.listing(Question(page=99)).page) == (-(-120 // PAGE), 3)


@pytest.mark.parametrize(
    ("words", "found"),
    [("@weg3.", 17), ("LEZER12@", 1), ('jo "7"', 1), ("dam, sr", 120), ("00000c", 0), (".eml", 0), ("9001", 0)],
)
def test_address_name_and_domain_are_searched_and_nothing_else(many: Rehearsed, words: str, found: int) -> None:
    listing = many.listing(Question(words=words))
    assert (listing.found, listing.total) == (found, 120)
    assert len(listing.rows) == min(found, PAGE)


def test_the_largest_come_first_when_asked_for(many: Rehearsed) -> None:
    sizes = [row.bytes for page in (1, 2, 3) for row in many.listing(Question(order="largest", page=page)).rows]
    assert sizes == sorted(sizes, reverse=True)
    assert len(sizes) == 120


def test_a_question_is_read_back_from_its_address() -> None:
    question = Question(words="a b&c", order="largest", page=3)
    assert question.but() == "?find=a+b%26c&order=largest&page=3"
    assert Question.of({"find": "a b&c", "order": "largest", "page": "3"}) == question
    assert Question.of({"page": "²", "order": "x"}) == Question()


def test_a_message_whose_file_is_gone_is_none(many: Rehearsed) -> None:
    assert many.content(1) == b"Subject: x\r\n\r\n"
    assert many.content(2) is None
