"""A reader's whole way, from joining to being forgotten, in a real browser and with real mail: three readers go it."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Protocol

import pytest
from open_paper import OpenPaper, opened
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import select

from newsletter import addresses
from newsletter.audience import consent
from newsletter.model.subscriber import Subscriber
from newsletter.store import consents, erased, subscribers
from newsletter.store.schema import subscribers as people
from newsletter.words import Words, load

pytestmark = pytest.mark.browser
AT_FIRST, LATER = "j.vandenberg@example.org", "joke@elders.example"
MOST_TABS = 40


class Hand(Protocol):
    """How a reader gets things done on a page."""

    page: Page

    def type(self, label: str, text: str) -> None: ...
    def tick(self, label: str) -> None: ...
    def press(self, button: str) -> None: ...
    def follow(self, link: str) -> None: ...


class Mouse:
    """Points and clicks."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def type(self, label: str, text: str) -> None:
        self.page.get_by_label(label).fill(text)

    def tick(self, label: str) -> None:
        self.page.get_by_label(label, exact=True).check()

    def press(self, button: str) -> None:
        self.page.get_by_role("button", name=button, exact=True).click()

    def follow(self, link: str) -> None:
        self.page.get_by_role("link", name=link, exact=True).click()


class Keyboard:
    """Has no mouse: goes from one thing to the next with the tab key, and sees where he is."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def type(self, label: str, text: str) -> None:
        field = self.page.get_by_label(label)
        self._go_to(field)
        if field.get_attribute("type") == "date":
            self._type_day(field, *text.split("-"))
            return
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.type(text)

    def _type_day(self, field: Locator, year: str, month: str, day: str) -> None:
        """Type part after part, in the order that this browser shows; it goes on to the next part by itself."""
        for parts in (month + day + year, day + month + year):
            self.page.keyboard.press("Shift+Tab")
            self._go_to(field)
            self.page.keyboard.type(parts)
            if field.input_value() == f"{year}-{month}-{day}":
                return
        raise AssertionError("the day cannot be typed")

    def tick(self, label: str) -> None:
        box = self.page.get_by_label(label, exact=True)
        if box.get_attribute("type") == "radio":  # of a group only the chosen one is reached; arrows choose another
            self._go_to(self.page.locator(f"input[type=radio][name='{box.get_attribute('name')}']:checked"))
            for _ in range(MOST_TABS):
                if box.is_checked():
                    return
                self.page.keyboard.press("ArrowDown")
        elif not box.is_checked():
            self._go_to(box)
            self.page.keyboard.press("Space")

    def press(self, button: str) -> None:
        self._go_to(self.page.get_by_role("button", name=button, exact=True))
        self.page.keyboard.press("Enter")

    def follow(self, link: str) -> None:
        self._go_to(self.page.get_by_role("link", name=link, exact=True))
        self.page.keyboard.press("Enter")

    def _go_to(self, wanted: Locator) -> None:
        expect(wanted).to_have_count(1)
        for _ in range(MOST_TABS):
            if wanted.evaluate("element => element === document.activeElement"):
                assert wanted.evaluate("element => getComputedStyle(element).outlineStyle") == "solid", "it is not seen"
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"the tab key never comes to {wanted}")


@pytest.fixture(params=["sqlite", "postgresql"])
def paper(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OpenPaper]:
    """A Dutch newspaper with its pages open."""
    database = request.getfixturevalue(f"{request.param}_addresses")()
    with opened(tmp_path / "paper", database, languages='["nl", "en"]') as paper:
        yield paper


@pytest.fixture
def hand(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Hand]:
    """A reader at a browser in a language, with a mouse or without, who never meets an error or a foreign host."""
    how, locale = request.param
    context = browser.new_context(locale=locale, viewport={"width": 375, "height": 800})
    page = context.new_page()
    troubles: list[str] = []
    page.on("console", lambda said: troubles.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("request", lambda asked: troubles.append(asked.url) if "//127.0.0.1" not in asked.url[:20] else None)
    yield how(page)
    # A link that has done its work is answered with 410, which the browser tells as if a picture were missing.
    assert [trouble for trouble in troubles if "410 (Gone)" not in trouble] == []
    assert context.cookies() == []
    context.close()


def language_of(hand: Hand) -> str:
    return str(hand.page.evaluate("navigator.language"))[:2]


@pytest.mark.parametrize(
    ("paper", "hand"),
    [("sqlite", (Mouse, "nl-NL")), ("postgresql", (Keyboard, "en-GB"))],
    indirect=True,
    ids=["in Dutch", "in English and without a mouse"],
)
def test_a_reader_goes_the_whole_way_from_joining_to_being_forgotten(paper: OpenPaper, hand: Hand) -> None:
    words = load(language_of(hand))
    welcome = joins(paper, hand, words)
    chooses(paper, hand, words, welcome.link("preferences"))
    moves(paper, hand, words)
    pauses(paper, hand, words, welcome.link("preferences"))
    leaves(paper, hand, words, welcome.link("leave"))
    returns(paper, hand, words)
    goes_back_to_the_old_address_no_more(paper, hand)
    is_forgotten(paper, hand, words, welcome.link("preferences"))
    hand.page.goto(welcome.link("leave"))
    heading(hand, words("This link belongs to nobody any more"))
    assert everything_of(paper, LATER) is None


def joins(paper: OpenPaper, hand: Hand, words: Words) -> "Welcome":
    """Join at the page, and confirm with the mail."""
    dutch = words.language == "nl"
    hand.page.goto(f"{paper.web}/subscribe")
    assert hand.page.locator("html").get_attribute("lang") == words.language
    paper.clock.pass_by(seconds=5)
    hand.type("E-mailadres" if dutch else "E-mail address", AT_FIRST)
    hand.press("Aanmelden" if dutch else "Subscribe")
    heading(hand, "Nog één stap" if dutch else "One more step")
    assert the_reader(paper, AT_FIRST).status == "pending"
    mail = paper.mail_to(AT_FIRST)
    assert f'lang="{words.language}"' in mail.html
    hand.page.goto(mail.link("confirm"))
    assert the_reader(paper, AT_FIRST).status == "pending"
    hand.press("Ja, bevestig mijn aanmelding" if dutch else "Yes, confirm my subscription")
    heading(hand, "Welkom, u bent aangemeld" if dutch else "Welcome, you are subscribed")
    assert the_reader(paper, AT_FIRST).status == "confirmed"
    hand.page.goto(mail.link("confirm"))
    heading(hand, words("You are subscribed already"))
    return Welcome(paper)


class Welcome:
    """The mail of welcome, whose links a reader keeps."""

    def __init__(self, paper: OpenPaper) -> None:
        self.mail = paper.mail_to(AT_FIRST)
        self.link: Callable[[str], str] = self.mail.link


def chooses(paper: OpenPaper, hand: Hand, words: Words, preferences: str) -> None:
    """Choose a section, and a name."""
    dutch = words.language == "nl"
    hand.page.goto(preferences)
    heading(hand, "Uw voorkeuren" if dutch else "Your preferences")
    hand.tick("De agenda")
    hand.type(words("Your name"), "Joke van den Berg")
    hand.press("Voorkeuren bewaren" if dutch else "Save preferences")
    expect(hand.page.get_by_role("status")).to_contain_text(words("Your preferences are saved."))
    one = the_reader(paper, AT_FIRST)
    assert (one.name, one.tags, one.language) == ("Joke van den Berg", ("agenda",), words.language)


def moves(paper: OpenPaper, hand: Hand, words: Words) -> None:
    """Have the mail come elsewhere; nothing changes before the mail there is answered."""
    hand.follow(words("Change your address"))
    hand.type(words("New e-mail address"), LATER)
    hand.press(words("Use this address"))
    heading(hand, words("One more step"))
    mail = paper.mail_to(LATER)
    hand.page.goto(mail.link("move"))
    assert the_reader(paper, AT_FIRST).status == "confirmed"
    hand.page.locator("main button").first.wait_for()
    hand.press(hand.page.locator("main button").first.inner_text())
    expect(hand.page.locator("main")).to_contain_text(LATER)
    assert the_reader(paper, LATER).name == "Joke van den Berg"
    told = paper.mail_to(AT_FIRST)
    assert LATER not in str(told.message), "the old address learns the new one"
    assert told.link("back")
    paper.back = told.link("back")


def pauses(paper: OpenPaper, hand: Hand, words: Words, preferences: str) -> None:
    """Stay away for three weeks."""
    hand.page.goto(preferences)
    hand.follow(words("Take a pause"))
    until = (paper.clock() + timedelta(weeks=3)).date()
    hand.type("Pauze tot" if words.language == "nl" else "Pause until", until.isoformat())
    hand.press(words("Start the pause"))
    expect(hand.page.get_by_role("status")).to_contain_text(words("Your pause has begun."))
    assert the_reader(paper, LATER).paused_until == until


def leaves(paper: OpenPaper, hand: Hand, words: Words, leave: str) -> None:
    """Leave, with a reason."""
    dutch = words.language == "nl"
    hand.page.goto(leave)
    assert the_reader(paper, LATER).status == "confirmed"
    hand.type(words("Your reason, if you want to give one"), "Ik lees hem op papier")
    hand.press("Meld mij af" if dutch else "Unsubscribe me")
    heading(hand, "U bent afgemeld" if dutch else "You are unsubscribed")
    assert the_reader(paper, LATER).status == "left"
    with paper.serving.store.reading() as transaction:
        left = consents.of(transaction, the_reader(paper, LATER).id)[-1]
    assert (left.what, left.note) == ("left", "Ik lees hem op papier")


def returns(paper: OpenPaper, hand: Hand, words: Words) -> None:
    """It was a mistake: sign up again, and confirm that as everybody does."""
    paper.clock.pass_by(hours=25)
    hand.press("Meld mij weer aan" if words.language == "nl" else "Subscribe me again")
    heading(hand, words("One more step"))
    assert the_reader(paper, LATER).status == "left"
    hand.page.goto(paper.mail_to(LATER).link("confirm"))
    hand.press(words("Yes, confirm my subscription"))
    heading(hand, words("Welcome, you are subscribed"))
    assert the_reader(paper, LATER).status == "confirmed"
    paper.mail_to(LATER)


def goes_back_to_the_old_address_no_more(paper: OpenPaper, hand: Hand) -> None:
    """Two weeks later the old address takes nothing back any more."""
    paper.clock.pass_by(days=15)
    hand.page.goto(paper.back)
    expect(hand.page.locator("main form")).to_have_count(0)
    assert the_reader(paper, LATER).status == "confirmed"


def is_forgotten(paper: OpenPaper, hand: Hand, words: Words, preferences: str) -> None:
    """See what is known, then have it erased."""
    hand.page.goto(preferences)
    hand.follow(words("Download your data"))
    with hand.page.expect_download() as download:
        hand.press(words("Download your data"))
    known = Path(download.value.path()).read_text("utf-8")
    assert all(told in known for told in (LATER, "Joke van den Berg", "agenda", "Ik lees hem op papier"))
    hand.page.goto(preferences)
    hand.follow(words("Erase your data"))
    hand.page.locator("main button").first.wait_for()
    assert the_reader(paper, LATER).status == "confirmed"
    hand.press(hand.page.locator("main button").first.inner_text())
    expect(hand.page.locator("main form")).to_have_count(0)
    with paper.serving.store.reading() as transaction:
        assert transaction.execute(select(people)).all() == []
        assert paper.serving.erase_key is not None
        hashes = [paper.serving.erase_key.hash(addresses.key(LATER))]
        assert erased.among(transaction, hashes)


def heading(hand: Hand, text: str) -> None:
    """Wait for the page with this heading."""
    expect(hand.page.get_by_role("heading", level=1)).to_have_text(text)


def the_reader(paper: OpenPaper, address: str) -> Subscriber:
    """The subscriber with an address."""
    with paper.serving.store.reading() as transaction:
        return consent.known_by(transaction, address, to_change=False).subscriber


def everything_of(paper: OpenPaper, address: str) -> object:
    with paper.serving.store.reading() as transaction:
        return subscribers.find(transaction, addresses.key(address))
