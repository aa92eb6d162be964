"""What scans mails before their readers see them changes nothing: it follows every link, with a browser too."""

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path

import httpx
import pytest
from open_paper import Mail, OpenPaper, opened
from playwright.sync_api import Browser
from providers.fakes.mail_server import Taken
from tended import contents

from newsletter import build, mime, workspace
from newsletter.audience import address, consent
from newsletter.audience.consent import Newcomer
from newsletter.audience.occasion import Occasion
from newsletter.model.subscriber import Subscriber
from newsletter.store.database import Transaction

KINDS = ("confirm", "already", "welcome", "move", "moved")
NEW, KNOWN, CONFIRMED, ELSEWHERE, OLD, MOVED = (
    f"{name}@example.org" for name in ("nieuw", "bekend", "welkom", "elders", "vroeger", "verhuisd")
)


@pytest.fixture
def paper(tmp_path: Path, sqlite_addresses: object) -> Iterator[OpenPaper]:
    """A newspaper of which every kind of notice is on its way to somebody."""
    with opened(tmp_path / "paper", sqlite_addresses(), sample=True) as paper:  # type: ignore[operator]
        serving = paper.serving
        now = paper.clock()
        with serving.store.writing() as transaction:
            people = People(transaction, paper)
            people.sign_up(NEW)
            people.joined(KNOWN)
            people.sign_up(KNOWN, now + timedelta(seconds=1))
            people.joined(CONFIRMED, welcome=True)
            people.moves(people.joined("hier@example.org"), ELSEWHERE)
            move = people.moves(people.joined(OLD), MOVED)
            address.confirm(transaction, move, people.occasion(now), key=serving.erase_key)
        serving.courier.wake()
        yield paper


class People:
    """Does to a list what readers do."""

    def __init__(self, transaction: Transaction, paper: OpenPaper) -> None:
        self._transaction, self._paper, self._key = transaction, paper, paper.serving.erase_key
        self._numbers = count(1)

    def occasion(self, at: object = None) -> Occasion:
        zone = self._paper.config.newsletter.time_zone
        return Occasion(at=at or self._paper.clock(), zone=zone, source="form")  # type: ignore[arg-type]

    def sign_up(self, who: str, at: object = None) -> int | None:
        return consent.sign_up(
            self._transaction, Newcomer(address=who), self.occasion(at), key=self._key, draw=self._paper.serving.draw
        )

    def joined(self, who: str, *, welcome: bool = False) -> Subscriber:
        """Somebody whom nobody asked: as one who came with a list, or with the operator's word for it."""
        if not welcome:
            return consent.add(
                self._transaction,
                Newcomer(address=who),
                self.occasion(),
                key=self._key,
                draw=self._paper.serving.draw,
            )
        number = self.sign_up(who)
        assert number is not None
        return consent.confirm(self._transaction, number, self.occasion(), key=self._key, welcome=True)

    def moves(self, one: Subscriber, to: str) -> int:
        number = address.ask(self._transaction, one.id, to, self.occasion(), key=self._key)
        assert number is not None
        return number


@pytest.fixture
def mails(paper: OpenPaper) -> list[Mail]:
    """One of every kind of notice, and an issue."""
    receivers = {"confirm": NEW, "already": KNOWN, "welcome": CONFIRMED, "move": ELSEWHERE, "moved": OLD}
    assert tuple(receivers) == KINDS
    return [*(paper.mail_to(receivers[kind]) for kind in KINDS), issue(paper)]


def issue(paper: OpenPaper) -> Mail:
    """An issue as a reader gets it."""
    built = build.build(workspace.Workspace(root=paper.config.root, config=paper.config))
    with paper.serving.store.reading() as transaction:
        reader = consent.known_by(transaction, CONFIRMED, to_change=False).subscriber
    (message,) = build.merge(built.edition, [reader], paper.config, date=built.issue.date)
    return Mail(Taken(sender="", reader=CONFIRMED, content=mime.to_bytes(message)), paper.web)


def all_links(mails: list[Mail]) -> list[str]:
    return list(dict.fromkeys(link for mail in mails for link in mail.links))


def test_a_scanner_that_fetches_every_link_of_every_mail_changes_nothing(paper: OpenPaper, mails: list[Mail]) -> None:
    before = contents(paper.serving.store)
    fetched = all_links(mails)
    with httpx.Client(trust_env=False, follow_redirects=True) as client:
        for link in fetched:
            page = client.get(link)
            assert page.status_code < 500
            client.head(link)
            # Some follow what they find as well; a page's own form is not sent, as that would be a POST.
            for further in re.findall(r'href="(/[^"]+)"', page.text if "html" in page.headers["content-type"] else ""):
                assert client.get(paper.web + further).status_code < 500
    assert contents(paper.serving.store) == before
    purposes = {link.removeprefix(paper.web).split("/")[1] for link in fetched}
    assert purposes >= {"confirm", "preferences", "leave", "move", "back"}


@pytest.mark.browser
def test_a_scanner_with_a_browser_changes_nothing_and_the_reader_still_confirms(
    paper: OpenPaper, mails: list[Mail], browser: Browser
) -> None:
    before = contents(paper.serving.store)
    page = browser.new_page()
    for link in all_links(mails):
        if "/pictures/" not in link:
            page.goto(link, wait_until="networkidle")
    assert contents(paper.serving.store) == before
    page.goto(mails[0].link("confirm"))
    page.locator("main button").click()
    page.wait_for_load_state("networkidle")
    page.close()
    with paper.serving.store.reading() as transaction:
        assert consent.known_by(transaction, NEW, to_change=False).subscriber.status == "confirmed"
