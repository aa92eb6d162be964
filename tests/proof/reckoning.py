"""The ledger held against what the provider wrote down: nobody twice, nobody lost, nothing said that is not so.

A provider writes before it answers, and nobody kills it. So what the ledger calls *accepted* stands in a log that is
read after it, and what it calls *waiting*, *refused* or *skipped* in none that was read before it: both hold while
senders are at work.
"""

import json
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from newsletter.delivery import audit
from newsletter.model.ledger import DeliveryState, parted_id
from newsletter.store import attempts
from newsletter.store.database import Store, Transaction
from newsletter.store.schema import deliveries, runs

FINAL = {"accepted", "refused", "skipped"}
NEVER = {"waiting", "refused", "skipped"}
"""States of readers whom the provider never took."""

Place = tuple[int, int]
"""A reader's part of a run: the run's number, and his in it."""


@dataclass
class Log:
    """What a provider wrote down. ``took`` counts mails by their id, ``by_address`` by run's token and reader."""

    took: Counter[str] = field(default_factory=Counter)
    by_address: Counter[tuple[str, str]] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    mails: list[dict[str, Any]] = field(default_factory=list)
    broke: list[str] = field(default_factory=list)

    def note(self, line: dict[str, Any]) -> None:
        """Take a line in."""
        match line["did"]:
            case "took":
                self.took[line["delivery"]] += 1
                self.by_address[line["delivery"][:16], line["address"]] += 1
                self.mails.append(line)
            case "asked":
                self.asked[line["attempt"]] += 1
            case "broke":
                self.broke.append(line["attempt"])

    def read(self) -> "Log":
        """Return it as it is by now."""
        return self


@dataclass
class LogFile(Log):
    """The log of a provider in another process."""

    file: Path = Path()
    _read: int = 0

    def read(self) -> Log:
        """Read on."""
        with self.file.open("rb") as file:
            file.seek(self._read)
            whole = file.read().rpartition(b"\n")[0]
        self._read += len(whole) + bool(whole)
        for line in map(json.loads, whole.splitlines()):
            self.note(line)
        return self


@dataclass
class Reckoning:
    """A store and a provider's log, looked at again and again. Each look raises AssertionError for what is not so."""

    store: Store
    log: Log
    ended: dict[Place, str] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def asked(self) -> int:
        """How many requests the provider got."""
        with self.lock:
            return self.log.read().asked.total()

    def look(self) -> Counter[DeliveryState]:
        """Hold every law that holds at every commit; return how many readers are in each state."""
        with self.lock:
            return self._look()

    def _look(self) -> Counter[DeliveryState]:
        before = Counter(self.log.read().took)
        with self.store.reading() as transaction:
            rows, totals = _ledger(transaction)
            issues = {row.token: row.issue for row in transaction.execute(select(runs.c.token, runs.c.issue))}
        after = self.log.read().took
        assert Counter(run for run, _ in rows) == totals, "the sum is not the total"
        for place, (state, delivery) in rows.items():
            assert after[delivery] <= 1, (place, "twice")
            assert state != "accepted" or after[delivery] == 1, (place, "called accepted, and is not")
            assert state not in NEVER or not before[delivery], (place, f"called {state}, and the provider took it")
            assert self.ended.get(place, state) == state, (place, f"was {self.ended.get(place)}, and is {state}")
            if state in FINAL:
                self.ended[place] = state
        self._hold_nobody_twice(issues)
        assert not self.log.broke, "an id came again with other bytes"
        return Counter(state for state, _ in rows.values())

    def _hold_nobody_twice(self, issues: Mapping[str, str]) -> None:
        had: Counter[tuple[str, str]] = Counter()
        for (token, address), times in self.log.by_address.items():
            had[issues[token], address] += times
        assert not [who for who, times in had.items() if times > 1], "twice"

    def audit(self, at: datetime) -> None:
        """Hold that the program's own audit finds nothing, but for requests that a dead sender has left."""
        with self.store.reading() as transaction:
            found = audit.audit(transaction, at=at)
        breaches = {(one.run.id, breach.law) for one in found.accounts for breach in one.breaches}
        assert not {(run, law) for run, law in breaches if law != "beyond-its-time"}

    def close(self, at: datetime, *, may_doubt: bool) -> Counter[DeliveryState]:
        """Hold what holds when all is over; return how many readers are in each state."""
        states = self.look()
        self.audit(at)
        assert not states["waiting"]
        assert not states["sending"]
        taken = sum(self.log.took.values())
        assert states["accepted"] <= taken <= states["accepted"] + states["in doubt"]
        assert may_doubt or not states["in doubt"], f"{states['in doubt']} in doubt for ever"
        self.hold_intents()
        return states

    def hold_intents(self) -> None:
        """Hold that the ledger knew of each mail before it left, as part of the attempt that it came with."""
        with self.store.reading() as transaction:
            tokens = {row.token: row.id for row in transaction.execute(select(runs.c.token, runs.c.id))}
            for mail in self.log.mails:
                token, _, number = mail["attempt"].rpartition("-")
                attempt, parted = attempts.get(transaction, int(number)), parted_id(mail["delivery"])
                assert parted is not None
                assert attempt is not None
                assert (attempt.run, parted[0]) == (tokens[token], token)
                assert parted[1] in attempt.seqs


def _ledger(transaction: Transaction) -> tuple[dict[Place, tuple[DeliveryState, str]], Counter[int]]:
    """Each reader's state and the id of his mail, and how many readers each run says it has."""
    its = select(deliveries.c.run, deliveries.c.seq, deliveries.c.state, runs.c.token).join(runs)
    rows = {(run, seq): (state, f"{token}{seq:08x}") for run, seq, state, token in transaction.execute(its)}
    totals = {row.id: row.total for row in transaction.execute(select(runs.c.id, runs.c.total)) if row.total}
    return rows, Counter(totals)
