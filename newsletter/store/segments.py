"""A segment → the condition that selects the same subscribers in SQL; every literal becomes a bound parameter.

SQL's third truth value never arises: a condition on something that may be absent says first that it is there. A value
of an own field is converted only after its kind is known, within CASE, where both databases keep to the order; one row
that was written when the field had another type must not stop a query.
"""

import operator
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, assert_never

from sqlalchemy import ColumnElement, Double, FunctionElement, Numeric, Text, and_, case, cast, false, not_, or_
from sqlalchemy import exists, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from newsletter.segment.matches import COMPARE
from newsletter.segment.tree import And, Attribute, Comparison, Kind, Membership, Not, Or, Segment, Tagged
from newsletter.segment.values import LARGEST, plain
from newsletter.store.schema import subscribers, tags
from newsletter.store.subscribers import REASON

Condition = ColumnElement[bool]

_COLUMNS: Mapping[str, ColumnElement[Any]] = {
    "address": subscribers.c.key,
    "domain": subscribers.c.domain,
    "name": subscribers.c.name,
    "joined": subscribers.c.joined,
    "status": subscribers.c.status,
    "reason": REASON,
    "source": subscribers.c.source,
    "language": subscribers.c.language,
    "paused_until": subscribers.c.paused_until,
}
_MAY_BE_ABSENT = frozenset({"joined", "reason", "language", "paused_until"})
_JSON: Mapping[Kind, tuple[str, ...]] = {
    "text": ("text", "string"),
    "date": ("text", "string"),
    "number": ("integer", "real", "number"),
    "boolean": ("true", "false", "boolean"),
}
"""What JSON calls a kind of value, in the words of SQLite and of PostgreSQL."""


def where(segment: Segment) -> Condition:
    """Return what is true, and never NULL, of the rows of ``subscribers`` that `newsletter.segment.matches` accepts."""
    match segment:
        case And(parts=parts):
            return and_(*map(where, parts))
        case Or(parts=parts):
            return or_(*map(where, parts))
        case Not(part=part):
            return not_(where(part))
        case Tagged(tag=tag):
            return exists().where(tags.c.subscriber == subscribers.c.id, tags.c.tag == tag)
        case Membership(attribute=attribute, values=values):
            return _there(attribute, lambda held: held.in_(_literal(attribute, value) for value in values))
        case Comparison(attribute=attribute, operator="==", value=value):
            return _there(attribute, lambda held: held == _literal(attribute, value))
        case Comparison(attribute=attribute, operator=sign, value=value):
            return _there(attribute, lambda held: COMPARE[sign](_ordered(attribute, held), _literal(attribute, value)))


def _there(attribute: Attribute, condition: Callable[[ColumnElement[Any]], Condition]) -> Condition:
    """Say that an attribute is there and that a condition holds for it."""
    if attribute.own:
        return _of_field(attribute, condition)
    column = _COLUMNS[attribute.name]
    return and_(column.is_not(None), condition(column)) if attribute.name in _MAY_BE_ABSENT else condition(column)
