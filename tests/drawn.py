"""Subscribers and segments drawn at random, with whatever is known to make databases and people disagree."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import get_args

from hypothesis import strategies as st

from newsletter.addresses import key
from newsletter.model.subscriber import FieldType, Reason, Source, Status, Subscriber
from newsletter.segment import And, Attribute, Comparison, Membership, Not, Or, Segment, Tagged
from newsletter.segment.tree import KNOWN, ORDERED, Kind
from newsletter.store.subscribers import Consent, Known, reason_of

FIELDS: Mapping[str, FieldType] = {"plaats": "text", "leeftijd": "number", "sinds": "date", "lid": "boolean"}
ATTRIBUTES = [
    *(Attribute(name=name, kind=kind) for name, kind in KNOWN.items()),
    *(Attribute(name=name, kind=kind, own=True) for name, kind in FIELDS.items()),
]

AWKWARD = (
    "", " ", "a", "A", "Z", "a ", "é", "e\u0301", "É", "ß", "ss", "ı", "I", "zuid", "Zuid", "'", "''", '"', "\\", "%",
    "_", "true", "12", "2026-01-01", "2026-02-31", "01-02-2026", "\uffff", "😀", "{}", "$", "null",
)  # fmt: skip
# What PostgreSQL keeps of a text: no NUL, no half characters.
texts = st.sampled_from(AWKWARD) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5
)
domains = st.sampled_from(
    ["example.org", "Example.ORG", "straße.de", "xn--strae-oqa.de", "BÜCHER.example", "heuvel.nl"]
)
dates = st.dates() | st.sampled_from([date(2026, 1, 1), date(2026, 1, 2), date(1, 1, 1), date(9999, 12, 31)])
# Fifteen digits; a database need not read a longer one from its text as Python does.
written = (
    st.integers(-3, 3)
    | st.integers(1 - 10**15, 10**15 - 1).map(lambda n: n / 1000)
    | st.sampled_from([0.5, -0.0, 1e-7])
)
numbers = written | st.sampled_from([2**53, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 10**40, -(10**400), 1.5e308])
languages = st.sampled_from(["nl", "nl-BE", "en", "zh-Hans"])
moments = st.none() | st.just(datetime(2026, 11, 24, tzinfo=UTC))
literals: Mapping[Kind, st.SearchStrategy[object]] = {
    "text": texts,
    "number": written.map(float),
    "date": dates,
    "boolean": st.booleans(),
    "status": st.sampled_from(get_args(Status)),
    "reason": st.sampled_from(get_args(Reason)),
    "source": st.sampled_from(get_args(Source)),
    "language": languages,
    "address": st.tuples(texts, domains).map("@".join).map(key),
    "domain": domains.map(lambda domain: key(f"@{domain}")[1:]),
}


@st.composite
def known(draw: st.DrawFn) -> Known:
    """A subscriber as the store keeps one, whose own fields need not have today's types."""
    consent: Consent = draw(st.sampled_from(get_args(Consent)))
    against = [draw(moments) for _ in range(3)]
    local = draw(texts.filter(lambda text: text == text.strip()))
    address = f"{local}@{draw(domains)}"
    return Known(
        subscriber=Subscriber(
            id=f"{draw(st.integers(0, 2**128 - 1)):032x}",
            address=address,
            name=draw(texts),
            joined=draw(st.none() | dates),
            language=draw(st.none() | languages),
            status="suppressed" if any(against) else consent,
            reason=reason_of(*against),
            paused_until=draw(st.none() | dates),
            source=draw(st.sampled_from(get_args(Source))),
            tags=tuple(draw(st.lists(texts, max_size=2, unique=True))),
            fields=draw(st.dictionaries(st.sampled_from([*FIELDS]), texts | numbers | dates | st.booleans())),
        ),
        key=key(address),
        consent=consent,
        complained_at=against[0],
        bounced_at=against[1],
        blocked_at=against[2],
    )


@st.composite
def comparisons(draw: st.DrawFn) -> Segment:
    """One question about one attribute."""
    attribute = draw(st.sampled_from(ATTRIBUTES))
    signs = ["==", "<", "<=", ">", ">="] if attribute.kind in ORDERED else ["=="]
    return Comparison(attribute=attribute, operator=draw(st.sampled_from(signs)), value=draw(literals[attribute.kind]))


@st.composite
def memberships(draw: st.DrawFn) -> Segment:
    """One of several values."""
    attribute = draw(st.sampled_from(ATTRIBUTES))
    values = draw(st.lists(literals[attribute.kind], min_size=1, max_size=3))
    return Membership(attribute=attribute, values=tuple(values))


segments: st.SearchStrategy[Segment] = st.recursive(
    comparisons() | memberships() | texts.map(lambda tag: Tagged(tag=tag)),
    lambda inner: (
        inner.map(lambda part: Not(part=part))
        | st.lists(inner, min_size=2, max_size=3).map(lambda parts: And(parts=tuple(parts)))
        | st.lists(inner, min_size=2, max_size=3).map(lambda parts: Or(parts=tuple(parts)))
    ),
    max_leaves=6,
)
