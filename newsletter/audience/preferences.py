"""What a reader may set himself, or the operator for him: what he is called, his language, his tags, and a pause.

None of it says whether he wants the newsletter; that is ``consent``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from newsletter.audience import recording
from newsletter.audience.consent import stands_against
from newsletter.audience.occasion import Occasion
from newsletter.audience.reading import values
from newsletter.audience.reading.values import LONGEST_NAME, Unusable
from newsletter.errors import UsageError
from newsletter.markup.visible import visible
from newsletter.store import subscribers
from newsletter.store.database import Transaction
from newsletter.store.subscribers import Known


def change(
    transaction: Transaction,
    identity: str,
    occasion: Occasion,
    *,
    name: str,
    language: str | None,
    tags: Mapping[str, bool],
) -> bool:
    """Set name, language and those tags that are named, each to have or not; True when that changes anything.

    Whoever gets no mail is left alone, and so is an unknown id: he may have been erased. A name that stays as it is is
    not judged: a list may have spoilt it. Raises: UsageError when another one is too long or no line of text, or the
    language is none.
    """
    known = subscribers.get(transaction, identity, to_change=True)
    if known is None or known.subscriber.status != "confirmed":
        return False
    one = known.subscriber
    wanted = {"name": one.name if name.strip() == one.name.strip() else _name(name), "language": _language(language)}
    has = {"name": one.name, "language": one.language}
    new = {column: value for column, value in wanted.items() if value != has[column]}
    if new:
        recording.change(transaction, identity, "changed", replace(occasion, note=", ".join(new)), **new)
    added, removed = ([tag for tag, has_it in tags.items() if has_it is is_so] for is_so in (True, False))
    return _tag(transaction, known, added, removed, occasion) or bool(new)


def pause(transaction: Transaction, identity: str, until: date | None, occasion: Occasion) -> bool:
    """No mail before a day; None ends a pause. True when that is new.

    The operator may end the pause of whoever gets no mail anyway. Raises: UsageError when the day is not in the future,
    or he gets none.
    """
    if until is not None and until <= occasion.day:
        raise UsageError(f"{until} is not in the future.", "Name the day on which mail may come again.")
    known = subscribers.get(transaction, identity, to_change=True)
    if known is None or known.subscriber.paused_until == until:
        return False
    if known.subscriber.status != "confirmed" and (until is not None or occasion.source != "operator"):
        raise UsageError(f"{known.subscriber.address} {stands_against(known.subscriber)} and gets no mail anyway.")
    told = replace(occasion, note=occasion.note or (f"until {until}" if until else None))
    recording.change(transaction, identity, "paused" if until else "resumed", told, paused_until=until)
    return True


def tag(
    transaction: Transaction, identity: str, *, added: Iterable[str], removed: Iterable[str], occasion: Occasion
) -> bool:
    """Mark a subscriber with tags, and take others from him; True when that changes anything."""
    known = subscribers.get(transaction, identity, to_change=True)
    return known is not None and _tag(transaction, known, added, removed, occasion)


def _name(typed: str) -> str:
    if "\N{REPLACEMENT CHARACTER}" in typed:
        raise UsageError("The name holds a character that could not be read.")
    try:
        return visible(values.plain(typed, "name", LONGEST_NAME)).strip()
    except Unusable as unusable:
        raise UsageError(str(unusable)) from None


def _language(typed: str | None) -> str | None:
    try:
        return values.language(typed) if typed else None
    except Unusable as unusable:
        raise UsageError(str(unusable)) from None


def _tag(
    transaction: Transaction, known: Known, added: Iterable[str], removed: Iterable[str], occasion: Occasion
) -> bool:
    has = set(known.subscriber.tags)
    new, gone = sorted(set(added) - has), sorted(set(removed) & has)
    if not new and not gone:
        return False
    subscribers.add_tags(transaction, known.subscriber.id, new)
    subscribers.remove_tags(transaction, known.subscriber.id, gone)
    note = ", ".join([*(f"+{tag}" for tag in new), *(f"-{tag}" for tag in gone)])
    recording.write(transaction, known.subscriber.id, "tagged", replace(occasion, note=note))
    return True
