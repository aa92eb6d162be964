"""A small issue that is pressed and frozen: what tests of the ledger begin with."""

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import count
from zoneinfo import ZoneInfo

from newsletter import addresses
from newsletter.model.ledger import Draft, Run, Terms
from newsletter.model.mail import Edition, Slot
from newsletter.store import attempts, deliveries, editions, events, freezing, runs, webhooks
from newsletter.store.attempts import Became, Intent, Sender
from newsletter.store.database import Store, Transaction
from newsletter.store.events import Told
from newsletter.store.segments import Condition
from newsletter.store.webhooks import Called

AT = datetime(2026, 11, 28, 5, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Amsterdam")
DAY = date(2026, 11, 28)
EDITION = Edition(
    issue="2026-11-28",
    language="nl",
    subject="De dijkwachten lopen weer",
    preheader="En een kerk met de sleutel bij de buren.",
    html=(
        "<p>Geachte ",
        Slot(field="name", context="html"),
        ',</p><a href="',
        Slot(field="unsubscribe", context="link"),
    ),
    text=("Het is pas oktober.\n\n", Slot(field="why", context="text"), "\n"),
)
TERMS = Terms(
    sender="De Heuvelbode <weekbrief@example.nl>",
    reply_to=None,
    list_id="De Heuvelbode <weekbrief.example.nl>",
    feedback_id="weekbrief",
    web="https://weekbrief.example.nl",
    inbox=None,
    key="0badcafe",
    pictures="https://weekbrief.example.nl/pictures/",
)
_TOKENS = count(1)


def edition(issue: str) -> Edition:
    """The edition of an issue; each issue's own."""
    return EDITION if issue == EDITION.issue else replace(EDITION, issue=issue, subject=f"{EDITION.subject}, {issue}")


def draft(**changes: object) -> Draft:
    """A run that is pressed and due at once, each with a token of its own."""
    issue = str(changes.get("issue", EDITION.issue))
    values: dict[str, object] = {
        "token": f"{next(_TOKENS):016x}", "issue": issue, "edition": edition(issue).fingerprint, "terms": TERMS,
        "provider": "outbox", "segment": None, "due_at": AT, "pressed_at": AT, "pressed_by": "joke",
        "machine": "heuvel",
    }  # fmt: skip
    return Draft(**{**values, **changes})  # type: ignore[arg-type]  # each is a field


def press(transaction: Transaction, **changes: object) -> Run:
    """Press a run."""
    drawn = draft(**changes)
    editions.save(transaction, edition(drawn.issue), AT)
    return runs.hold(transaction, runs.press(transaction, drawn, allowed_at=AT))


def freeze(transaction: Transaction, run: Run, where: Condition | None = None, *, day: date = DAY) -> Run:
    """Freeze a run's readers, and have it be sending."""
    total = freezing.freeze(transaction, run, where, day, AT)
    begun = {"frozen_at": AT, "checked_at": AT, "started_at": AT, "total": total}
    assert runs.change(transaction, run.id, {"scheduled"}, state="sending", **begun)
    return runs.hold(transaction, run.id)


def begun(store: Store, where: Condition | None = None, *, day: date = DAY, **changes: object) -> Run:
    """A run that has begun."""
    with store.writing() as transaction:
        return freeze(transaction, press(transaction, **changes), where, day=day)


def mail(store: Store, **changes: object) -> Run:
    """Send an issue to all, of each of whom much is said."""
    run, sender = begun(store, **changes), Sender(worker="heuvel", account="0" * 16)
    with store.writing() as transaction:
        readers = deliveries.page(transaction, run.id)
        seqs = tuple(one.seq for one in readers)
        intent = Intent(seqs=seqs, fingerprint="0" * 64)
        (number,) = attempts.open_(transaction, run.id, [intent], sender, at=AT, expires_at=AT)
        said = [Became(seq=one.seq, state="refused", reason=f"no {one.address}", what="refused") for one in readers]
        note = ", ".join(one.reason for one in said)
        attempts.end(transaction, number, "answered", worker=sender.worker, at=AT, note=note)
        attempts.become(transaction, run.id, number, said, at=AT)
        for one in readers:
            call = Called(provider="resend", key=f"{run.id}-{one.seq}", at=AT, body=f'{{"to": "{one.address}"}}')
            webhooks.keep(transaction, [call])
            (kept,) = [each for each in webhooks.waiting(transaction, limit=99) if each.key == call.key]
            about = {
                "run": run.id,
                "seq": one.seq,
                "subscriber": one.subscriber,
                "key": addresses.key(str(one.address)),
            }
            events.add(transaction, [Told(webhook=kept.id, kind="bounced", at=AT, said=str(one.address), **about)])
    return run
