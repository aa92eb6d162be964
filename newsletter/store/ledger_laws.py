"""What is true of every ledger that only this program has written to; each law selects what it is broken by.

They say again, from the rows alone, what the engine holds to while it writes them. What takes more than one statement
to find out, `newsletter.delivery.audit` does with what is read here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Exists, Select, and_, exists, func, or_, select, text

from newsletter.model.ledger import AttemptState
from newsletter.store.attempts import read
from newsletter.store.database import Transaction
from newsletter.store.schema import HAD, answers, attempts, consents, deliveries, events, runs

_ROWS = 10_000
"""So many are read at a time."""

_SLACK = timedelta(minutes=1)
"""Two clocks are never the same, and a transaction that began first may end last."""

_MAILED = ("accepted", "delivered", "complained", "opened", "clicked")
"""What is told only of a mail that was taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """One law. ``code`` is stable kebab-case, ``breakers`` say who breaks it.

    ``broken_by`` selects a run and a number in it, of a reader or of a request, which ``of`` says.
    """

    code: str
    breakers: str
    of: Literal["reader", "request", "run"]
    broken_by: Select[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """An attempt as it is written, with what is written of its ``seqs``: how many, the lowest and the highest."""

    id: int
    state: AttemptState
    seqs: tuple[int, ...]
    size: int
    low: int
    high: int


_its, _asked, _run = deliveries.c, attempts.c, runs.c
_WAITED = ("waiting", "skipped")
_RUN = 2**32
"""More than there are readers in a run."""
_OPTED_OUT = ("left", "complained", "bounced", "blocked", "erased")
_BACK = ("confirmed", "added", "lifted", "undone")


def laws(at: datetime) -> Iterator[Law]:
    """Return all laws, as they stand at a moment."""
    yield from _of_readers()
    yield from _of_readers_over_runs()
    yield from _of_what_was_told()
    yield from _of_requests(at)
    yield from _of_runs()


def broken(transaction: Transaction, law: Law) -> list[tuple[int, int, int]]:
    """Return the runs in which a law is broken, by how many, and one of them; in the order of the runs."""
    run, number = law.broken_by.selected_columns
    breakers = law.broken_by.with_only_columns(run.label("run"), number.label("number")).subquery()
    query = select(breakers.c.run, func.count(), func.min(breakers.c.number)).group_by(breakers.c.run)
    return [(run, count, first) for run, count, first in transaction.execute(query.order_by(breakers.c.run))]


def requests(transaction: Transaction, run: int) -> Iterator[Request]:
    """Read a run's attempts, the first first, a few at a time."""
    columns = (_asked.id, _asked.state, _asked.seqs, _asked.size, _asked.low, _asked.high)
    query = select(*columns).where(_asked.run == run).order_by(_asked.id)
    with transaction.execute(query.execution_options(yield_per=_ROWS)) as rows:
        for id_, state, seqs, size, low, high in rows:
            yield Request(id=id_, state=state, seqs=read(seqs), size=size, low=low, high=high)


def last_requests(transaction: Transaction, run: int) -> Iterator[tuple[int, int | None]]:
    """Read each reader's number and the last attempt that he is said to be part of, in order, a few at a time."""
    query = select(_its.seq, _its.attempt).where(_its.run == run).order_by(_its.seq)
    with transaction.execute(query.execution_options(yield_per=_ROWS)) as rows:
        for row in rows:
            yield row.seq, row.attempt


def answered(transaction: Transaction, run: int) -> set[tuple[int, int]]:
    """Return the attempts of a run that something is said in of a reader, with the reader's number."""
    query = select(answers.c.attempt, answers.c.seq).join(attempts, _asked.id == answers.c.attempt)
    return {(attempt, seq) for attempt, seq in transaction.execute(query.where(_asked.run == run))}


def mailed_after_leaving(transaction: Transaction, run: int) -> list[int]:
    """Return the readers of a run who have it though they had left when the request for them was made, in order."""
    left = consents.alias()
    back = exists().where(
        consents.c.subscriber == left.c.subscriber, consents.c.id > left.c.id, consents.c.what.in_(_BACK)
    )
    query = (
        select(_its.seq, left.c.at, _asked.opened_at)
        .join(left, left.c.subscriber == _its.subscriber)
        .join(attempts, _asked.id == _its.attempt)
        .join(runs, _run.id == _its.run)
        .where(_its.run == run, _its.state == "accepted", left.c.what.in_(_OPTED_OUT))
        .where(left.c.at > _run.frozen_at, left.c.at < _asked.opened_at, ~back)
    )
    return sorted({seq for seq, at, opened_at in transaction.execute(query) if at < opened_at - _SLACK})


def states(transaction: Transaction, run: int) -> dict[AttemptState, int]:
    """Count a run's attempts by their state, in alphabetical order; a state without any is not there."""
    query = select(_asked.state, func.count()).where(_asked.run == run).group_by(_asked.state).order_by(_asked.state)
    return {state: count for state, count in transaction.execute(query)}  # noqa: C416 (a row is no pair to mypy)


def _readers(condition: ColumnElement[bool]) -> Select[Any]:
    return select(_its.run, _its.seq).where(condition)


def _last_is(*where: ColumnElement[bool]) -> Exists:
    """Whether the last attempt that a reader was part of is there, in his run, and something is true of it."""
    return exists().where(_asked.id == _its.attempt, _asked.run == _its.run, *where)


def _of_readers() -> Iterator[Law]:
    """What a reader's state says of the last request that he was part of, the request says too."""
    was_asked = _its.attempt.is_not(None)
    has_answer = exists().where(answers.c.attempt == _its.attempt, answers.c.seq == _its.seq)
    over = _last_is(_asked.state.in_(["answered", "settled", "in doubt"]))
    yield Law(
        code="no-request",
        breakers="Readers whose last request is not there, or is of another run",
        of="reader",
        broken_by=_readers(and_(was_asked, ~_last_is())),
    )
    yield Law(
        code="not-under-way",
        breakers="Readers who are sending, though no request for them is under way",
        of="reader",
        broken_by=_readers(and_(_its.state == "sending", ~_last_is(_asked.state == "open"))),
    )
    yield Law(
        code="no-doubt",
        breakers="Readers in doubt, though the request for them is not",
        of="reader",
        broken_by=_readers(and_(_its.state == "in doubt", ~_last_is(_asked.state == "in doubt"))),
    )
    yield Law(
        code="not-answered",
        breakers="Readers who are accepted or refused, though no request for them was answered or settled",
        of="reader",
        broken_by=_readers(and_(_its.state.in_(["accepted", "refused"]), ~over)),
    )
    yield Law(
        code="refused-unsaid",
        breakers="Readers who are refused, of whom no answer says so",
        of="reader",
        broken_by=_readers(and_(_its.state == "refused", ~has_answer)),
    )
    yield Law(
        code="waits-though-asked",
        breakers="Readers who wait or are skipped after a request for them that may have mailed them",
        of="reader",
        broken_by=_readers(
            and_(_its.state.in_(_WAITED), was_asked, ~has_answer, _last_is(_asked.state != "unsent")),
        ),
    )
    yield Law(
        code="skipped-without-reason",
        breakers="Readers who are skipped without a reason",
        of="reader",
        broken_by=_readers(and_(_its.state == "skipped", _its.reason == "")),
    )
    yield Law(
        code="erased-still-told",
        breakers="Erased readers of whom something personal is left",
        of="reader",
        broken_by=_readers(and_(_its.address.is_(None), or_(_its.name != "", _its.joined.is_not(None)))),
    )


def _of_readers_over_runs() -> Iterator[Law]:
    """Nobody has an issue twice, not through two runs either."""
    yield Law(
        code="other-issue",
        breakers="Readers of another issue than their run",
        of="reader",
        broken_by=select(_its.run, _its.seq).join(runs, _run.id == _its.run).where(_run.issue != _its.issue),
    )
    # One number for a run and a reader in it, so that the newest of two is found while they are grouped.
    newest = func.max(_its.run * _RUN + _its.seq)
    for what, whose in (("id", _its.subscriber), ("address", _its.key)):
        had = select(newest // _RUN, newest % _RUN).where(text(HAD)).group_by(_its.issue, whose)
        yield Law(
            code=f"twice-by-{what}",
            breakers=f"Readers who have an issue twice, or may have, by their {what}",
            of="reader",
            broken_by=had.having(func.count() > 1),
        )


def _of_what_was_told() -> Iterator[Law]:
    """What the provider tells later agrees with what it answered."""
    told = select(events.c.run, events.c.seq).distinct()
    yield Law(
        code="alarm",
        breakers="Readers of whom was told what could not be true when it was told",
        of="reader",
        broken_by=told.where(events.c.run.is_not(None), events.c.alarm != "", events.c.acknowledged == ""),
    )
    its = and_(_its.run == events.c.run, _its.seq == events.c.seq)
    yield Law(
        code="told-of-nobody",
        breakers="Readers of whom something was told, and who are not in the run",
        of="reader",
        broken_by=told.where(events.c.run.is_not(None), ~exists().where(its)),
    )
    yield Law(
        code="told-unmailed",
        breakers="Readers of whom was told that they have it, and who wait, are skipped or refused",
        of="reader",
        broken_by=told.join(deliveries, its).where(
            events.c.kind.in_(_MAILED),
            _its.state.in_(["waiting", "skipped", "refused"]),
            events.c.acknowledged == "",
        ),
    )


def _requests(condition: ColumnElement[bool]) -> Select[Any]:
    return select(_asked.run, _asked.id).where(condition)


def _of_requests(at: datetime) -> Iterator[Law]:
    """A request is over in time, and then its state says what its readers' say."""
    doubted = exists().where(_its.run == _asked.run, _its.attempt == _asked.id, _its.state == "in doubt")
    yield Law(
        code="beyond-its-time",
        breakers="Requests that are under way beyond their time",
        of="request",
        broken_by=_requests(and_(_asked.state == "open", _asked.expires_at < at - _SLACK)),
    )
    yield Law(
        code="not-ended",
        breakers="Requests that are over without a moment, or under way with one",
        of="request",
        broken_by=_requests((_asked.state == "open") != _asked.ended_at.is_(None)),
    )
    yield Law(
        code="doubt-of-nobody",
        breakers="Requests in doubt of which no reader is",
        of="request",
        broken_by=_requests(and_(_asked.state == "in doubt", ~doubted)),
    )
    yield Law(
        code="before-it-began",
        breakers="Requests of a run that had not begun",
        of="request",
        broken_by=select(_asked.run, _asked.id)
        .join(runs, _run.id == _asked.run)
        .where(_asked.account != "", or_(_run.started_at.is_(None), _asked.opened_at < _run.started_at)),
    )


def _has(*states: str) -> Exists:
    return exists().where(_its.run == _run.id, _its.state.in_(states))


def _has_by_it() -> Exists:
    """Somebody has it by a request; one without an account stands for what a restored database does not know."""
    return exists().where(
        _its.run == _run.id, _its.state == "accepted", _its.attempt == _asked.id, _asked.account != ""
    )


def _of_runs() -> Iterator[Law]:
    """A run's state says what its readers' say."""
    finished, broken_off = (
        _run.state.in_(["finished", "finished with doubts"]),
        _run.state.in_(["cancelled", "expired"]),
    )
    for code, breakers, condition in (
        (
            "over-and-waiting",
            "A run is over, and readers of it wait or are sending",
            or_(and_(finished, _has("waiting", "sending")), and_(broken_off, _has("waiting"))),
        ),
        (
            "doubts-unsaid",
            "A run is finished and says nothing of its doubts, or speaks of doubts that are none",
            and_(finished, (_run.state == "finished with doubts") != _has("in doubt")),
        ),
        (
            "moments",
            "A run is in a state that its moments do not allow",
            or_(
                (_run.frozen_at.is_(None)) != (_run.total.is_(None)),
                and_(_run.state.in_(["sending", "finished", "finished with doubts"]), _run.started_at.is_(None)),
                and_(_run.started_at.is_not(None), or_(_run.frozen_at.is_(None), _run.checked_at.is_(None))),
                or_(finished, broken_off) != _run.ended_at.is_not(None),
            ),
        ),
        ("not-begun", "A run has not begun, and somebody has it", and_(_run.started_at.is_(None), _has_by_it())),
    ):
        yield Law(code=code, breakers=breakers, of="run", broken_by=select(_run.id, _run.id).where(condition))
