"""Notices for tests: every kind in every language, to a reader whose every word could have been typed by anybody."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import get_args

import examples

from newsletter.links import Key, Links, Ticket
from newsletter.model.mail import Message
from newsletter.model.subscriber import Subscriber
from newsletter.rendering.notice import About, Kind, compose

WEB = "https://weekbrief.example.nl"
KEY = Key(secret=b"a secret that is long enough")
LINKS = Links(web=WEB, key=KEY)
AT = datetime(2026, 11, 28, 6, tzinfo=UTC)
NEWEST = "2026-11-28"
LATEST = f"{WEB}/issues/{NEWEST}"
KINDS: tuple[Kind, ...] = get_args(Kind)
ONCE: Mapping[Kind, str] = {"confirm": "confirm", "move": "move", "moved": "back"}
"""Kinds whose link works once, and what it is for."""
LANGUAGES = ("nl", "en")
READER = Subscriber(
    id="5e" * 16,
    address="piet.voorbeeld@example.nl",
    name='Win geld <a href="https://example.org/lok">hier</a>',
    joined=date(2026, 3, 12),
    language="nl",
    tags=("Loktag",),
    fields={"stad": "Lokstad"},
)
TICKET = Ticket(subscriber=READER.id, number=4711, at=AT)


def about(kind: Kind, **fields: object) -> About:
    """What a notice says; every field can be given."""
    given: dict[str, object] = {
        "kind": kind,
        "subscriber": READER,
        "address": "nieuw@example.org",
        "ticket": TICKET if kind in ONCE else None,
        "delivery": "n1",
        **fields,
    }
    return About(**given)  # type: ignore[arg-type]


def notice(kind: Kind, root: Path, *, links: Links = LINKS, at: datetime = AT, **more: object) -> Message:
    """A notice. What names a table of the configuration changes that; all else is about the notice."""
    tables = {name: more.pop(name) for name in ("newsletter", "publisher", "brand") if name in more}
    return compose(about(kind, **more), examples.config(root, **tables), links, at=at, root=root)  # type: ignore[arg-type]
