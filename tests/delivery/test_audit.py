"""The audit of a ledger: one that only the program wrote is lawful, and whatever breaks a law is found."""

import json
from dataclasses import asdict
from datetime import timedelta

import ledgered
import listed
import pytest
from databases import undone
from ledgered import AT
from sqlalchemy import text

from newsletter.delivery import audit
from newsletter.model.ledger import DeliveryState, Run
from newsletter.store import attempts, claims, deliveries, ledger_laws, runs, webhooks
from newsletter.store.attempts import Became, Intent, Sender
from newsletter.store.database import Store, Transaction
from newsletter.store.webhooks import Called

NOW = AT + timedelta(hours=1)
BY = Sender(worker="heuvel", account="0123456789abcdef")
NAMES = ("anna", "bram", "cees", "dora", "emma", "fred", "gijs", "hans")

Codes = set[tuple[int, str]]


@pytest.fixture
def run(store: Store) -> Run:
    """A run under way in which all that may happen has: reader 8 waits, and nobody was asked for him yet."""
    listed.put(store, *(listed.one(f"{name}@example.nl", name=name.title()) for name in NAMES))
    run = ledgered.begun(store)
    with store.writing() as transaction:
        became(transaction, run, {1: "accepted", 2: "refused", 3: "waiting"}, "answered")
        became(transaction, run, {3: "accepted"}, "answered")
        became(transaction, run, {4: "waiting"}, "unsent")
        doubt = became(transaction, run, {5: "in doubt", 6: "in doubt"}, "in doubt")
        found = attempts.get(transaction, doubt)
        assert found is not None
        told = Became(seq=6, state="accepted", what="told: delivered")
        attempts.settle(transaction, found, [told], at=AT)
        deliveries.skip(transaction, run.id, [(7, "left since")])
        attempts.open_(transaction, run.id, [Intent(seqs=(4,), fingerprint="f" * 64)], BY, at=NOW, expires_at=NOW)
        return runs.hold(transaction, run.id)


def became(transaction: Transaction, run: Run, states: dict[int, DeliveryState], how: str) -> int:
    """A request, and what became of its readers."""
    intent = Intent(seqs=tuple(states), fingerprint="f" * 64)
    (number,) = attempts.open_(transaction, run.id, [intent], BY, at=AT, expires_at=AT)
    attempts.end(transaction, number, how, worker=BY.worker, at=AT)  # type: ignore[arg-type]  # a state
    said = {"refused": "refused", "waiting": "put off" if how == "answered" else ""}
    readers = [
        Became(seq=seq, state=state, not_before=AT, reason=said.get(state, ""), what=said.get(state, ""))
        for seq, state in states.items()
    ]
    attempts.become(transaction, run.id, number, readers, at=AT)
    return number


def codes(transaction: Transaction, only: Run | None = None) -> Codes:
    found = audit.audit(transaction, only, at=NOW)
    return {(account.run.id, breach.law) for account in found.accounts for breach in account.breaches}


def test_a_ledger_that_only_the_program_wrote_is_lawful(store: Store, run: Run) -> None:
    with store.reading() as transaction:
        found = audit.audit(transaction, at=NOW)
    (account,) = found.accounts
    assert (found.breaches, account.breaches) == (0, ())
    assert account.sum == "8 = 1 waiting + 1 sending + 3 accepted + 1 refused + 1 skipped + 1 in doubt"
    assert account.requests == {"answered": 2, "in doubt": 1, "open": 1, "unsent": 1}


def test_a_store_without_runs_and_a_run_without_readers_are_lawful(store: Store) -> None:
    with store.writing() as transaction:
        assert audit.audit(transaction, at=NOW).accounts == ()
        ledgered.press(transaction)
        (account,) = audit.audit(transaction, at=NOW).accounts
    assert (account.breaches, account.run.total, sum(account.counts.values())) == ((), None, 0)


EVENT = (
    "INSERT INTO events (webhook, kind, at, run, seq, said, alarm, permanent) "
    "VALUES (1, '{}', '{}', 1, {}, '', '{}', false)"
)
OTHER = (
    "INSERT INTO deliveries (run, seq, issue, subscriber, address, key, domain, name, state, not_before, reason) "
    "SELECT 2, 1, issue, {subscriber}, address, {key}, domain, name, 'waiting', not_before, '' "
    "FROM deliveries WHERE run = 1 AND seq = 1"
)
CONSENT = (
    "INSERT INTO consents (subscriber, at, what, source) "
    "SELECT subscriber, '{at}', 'left', 'one-click' FROM deliveries WHERE seq = 1"
)
MOMENT = f"{AT:%Y-%m-%d %H:%M:%S.%f}"
EARLIER, BETWEEN, LATER = (f"{AT + timedelta(minutes=minutes):%Y-%m-%d %H:%M:%S.%f}" for minutes in (-30, 10, 20))

MUTATIONS: dict[str, tuple[str, ...]] = {
    "sum": ("DELETE FROM deliveries WHERE seq = 8",),
    "edition": ("UPDATE editions SET subject = 'Iets anders'",),
    "no-request": ("UPDATE deliveries SET attempt = 99 WHERE seq = 1",),
    "not-under-way": ("UPDATE deliveries SET state = 'sending' WHERE seq = 1",),
    "no-doubt": ("UPDATE deliveries SET state = 'in doubt' WHERE seq = 1",),
    "not-answered": ("UPDATE deliveries SET state = 'accepted' WHERE seq = 8",),
    "refused-unsaid": ("DELETE FROM answers WHERE seq = 2",),
    "waits-though-asked": ("UPDATE deliveries SET state = 'waiting' WHERE seq = 5",),
    "skipped-without-reason": ("UPDATE deliveries SET reason = '' WHERE seq = 7",),
    "erased-still-told": ("UPDATE deliveries SET address = NULL WHERE seq = 1",),
    "other-issue": ("UPDATE deliveries SET issue = '2026-12-05' WHERE seq = 1",),
    "twice-by-id": (OTHER.format(subscriber="subscriber", key="'ander@example.nl'"),),
    "twice-by-address": ("DROP INDEX deliveries_once", OTHER.format(subscriber="'ander'", key="key")),
    "alarm": (EVENT.format("delivered", MOMENT, 8, "delivered, though its delivery is waiting"),),
    "told-of-nobody": (EVENT.format("other", MOMENT, 99, ""),),
    "told-unmailed": (EVENT.format("delivered", MOMENT, 8, ""),),
    "beyond-its-time": (f"UPDATE attempts SET expires_at = '{LATER}' WHERE state = 'open'",),
    "not-ended": ("UPDATE attempts SET ended_at = NULL WHERE id = 1",),
    "doubt-of-nobody": ("UPDATE attempts SET state = 'in doubt' WHERE id = 1",),
    "before-it-began": (f"UPDATE runs SET started_at = '{LATER}' WHERE id = 1",),
    "over-and-waiting": (f"UPDATE runs SET state = 'cancelled', ended_at = '{LATER}' WHERE id = 1",),
    "doubts-unsaid": (f"UPDATE runs SET state = 'finished', ended_at = '{LATER}' WHERE id = 1",),
    "moments": ("UPDATE runs SET total = NULL WHERE id = 1",),
    "not-begun": ("UPDATE runs SET started_at = NULL WHERE id = 1",),
    "request-misspelt": ("UPDATE attempts SET size = 4 WHERE id = 1",),
    "stray-answer": ("UPDATE answers SET seq = 8 WHERE seq = 2",),
    "asked-twice": ("DELETE FROM answers WHERE seq = 3",),
    "other-request": ("UPDATE deliveries SET attempt = 1 WHERE seq = 3",),
    "mailed-after-leaving": (
        CONSENT.format(at=BETWEEN),
        f"UPDATE attempts SET opened_at = '{LATER}' WHERE id = 1",
    ),
}
"""What something else than the program may do to a ledger, by the law that it breaks."""


def test_every_law_is_broken_by_what_goes_against_it_and_that_is_found(store: Store, run: Run) -> None:
    with store.writing() as transaction:
        ledgered.press(transaction)
        webhooks.keep(transaction, [Called(provider="outbox", key="1", at=AT, body="")])
    missed = []
    for law, statements in MUTATIONS.items():
        with undone(store) as transaction:
            for statement in statements:
                transaction.execute(text(statement))  # type: ignore[attr-defined]
            if law not in {code for _, code in codes(transaction)}:  # type: ignore[arg-type]
                missed.append(law)
    assert missed == []


def test_no_law_is_without_its_mutation() -> None:
    assert {law.code for law in ledger_laws.laws(NOW)} <= MUTATIONS.keys()


def test_whoever_left_and_came_back_before_he_was_mailed_was_rightly_mailed(store: Store, run: Run) -> None:
    with undone(store) as transaction:
        transaction.execute(text(CONSENT.format(at=BETWEEN)))  # type: ignore[attr-defined]
        back = CONSENT.format(at=BETWEEN).replace("'left'", "'confirmed'")
        transaction.execute(text(back))  # type: ignore[attr-defined]
        transaction.execute(text(f"UPDATE attempts SET opened_at = '{LATER}' WHERE id = 1"))  # type: ignore[attr-defined]
        assert codes(transaction) == set()  # type: ignore[arg-type]


def test_one_run_is_looked_at_alone(store: Store, run: Run) -> None:
    with store.writing() as transaction:
        other = ledgered.press(transaction, issue="2026-12-05")
        transaction.execute(text("DELETE FROM deliveries WHERE seq = 8"))
        assert codes(transaction, other) == set()
        assert codes(transaction, run) == codes(transaction) == {(run.id, "sum")}


def test_a_run_that_is_over_and_settled_is_lawful(store: Store, run: Run) -> None:
    with store.writing() as transaction:
        deliveries.skip_waiting(transaction, run.id, "left since")
        attempts.adopt(transaction, at=NOW)
        for doubt in attempts.doubts(transaction, run.id):
            became_ = [Became(seq=seq, state="accepted", what="assumed accepted") for seq in doubt.seqs]
            attempts.settle(transaction, doubt, became_, at=NOW)
        assert claims.conclude(transaction, run.id, at=NOW) == "finished"
        assert codes(transaction) == set()


def test_an_account_names_no_address(store: Store, run: Run) -> None:
    with store.reading() as transaction:
        found = audit.audit(transaction, at=NOW)
    assert not any(name in json.dumps([asdict(one) for one in found.accounts], default=str) for name in NAMES)
