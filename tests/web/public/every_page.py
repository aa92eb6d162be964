"""Every page in every state, shown in one language: what tests of words, markup and looks go through."""

from collections.abc import Callable
from datetime import date

import httpx
from readers_pages import KEY, Pages, Visitor, hidden

from newsletter.links import Links, Ticket
from newsletter.web.public.guard import HONEYPOT

Show = Callable[[], httpx.Response]


def every_page(pages: Pages, language: str) -> dict[str, str]:
    """Return the HTML of each page by the name of its state, for readers of a language."""
    visitor = Visitor(pages.application, accepts=language, web=pages.web)
    shown: dict[str, httpx.Response] = {}
    for states in (_joining, _confirming, _preferring, _moving, _leaving, _troubled):
        shown |= states(pages, visitor, language)
    return {name: answer.text for name, answer in shown.items()}


def _joining(pages: Pages, visitor: Visitor, language: str) -> dict[str, httpx.Response]:
    first = visitor.get("/subscribe")
    early = visitor.post("/subscribe", {**hidden(first.text), "email": f"a.{language}@example.org"})
    pages.clock.pass_by(seconds=5)
    good = {**hidden(first.text), HONEYPOT: ""}
    return {
        "subscribe": first,
        "subscribe: no address": visitor.post("/subscribe", good),
        "subscribe: incomplete": visitor.post("/subscribe", {**good, "email": "p.vandam@example"}),
        "subscribe: impossible": visitor.post("/subscribe", {**good, "email": "p van dam@example.nl"}),
        "subscribe: too quick": early,
        "subscribe: from elsewhere": visitor.post("/subscribe", {"email": f"b.{language}@example.org"}),
        "subscribe: sent": visitor.post("/subscribe", {**good, "email": f"c.{language}@example.org"}),
        "subscribe: form to paste": visitor.get("/subscribe/form"),
    }


def _confirming(pages: Pages, visitor: Visitor, language: str) -> dict[str, httpx.Response]:
    old = pages.signed_up(f"oud.{language}@example.nl", language=language)
    pages.clock.pass_by(days=8)
    ticket = pages.signed_up(f"nieuw.{language}@example.nl", language=language)
    overtaken = pages.signed_up(f"weg.{language}@example.nl", language=language)
    visitor.post(pages.links.unsubscribe(overtaken.subscriber))
    link = pages.links.confirm(ticket)
    nobody = Ticket(subscriber="ab" * 16, number=1, at=pages.clock())
    return {
        "confirm": visitor.get(link),
        "confirm: done": visitor.post(link),
        "confirm: used": visitor.get(link),
        "confirm: expired": visitor.get(pages.links.confirm(old)),
        "confirm: overtaken": visitor.get(pages.links.confirm(overtaken)),
        "confirm: unknown": visitor.get(pages.links.confirm(nobody)),
    }


def _preferring(pages: Pages, visitor: Visitor, language: str) -> dict[str, httpx.Response]:
    one = pages.subscribed(f"p.vandam.{language}@example.nl", language=language)
    link = pages.links.preferences(one.id)
    shown = {
        "preferences": visitor.get(link),
        "preferences: saved": visitor.get(f"{link}?saved=preferences"),
        "preferences: not saved": visitor.post(link, {"name": "x" * 300}),
        "pause": visitor.get(f"{link}/pause"),
        "pause: no day": visitor.post(f"{link}/pause", {"until": "morgen"}),
        "pause: ended": visitor.get(f"{link}?saved=resumed"),
        "data": visitor.get(f"{link}/data"),
        "erase": visitor.get(f"{link}/erase"),
    }
    pages.paused(one, date(2027, 6, 1))
    shown["pause: begun"] = visitor.get(f"{link}?saved=pause")
    shown["pause: on"] = visitor.get(f"{link}/pause")
    for how in ("complained", "bounced", "blocked"):
        other = pages.suppressed(pages.subscribed(f"{how}.{language}@example.nl", language=language), how)
        shown[f"preferences: {how}"] = visitor.get(pages.links.preferences(other.id))
    pending = pages.signed_up(f"wacht.{language}@example.nl", language=language)
    shown["preferences: pending"] = visitor.get(pages.links.preferences(pending.subscriber))
    shown["preferences: left"] = visitor.get(pages.links.preferences(pages.left(one).id))
    shown["erase: done"] = visitor.post(f"{link}/erase")
    shown["preferences: gone"] = visitor.get(link)
    return shown


def _moving(pages: Pages, visitor: Visitor, language: str) -> dict[str, httpx.Response]:
    one = pages.subscribed(f"verhuist.{language}@example.nl", language=language)
    form = pages.links.address(one.id)
    link = pages.links.move(pages.moving(one, f"nieuw.huis.{language}@example.nl"))
    shown = {
        "address": visitor.get(form),
        "address: the same": visitor.post(form, {"email": one.address}),
        "address: sent": visitor.post(form, {"email": f"ander.huis.{language}@example.nl"}),
        "move": visitor.get(link),
        "move: done": visitor.post(link),
        "move: over": visitor.get(link),
    }
    back = link.replace("/move/", "/back/")
    ticket = Ticket(subscriber=one.id, number=pages.moves(one.id)[0].id, at=pages.clock())
    assert visitor.get(back).status_code == 404
    back = pages.links.back(ticket)
    return shown | {"back": visitor.get(back), "back: done": visitor.post(back), "back: over": visitor.get(back)}


def _leaving(pages: Pages, visitor: Visitor, language: str) -> dict[str, httpx.Response]:
    one = pages.subscribed(f"gaat.{language}@example.nl", language=language)
    link = pages.links.unsubscribe(one.id)
    shown = {
        "leave": visitor.get(link),
        "leave: pause": visitor.get(f"{link}/pause"),
        "leave: pause begun": visitor.follow(visitor.post(f"{link}/pause", {"until": "2027-06-01"})),
        "leave: pause ended": visitor.follow(visitor.post(f"{link}/pause", {"end": "yes"})),
        "leave: done": visitor.post(link),
        "leave: mistake": visitor.post(f"{link}/mistake"),
    }
    pages.erased(one)
    return shown | {"leave: erased": visitor.get(link), "leave: nobody's mistake": visitor.post(f"{link}/mistake")}


def _troubled(pages: Pages, visitor: Visitor, language: str) -> dict[str, httpx.Response]:
    without = Pages(pages.config, pages.store, erase_key=None, web=pages.web)
    reader = pages.subscribed(f"niet.{language}@example.nl", language=language)
    asking = Visitor(without.application, accepts=language, web=pages.web)
    return {
        "a token of nobody": visitor.get("/leave/x"),
        "a test": visitor.get("/test"),
        "nobody's link to leave": visitor.get("/leave"),
        "nowhere": visitor.get("/x"),
        "not so": visitor.ask("PUT", "/subscribe"),
        "too long": visitor.post("/subscribe", {"email": "x" * 70_000}),
        "no length": visitor.ask("POST", "/subscribe", b"", {"content-length": "x"}),
        "erase: no key": asking.get(Links(web=pages.web, key=KEY).erase(reader.id)),
    }
