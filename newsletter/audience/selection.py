"""Whom the operator means: a segment by its name in ``newsletter.toml``, or an expression over readers.

A word alone is always a name, since no expression is one word.
"""

import re
from dataclasses import replace
from datetime import date

from newsletter.audience.mailing import Mailing, Why, sort_out
from newsletter.config import FILE, Config
from newsletter.errors import ConfigError, ContentError, SegmentError, UsageError
from newsletter.segment import Segment, parse
from newsletter.store import erased, subscribers
from newsletter.store.database import Transaction
from newsletter.store.segments import Condition, where
from newsletter.validation import nearest


def segment(named: str, config: Config) -> Segment:
    """Return the segment of a name in the configuration, or of an expression.

    Raises: UsageError for a name that is not there, or an expression that cannot be understood; ConfigError when that
    is the configuration's own.
    """
    if named in config.segments:
        return _configured(named, config)
    if re.fullmatch(r"\s*[\w-]+\s*", named):
        raise _unknown(named.strip(), config)
    return parse(named, config.readers.fields)


def condition(named: str | None, config: Config) -> Condition | None:
    """Return the same as what the store selects by; None selects everybody. Raises: as `segment`."""
    return None if named is None else where(segment(named, config))


def mailing(transaction: Transaction, named: str | None, config: Config, *, day: date, place: str) -> Mailing:
    """Return whom a send on a day is for: all of the store, or those whom a segment names, as far as they are mailed.

    ``place`` is what the store is called. Raises: ContentError when that is nobody; as `segment`.
    """
    chosen = condition(named, config)
    source = place if named is None else f"{named} in {place}"
    found = sort_out((known.subscriber for known in subscribers.every(transaction, chosen)), day, source)
    if not found.readers:
        raise _nobody(source)
    why: Why = "erased" if chosen is None else "outside"
    beyond = erased.count(transaction) if chosen is None else _outside(transaction, chosen)
    return replace(found, left_out={**found.left_out, why: beyond}) if beyond else found


def _outside(transaction: Transaction, chosen: Condition) -> int:
    return subscribers.count(transaction) - subscribers.count(transaction, chosen)


def _configured(name: str, config: Config) -> Segment:
    try:
        return parse(config.segments[name], config.readers.fields)
    except SegmentError as error:
        raise ConfigError(f"{FILE}: `segments.{name}`: {error.sentence}", error.hint) from None


def _unknown(name: str, config: Config) -> UsageError:
    if config.segments:
        hint = nearest(name, list(config.segments)) or f"There are: {', '.join(config.segments)}."
    else:
        hint = f"Name it under [segments] in {FILE}, or write an expression like tag('zuid')."
    return UsageError(f"There is no segment “{name}”.", hint)


def _nobody(whom: str) -> ContentError:
    return ContentError(
        f"There is no confirmed reader to mail: {whom}.",
        "See who is there with: newsletter subscribers list --count; rehearse to a file with --list FILE.",
    )
