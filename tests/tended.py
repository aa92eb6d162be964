"""A store in which much has happened, and all of it by the rules: what tests copy, check and prune."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

import ledgered
from sqlalchemy import select

from newsletter.audience import address, consent, erasure, preferences, transfer
from newsletter.audience.consent import Newcomer
from newsletter.audience.erasure import EraseKey
from newsletter.audience.occasion import Occasion
from newsletter.audience.takeback import take_back
from newsletter.audience.transfer import Manner
from newsletter.model.subscriber import ConsentText, Source
from newsletter.store import attempts, claims, events, gates, quotas, subscribers, webhooks, workers
from newsletter.store.attempts import Became, Intent, Sender
from newsletter.store.database import Store
from newsletter.store.events import Told
from newsletter.store.schema import metadata
from newsletter.store.webhooks import Called
from newsletter.store.workers import Worker

ZONE = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2026, 11, 24, 19, tzinfo=UTC)
KEY = EraseKey(secret=b"sleutel voor wie vergeten wil worden")
TEXT = ConsentText(text="Ja, stuur mij de weekbrief. Ledenformulier, maart 2024, Heuveldam", version="1")
WORKER = Worker(name="heuvel:812", machine="heuvel", pid=812, version="0.1.0", slots=1, tables={}, secrets={})
LIST = (
    "email,name,tags,status\n"
    "Anna@Example.nl,Anna Wit,zuid,confirmed\nbram@example.nl,Bram,,confirmed\ncees@example.nl,Cees,,unsubscribed\n"
    "dora@jalapeño.example.nl,Dora,oost,bounced\nevert@example.nl,Evert,,complained\nfem@example.nl,,,confirmed\n"
    "gijs@example.nl,Gijs,,pending\nhans@example.nl,Hans,,confirmed\n"
    "mia@example.nl,Mia,,confirmed\nnico@example.nl,Nico,,cleaned\n"
)


def occasion(source: Source, at: datetime = NOW, *, origin: str | None = None) -> Occasion:
    """The circumstances of a change."""
    return Occasion(at=at, zone=ZONE, source=source, text=TEXT, origin=origin, note="op verzoek")


def tended(store: Store, folder: Path, at: datetime = NOW) -> None:
    """Fill a store by the rules."""
    numbers = count(1)

    def draw() -> str:
        return f"{next(numbers):032x}"

    bring(store, folder, LIST, draw=draw, at=at)
    taken = bring(store, folder, "email,name\nanna@example.nl,Anna Zwart\nida@example.nl,Ida\n", draw=draw, at=at)
    take_back(store, taken, occasion("operator", at), progress=lambda _: None)
    bring(store, folder, "email,city\nanna@example.nl,Heuveldam\njan@example.nl,Delden\n", draw=draw, at=at, asks=True)
    send(store, at)
    with store.writing() as transaction:
        known = {one.key: one.subscriber.id for one in subscribers.every(transaction)}
        consent.leave(transaction, known["bram@example.nl"], occasion("one-click", at))
        consent.leave(transaction, known["mia@example.nl"], occasion("mail", at))
        consent.complain(transaction, known["anna@example.nl"], occasion("complaint", at))
        consent.bounce(transaction, known["fem@example.nl"], occasion("bounce", at))
        consent.block(transaction, "spam@example.nl", occasion("operator", at), key=None, draw=draw)
        preferences.tag(
            transaction, known["gijs@example.nl"], added=["oost"], removed=[], occasion=occasion("operator", at)
        )
        form = occasion("form", at, origin="192.0.2.7")
        consent.sign_up(transaction, Newcomer(address="lies@example.nl"), form, key=None, draw=draw)
        request = consent.sign_up(transaction, Newcomer(address="bram@example.nl"), form, key=None, draw=draw)
        consent.confirm(transaction, request or 0, occasion("mail", at), key=None)
        kees = Newcomer(address="kees@example.nl")
        kees_id = consent.add(transaction, kees, occasion("operator", at), key=None, draw=draw).id
        address.ask(transaction, kees_id, "kees@example.org", occasion("form", at), key=None)
        gates.take(transaction, "sign-ups of 192.0.2.0/24", at=at, every=timedelta(days=9_999), burst=1)
        erasure.erase(transaction, "hans@example.nl", occasion("mail", at), key=KEY)
        workers.enter(transaction, WORKER, at=at, rescue=timedelta(seconds=30))


def send(store: Store, at: datetime) -> None:
    """Send an issue to Anna, Bram, Fem, Hans and Mia: one is refused, of two it is not known."""
    run, sender = ledgered.begun(store, token="0123456789abcdef"), Sender(worker="heuvel", account="0123456789abcdef")
    with store.writing() as transaction:
        both = [Intent(seqs=seqs, fingerprint=f"{seqs[0]:064}") for seqs in ((1, 2, 3), (4, 5))]
        answered, _lost = attempts.open_(transaction, run.id, both, sender, at=at, expires_at=at)
        took = [Became(seq=seq, state="accepted", provider_id=f"er-{seq}") for seq in (1, 3)]
        refused = Became(seq=2, state="refused", reason="bram@example.nl is unknown here", what="refused")
        attempts.end(transaction, answered, "answered", worker=sender.worker, at=at)
        attempts.become(transaction, run.id, answered, [*took, refused], at=at)
        attempts.overdue(transaction, at=at)
        quotas.spend(transaction, at.date(), 5)
        claims.conclude(transaction, run.id, at=at)
        webhooks.keep(transaction, [Called(provider="resend", key="msg_1", at=at, body='{"to": "anna@example.nl"}')])
        told = {"run": run.id, "seq": 1, "subscriber": f"{1:032x}", "key": "anna@example.nl"}
        events.add(transaction, [Told(webhook=1, kind="delivered", at=at, said="250 anna@example.nl", **told)])


def bring(store: Store, folder: Path, text: str, *, draw: consent.Draw, at: datetime, asks: bool = False) -> int:
    """Import a list, and return the import's number."""
    file = folder / "lezers.csv"
    file.write_text(text, "utf-8")
    manner = Manner(double_opt_in=True) if asks else Manner(text=TEXT)
    when = Occasion(at=at, zone=ZONE, source="import", text=manner.text)
    with transfer.survey(
        store, file, manner, fields={"city": "text"}, zone=ZONE, key=KEY, at=at, progress=lambda _: None
    ) as survey:
        return transfer.apply(store, survey, manner, when, key=KEY, draw=draw, progress=lambda _: None).number


def contents(store: Store) -> Mapping[str, list[tuple[object, ...]]]:
    """All that a store holds: the rows of each table, in the order of their keys."""
    with store.reading() as transaction:
        return {
            table.name: [tuple(row) for row in transaction.execute(select(table).order_by(*table.primary_key))]
            for table in metadata.sorted_tables
        }
