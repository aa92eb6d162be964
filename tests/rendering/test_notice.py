"""Notices: the right link and none other, in the reader's language, and not a word that somebody typed."""

import re
import subprocess
import threading
from dataclasses import replace
from email import message_from_bytes
from itertools import pairwise
from pathlib import Path

import pytest
from lxml.html import HtmlElement
from noticed import KEY, KINDS, LANGUAGES, LATEST, LINKS, NEWEST, ONCE, READER, TICKET, WEB, notice
from pages import page_of, rows, words_in
from test_spam import COMMAND, SPAMASSASSIN

from newsletter import mime, words
from newsletter.errors import ContentError
from newsletter.links import Errand, open_ticket, sign, sign_mailbox, verify
from newsletter.model.mail import Message
from newsletter.rendering.notice import Kind
from newsletter.shipped import SHIPPED
from newsletter.workspace import init

Made = tuple[Kind, str, Message, HtmlElement]


@pytest.fixture(params=[(kind, language) for kind in KINDS for language in LANGUAGES], ids="-".join)
def made(request: pytest.FixtureRequest, root: Path) -> Made:
    kind, language = request.param
    message = notice(kind, root, subscriber=replace(READER, language=language))
    return kind, language, message, page_of(message)


def addresses(page: HtmlElement) -> set[str]:
    return {link.get("href") for link in page.iter("a")}


def cited(message: Message) -> list[str]:
    """The addresses of the text part, in order."""
    return re.findall(r"^\[\d+\] (\S+)$", message.text, re.MULTILINE)


# What it says


def test_no_address_no_name_and_nothing_else_of_the_reader_is_in_it(made: Made) -> None:
    message = made[2]
    html = re.sub(r"@media|https?:[^\"<]+", "", message.html)
    text = re.sub(r"https?:\S+", "", message.text)
    said = "\n".join((message.edition.subject, message.edition.preheader, html, text))
    for typed in ("@", "voorbeeld@", "Win geld", "lok", "Lok", "piet", "nieuw@", "maart", "March"):
        assert typed not in said
    head, _, _ = mime.to_bytes(message).partition(b"\r\n\r\n")
    assert b"To: nieuw@example.org\r\n" in head
    assert b"piet" not in head
    assert b"Win" not in head


def test_whoever_he_is_the_mail_is_the_same_but_for_its_links(root: Path) -> None:
    for kind in KINDS:
        other = replace(READER, name="Iemand Anders", address="x@example.org", tags=(), fields={}, joined=None)
        assert notice(kind, root).edition == notice(kind, root, subscriber=other, address="y@example.org").edition


def test_it_speaks_the_readers_language(made: Made) -> None:
    _, language, message, page = made
    assert page.get("lang") == message.edition.language == language
    said = set(message.text.split()) & {"u", "uw", "you", "your"}
    assert said
    assert said <= ({"u", "uw"} if language == "nl" else {"you", "your"})


@pytest.mark.parametrize(
    ("reader", "newsletter", "spoken"),
    [("en", "nl", "en"), (None, "nl", "nl"), ("fr", "nl", "nl"), (None, "fr", "en"), ("nl-BE", "en", "nl-BE")],
)
def test_a_language_without_words_gives_way_to_the_newsletters_and_that_to_english(
    root: Path, reader: str | None, newsletter: str, spoken: str
) -> None:
    subscriber = replace(READER, language=reader)
    made = notice("confirm", root, subscriber=subscriber, newsletter={"language": newsletter})
    assert made.edition.language == spoken
    assert ("Bevestig" in made.edition.subject) == spoken.startswith("nl")


def test_dutch_readers_are_addressed_with_u_and_without_exclamation_marks(root: Path) -> None:
    for kind in KINDS:
        for said in (notice(kind, root).text, notice(kind, root, web_version=NEWEST).text):
            assert not re.search(r"\b(je|jij|jou|jouw|jullie|klik hier|lees meer)\b|!", said, re.IGNORECASE)


def test_the_words_of_the_page_are_the_words_of_the_text_part(made: Made) -> None:
    _, _, message, page = made
    text = " ".join(message.text.replace("\N{NO-BREAK SPACE}", " ").split())
    for name in ("title", "lead", "button"):
        assert words_in(rows(page, name)[0]) in text
    for paragraph in (*rows(page, "below")[0].iter("p"), *rows(page, "footer")[0].iter("p")):
        if paragraph.get("class") != "choices":
            assert words_in(paragraph) in text


@pytest.mark.parametrize(
    ("kind", "subject", "title", "button", "says"),
    [
        ("confirm", "Bevestig uw aanmelding voor De Heuvelbode", "Wilt u De Heuvelbode ontvangen?",
         "Ja, bevestig mijn aanmelding",
         "zeven dagen geldig en werkt één keer. Hebt u zich niet aangemeld? Dan hoeft u niets te doen. Zonder"),
        ("already", "U bent al aangemeld voor De Heuvelbode", "U bent al aangemeld", "Uw voorkeuren",
         "Hebt u dit niet zelf gedaan? Dan hoeft u niets te doen"),
        ("welcome", "Welkom bij De Heuvelbode", "Welkom, u bent aangemeld", "Uw voorkeuren",
         "U kunt zich altijd met één klik afmelden."),
        ("move", "Bevestig uw nieuwe adres voor De Heuvelbode", "Is dit uw nieuwe adres?",
         "Ja, gebruik dit adres", "twee dagen geldig en werkt één keer. Hebt u dit niet gevraagd?"),
        ("moved", "Uw adres voor De Heuvelbode is gewijzigd", "Uw e-mailadres is gewijzigd",
         "Maak de wijziging ongedaan", "veertien dagen geldig"),
    ],
)  # fmt: skip
def test_it_says_what_happened_and_what_to_do(
    root: Path, kind: Kind, subject: str, title: str, button: str, says: str
) -> None:
    made = notice(kind, root)
    page = page_of(made)
    assert made.edition.subject == subject
    assert words_in(rows(page, "title")[0]) == title
    assert words_in(rows(page, "button")[0]) == button
    assert says in " ".join(made.text.split())


def test_the_first_line_is_for_the_inbox_and_does_not_repeat_the_subject(made: Made) -> None:
    _, _, message, page = made
    first = next(iter(page.iter("td"))).xpath(".//td")[0]
    assert words_in(first) == message.edition.preheader
    assert 40 <= len(message.edition.preheader) <= 85
    assert message.edition.preheader not in message.edition.subject


def test_the_foot_says_who_publishes_it_and_where(made: Made) -> None:
    _, _, message, page = made
    foot = words_in(rows(page, "footer")[0])
    assert "Heuvelpers bv, Postbus 12, 1234 AB Heuveldam." in foot
    assert foot[-20:] in " ".join(message.text.replace("\N{NO-BREAK SPACE}", " ").split())


# Where it leads


@pytest.mark.parametrize(("kind", "errand"), ONCE.items())
def test_what_works_once_has_one_link_which_stands_there_to_copy_too(root: Path, kind: Kind, errand: Errand) -> None:
    made = notice(kind, root)
    page = page_of(made)
    (link,) = addresses(page)
    assert link.startswith(f"{WEB}/{errand}/")
    assert open_ticket([KEY], errand, link.rpartition("/")[2]) == TICKET
    assert link in words_in(rows(page, "plainly")[0])
    assert cited(made) == [link]


@pytest.mark.parametrize("kind", ["already", "welcome"])
def test_who_is_subscribed_finds_his_preferences_and_the_way_out(root: Path, kind: Kind) -> None:
    made = notice(kind, root)
    preferences, leave = LINKS.preferences(READER.id), LINKS.unsubscribe(READER.id)
    assert addresses(page_of(made)) == {preferences, leave}
    assert cited(made) == [preferences, preferences, leave]


def test_a_welcome_leads_to_the_latest_issue_when_there_is_one(root: Path) -> None:
    made = notice("welcome", root, web_version=NEWEST)
    page = page_of(made)
    assert words_in(rows(page, "button")[0]) == "Lees het laatste nummer"
    assert rows(page, "button")[0].find("a").get("href") == LATEST
    assert addresses(page) == {LATEST, LINKS.preferences(READER.id), LINKS.unsubscribe(READER.id)}


@pytest.mark.parametrize("kind", ["confirm", "already", "welcome"])
def test_a_subscribers_own_mail_can_be_left_with_one_click_and_by_mail(root: Path, kind: Kind) -> None:
    made = notice(kind, root, links=replace(LINKS, inbox="retour@example.nl"))
    mailbox = f"retour+{sign_mailbox(KEY, READER.id)}@example.nl"
    head = message_from_bytes(mime.to_bytes(made))
    assert verify([KEY], "leave", made.unsubscribe.rpartition("/")[2]) == READER.id
    assert made.return_path == f"retour+{sign_mailbox(KEY, READER.id, 'return')}@example.nl"
    assert " ".join(head["List-Unsubscribe"].split()) == (
        f"<{LINKS.unsubscribe(READER.id)}>, <mailto:{mailbox}?subject=unsubscribe>"
    )
    assert head["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


@pytest.mark.parametrize("kind", ["move", "moved"])
def test_another_address_gets_no_token_that_acts_for_the_reader(root: Path, kind: Kind) -> None:
    made = notice(kind, root, links=replace(LINKS, inbox="retour@example.nl"))
    assert made.unsubscribe == f"{WEB}/leave"
    assert made.mailbox is made.return_path is None
    content = mime.to_bytes(made).replace(b"=\r\n", b"").decode()
    for token in (
        sign(KEY, "leave", READER.id), sign(KEY, "preferences", READER.id), sign_mailbox(KEY, READER.id),
        sign_mailbox(KEY, READER.id, "return"),
    ):  # fmt: skip
        assert token not in content


@pytest.mark.parametrize("kind", ONCE)
def test_without_a_ticket_there_is_nothing_to_ask(root: Path, kind: Kind) -> None:
    with pytest.raises(ValueError, match="without its ticket"):
        notice(kind, root, ticket=None)


# How it is made


def test_the_same_notice_is_the_same_bytes(made: Made, root: Path) -> None:
    kind, language, message, _ = made
    again = notice(kind, root, subscriber=replace(READER, language=language))
    assert mime.to_bytes(again) == mime.to_bytes(message)


def test_its_date_and_id_are_what_is_given(root: Path) -> None:
    head = message_from_bytes(mime.to_bytes(notice("confirm", root, delivery="a17")))
    assert head["Date"] == "Sat, 28 Nov 2026 06:00:00 +0000"
    assert head["Message-ID"] == "<a17@example.nl>"
    assert head["X-Newsletter-Delivery"] == "a17"
    assert head["From"] == "De Heuvelbode <weekbrief@example.nl>"
    assert head["Feedback-ID"] == "confirm:notices:notice:deheuvelbode"


def test_it_is_an_alternative_of_text_and_html_without_pictures(made: Made) -> None:
    message = message_from_bytes(mime.to_bytes(made[2]))
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.walk()][1:] == ["text/plain", "text/html"]
    assert made[2].edition.pictures == ()
    assert not re.search(r"<img|url\(|<script|<link|display:\s*none|mf[0-9a-f]{32}", made[2].html)


def test_lines_of_the_text_part_are_at_most_72_wide(made: Made) -> None:
    for line in made[2].text.split("\n"):
        assert len(line) <= 72 or re.fullmatch(r"\[\d+\] \S+", line), line
        assert line == line.rstrip()
    assert "\n\n\n" not in made[2].text


def test_headings_do_not_skip_and_there_is_one_button(made: Made) -> None:
    page = made[3]
    levels = [int(e.tag[1]) for e in page.iter("h1", "h2", "h3", "h4")]
    assert levels == [1, 2]
    assert all(below <= above + 1 for above, below in pairwise(levels))
    assert len(rows(page, "button")) == 1
    assert {table.get("role") for table in page.iter("table")} == {"presentation"}


def test_what_is_retained_beats_what_is_inline(made: Made) -> None:
    (sheet,) = [style.text or "" for style in made[3].iter("style")]
    declared = [d for rule in re.findall(r"\{([^{}]+)\}", sheet) for d in rule.split(";") if d.strip()]
    assert declared
    assert [d for d in declared if not d.strip().endswith("!important")] == []


def test_a_newspaper_called_like_mark_up_stays_text(root: Path) -> None:
    made = notice("confirm", root, newsletter={"name": "<b>{{ 7*7 }}</b> & {paper}"})
    assert words_in(rows(page_of(made), "wordmark")[0]) == "<b>{{ 7*7 }}</b> & {paper}"
    assert "<b>{{ 7*7 }}</b> & {paper}" in made.text


def test_without_fine_typography_it_is_as_plain_as_the_configuration_says(root: Path) -> None:
    plain = notice("confirm", root, newsletter={"typography": False, "name": "'t Blad"})
    assert "Wilt u 't Blad ontvangen?" in plain.text
    assert "Wilt u ’t\N{NO-BREAK SPACE}Blad" in notice("confirm", root, newsletter={"name": "'t Blad"}).text


# The workspace's own


@pytest.fixture
def own(tmp_path: Path) -> Path:
    (tmp_path / "templates" / "_notices").mkdir(parents=True)
    return tmp_path


def test_a_workspaces_own_file_wins_and_shares_the_programs_frame(own: Path) -> None:
    shipped = (SHIPPED / "templates" / "_notices" / "welcome.html").read_text("utf-8")
    changed = shipped.replace('{{ words("Welcome, you are subscribed") | fine_title }}', "Fijn dat u er bent")
    assert changed != shipped
    (own / "templates" / "_notices" / "welcome.html").write_text(changed, "utf-8")
    made = notice("welcome", own)
    assert words_in(rows(page_of(made), "title")[0]) == "Fijn dat u er bent"
    assert "Welkom, u bent aangemeld" in made.text
    assert "Heuvelpers bv" in made.html


def test_a_template_that_asks_for_the_name_is_an_error_that_names_file_and_line(own: Path) -> None:
    (own / "templates" / "_notices" / "confirm.html").write_text("<p>\nDag {{ reader.name }}</p>", "utf-8")
    with pytest.raises(ContentError, match=r"templates/_notices/confirm\.html:2: .*name"):
        notice("confirm", own)


def test_a_template_cannot_hand_another_address_the_readers_preferences(own: Path) -> None:
    (own / "templates" / "_notices" / "move.html").write_text('<a href="{{ reader.preferences }}">x</a>', "utf-8")
    with pytest.raises(ContentError, match=r"templates/_notices/move\.html:1: "):
        notice("move", own)


def test_a_new_workspace_needs_none_of_its_own(tmp_path: Path) -> None:
    init(tmp_path / "krant")
    assert not (tmp_path / "krant" / "templates").exists()
    assert notice("confirm", tmp_path / "krant").edition.subject


def test_several_threads_make_the_same_notices(root: Path) -> None:
    wanted = [notice(kind, root).html for kind in KINDS]
    found: list[list[str]] = []
    threads = [threading.Thread(target=lambda: found.append([notice(k, root).html for k in KINDS])) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [wanted] * 4


def test_every_kind_has_all_its_words_in_every_catalogue() -> None:
    for catalogue in words.SHIPPED.glob("*.po"):
        known = words.load(catalogue.stem).catalogue
        for file in (SHIPPED / "templates" / "_notices").iterdir():
            for key in re.findall(r'words\("([^"]*)"', file.read_text("utf-8")):
                assert key in known


@pytest.mark.skipif(SPAMASSASSIN is None, reason="No spamassassin here: the notices were not shown to a spam filter.")
@pytest.mark.parametrize("kind", KINDS)
def test_a_spam_filter_finds_next_to_nothing(root: Path, kind: Kind) -> None:
    content = mime.to_bytes(notice(kind, root, web_version=NEWEST, links=replace(LINKS, inbox="retour@example.nl")))
    done = subprocess.run([str(SPAMASSASSIN), *COMMAND], input=content, capture_output=True, check=True, timeout=120)
    said = done.stdout.decode("utf-8", "replace")
    score = re.search(r"^X-Spam-Status: .*?score=(-?[\d.]+)", said, re.MULTILINE)
    assert score is not None
    assert float(score[1]) <= 0.5, said.partition("Content analysis details")[2][:2000]
