"""The plain evaluation of a segment."""

import operator
from collections.abc import Callable, Mapping
from typing import Any

from newsletter.model.subscriber import Subscriber
from newsletter.segment.tree import And, Comparison, Membership, Not, Operator, Or, Segment, Tagged
from newsletter.segment.values import plain, value_of

COMPARE: Mapping[Operator, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def matches(segment: Segment, subscriber: Subscriber) -> bool:
    """Say whether a segment is true of a subscriber."""
    match segment:
        case And(parts=parts):
            return all(matches(part, subscriber) for part in parts)
        case Or(parts=parts):
            return any(matches(part, subscriber) for part in parts)
        case Not(part=part):
            return not matches(part, subscriber)
        case Tagged(tag=tag):
            return tag in subscriber.tags
        case Membership(attribute=attribute, values=values):
            return value_of(attribute, subscriber) in {plain(value) for value in values}
        case Comparison(attribute=attribute, operator=sign, value=value):
            mine = value_of(attribute, subscriber)
            return mine is not None and bool(COMPARE[sign](mine, plain(value)))
