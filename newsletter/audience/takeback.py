"""Taking an import back: whom it brought goes, what it changed is as before, and what readers did since stays.

Whom it brought stays when something else vouches for him since: he did something himself, another import brought news
of his consent, the operator added or blocked him. What it changed is restored where it still is as the import left it;
whether somebody is mailed only when nothing else has decided about that since.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from newsletter.audience.occasion import Occasion
from newsletter.audience.reconcile import STANDING, Flat, columns, flat
from newsletter.errors import UsageError
from newsletter.store import consents, imports, subscribers
from newsletter.store.database import Store, Transaction
from newsletter.store.imports import Import

CHUNK = 5_000
"""Subscribers that are dealt with in one transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """What became of an import: how many were removed, restored, and kept since something else vouches for them."""

    removed: int
    restored: int
    kept: int


def take_back(store: Store, number: int, occasion: Occasion, *, progress: Callable[[int], None]) -> TakenBack:
    """Take an import back; broken off, it goes on when asked again.

    Raises: UsageError when there is no such import, it is undone already, or what it changed is forgotten.
    """
    with store.reading() as transaction:
        refuse_other(imports.get(transaction, number), number)
    removed = restored = 0
    while True:
        with store.writing() as transaction:
            subscribers.hold(transaction)
            gone = imports.remove_brought(transaction, number, limit=CHUNK)
            back = 0 if gone else _restore(transaction, number, occasion)
            imports.take_back(transaction, number, more=gone + back)
            if not gone and not back:  # nor can an import that is still going on bring more from here on
                imports.undone(transaction, number, at=occasion.at)
                return TakenBack(removed=removed, restored=restored, kept=imports.count_brought(transaction, number))
        removed, restored = removed + gone, restored + back
        progress(gone + back)


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


def _restore(transaction: Transaction, number: int, occasion: Occasion) -> int:
    """Restore some of those whom an import changed, and return how many it looked at."""
    changes = imports.changes(transaction, number, limit=CHUNK)
    for identity, before, after in changes:
        _restore_one(transaction, number, identity, before, after, occasion)
    imports.forget_changes(transaction, number, [identity for identity, _, _ in changes])
    return len(changes)


def _restore_one(
    transaction: Transaction,
    number: int,
    identity: str,
    before: Mapping[str, object],
    after: Mapping[str, object],
    occasion: Occasion,
) -> None:
    known = subscribers.get(transaction, identity, to_change=True)
    if known is None:
        return
    decided = imports.has_other_ground(transaction, number, identity)
    has = flat(known)
    back = {
        name: before[name] for name in before if has.get(name) == after[name] and not (decided and name in STANDING)
    }
    if _is_confirmed_by_nobody(transaction, number, identity, {**has, **back}, after):
        back["consent"] = "pending"
    _pass_on(transaction, number, identity, before, after)
    tags = set(after.get("tags") or ()) & set(known.subscriber.tags)  # type: ignore[call-overload]
    if back:
        subscribers.change(transaction, identity, columns(back, known))
    if tags:
        subscribers.remove_tags(transaction, identity, tags)
    if back or tags:
        told = replace(occasion, note=f"import {number}: {', '.join([*back, *(['tags'] if tags else [])])}")
        consents.write(transaction, identity, "undone", at=told.at, source=told.source, note=told.note)


def _is_confirmed_by_nobody(
    transaction: Transaction, number: int, identity: str, result: Flat, after: Mapping[str, object]
) -> bool:
    """Whether a reader would be a confirmed one by the word of imports only that are taken back."""
    if result["consent"] != "confirmed" or not set(STANDING) & set(after):
        return False
    return not imports.is_vouched_for(transaction, identity, without=number)


def _pass_on(
    transaction: Transaction, number: int, identity: str, before: Mapping[str, object], after: Mapping[str, object]
) -> None:
    """Have later imports that found columns as this one left them restore what this one found."""
    for later, found, _ in imports.changes_of(transaction, identity):
        passed = {name: before[name] for name in {*found} & {*before} - {*STANDING} if found[name] == after[name]}
        if later > number and passed:
            imports.pass_on(transaction, later, identity, {**found, **passed})
