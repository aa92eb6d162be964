"""A kind page for each thing that can be wrong with a link; tests, pictures, health."""

from pathlib import Path

import pytest
from readers_pages import WEB, Pages, pages_of, said, title

from newsletter.links import DEMO_KEY, Links
from newsletter.store.database import Store

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def pages(store: Store, tmp_path: Path) -> Pages:
    return pages_of(store, tmp_path)


PURPOSES = ("leave", "preferences", "confirm", "move", "back")


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("token", ["x", "A" * 48, "A" * 64, "%00", "%C0%AE", "é" * 48, "a" * 5_000])
def test_a_token_that_we_did_not_sign_is_answered_kindly(pages: Pages, purpose: str, token: str) -> None:
    for answer in (pages.visitor.get(f"/{purpose}/{token}"), pages.visitor.post(f"/{purpose}/{token}")):
        assert (answer.status_code, title(answer.text)) == (404, "Deze link is niet volledig")
        assert "mailto:redactie@example.nl" in answer.text
        assert token not in said(answer.text).split()


def test_a_token_for_one_purpose_opens_no_other(pages: Pages) -> None:
    reader = pages.subscribed()
    token = pages.links.unsubscribe(reader.id).rpartition("/")[2]
    assert pages.visitor.get(f"/preferences/{token}").status_code == 404
    assert pages.visitor.post(f"/preferences/{token}/erase").status_code == 404
    assert pages.now(reader) == reader


def test_the_demo_key_opens_nothing(pages: Pages) -> None:
    reader = pages.subscribed()
    links = Links(web=WEB, key=DEMO_KEY)
    assert pages.visitor.post(links.unsubscribe(reader.id)).status_code == 404
    assert pages.now(reader).status == "confirmed"


@pytest.mark.parametrize("path", ["/x", "/leave/a/b/c", "/subscribe/", "/Subscribe", "/pictures", "/%2F", "/%00"])
def test_a_path_that_is_none_of_ours_says_so(pages: Pages, path: str) -> None:
    answer = pages.visitor.get(path)
    assert (answer.status_code, title(answer.text)) == (404, "Deze pagina bestaat niet")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])
def test_a_method_that_a_page_does_not_have_changes_nothing(pages: Pages, method: str) -> None:
    reader = pages.subscribed()
    for link in (pages.links.unsubscribe(reader.id), pages.links.erase(reader.id), f"{WEB}/subscribe"):
        answer = pages.visitor.ask(method, link)
        assert answer.status_code == 405
        assert {*answer.headers["allow"].split(", ")} == {"GET", "HEAD", "POST"}
        assert title(answer.text) == "Zo werkt deze pagina niet"
    assert pages.now(reader) == reader


def test_what_only_shows_takes_no_post(pages: Pages) -> None:
    for path in ("/subscribe/form", "/pictures/x.png", "/health"):
        assert pages.visitor.post(path).status_code == 405


def test_a_link_to_leave_that_is_nobodys_says_that_there_is_nothing_to_do(pages: Pages) -> None:
    """It stands in test mails, and in notices to an address that is not the reader's."""
    for answer in (pages.visitor.get("/leave"), pages.visitor.post("/leave", {"List-Unsubscribe": "One-Click"})):
        assert (answer.status_code, title(answer.text)) == (200, "U hoeft niets te doen")
        assert "hoort bij niemands aanmelding" in said(answer.text)
        assert "test" not in said(answer.text).lower()
        assert "Schrijf naar redactie@example.nl" in said(answer.text)


@pytest.mark.parametrize("path", ["/test", "/preferences"])
def test_a_link_of_a_test_mail_says_that_it_was_a_test(pages: Pages, path: str) -> None:
    for answer in (pages.visitor.get(path), pages.visitor.post(path, {"List-Unsubscribe": "One-Click"})):
        assert (answer.status_code, title(answer.text)) == (200, "Dit was een test")


def test_the_first_page_is_the_one_for_subscribing(pages: Pages) -> None:
    assert title(pages.visitor.follow(pages.visitor.get("/")).text).startswith("Elke zaterdag")


def test_a_body_too_long_is_refused_in_the_look_of_the_others(pages: Pages) -> None:
    answer = pages.visitor.post("/subscribe", {"email": "x" * 70_000})
    assert (answer.status_code, title(answer.text)) == (413, "Dat was te veel ineens")


def test_what_fails_here_is_said_to_be_our_fault(pages: Pages) -> None:
    pages.store.close()
    lost = Pages(pages.config, Store(Path("/nowhere/none.db")))
    answer = lost.visitor.get(lost.links.preferences("5e" * 16))
    assert (answer.status_code, title(answer.text)) == (503, "Hier ging iets mis")
    assert "none.db" not in answer.text


def test_health_is_that_the_database_can_be_read(pages: Pages) -> None:
    answer = pages.visitor.get("/health")
    assert (answer.status_code, answer.text) == (200, "ok\n")
    lost = Pages(pages.config, Store(Path("/nowhere/none.db")))
    answer = lost.visitor.get("/health")
    assert (answer.status_code, answer.text) == (503, "not now\n")


@pytest.mark.parametrize(
    ("ending", "media"), [("png", "image/png"), ("jpg", "image/jpeg"), ("gif", "image/gif"), ("webp", "image/webp")]
)
def test_a_published_picture_is_shown_to_everybody_and_for_ever(pages: Pages, ending: str, media: str) -> None:
    file = pages.config.root / pages.config.pictures.folder / f"0f1e2d3c4b5a6978.{ending}"
    file.parent.mkdir(parents=True)
    file.write_bytes(PNG)
    answer = pages.visitor.get(f"/pictures/{file.name}")
    assert (answer.status_code, answer.content) == (200, PNG)
    assert answer.headers["content-type"] == media
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    head = pages.visitor.ask("HEAD", f"/pictures/{file.name}")
    assert (head.status_code, head.content) == (200, b"")


@pytest.mark.parametrize(
    "name",
    [
        "none.png", ".png", "..%2Fnewsletter.toml", "%2e%2e%2fgeheim.png", "..%5Cgeheim.png", "x.png%00.jpg",
        "geheim.toml", ".verborgen.png", "/etc/passwd", "a.png/", "a.png.svg", "map.png",
    ],
)  # fmt: skip
def test_nothing_but_a_picture_in_the_folder_is_shown(pages: Pages, name: str) -> None:
    folder = pages.config.root / pages.config.pictures.folder
    (folder / "map.png").mkdir(parents=True)
    for secret in ("geheim.toml", ".verborgen.png", "../geheim.png", "../newsletter.toml"):
        (folder / secret).write_bytes(PNG)
    assert pages.visitor.get(f"/pictures/{name}").status_code == 404


def test_a_reader_without_language_is_spoken_to_as_his_browser_or_the_address_asks(pages: Pages) -> None:
    link = pages.links.preferences(pages.subscribed().id)
    english = type(pages.visitor)(pages.application, accepts="de, en-GB;q=0.8, nl;q=0.5")
    assert title(english.get(link).text) == "Your preferences"
    assert title(pages.visitor.get(f"{link}?lang=en").text) == "Your preferences"
    assert title(pages.visitor.get(f"{link}?lang=xx").text) == "Uw voorkeuren"
    own = pages.links.preferences(pages.subscribed("ander@example.nl", language="nl").id)
    assert title(english.get(f"{own}?lang=en").text) == "Uw voorkeuren"


def test_a_mailbox_to_write_to_is_the_one_for_answers_or_the_sender(store: Store, tmp_path: Path) -> None:
    pages = pages_of(store, tmp_path, sender={"reply_to": None})
    assert "Schrijf naar weekbrief@example.nl" in said(pages.visitor.get("/leave/x").text)
