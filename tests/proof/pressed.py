"""A small issue that is pressed for a list of invented readers and has begun: what every proof sends."""

from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from itertools import count
from pathlib import Path

import listed

from newsletter import config as configuration
from newsletter.config import Config
from newsletter.links import signing_key
from newsletter.model.ledger import Draft, Terms
from newsletter.model.mail import Edition, Slot
from newsletter.store import editions, freezing, runs
from newsletter.store.database import Store

SECRET = "een geheim dat alleen de proef kent"
ISSUE = "2026-11-28"
BAD, POISON, LATER = "bad", "poison", "later"
"""How an address begins that a provider refuses, that takes its whole request along, and that is put off once."""

NEWSLETTER = """
newsletter = {{ name = "De Heuvelbode", quiet = [{quiet}] }}
publisher = {{ name = "Heuvelpers bv", address = "Postbus 12, 1234 AB Heuveldam" }}
sender = {{ from = "De Heuvelbode <weekbrief@example.nl>" }}
web = {{ url = "https://weekbrief.example.nl" }}
[send]
connections = {connections}
stop_at = {{ refused = 100 }}
"""

EDITION = Edition(
    issue=ISSUE,
    language="nl",
    subject="De dijkwachten lopen weer",
    preheader="En een kerk met de sleutel bij de buren.",
    html=(
        "<p>Geachte ",
        Slot(field="name", context="html"),
        ',</p><p>Het is pas oktober.</p><p><a href="',
        Slot(field="unsubscribe", context="link"),
        '">afmelden</a></p>',
    ),
    text=("Het is pas oktober.\n\n", Slot(field="why", context="text"), "\n"),
)

_TOKENS = count(1)


def edition(issue: str) -> Edition:
    """The edition of another issue, which says the same."""
    return replace(EDITION, issue=issue, subject=f"{EDITION.subject} ({issue})")


def configured(folder: Path, *, connections: int = 2, quiet: str = "") -> Config:
    """Write a configuration that sends so many requests at once, and not on a quiet weekday; read it."""
    days = f'"{quiet}"' if quiet else ""
    (folder / "newsletter.toml").write_text(NEWSLETTER.format(connections=connections, quiet=days), "utf-8")
    return configuration.load(folder, {"NEWSLETTER_SECRET": SECRET})


def put_readers(store: Store, number: int, *others: str) -> list[str]:
    """Put so many good readers on the list, and three of each of other kinds; return all addresses."""
    good = [f"lezer{n}@example.nl" for n in range(number)]
    addresses = good + [f"{kind}{n}@example.org" for kind in others for n in range(3)]
    listed.put(store, *(listed.one(address, name=f"Lezer {n}") for n, address in enumerate(addresses)))
    return addresses


def press(store: Store, config: Config, at: datetime, *, edition: Edition = EDITION) -> int:
    """Press it; return the run's number."""
    terms = Terms(
        sender=config.sender.from_,
        reply_to=None,
        list_id="De Heuvelbode <weekbrief.example.nl>",
        feedback_id="",
        web="https://weekbrief.example.nl",
        inbox=None,
        key=signing_key(config).id.hex(),
        pictures="https://beeld.example.nl/",
    )
    token = sha256(f"{next(_TOKENS)} {store.place}".encode()).hexdigest()[:16]
    draft = Draft(
        token=token, issue=edition.issue, edition=edition.fingerprint, terms=terms, provider="truthful", segment=None,
        due_at=at, pressed_at=at, pressed_by="redactie", machine="proef",
    )  # fmt: skip
    with store.writing() as transaction:
        editions.save(transaction, edition, at)
        return runs.press(transaction, draft, allowed_at=at)


def begin(store: Store, number: int, at: datetime) -> int:
    """Freeze the readers of a run that was pressed, and have it sent; return how many there are."""
    with store.writing() as transaction:
        run = runs.hold(transaction, number)
        total = freezing.freeze(transaction, run, None, at.date(), at)
        behind = dict.fromkeys(("frozen_at", "checked_at", "started_at"), at)
        assert runs.change(transaction, number, {"scheduled"}, state="sending", total=total, **behind)
    return total
