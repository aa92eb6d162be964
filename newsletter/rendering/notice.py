"""A mail about the subscription itself: confirm, already subscribed, welcome, move, moved.

It is made as an issue is: template, styles inlined once, text part beside it, fields open until the end. Nothing that
anybody typed into a form is among its fields, so that no form can be used to write to a stranger: no name, no address.
Its masthead is always in letters, since no picture need have been published yet.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Literal

from newsletter.config import Config
from newsletter.links import Links, Ticket, mailto
from newsletter.model.mail import Edition, Field, Message, Slot
from newsletter.model.subscriber import Subscriber
from newsletter.rendering import colour, text
from newsletter.rendering.edition import colophon, typography
from newsletter.rendering.inline import inline
from newsletter.rendering.letterhead import letterhead
from newsletter.rendering.merge import ESCAPES, Tokens
from newsletter.rendering.template import Compiled, Settings, Template
from newsletter.shipped import SHIPPED
from newsletter.words import Words, is_spoken, load

Kind = Literal["confirm", "already", "welcome", "move", "moved"]
"""Confirm asks; already says that there is nothing to confirm; move asks at a new address, moved tells the old one."""

FOLDER = "_notices"
"""Under ``templates/``; no template of an issue."""

_ONCE = frozenset(("confirm", "move", "moved"))
"""What they ask works once and not for ever."""

_ELSEWHERE = frozenset(("move", "moved"))
"""They go to an address that is not the subscriber's, or not any more."""

_inlined = lru_cache(maxsize=32)(inline)
_compiled = Compiled()


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a notice says, to whom.

    ``address`` is where it goes, which need not be the subscriber's. ``ticket`` is what its link stands for, where that
    works once (confirm, move, moved). ``delivery`` identifies this message wherever it turns up again. ``web_version``
    is the newest issue that has one, by its name, for a welcome.
    """

    kind: Kind
    subscriber: Subscriber
    address: str
    ticket: Ticket | None
    delivery: str
    web_version: str | None = None


def compose(notice: About, config: Config, links: Links, *, at: datetime, root: Path) -> Message:
    """Make a notice, dated ``at``, in the reader's language: the same input gives the same bytes.

    ``root`` is the workspace, whose own ``templates/_notices/`` come first. Raises: ContentError for a template that
    cannot be used; ValueError for a notice that asks for something without a ticket.
    """
    subscriber = notice.subscriber
    addresses = _addresses(notice, links)
    edition = _edition(notice, config, _words(subscriber, config), tuple(addresses), root)
    # Whoever has the other address is not to leave for the reader; nor is a mail that comes back from there about him.
    own = replace(links, key=None) if notice.kind in _ELSEWHERE else links
    mailbox = own.mailbox(subscriber.id)
    return Message(
        delivery=notice.delivery,
        edition=edition,
        letterhead=letterhead(config, notice.kind, "notices", "notice", date=at),
        subscriber=replace(subscriber, address=notice.address, name=""),
        values={
            s: ESCAPES[s.context](addresses[s.field]) for s in (*edition.html, *edition.text) if isinstance(s, Slot)
        },
        unsubscribe=own.unsubscribe(subscriber.id),
        return_path=own.return_path(subscriber.id),
        mailbox=mailto(mailbox) if mailbox else None,
    )


def _words(subscriber: Subscriber, config: Config) -> Words:
    """The reader's language, else the newsletter's, else English: the first that has words."""
    wanted = (subscriber.language, config.newsletter.language)
    return load(next((language for language in wanted if language and is_spoken(language)), "en"))


def _addresses(notice: About, links: Links) -> Mapping[Field, str]:
    """Where the notice may lead. A field that is not here is none of it."""
    id_ = notice.subscriber.id
    addresses: dict[Field, str] = {"action": _action(notice, links)}
    if notice.kind not in _ELSEWHERE:
        addresses |= {"unsubscribe": links.unsubscribe(id_), "preferences": links.preferences(id_)}
    if notice.web_version:
        addresses["web_version"] = links.web_version(notice.web_version)
    return addresses


def _action(notice: About, links: Links) -> str:
    """Where the button leads."""
    ticket = notice.ticket
    match notice.kind:
        case "confirm" if ticket:
            return links.confirm(ticket)
        case "move" if ticket:
            return links.move(ticket)
        case "moved" if ticket:
            return links.back(ticket)
        case "welcome" if notice.web_version:
            return links.web_version(notice.web_version)
        case "already" | "welcome":
            return links.preferences(notice.subscriber.id)
    raise ValueError(f"a notice to {notice.kind} without its ticket")


def _edition(notice: About, config: Config, words: Words, fields: tuple[Field, ...], root: Path) -> Edition:
    """Fill in the template, with the fields open."""
    subject, preheader = _headline(notice.kind, words, config.newsletter.name)
    tokens = Tokens(hashlib.sha256(repr((subject, config.publisher)).encode()).hexdigest()[:32], fields)
    values = {
        "subject": subject,
        "preheader": preheader,
        "paper": config.newsletter.name,
        "colophon": colophon(config, words),
        "language": words.language,
        "direction": "rtl" if words.rtl else "ltr",
        "start": "right" if words.rtl else "left",
        "end": "left" if words.rtl else "right",
        "light": colour.light(config.brand.colour),
        "dark": colour.dark(config.brand.colour),
        "words": words,
        "reader": tokens.fields,
        "browser": "web_version" in fields,
        "once": notice.kind in _ONCE,
        "choices": notice.kind in {"already", "welcome"},
    }
    template = _template(root)
    filters = typography(config, words)
    html, sizes = tokens.cut_html(_inlined(template.fill(f"{notice.kind}.html", values, filters)))
    filters |= {"cite": text.Citations().cite, "wrap": text.wrap}
    plain = text.tidy(template.fill(f"{notice.kind}.txt", values, filters))
    return Edition(
        issue=notice.kind,
        language=words.language,
        subject=subject,
        preheader=preheader,
        html=html,
        text=tokens.cut_text(plain),
        sizes=sizes,
    )


def _template(root: Path) -> Template:
    folders = (root / "templates" / FOLDER, SHIPPED / "templates" / FOLDER)
    return Template(
        name=FOLDER,
        folders=tuple(dict.fromkeys(folder for folder in folders if folder.is_dir())),
        settings=Settings(version=1),
        compiled=_compiled,
    )


def _headline(kind: Kind, words: Words, paper: str) -> tuple[str, str]:
    """The subject, and the first line of the mail, which inboxes show behind it."""
    match kind:
        case "confirm":
            return (
                words("Confirm your subscription to {paper}", paper=paper),
                words("One more step, and the next issue will come to you."),
            )
        case "already":
            return (
                words("You are subscribed to {paper} already", paper=paper),
                words("Nothing has changed; your preferences show what applies."),
            )
        case "welcome":
            return (
                words("Welcome to {paper}", paper=paper),
                words("Your subscription is confirmed; the next issue will come to you."),
            )
        case "move":
            return (
                words("Confirm your new address for {paper}", paper=paper),
                words("One more step, and the next issue will come to this address."),
            )
        case "moved":
            return (
                words("Your address for {paper} was changed", paper=paper),
                words("Was it you? Then you need do nothing. If not, you can undo it."),
            )
