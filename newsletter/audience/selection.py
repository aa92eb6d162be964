"""Whom the operator means: a segment by its name in ``newsletter.toml``, or an expression over readers.

A word alone is always a name, since no expression is one word.
"""

import re

from newsletter.config import FILE, Config
from newsletter.errors import ConfigError, SegmentError, UsageError
from newsletter.segment import Segment, parse
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
