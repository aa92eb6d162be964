"""The text of a segment → its tree, with names, kinds and values checked."""

from collections.abc import Mapping
from typing import Final

from lark import Token, Tree

from newsletter.errors import SegmentError
from newsletter.model.subscriber import FieldType
from newsletter.segment.grammar import read, wrong
from newsletter.segment.literals import Misfit, read_literal, unquoted
from newsletter.segment.tree import (
    KNOWN,
    ORDERED,
    And,
    Attribute,
    Comparison,
    Literal,
    Membership,
    Not,
    Operator,
    Or,
    Segment,
    Tagged,
)
from newsletter.validation import nearest

DEEPEST: Final = 50
"""So many ``and``, ``or`` and ``not`` may stand within each other."""

_SIGNS: Mapping[str, Operator] = {
    "=": "==", "==": "==", "!=": "==", "<": "<", "<=": "<=", ">": ">", ">=": ">=",
}  # fmt: skip
"""Operators as they are written; ``!=`` is the opposite of ``==``."""

_MEANT: Mapping[str, str] = {"tag": "tag('zuid')", "tags": "tag('zuid')", "email": "address"}


def parse(text: str, fields: Mapping[str, FieldType]) -> Segment:
    """Read an expression over what is known of every subscriber and the newsroom's own ``fields``.

    Raises: SegmentError when it does not follow the grammar, is longer or deeper than any is allowed to be, names what
    is not known, or compares a name with a value of another kind.
    """
    return _Expression(text, fields).segment(read(text))


class _Expression:
    """One text, against which whatever is wrong is told, and the names it may use."""

    def __init__(self, text: str, fields: Mapping[str, FieldType]) -> None:
        self.text = text
        self.attributes = {name: Attribute(name=name, kind=kind) for name, kind in KNOWN.items()} | {
            name: Attribute(name=name, kind=kind, own=True) for name, kind in fields.items()
        }

    def segment(self, tree: Tree[Token], depth: int = 1) -> Segment:
        """Build what a rule of the grammar found."""
        if depth > DEEPEST:
            sentence = f"conditions stand more than {DEEPEST} deep within each other"
            raise wrong(self.text, tree.meta.start_pos, sentence, "Take some of them together with in (…).")
        parts = (self.segment(child, depth + 1) for child in tree.children if isinstance(child, Tree))
        words = (child for child in tree.children if isinstance(child, Token))
        match str(tree.data):
            case "any" | "all" as joined:
                return (Or if joined == "any" else And)(parts=tuple(parts))
            case "not":
                return Not(part=next(parts))
            case "call":
                return self._call(*words)
            case "comparison":
                return self._comparison(*words)
            case "in":
                return self._membership(*words)
            case _:
                return Not(part=self._membership(*words))

    def _call(self, name: Token, text: Token) -> Segment:
        if name != "tag":
            raise self._wrong(name, f"`{name}` cannot be asked like this", "Write tag('zuid').")
        return Tagged(tag=unquoted(text))

    def _comparison(self, name: Token, sign: Token, literal: Token) -> Segment:
        attribute = self._attribute(name)
        if sign not in _SIGNS:
            raise self._wrong(sign, f"“{sign}” is no comparison", "Write ==, !=, <, <=, > or >=.")
        if _SIGNS[sign] != "==" and attribute.kind not in ORDERED:
            raise self._wrong(sign, f"`{name}` has no order", "Compare it with ==, != or in.")
        comparison = Comparison(attribute=attribute, operator=_SIGNS[sign], value=self._value(attribute, literal))
        return Not(part=comparison) if sign == "!=" else comparison

    def _membership(self, name: Token, *literals: Token) -> Membership:
        attribute = self._attribute(name)
        return Membership(attribute=attribute, values=tuple(self._value(attribute, literal) for literal in literals))

    def _attribute(self, name: Token) -> Attribute:
        if found := self.attributes.get(name):
            return found
        meant = f"Did you mean `{_MEANT[name]}`?" if name in _MEANT else nearest(name, [*self.attributes])
        known = f"Known: {', '.join(self.attributes)}, and tag('zuid')."
        raise self._wrong(name, f"`{name}` is not known of readers", meant or known)

    def _value(self, attribute: Attribute, literal: Token) -> Literal:
        try:
            return read_literal(attribute, literal)
        except Misfit as misfit:
            raise self._wrong(literal, misfit.sentence, misfit.hint) from None

    def _wrong(self, word: Token, sentence: str, hint: str) -> SegmentError:
        return wrong(self.text, word.start_pos or 0, sentence, hint)
