"""What is true of every store to which nothing but this program has written; each law selects whom it is broken by.

None of them can be broken through ``audience/`` and ``delivery/``; one that is shows that something went past them, or
a fault of ours. How a run's readers, requests and answers belong together has laws of its own, in `ledger_laws`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Exists, ScalarSelect, Select, and_, exists, func, or_, select, text

from newsletter.store.schema import (
    HAD,
    answers,
    attempts,
    consents,
    deliveries,
    erased,
    events,
    facts,
    import_changes,
    imports,
    metadata,
    moves,
    notices,
    runs,
    subscribers,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """One law. ``code`` is stable kebab-case, ``breakers`` say who breaks it, ``broken_by`` selects their ids."""

    code: str
    breakers: str
    broken_by: Select[Any]


def _whoever(condition: ColumnElement[bool]) -> Select[Any]:
    return select(subscribers.c.id).where(condition)


def _whichever(condition: ColumnElement[bool]) -> Select[Any]:
    return select(imports.c.id).where(condition)


def _has_record(*what: str, noted: tuple[str, ...] = ()) -> Exists:
    """Whether one of these things happened to a subscriber, or an import brought him with one of these notes.

    Or a list said so besides: *repeated* is also the record of a second way of opting out, which its note names.
    """
    told = or_(
        consents.c.what.in_(what),
        and_(consents.c.what == "imported", consents.c.note.in_(noted)),
        and_(consents.c.what == "repeated", consents.c.note.in_(what)),
    )
    return exists().where(consents.c.subscriber == subscribers.c.id, told)


def _has_opted_out(what: str, *until: str) -> Exists:
    """Whether it happened to a subscriber, and none of ``until`` since.

    Records of imports do not count: no import lifts an opt-out, and taking one back lifts what it brought.
    """
    later = consents.alias()
    undid = exists().where(
        later.c.subscriber == consents.c.subscriber,
        later.c.id > consents.c.id,
        later.c.source != "import",
        later.c.what.in_(until),
    )
    own = consents.c.source != "import"
    return exists().where(consents.c.subscriber == subscribers.c.id, consents.c.what == what, own, ~undid)


def _records(*conditions: ColumnElement[bool]) -> ScalarSelect[Any]:
    """Count the records of an import."""
    counted = select(func.count()).select_from(consents).where(consents.c.import_id == imports.c.id, *conditions)
    return counted.scalar_subquery()


def _orphans() -> Iterator[Law]:
    """Every reference leads somewhere: what a database may be told not to hold."""
    for table in metadata.sorted_tables:
        for key in sorted(table.foreign_keys, key=lambda key: key.parent.name):
            there = exists().where(key.column == key.parent)
            yield Law(
                code=f"{table.name}-{key.parent.name}".replace("_", "-"),
                breakers=f"Rows of `{table.name}` whose {key.parent.name} is not there",
                broken_by=select(key.parent).where(key.parent.is_not(None), ~there),
            )


def _of_opt_outs() -> Iterator[Law]:
    """An opt-out has its record, and shows for as long as nothing has lifted it that may."""
    its = subscribers.c
    for what, shown, noted, until in (
        ("left", its.consent == "left", ("as left",), ("confirmed",)),
        ("complained", its.complained_at.is_not(None), ("as complained",), ("confirmed",)),
        ("bounced", its.bounced_at.is_not(None), ("as bounced",), ("confirmed", "lifted")),
        ("blocked", its.blocked_at.is_not(None), ("as blocked", "as suppressed"), ("lifted",)),
    ):
        yield Law(
            code=f"{what}-without-record",
            breakers=f"Subscribers who are listed as {what}, of whom no record says so",
            broken_by=_whoever(and_(shown, ~_has_record(what, noted=noted))),
        )
        yield Law(
            code=f"{what}-forgotten",
            breakers=f"Subscribers whose records say {what}, who are not listed so",
            broken_by=_whoever(and_(~shown, _has_opted_out(what, *until))),
        )


def _whichever_notice(condition: ColumnElement[bool]) -> Select[Any]:
    return select(notices.c.id).where(condition)


def _of_states() -> Iterator[Law]:
    """A notice has what its state needs, and nothing of another one."""
    its = notices.c
    claimed, ended = its.state.in_(["sending", "in doubt"]), its.state.in_(["accepted", "refused", "skipped"])
    yield Law(
        code="notice-unclaimed",
        breakers="Notices that are sending or in doubt without an attempt and its time, or wait with one",
        broken_by=_whichever_notice(
            or_(
                and_(claimed, or_(its.attempt.is_(None), its.expires_at.is_(None))),
                and_(its.state == "waiting", or_(its.attempt.is_not(None), its.expires_at.is_not(None))),
            )
        ),
    )
    yield Law(
        code="notice-unsealed",
        breakers="Notices that may have left without a fingerprint of what left, or wait with one",
        broken_by=_whichever_notice(
            or_(
                and_(its.state.in_(["in doubt", "accepted"]), its.fingerprint.is_(None)),
                and_(its.state == "waiting", its.fingerprint.is_not(None)),
            )
        ),
    )
    yield Law(
        code="notice-not-ended",
        breakers="Notices that have ended without its moment, or go on with one",
        broken_by=_whichever_notice(ended != its.ended_at.is_not(None)),
    )


def _of_sending() -> Iterator[Law]:
    """Every reader of a run is in the ledger, nobody has an issue twice, and of the erased nothing is left."""
    its, run = deliveries.c, runs.c
    rows = select(func.count()).select_from(deliveries).where(its.run == run.id).scalar_subquery()
    yield Law(
        code="run-sum",
        breakers="Runs of which not every reader is in the ledger, or more than they have",
        broken_by=select(run.id).where(func.coalesce(run.total, 0) != rows),
    )
    again = select(run.issue).group_by(run.issue).having(func.count() > 1)
    had = select(its.subscriber).where(text(HAD), its.issue.in_(again)).group_by(its.issue, its.subscriber)
    yield Law(
        code="issue-twice",
        breakers="Readers who have an issue twice, or may have",
        broken_by=had.having(func.count() > 1),
    )
    gone = its.subscriber.in_(select(_own.subscriber).where(_own.what == "erased"))
    left = or_(its.name != "", its.joined.is_not(None), its.state == "waiting")
    yield Law(
        code="erased-still-mailed",
        breakers="Erased readers of whom the ledger still says who they were",
        broken_by=select(its.subscriber).where(
            or_(and_(gone, its.address.is_not(None)), and_(its.address.is_(None), left))
        ),
    )
    between = answers.c.seq.between(attempts.c.low, attempts.c.high)
    yield Law(
        code="answer-of-another",
        breakers="Answers about a reader who was not in the request",
        broken_by=select(answers.c.id).join(attempts, attempts.c.id == answers.c.attempt).where(~between),
    )
    there = exists().where(its.run == events.c.run, its.seq == events.c.seq)
    yield Law(
        code="event-of-nobody",
        breakers="Events about a delivery that is not there",
        broken_by=select(events.c.id).where(or_(events.c.run.is_not(None), events.c.seq.is_not(None)), ~there),
    )


_is_about_a_move = notices.c.kind.in_(["move", "moved"])
_SUM = imports.c.new + imports.c.changed + imports.c.unchanged + imports.c.stayed
_known, _own = subscribers.c, consents.c

LAWS = (
    Law(
        code="no-record",
        breakers="Subscribers without any consent record",
        broken_by=_whoever(~exists().where(_own.subscriber == _known.id)),
    ),
    Law(
        code="confirmed-without-ground",
        breakers="Confirmed readers of whom no record says why",
        broken_by=_whoever(
            and_(
                _known.consent == "confirmed",
                ~_has_record("confirmed", "added"),
                ~exists().where(
                    _own.subscriber == _known.id,
                    _own.what == "imported",
                    or_(_own.note.is_(None), _own.note.not_in(["as pending", "as left"])),
                ),
            )
        ),
    ),
    *_of_opt_outs(),
    Law(
        code="erased-still-there",
        breakers="Subscribers who were erased and are still there",
        broken_by=_whoever(_has_record("erased")),
    ),
    Law(
        code="erased-still-told",
        breakers="Erased readers of whose records something personal is left",
        broken_by=select(_own.subscriber).where(
            _own.subscriber.in_(select(_own.subscriber).where(_own.what == "erased")),
            or_(_own.line.is_not(None), _own.origin.is_not(None), _own.note.is_not(None)),
        ),
    ),
    Law(
        code="erased-without-key",
        breakers="Erased addresses without what tells the right erase key",
        broken_by=select(erased.c.hash).where(~exists().where(facts.c.name == "erase_key")),
    ),
    Law(
        code="import-sum",
        breakers="Imports whose new, changed, unchanged and stayed lines are not those that are done",
        broken_by=_whichever(imports.c.done != _SUM),
    ),
    Law(
        code="import-lines",
        breakers="Imports of which more lines are done than there are, or too few though it is done",
        broken_by=_whichever(
            or_(
                imports.c.done > imports.c.lines,
                and_(imports.c.state == "done", imports.c.done != imports.c.lines),
            )
        ),
    ),
    Law(
        code="import-records",
        breakers="Imports that have not written a record of each new and each changed reader",
        broken_by=_whichever(
            or_(
                imports.c.new != _records(_own.what == "imported"),
                imports.c.changed != _records(_own.what.not_in(["imported", "repeated"])),
            )
        ),
    ),
    Law(
        code="import-taken-back",
        breakers="Imports of which more was taken back than they had lines",
        broken_by=_whichever(imports.c.taken_back > imports.c.done),
    ),
    Law(
        code="import-not-forgotten",
        breakers="Imports that are undone or pruned, and of which still stands what an undo would need",
        broken_by=_whichever(
            and_(
                or_(imports.c.state == "undone", imports.c.pruned_at.is_not(None)),
                exists().where(import_changes.c.import_id == imports.c.id),
            )
        ),
    ),
    Law(
        code="notice-of-another",
        breakers="Notices about a record or a change of address of somebody else",
        broken_by=_whichever_notice(
            or_(
                exists().where(_own.id == notices.c.consent, _own.subscriber != notices.c.subscriber),
                exists().where(moves.c.id == notices.c.move, moves.c.subscriber != notices.c.subscriber),
            )
        ),
    ),
    Law(
        code="notice-about-nothing",
        breakers="Notices that are about the wrong kind of thing, or have no address of their own though they need one",
        broken_by=_whichever_notice(
            or_(
                _is_about_a_move != notices.c.move.is_not(None),
                _is_about_a_move != notices.c.address.is_not(None),
            )
        ),
    ),
    *_of_states(),
    Law(
        code="move-of-another",
        breakers="Changes of address whose record is not one of their reader's asking",
        broken_by=select(moves.c.id)
        .join(consents, _own.id == moves.c.record)
        .where(or_(_own.subscriber != moves.c.subscriber, _own.what != "asked to move")),
    ),
    Law(
        code="move-order",
        breakers="Changes of address that were undone and never made",
        broken_by=select(moves.c.id).where(moves.c.undone_at.is_not(None), moves.c.done_at.is_(None)),
    ),
    *_of_sending(),
    *_orphans(),
)
