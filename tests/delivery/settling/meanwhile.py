"""What happens to a run or to one of its readers while a request is in doubt."""

from doubtful import DAY, Doubtful
from sqlalchemy import update
from told_off import AT, ERASE_KEY, address_of

from newsletter.audience import address, consent, erasure, preferences
from newsletter.store import runs, schema


def cancel(doubt: Doubtful) -> None:
    with doubt.scene.store.writing() as transaction:
        runs.change(transaction, doubt.run.id, {"sending"}, state="cancelled")


def pause(doubt: Doubtful) -> None:
    with doubt.scene.store.writing() as transaction:
        runs.change(transaction, doubt.run.id, {"sending"}, state="paused", why="operator")


def leave(doubt: Doubtful) -> None:
    with doubt.scene.store.writing() as transaction:
        consent.leave(transaction, doubt.scene.ids["dora"], doubt.scene.occasion())


def stay_away(doubt: Doubtful) -> None:
    with doubt.scene.store.writing() as transaction:
        until = (AT + 30 * DAY).date()
        preferences.pause(transaction, doubt.scene.ids["dora"], until, doubt.scene.occasion())


def move(doubt: Doubtful) -> None:
    with doubt.scene.store.writing() as transaction:
        asked = address.ask(
            transaction, doubt.scene.ids["dora"], "dora@example.nl", doubt.scene.occasion(), key=ERASE_KEY
        )
        address.confirm(transaction, asked or 0, doubt.scene.occasion(), key=ERASE_KEY)


def erase(doubt: Doubtful) -> None:
    with doubt.scene.store.writing() as transaction:
        erasure.erase(transaction, address_of("dora"), doubt.scene.occasion(), key=ERASE_KEY)


def rename(doubt: Doubtful) -> None:
    """What is kept of a reader is not what was sent."""
    with doubt.scene.store.writing() as transaction:
        transaction.execute(update(schema.deliveries).values(name="Iemand anders"))


def send_otherwise(doubt: Doubtful) -> None:
    """One of the readers belongs to a later request by now."""
    with doubt.scene.store.writing() as transaction:
        row = schema.deliveries.c.seq == doubt.attempt.seqs[-1]
        transaction.execute(update(schema.deliveries).where(row).values(attempt=doubt.attempt.id + 1))
