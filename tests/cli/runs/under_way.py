"""A run under way as it stands in the store, and what one sees of it there."""

from dataclasses import replace
from datetime import UTC, datetime

import ledgered

from newsletter.delivery.copies import Copies
from newsletter.links import Key
from newsletter.model.ledger import DeliveryState, Run
from newsletter.store import attempts, deliveries, runs
from newsletter.store.attempts import Became, Intent, Sender
from newsletter.store.database import Store, Transaction

SECRET = "een geheim dat alleen de proef kent"
BY = Sender(worker="heuvel", account="0123456789abcdef")
ISSUE = ledgered.EDITION.issue
NOW = datetime.now(UTC)


def under_way(store: Store) -> Run:
    """Have a run be under way: one reader accepted, one refused, one in doubt; two wait."""
    terms = replace(ledgered.TERMS, key=Key(secret=SECRET.encode()).id.hex())
    pressed = ledgered.begun(store, terms=terms)
    with store.writing() as transaction:
        number = ask(transaction, pressed, 1, 2)
        attempts.end(transaction, number, "answered", worker=BY.worker, at=ledgered.AT)
        answers = [
            Became(seq=1, state="accepted", provider_id="ab12"),
            Became(seq=2, state="refused", reason="550 5.1.1 unknown", what="refused"),
        ]
        attempts.become(transaction, pressed.id, number, answers, at=ledgered.AT)
        number = ask(transaction, pressed, 3)
        attempts.end(transaction, number, "in doubt", worker=BY.worker, at=ledgered.AT, note="no answer in time")
        doubt = Became(seq=3, state="in doubt", reason="no answer in time")
        attempts.become(transaction, pressed.id, number, [doubt], at=ledgered.AT)
    return pressed


def ask(transaction: Transaction, pressed: Run, *seqs: int, at: datetime = ledgered.AT) -> int:
    """Open a request for some of its readers, with the fingerprint of what leaves; return its number."""
    copies = Copies(ledgered.EDITION, pressed, [Key(secret=SECRET.encode())])
    readers = [deliveries.get(transaction, pressed.id, seq) for seq in seqs]
    fingerprint = copies.fingerprint(copies.message(one) for one in readers if one)
    intents = [Intent(seqs=seqs, fingerprint=fingerprint)]
    (number,) = attempts.open_(transaction, pressed.id, intents, BY, at=at, expires_at=at)
    return number


def now(store: Store, number: int = 1) -> Run:
    """The run as the store has it by now."""
    with store.reading() as transaction:
        found = runs.get(transaction, number)
    assert found is not None
    return found


def stands(store: Store, number: int = 1) -> str:
    """The state of a run, and why where there is a reason: ``paused (operator)``."""
    one = now(store, number)
    return f"{one.state} ({one.why})" if one.why else one.state


def counts(store: Store, number: int = 1) -> dict[DeliveryState, int]:
    """How many readers of a run have each state; states of nobody are left out."""
    with store.reading() as transaction:
        return {state: many for state, many in deliveries.counts(transaction, number).items() if many}


def addresses_of(store: Store, seq: int) -> str:
    """The address of one reader of the first run."""
    with store.reading() as transaction:
        one = deliveries.get(transaction, 1, seq)
    assert one is not None
    assert one.address is not None
    return one.address
