"""Taking an import back: everything is as if it had not been, but for what came after it.

How a reader stands is read from his consent records anew, without the import's: so two lists can be taken back in
either order, an opt-out that anybody else told of stays, and so does whatever the reader did himself. Of whom nothing
is left that speaks for knowing him is removed. What else the import changed (a name, a day, a tag) is as before where
it still is as the import left it and he has not set it himself since.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass

from newsletter.audience.occasion import Occasion
from newsletter.audience.reconcile import STANDING, Flat, columns, flat, marks
from newsletter.audience.replay import Standing, replay
from newsletter.errors import UsageError
from newsletter.model.subscriber import ConsentRecord
from newsletter.store import consents, imports, subscribers
from newsletter.store.database import Store, Transaction
from newsletter.store.imports import Import
from newsletter.store.subscribers import Known

CHUNK = 5_000
"""Subscribers that are dealt with in one transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """What became of an import: how many were removed, restored, and kept though it brought them."""

    removed: int = 0
    restored: int = 0
    kept: int = 0

    def __add__(self, more: "TakenBack") -> "TakenBack":
        return TakenBack(
            removed=self.removed + more.removed, restored=self.restored + more.restored, kept=self.kept + more.kept
        )


def take_back(store: Store, number: int, occasion: Occasion, *, progress: Callable[[int], None]) -> TakenBack:
    """Take an import back; broken off, it goes on when asked again.

    Raises: UsageError when there is no such import, it is undone already, or what it changed is forgotten.
    """
    with store.reading() as transaction:
        refuse_other(imports.get(transaction, number), number)
    result, last = TakenBack(), 0
    while True:
        with store.writing() as transaction:
            subscribers.hold(transaction)
            named = imports.named(transaction, number, after=last, limit=CHUNK)
            if not named:  # nor can an import that is still going on bring more from here on
                imports.undone(transaction, number, at=occasion.at)
                return result
            some = _take_back(transaction, number, named, occasion)
            imports.take_back(transaction, number, more=some.removed + some.restored)
        result, last = result + some, named[-1].record
        progress(len(named))


def refuse_other(found: Import | None, number: int) -> Import:
    """Return an import that can be taken back. Raises: UsageError when there is none, or it cannot."""
    if found is None:
        raise UsageError(f"There is no import {number}.", "See them with: newsletter subscribers imports")
    if found.state == "undone":
        raise UsageError(f"Import {number} was taken back already.", "See it with: newsletter subscribers imports")
    if found.pruned_at:
        raise UsageError(
            f"What import {number} changed was forgotten on {found.pruned_at:%Y-%m-%d}.",
            "`[readers] keep_undo` says how long an import can be taken back.",
        )
    return found


def _take_back(transaction: Transaction, number: int, named: Sequence[imports.Named], occasion: Occasion) -> TakenBack:
    """Take back what an import did to some of those it names."""
    known = subscribers.those(transaction, [one.subscriber for one in named])
    told = consents.standing(transaction, list(known), without=number)
    standings = {identity: replay(told.get(identity, ())) for identity in known}
    gone = [identity for identity, standing in standings.items() if standing is None]
    subscribers.remove(transaction, gone)
    changes = imports.changes(transaction, number, list(known))
    since = {one.subscriber: _own_since(told.get(one.subscriber, ()), one.record) for one in named}
    _pass_on(transaction, number, changes)
    restored = {
        identity: back
        for identity, standing in standings.items()
        if standing and (back := _back(known[identity], standing, *changes.get(identity, ({}, {})), since[identity]))
    }
    _restore(transaction, number, known, restored, occasion)
    imports.forget_changes(transaction, number, list(known))
    kept = {one.subscriber for one in named if one.brought} & known.keys() - {*gone}
    return TakenBack(removed=len(gone), restored=len(restored.keys() - kept), kept=len(kept))


def _own_since(records: Sequence[ConsentRecord], last: int) -> Sequence[ConsentRecord]:
    """Return what a reader did himself after the record with a number, the first first."""
    return [record for record in records if record.id > last and record.source not in {"operator", "import"}]


def _back(
    known: Known,
    standing: Standing,
    before: Mapping[str, object],
    after: Mapping[str, object],
    since: Sequence[ConsentRecord],
) -> Flat:
    """What changes of a subscriber for him to stand as he does without an import, and be described as before it.

    What he set himself ``since`` stays. ``tags`` are those he loses.
    """
    notes = [record.note or "" for record in since if record.what == "tagged"]
    tags = set(after.get("tags") or ()) & set(known.subscriber.tags)  # type: ignore[call-overload]
    tags = {tag for tag in tags if not marks(notes, tag)}
    own = _set_himself(known, since)
    described = {name: value for name, value in _described(known, before, after).items() if name not in own}
    back = _otherwise(known, standing) | described
    return back | ({"tags": sorted(tags)} if tags else {})


def _set_himself(known: Known, since: Sequence[ConsentRecord]) -> set[str]:
    """The columns of a description that a reader's own records name; a pause only if it is the one he chose last."""
    pauses = [record.note for record in since if record.what in {"paused", "resumed"}]
    paused = pauses[-1:] == [f"until {known.subscriber.paused_until}"]
    named = {name for record in since if record.what == "changed" for name in (record.note or "").split(", ")}
    return named | ({"paused_until"} if paused else set())


def _restore(
    transaction: Transaction,
    number: int,
    known: Mapping[str, Known],
    restored: Mapping[str, Flat],
    occasion: Occasion,
) -> None:
    """Have subscribers be as they were, and write that down of each."""
    changed = ((identity, columns(back, known[identity])) for identity, back in restored.items())
    subscribers.change_many(transaction, [(identity, set_) for identity, set_ in changed if set_])
    for identity, back in restored.items():
        if "tags" in back:
            subscribers.remove_tags(transaction, identity, back["tags"])  # type: ignore[arg-type]
    notes = [(identity, f"import {number}: {', '.join(back)}") for identity, back in restored.items()]
    consents.write_alike(transaction, notes, "undone", at=occasion.at, source=occasion.source)


def _otherwise(known: Known, standing: Standing) -> Flat:
    """The columns in which somebody stands otherwise than he is listed."""
    has = flat(known)
    wanted = {
        name: value if isinstance(value, str) else value and value.isoformat()
        for name, value in asdict(standing).items()
    }
    return {name: value for name, value in wanted.items() if has[name] != value}


def _described(known: Known, before: Mapping[str, object], after: Mapping[str, object]) -> Flat:
    """What an import changed of a description and is still as it left it, as it was before."""
    has = flat(known)
    return {name: before[name] for name in before if name not in STANDING and has.get(name) == after[name]}


def _pass_on(transaction: Transaction, number: int, changes: Mapping[str, imports.Change]) -> None:
    """Have the next import that changed a column and found it as this one left it restore what this one found."""
    open_ = {identity: {*before} - {*STANDING} for identity, (before, _) in changes.items()}
    for later, identity, found in imports.changes_after(transaction, number, list(changes)):
        before, after = changes[identity]
        passed = {name: before[name] for name in open_[identity] & {*found} if found[name] == after[name]}
        open_[identity] -= {*found}
        if passed:
            imports.pass_on(transaction, later, identity, {**found, **passed})
