"""All that the store knows of one reader, as data: what he may ask for, and what programs read."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime

from newsletter.model.ledger import Delivery
from newsletter.model.subscriber import ConsentRecord
from newsletter.store import attempts, consents, deliveries, events, imports, moves, notices, runs
from newsletter.store.database import Transaction
from newsletter.store.subscribers import Known


def for_himself(transaction: Transaction, known: Known) -> dict[str, object]:
    """Return the same for the reader: without what became of mails to addresses that he asked to move to.

    That one was not sent, and why, would tell him who else is on the list.
    """
    mails = [notice for notice in notices.of(transaction, known.subscriber.id) if notice.kind != "move"]
    return everything(transaction, known) | {"notices": [_plain(asdict(notice)) for notice in mails]}


def everything(transaction: Transaction, known: Known) -> dict[str, object]:
    """Return all that the store knows of one reader, for programs: names and plain values.

    ``imports`` are those whose lists named him, ``changed_by_imports`` is what taking one back would restore. ``moves``
    are changes of address, ``notices`` mails about the subscription, both for as long as they are kept. ``deliveries``
    are the issues he was to get, the newest first, with what was answered; ``events`` what was told of them later.
    Times are in UTC (ISO 8601).
    """
    one = known.subscriber
    records = consents.of(transaction, one.id)
    return {
        "subscriber": _plain(asdict(one)),
        "said_last": known.consent,
        "complained_at": _spelt(known.complained_at),
        "bounced_at": _spelt(known.bounced_at),
        "blocked_at": _spelt(known.blocked_at),
        "records": [_plain(asdict(record)) for record in records],
        "imports": _imports(transaction, records),
        "changed_by_imports": [
            {"import": number, "before": dict(before), "after": dict(after)}
            for number, before, after in imports.changes_of(transaction, one.id)
        ],
        "moves": [_plain(asdict(move)) for move in moves.of(transaction, one.id)],
        "notices": [_plain(asdict(notice)) for notice in notices.of(transaction, one.id)],
        "deliveries": [_sent(transaction, delivery) for delivery in deliveries.of_subscriber(transaction, one.id)],
        "events": [_plain(asdict(told)) for told in events.of_subscriber(transaction, one.id)],
    }


def _sent(transaction: Transaction, delivery: Delivery) -> dict[str, object]:
    run = runs.get(transaction, delivery.run)
    answers = attempts.said(transaction, delivery.run, delivery.seq)
    return {
        "issue": run and run.issue,
        **_plain(asdict(delivery)),
        "answers": [_plain(asdict(answer)) for answer in answers],
    }


def _imports(transaction: Transaction, records: Sequence[ConsentRecord]) -> list[dict[str, object]]:
    numbers = sorted({record.number for record in records if record.number is not None})
    found = (imports.get(transaction, number) for number in numbers)
    told = ("number", "file", "origin", "state", "started_at", "ended_at")
    return [{name: _spelt(getattr(one, name)) for name in told} for one in found if one]


def _plain(values: Mapping[str, object]) -> dict[str, object]:
    return {name: _spelt(value) for name, value in values.items()}


def _spelt(value: object) -> object:
    return value.isoformat() if isinstance(value, date | datetime) else value
