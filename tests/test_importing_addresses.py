"""Importing from the web and from saved pages: what is kept, what is left, and what a failure does to the others."""

import io
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from PIL import Image

from newsletter import build, importing, workspace
from newsletter.errors import ContentError, FetchError, NewsletterError
from newsletter.fetch import Fetcher
from newsletter.importing import Imported
from newsletter.workspace import Workspace

OWN = "https://www.example.nl/kerk/artikel/12"
FOREIGN = "https://krant.example.org/artikel/9"
LEAD = (
    "De pont van Ommerhaar vaart weer, na drie weken stilte. De schipper vond een nieuwe kabel in Zeeland. Het dorp "
    "aan de overkant had die drie weken geen brood, geen krant en geen dokter, en noemde dat achteraf een verademing."
)
BODY = "".join(
    f"<p>Alinea {number}: aan boord is het stil, en dat blijft zo tot de school uitgaat en de kinderen komen.</p>"
    for number in (1, 2, 3)
)


def page(address: str, *, image: str | None = "/beeld/pont.jpg", title: str = "De pont vaart weer") -> str:
    picture = f'<meta property="og:image" content="{image}">' if image else ""
    return (
        f'<!DOCTYPE html><html lang="nl"><head><meta charset="utf-8"><link rel="canonical" href="{address}">'
        f'<meta property="og:type" content="article"><meta property="og:title" content="{title}">{picture}'
        f'<meta property="og:description" content="{LEAD}"><meta name="author" content="Anna Kok">'
        f'<meta property="article:published_time" content="2026-11-20T19:29:00+01:00"></head>'
        f'<body><article><h1>{title}</h1><p class="lead">{LEAD}</p>{BODY}</article></body></html>'
    )


def picture(kind: str = "JPEG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (1200, 800), "teal").save(out, kind)
    return out.getvalue()


def html(text: str) -> httpx.Response:
    return httpx.Response(200, content=text.encode(), headers={"Content-Type": "text/html; charset=utf-8"})


class Web:
    """A web of pages by their address; what is not there answers 404."""

    def __init__(self) -> None:
        self.pages: dict[str, httpx.Response] = {}
        self.asked: list[str] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        address = f"{request.url.scheme}://{request.headers['Host']}{request.url.raw_path.decode()}"
        self.asked.append(address)
        found = self.pages.get(address, httpx.Response(404))
        return httpx.Response(found.status_code, content=found.content, headers=found.headers)

    def fetcher(self) -> Fetcher:
        return Fetcher(
            resolver=lambda host, port: ["93.184.215.14"],
            transport=lambda: httpx.MockTransport(self.answer),
            clock=lambda: 0.0,
            sleep=lambda seconds: None,
        )


@pytest.fixture
def web() -> Web:
    """A web with an article of one's own, its picture, and one of another newspaper."""
    made = Web()
    made.pages[OWN] = html(page(OWN))
    made.pages["https://www.example.nl/beeld/pont.jpg"] = httpx.Response(200, content=picture())
    made.pages[FOREIGN] = html(page(FOREIGN, title="Pont bij Ommerhaar hersteld"))
    return made


@pytest.fixture
def paper(tmp_path: Path) -> Workspace:
    """A workspace without issues, whose domain is example.nl."""
    workspace.init(tmp_path / "paper", empty=True)
    return workspace.find(tmp_path / "paper", {})


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that one types the command in."""
    folder = tmp_path / "desk"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


Import = Callable[..., tuple[Imported | NewsletterError, ...]]


@pytest.fixture
def imported(paper: Workspace, desk: Path, web: Web) -> Import:
    """``imported(address, "kim.txt", …)``: the answers."""

    def run(
        *names: str, url: str | None = None, stdin: bytes = b"", into: Workspace = paper
    ) -> tuple[Imported | NewsletterError, ...]:
        return importing.import_files(
            into,
            names,
            into.root / "issues" / "2026-11-28",
            fetcher=web.fetcher(),
            stdin=lambda: stdin,
            url=url,
            replace=False,
        )

    return run


def one(answers: tuple[Imported | NewsletterError, ...]) -> Imported:
    (answer,) = answers
    assert isinstance(answer, Imported), answer
    return answer


def failure(answers: tuple[Imported | NewsletterError, ...]) -> NewsletterError:
    (answer,) = answers
    assert isinstance(answer, NewsletterError)
    assert answer.hint
    return answer


def text_of(paper: Workspace, answer: Imported) -> str:
    return (paper.root / answer.written).read_text("utf-8")


def why(answer: Imported, field: str) -> str:
    return next(e.why for e in answer.reading.evidence if e.field == field)


# One's own site


def test_an_article_of_one_s_own_comes_whole_with_its_picture_beside_it(paper: Workspace, imported: Import) -> None:
    answer = one(imported(OWN))
    assert (answer.name, answer.written.name) == (OWN, "de-pont-vaart-weer.md")
    text = text_of(paper, answer)
    assert f'url: "{OWN}"\n' in text
    assert "image: de-pont-vaart-weer.jpg\n" in text
    assert text.count("Alinea ") == 3
    assert (paper.root / answer.written).with_suffix(".jpg").read_bytes() == picture()
    assert why(answer, "rights") == "www.example.nl is yours"


def test_what_was_imported_builds_without_the_network_to_the_same_article(paper: Workspace, imported: Import) -> None:
    answer = one(imported(OWN))
    built = build.build(paper, "2026-11-28", now=None)
    (story,) = [placement.article for placement in built.issue.placements]
    found = answer.reading.article
    assert (story.title, story.lead, story.authors, story.published) == (
        found.title,
        found.lead,
        found.authors,
        found.published,
    )
    assert (story.url, story.passages, story.rights) == (found.url, found.passages, "own")


def test_one_s_own_site_is_not_asked_for_leave(web: Web, imported: Import) -> None:
    one(imported(OWN))
    assert web.asked == [OWN, "https://www.example.nl/beeld/pont.jpg"]


@pytest.mark.parametrize(
    ("response", "says"),
    [
        (httpx.Response(404), "answered 404"),
        (httpx.Response(200, content=b"<html>geen beeld</html>"), "cannot be used in a mail"),
        (httpx.Response(200, content=b"<svg xmlns='http://www.w3.org/2000/svg'/>"), "cannot be used in a mail"),
        (httpx.Response(200, content=picture()[:40]), "cannot be used in a mail"),
        (httpx.Response(200, content=picture("BMP")), "cannot be used in a mail"),
        (httpx.Response(200, content=b"x" * (10 * 1024 * 1024 + 1)), "larger than 10 MB"),
    ],
    ids=["gone", "a page", "a drawing", "half", "another format", "huge"],
)
def test_a_picture_that_fails_is_a_note_and_the_article_comes(
    response: httpx.Response, says: str, paper: Workspace, web: Web, imported: Import
) -> None:
    web.pages["https://www.example.nl/beeld/pont.jpg"] = response
    answer = one(imported(OWN))
    note = next(n for n in answer.reading.notes if n.code == "picture-not-fetched")
    assert says in note.sentence
    assert note.level == "note"
    assert "image:" not in text_of(paper, answer)


def test_a_picture_has_the_ending_of_what_it_is(paper: Workspace, web: Web, imported: Import) -> None:
    web.pages["https://www.example.nl/beeld/pont.jpg"] = httpx.Response(200, content=picture("PNG"))
    assert "image: de-pont-vaart-weer.png\n" in text_of(paper, one(imported(OWN)))


# Other people's sites


def test_of_another_s_article_title_teaser_and_link_are_kept_and_no_more(
    paper: Workspace, web: Web, imported: Import
) -> None:
    answer = one(imported(FOREIGN))
    text = text_of(paper, answer)
    article = answer.reading.article
    assert article.rights == "link"
    assert article.teaser == " ".join(LEAD.split(". ")[:1]) + ". De schipper vond een nieuwe kabel in Zeeland."
    assert (article.lead, article.passages, article.pictures, answer.reading.body) == (None, (), (), "")
    assert "rights: link\n" in text
    assert "Alinea" not in text
    assert "verademing" not in text
    assert article.url == FOREIGN
    assert [author.name for author in article.authors] == ["Anna Kok"]
    assert article.published is not None
    assert why(answer, "rights") == "krant.example.org is not among [links] own"
    assert not [asked for asked in web.asked if "beeld" in asked]
    assert web.asked[0] == "https://krant.example.org/robots.txt"


def test_a_page_on_one_s_own_site_that_says_it_is_another_s_is_another_s(web: Web, imported: Import) -> None:
    web.pages[OWN] = html(page(FOREIGN))
    assert one(imported(OWN)).reading.article.rights == "link"


def test_a_page_of_another_s_that_says_it_is_one_s_own_is_another_s(web: Web, imported: Import) -> None:
    web.pages[FOREIGN] = html(page(OWN))
    assert one(imported(FOREIGN)).reading.article.rights == "link"


def test_a_redirect_to_another_s_site_makes_it_another_s(web: Web, imported: Import) -> None:
    web.pages["https://www.example.nl/naar"] = httpx.Response(302, headers={"Location": FOREIGN})
    assert one(imported("https://www.example.nl/naar")).reading.article.rights == "link"


def test_without_domains_of_one_s_own_it_is_a_link_and_the_setting_is_named(paper: Workspace, imported: Import) -> None:
    toml = (paper.root / "newsletter.toml").read_text("utf-8").replace('own = ["example.nl"]', "own = []")
    (paper.root / "newsletter.toml").write_text(toml, "utf-8")
    answer = one(imported(OWN, into=workspace.find(paper.root, {})))
    assert answer.reading.article.rights == "link"
    note = next(n for n in answer.reading.notes if n.code == "rights-unknown")
    assert '[links] own = ["example.nl"]' in note.remedy


# Pages on disk


def test_a_saved_page_of_one_s_own_comes_whole_with_the_picture_beside_it(
    paper: Workspace, desk: Path, imported: Import
) -> None:
    (desk / "pont.html").write_text(page(OWN), "utf-8")
    (desk / "pont.jpg").write_bytes(picture())
    answer = one(imported("pont.html"))
    assert answer.written.name == "pont.md"
    assert answer.reading.article.rights == "own"
    assert (paper.root / answer.written).with_suffix(".jpg").exists()


def test_a_saved_page_never_leads_to_the_network(desk: Path, web: Web, imported: Import) -> None:
    (desk / "pont.html").write_text(page(OWN), "utf-8")
    one(imported("pont.html"))
    one(imported("-", stdin=page(OWN, title="Van standaardinvoer").encode()))
    assert web.asked == []


def test_a_saved_page_of_another_s_is_a_link(desk: Path, imported: Import) -> None:
    (desk / "pont.html").write_text(page(FOREIGN), "utf-8")
    assert one(imported("pont.html")).reading.article.rights == "link"


def test_a_page_without_address_is_taken_for_one_s_own_and_says_so(desk: Path, imported: Import) -> None:
    (desk / "pont.htm").write_text(f"<html><body><h1>De pont</h1>{BODY}</body></html>", "utf-8")
    answer = one(imported("pont.htm"))
    assert answer.reading.article.rights == "own"
    assert why(answer, "rights") == "the page names no address, so it is taken for yours"


def test_a_page_that_lies_among_the_articles_is_built(paper: Workspace) -> None:
    folder = paper.root / "issues" / "2026-11-28" / "articles"
    folder.mkdir(parents=True)
    (folder / "pont.html").write_text(page(OWN), "utf-8")
    (folder / "pont.jpg").write_bytes(picture())
    built = build.build(paper, "2026-11-28", now=None)
    (placement,) = built.issue.placements
    assert placement.article.title == "De pont vaart weer"
    assert [p.file and p.file.name for p in placement.article.pictures] == ["pont.jpg"]


# Several, other formats, failures


def test_files_and_addresses_are_mixed_and_one_that_fails_holds_no_other_back(
    paper: Workspace, desk: Path, imported: Import
) -> None:
    (desk / "kim.md").write_text("---\ntitle: Kim\n---\n\nTekst.\n", "utf-8")
    answers = imported(OWN, "https://www.example.nl/weg", "kim.md", "weg.txt", FOREIGN)
    assert [type(answer) for answer in answers] == [Imported, FetchError, Imported, ContentError, Imported]
    assert len(list((paper.root / "issues" / "2026-11-28" / "articles").glob("*.md"))) == 3


def test_markdown_and_text_behind_an_address_are_read_as_such(web: Web, imported: Import) -> None:
    web.pages["https://www.example.nl/a"] = httpx.Response(
        200, content=b"---\ntitle: Op het wad\n---\n\nTekst.\n", headers={"Content-Type": "text/markdown"}
    )
    web.pages["https://www.example.nl/b.txt"] = httpx.Response(
        200,
        content=f"Café op de dijk\n\n14 oktober 2025\n\n{LEAD}\n".encode("cp1252"),
        headers={"Content-Type": "text/plain; charset=windows-1252"},
    )
    first, second = imported("https://www.example.nl/a", "https://www.example.nl/b.txt")
    assert isinstance(first, Imported)
    assert isinstance(second, Imported)
    assert (first.reading.article.title, first.reading.article.rights) == ("Op het wad", "own")
    assert first.reading.article.url == "https://www.example.nl/a"
    assert (second.reading.article.title, second.written.name) == ("Café op de dijk", "cafe-op-de-dijk.md")


def test_markdown_on_another_s_site_is_a_link_whatever_it_says(paper: Workspace, web: Web, imported: Import) -> None:
    web.pages["https://krant.example.org/robots.txt"] = httpx.Response(404)
    web.pages["https://krant.example.org/a.md"] = httpx.Response(
        200, content=f"---\ntitle: Wad\nrights: own\n---\n\n{LEAD}\n".encode(), headers={"Content-Type": "text/plain"}
    )
    answer = one(imported("https://krant.example.org/a.md"))
    assert answer.reading.article.rights == "link"
    assert "verademing" not in text_of(paper, answer)


@pytest.mark.parametrize("media", ["", "application/octet-stream", "text/plain", "application/xhtml+xml"])
def test_a_page_that_is_not_called_one_is_read_as_one(media: str, web: Web, imported: Import) -> None:
    headers = {"Content-Type": media} if media else {}
    web.pages[OWN] = httpx.Response(200, content=page(OWN).encode(), headers=headers)
    reading = one(imported(OWN)).reading
    assert (reading.article.title, reading.article.rights) == ("De pont vaart weer", "own")
    assert [evidence.field for evidence in reading.evidence].count("rights") == 1


@pytest.mark.parametrize("media", ["application/pdf", "image/jpeg", "video/mp4", "application/json"])
def test_what_is_no_text_is_refused_by_its_type(media: str, web: Web, imported: Import) -> None:
    web.pages["https://www.example.nl/x"] = httpx.Response(200, content=b"x", headers={"Content-Type": media})
    assert f"is no page but {media}" in failure(imported("https://www.example.nl/x")).sentence


@pytest.mark.parametrize("status", [401, 403, 404, 410, 418, 500])
def test_an_address_that_does_not_answer_200_says_what_it_answered(status: int, web: Web, imported: Import) -> None:
    web.pages["https://www.example.nl/x"] = httpx.Response(status)
    error = failure(imported("https://www.example.nl/x"))
    assert error.sentence == f"https://www.example.nl/x answered {status}."
    assert error.exit_code == 1


def test_an_address_without_its_beginning_is_told_from_a_file(imported: Import) -> None:
    assert failure(imported("www.example.nl/artikel")).hint == "An address begins with https://."
    assert failure(imported("ftp://example.nl/x")).sentence == "“ftp://example.nl/x” is no web address."


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("lezers.csv", "email,name\nanna@example.org,Anna\nbram@example.org,Bram\n"),
        ("lezers.txt", "anna@example.org\nbram@example.org\n"),
        ("lezers.tsv", "naam\te-mail\nAnna\tanna@example.org\nBram\tbram@example.org\n"),
        ("lezers.md", '"Anna";"<anna@example.org>"\n"Bram";"bram@example.org"\n"Kees";""\n'),
    ],
)
def test_a_list_of_readers_is_sent_to_the_command_that_takes_it(
    name: str, text: str, desk: Path, imported: Import
) -> None:
    (desk / name).write_text(text, "utf-8")
    error = failure(imported(name))
    assert error.sentence == f"{name} is a list of readers, not an article."
    assert error.hint.endswith(f"newsletter subscribers import {name}")


def test_an_article_that_names_a_mail_address_is_no_list_of_readers(desk: Path, imported: Import) -> None:
    (desk / "kim.md").write_text("---\ntitle: Kim\n---\n\nMail naar:\n\nredactie@example.org\n", "utf-8")
    assert one(imported("kim.md")).reading.article.title == "Kim"


def test_an_address_that_is_given_goes_before_that_of_the_page(imported: Import) -> None:
    answer = one(imported(OWN, url="https://www.example.nl/kort"))
    assert answer.reading.article.url == "https://www.example.nl/kort"
