"""A GET never changes anything: every route, in every state of a reader, on both databases."""

from datetime import date
from pathlib import Path

import pytest
from readers_pages import Pages, pages_of
from starlette.routing import Route
from tended import contents

from newsletter.links import Ticket
from newsletter.model.subscriber import Subscriber
from newsletter.store.database import Store


@pytest.fixture
def pages(store: Store, tmp_path: Path) -> Pages:
    return pages_of(store, tmp_path, pages={"proof_of_work": True})


def readers(pages: Pages) -> list[Subscriber]:
    """A reader in every state there is."""
    everyone = [pages.subscribed(f"lezer{n}@example.nl") for n in range(10)]
    pages.left(everyone[1])
    pages.paused(everyone[2], date(2026, 12, 31))
    for reader, how in zip(everyone[3:6], ("complained", "bounced", "blocked"), strict=True):
        pages.suppressed(reader, how)
    pages.erased(everyone[6])
    return everyone


def tickets(pages: Pages, everyone: list[Subscriber]) -> dict[str, list[Ticket]]:
    """Links that work once: open, used, overtaken, too old, and of nobody."""
    old = pages.signed_up("oud@example.nl")
    old_move = pages.moving(everyone[7], "oud.adres@example.nl")
    pages.clock.pass_by(days=15)
    used, overtaken = pages.signed_up("gebruikt@example.nl"), pages.signed_up("ingehaald@example.nl")
    pages.visitor.post(pages.links.confirm(used))
    pages.visitor.post(pages.links.unsubscribe(overtaken.subscriber))
    nobody = Ticket(subscriber=everyone[6].id, number=1, at=pages.clock())
    moved = pages.moved(everyone[8], "verhuisd@example.nl")
    return {
        "confirm": [pages.signed_up("open@example.nl"), used, overtaken, old, nobody],
        "move": [pages.moving(everyone[9], "straks@example.nl"), moved, old_move, nobody],
        "back": [moved, old_move, nobody],
    }


def paths(pages: Pages) -> list[str]:
    """Each route of the pages with each token that it may be asked with, and with a wrong one."""
    everyone = readers(pages)
    once = tickets(pages, everyone)
    found: list[str] = []
    for route in pages.application.routes:
        assert isinstance(route, Route)
        if "{token}" not in route.path:
            found.append(route.path.replace("{name}", "0f.png"))
            continue
        purpose = route.path.split("/")[1]
        links = (
            [getattr(pages.links, purpose)(ticket) for ticket in once[purpose]]
            if purpose in once
            else [
                (pages.links.unsubscribe if purpose == "leave" else pages.links.preferences)(one.id) for one in everyone
            ]
        )
        tokens = [link.rpartition("/")[2] for link in links]
        found += [route.path.replace("{token}", token) for token in [*tokens, "x"]]
    return found


def test_looking_at_every_page_in_every_state_changes_nothing(pages: Pages) -> None:
    asked = paths(pages)
    assert len(asked) > 80
    pages.woken.clear()
    before = contents(pages.store)
    statuses = set()
    for path in asked:
        for method in ("GET", "HEAD"):
            for query in ("", "?lang=en&saved=preferences&end=yes&until=2027-01-01&email=x@example.nl"):
                answer = pages.visitor.ask(method, path + query)
                statuses.add(answer.status_code)
                assert "set-cookie" not in answer.headers
    assert contents(pages.store) == before
    assert pages.woken == []
    assert statuses == {200, 204, 303, 404, 405, 410}  # 405: where providers call


def test_the_same_pages_do_change_something_when_their_buttons_are_pressed(pages: Pages) -> None:
    """What the test above compares would show it."""
    asked = paths(pages)
    before = contents(pages.store)
    for path in asked:
        assert pages.visitor.post(path).status_code < 500
    assert contents(pages.store) != before
