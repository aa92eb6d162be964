"""A segment → the condition that selects the same subscribers in SQL; every literal becomes a bound parameter.

SQL's third truth value never arises: a condition on something that may be absent says first that it is there. A value
of an own field is converted only after its kind is known, within CASE, where both databases keep to the order; one row
that was written when the field had another type must not stop a query.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import (
    Boolean,
    ColumnElement,
    FunctionElement,
    Numeric,
    and_,
    case,
    cast,
    exists,
    false,
    not_,
    or_,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from newsletter.segment.matches import COMPARE
from newsletter.segment.tree import And, Attribute, Comparison, Literal, Membership, Not, Or, Segment, Tagged
from newsletter.segment.values import plain
from newsletter.store.schema import subscribers, tags
from newsletter.store.subscribers import REASON

Condition = ColumnElement[bool]
Test = Callable[[ColumnElement[Any]], Condition]
"""A condition on whatever it is given."""

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
            return _there(attribute, lambda held: held.in_([_literal(attribute, value) for value in values]))
        case Comparison(attribute=attribute):
            return _there(attribute, lambda held: _compared(segment, held))


def _there(attribute: Attribute, condition: Test) -> Condition:
    """Say that an attribute is there and that a condition holds for it."""
    if attribute.own:
        return _in_field(attribute, condition)
    column = _COLUMNS[attribute.name]
    return and_(column.is_not(None), condition(column)) if attribute.name in _MAY_BE_ABSENT else condition(column)


def _in_field(attribute: Attribute, condition: Test) -> Condition:
    """Say the same of an own field: a value of its kind is there, and the condition holds for it."""
    place = subscribers.c.fields[attribute.name]
    value, kind = _Value(place.left, place.right), _KindOf(place.left, place.right)
    match attribute.kind:
        case "number":
            return _when(kind.in_(("number", "integer", "real")), condition(cast(value, Numeric)))
        case "boolean":
            return _when(kind.in_(("boolean", "true", "false")), condition(cast(value, Boolean)))
        case "date":
            return _when(condition(value), _is_day(value))
        case _:
            # Asked last: to find the kind costs as much as to compare, and few remain.
            return _when(condition(value), kind.in_(("string", "text")))


def _is_day(value: ColumnElement[Any]) -> Condition:
    """Say whether a value looks like a date; `newsletter.segment.values` has the same in a regular expression."""
    ordered = _ByCodePoint(value)
    return and_(value.like("____-__-__"), ordered >= "0", ordered < ":")


def _when(first: ColumnElement[bool], then: Condition) -> Condition:
    """Ask the second only where the first is true; ``and`` would leave the order to the database."""
    return case((first, then), else_=false())


def _compared(comparison: Comparison, held: ColumnElement[Any]) -> Condition:
    attribute, sign = comparison.attribute, comparison.operator
    if sign != "==" and (attribute.kind == "text" or (attribute.kind == "date" and attribute.own)):
        held = _ByCodePoint(held)
    compared: Condition = COMPARE[sign](held, _literal(attribute, comparison.value))
    return compared


def _literal(attribute: Attribute, value: Literal) -> Literal | Decimal:
    """Spell a literal as its column does: a number decimal, a date in an own field as the text of its day."""
    if attribute.kind == "number":
        return Decimal(repr(value))
    return plain(value) if attribute.own else value


class _PerDialect(FunctionElement[Any]):
    """What the two databases spell differently; its arguments take the places of the numbers."""

    sqlite: ClassVar[str]
    postgresql: ClassVar[str]


@compiles(_PerDialect)
def _spell(element: _PerDialect, compiler: SQLCompiler, **options: Any) -> str:
    spelling: str = getattr(element, compiler.dialect.name)
    return spelling.format(*(compiler.process(argument, **options) for argument in element.clauses))


class _Value(_PerDialect):
    """What stands at a place in JSON: a number, a boolean, a text without quotes and escapes; NULL for nothing."""

    inherit_cache = True
    sqlite = "json_extract({0}, {1})"
    postgresql = "({0} ->> {1})"


class _KindOf(_PerDialect):
    """What each database calls the kind of what stands at a place in JSON; NULL for nothing."""

    inherit_cache = True
    sqlite = "json_type({0}, {1})"
    postgresql = "jsonb_typeof({0} -> {1})"


class _ByCodePoint(_PerDialect):
    """A text whose order is that of its code points, whatever order the database was made with."""

    inherit_cache = True
    sqlite = "{0}"
    postgresql = '({0} COLLATE "C")'
