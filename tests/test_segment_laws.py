"""What holds for every segment, and for every text that might be one."""

from datetime import date
from decimal import Decimal

import drawn
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import SegmentError
from newsletter.segment import And, Comparison, Membership, Not, Or, Segment, Tagged, matches, parse
from newsletter.segment.tree import Literal
from newsletter.store.subscribers import Known

WORDS = (
    "and", "or", "not", "in", "(", ")", ",", "==", "!=", "<", "tag", "tag('zuid')", "status", "name", "joined", "lid",
    "'left'", '"', "'", "12", "1.5", "2026-01-01", "true", "status == 'left'", "lid = true", "\0", "é", "“", "=>",
)  # fmt: skip
THEIRS = (
    "Token",
    "token",
    "terminal",
    "Unexpected",
    "Expected",
    "lark",
    "NAME",
    "NUMERAL",
    "TEXT",
    "_",
    "$END",
    "rule",
)


def spelt(segment: Segment) -> str:
    """Write a segment as somebody might."""
    match segment:
        case And(parts=parts):
            return " and ".join(f"({spelt(part)})" for part in parts)
        case Or(parts=parts):
            return " OR ".join(f"({spelt(part)})" for part in parts)
        case Not(part=part):
            return f"not ({spelt(part)})"
        case Tagged(tag=tag):
            return f"tag({literal(tag)})"
        case Membership(attribute=attribute, values=values):
            return f"{attribute.name} in ({', '.join(map(literal, values))})"
        case Comparison(attribute=attribute, operator=sign, value=value):
            return f"{attribute.name} {sign} {literal(value)}"


def literal(value: Literal) -> str:
    match value:
        case bool():
            return str(value).lower()
        case float():
            return f"{Decimal(repr(value)):f}"
        case date():
            return value.isoformat()
    quote = "'" if '"' in value else '"'
    return quote + value.replace(quote, quote * 2) + quote


@given(segment=drawn.segments)
def test_what_is_spelt_is_read_again(segment: Segment) -> None:
    assert parse(spelt(segment), drawn.FIELDS) == segment


@given(segment=drawn.segments, known=drawn.known())
def test_a_segment_and_its_opposite_share_all_subscribers_between_them(segment: Segment, known: Known) -> None:
    opposite = parse(f"not ({spelt(segment)})", drawn.FIELDS)
    assert matches(segment, known.subscriber) is not matches(opposite, known.subscriber)


def error_of(text: str) -> SegmentError | None:
    try:
        parse(text, drawn.FIELDS)
    except SegmentError as error:
        return error
    return None


@given(text=st.text(max_size=40) | st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join))
def test_a_text_is_a_segment_or_its_error_names_a_column_and_speaks_no_jargon(text: str) -> None:
    if error := error_of(text):
        assert 1 <= error.column <= len(text) + 1
        assert not [word for word in THEIRS if word in error.sentence + error.hint and word not in text]
        assert error.hint
