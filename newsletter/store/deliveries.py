"""The ledger: what is known of each reader's part of a run, and how his waiting ends without a mail.

What is claimed, sent and answered is written in `claims` and `attempts`.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any, get_args

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, select, text, update

from newsletter.model.ledger import Attempt, Delivery, DeliveryState
from newsletter.store import attempts
from newsletter.store.claims import delivery_of
from newsletter.store.database import Transaction
from newsletter.store.schema import HAD, deliveries, runs

_its = deliveries.c


def page(
    transaction: Transaction,
    run: int,
    *,
    after: int = 0,
    limit: int = 1_000,
    states: Collection[DeliveryState] | None = None,
    domain: str | None = None,
) -> list[Delivery]:
    """Return some deliveries of a run in the order of their numbers: those after one, of these states and domain."""
    query = select(deliveries).where(_its.run == run, _its.seq > after).order_by(_its.seq).limit(limit)
    if states is not None:
        query = query.where(_its.state.in_(states))
    return _all(transaction, query if domain is None else query.where(_its.domain == domain))


def get(transaction: Transaction, run: int, seq: int) -> Delivery | None:
    """Return one delivery."""
    return next(iter(_all(transaction, select(deliveries).where(_its.run == run, _its.seq == seq))), None)


def of_subscriber(transaction: Transaction, subscriber: str) -> list[Delivery]:
    """Return a reader's deliveries, of the newest run first."""
    return _all(transaction, select(deliveries).where(_its.subscriber == subscriber).order_by(_its.run.desc()))


@dataclass(frozen=True, slots=True)
class Mailed:
    """The key of the address that somebody's mail goes to; ``hashed`` when he was erased, and only its hash is kept."""

    key: str
    hashed: bool


def last_mailed(transaction: Transaction, subscriber: str) -> Mailed | None:
    """Return where the newest delivery of an id goes, also of who is on the list no more; None when there is none."""
    query = select(_its.key, _its.address).where(_its.subscriber == subscriber).order_by(_its.run.desc()).limit(1)
    row = transaction.execute(query).one_or_none()
    return None if row is None else Mailed(row.key, hashed=row.address is None)


def of_attempt(transaction: Transaction, attempt: Attempt) -> list[Delivery]:
    """Return what is still an attempt's own, in its order: all of its deliveries, unless some were sent otherwise."""
    query = select(deliveries).where(_its.run == attempt.run, _its.seq.in_(attempt.seqs), _its.attempt == attempt.id)
    places = {seq: place for place, seq in enumerate(attempt.seqs)}
    return sorted(_all(transaction, query), key=lambda delivery: places[delivery.seq])


def counts(transaction: Transaction, run: int | None = None) -> dict[DeliveryState, int]:
    """Count the deliveries of a run, or of all, by their state; each state is there."""
    query = select(_its.state, func.count()).group_by(_its.state)
    rows = transaction.execute(query if run is None else query.where(_its.run == run))
    found: dict[DeliveryState, int] = {state: int(number) for state, number in rows}
    return {state: found.get(state, 0) for state in get_args(DeliveryState)}


def domains(transaction: Transaction, run: int) -> dict[str, dict[DeliveryState, int]]:
    """Count a run's deliveries by domain and state, the largest domain first; a state without any is not there."""
    query = select(_its.domain, _its.state, func.count()).where(_its.run == run).group_by(_its.domain, _its.state)
    found: dict[str, dict[DeliveryState, int]] = {}
    for domain, state, number in transaction.execute(query):
        found.setdefault(domain, {})[state] = number
    return dict(sorted(found.items(), key=lambda one: (-sum(one[1].values()), one[0])))


def skip(transaction: Transaction, run: int, skipped: Iterable[tuple[int, str]]) -> None:
    """Skip those of some deliveries that wait, given as their numbers, each with the reason."""
    rows = [{"of": run, "number": seq, "why": reason} for seq, reason in skipped]
    query = update(deliveries).where(_its.run == bindparam("of"), _its.seq == bindparam("number"))
    if rows:
        transaction.execute(query.where(_its.state == "waiting").values(state="skipped", reason=bindparam("why")), rows)


def skip_waiting(transaction: Transaction, run: int, reason: str) -> int:
    """Skip all of a run that wait, for one reason; return how many."""
    waiting = update(deliveries).where(_its.run == run, _its.state == "waiting")
    return transaction.execute(waiting.values(state="skipped", reason=reason)).rowcount


def forget(transaction: Transaction, subscriber: str, hashed: Callable[[str], str]) -> None:
    """Forget whose a reader's deliveries are, and what was said of him in requests; a second time finds none.

    Of each address stays what ``hashed`` makes of its key. Whoever waits is skipped.
    """
    _forget(transaction, _its.subscriber == subscriber, hashed=hashed)


def forget_address(transaction: Transaction, key: str, hashed: Callable[[str], str]) -> None:
    """Forget the same of every delivery to an address, whosever it is by now."""
    had = and_(_its.issue.in_(select(runs.c.issue)), text(HAD))
    has_not = and_(_its.run.in_(select(runs.c.id)), _its.state.in_(_HAS_NOT))  # few, and no index has their keys
    _forget(transaction, _its.key == key, had, hashed=hashed)
    _forget(transaction, _its.key == key, has_not, hashed=hashed)


_HAS_NOT: tuple[DeliveryState, ...] = ("refused", "skipped")
_BLANK = {"address": None, "domain": "", "name": "", "joined": None}  # a family may have a domain of its own


def _forget(transaction: Transaction, *which: ColumnElement[bool], hashed: Callable[[str], str]) -> None:
    named = select(_its.run, _its.seq, _its.key).where(*which, _its.address.is_not(None))
    for run, seq, key in transaction.execute(named).all():
        attempts.forget(transaction, run, seq)
        one = update(deliveries).where(_its.run == run, _its.seq == seq)
        transaction.execute(one.values(**_BLANK, key=hashed(key)))


def _all(transaction: Transaction, query: Select[Any]) -> list[Delivery]:
    return [delivery_of(row) for row in transaction.execute(query)]
