"""A memo: a plain mail to the operator, in English as all that is for him.

It is made without a template and without anything that was written for readers, so that what it tells of cannot be why
it fails.
"""

import textwrap
from dataclasses import dataclass
from datetime import datetime
from html import escape

from newsletter import links
from newsletter.config import Config
from newsletter.model.mail import Edition, Message
from newsletter.model.subscriber import Subscriber
from newsletter.rendering.letterhead import letterhead
from newsletter.rendering.merge import TEXT_WIDTH

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
</head>
<body style="margin:0;padding:24px 16px">
<div style="max-width:560px;margin:0 auto;font:16px/1.5 -apple-system,'Segoe UI',Helvetica,Arial,sans-serif">
{body}
</div>
</body>
</html>
"""
_CELL = '<td style="padding:2px 16px 2px 0{align}">{text}</td>'


@dataclass(frozen=True, slots=True, kw_only=True)
class Memo:
    """What a memo says: a line, which is its subject too, a paragraph, figures, and commands with what they are for.

    Whatever is empty is left out; ``sender`` says at its foot what wrote it and why.
    """

    line: str
    paragraph: str
    figures: tuple[tuple[str, str], ...]
    steps: tuple[tuple[str, str], ...]
    sender: str


def compose(memo: Memo, config: Config, reader: Subscriber, *, delivery: str, at: datetime) -> Message:
    """Make a memo's mail, dated ``at``; its link to unsubscribe is no reader's."""
    edition = Edition(
        issue="memo",
        language="en",
        subject=memo.line,
        preheader=memo.paragraph,
        html=(_html(memo),),
        text=(_text(memo),),
    )
    return Message(
        delivery=delivery,
        edition=edition,
        letterhead=letterhead(config, "memo", "operator", "notice", date=at.replace(microsecond=0)),
        subscriber=reader,
        values={},
        unsubscribe=links.test_links_of(config).unsubscribe(reader.id),
    )


def _html(memo: Memo) -> str:
    parts = [f'<h1 style="font-size:20px;line-height:1.3;margin:0 0 16px">{escape(memo.line)}</h1>']
    if memo.paragraph:
        parts.append(f'<p style="margin:0 0 16px">{escape(memo.paragraph)}</p>')
    if memo.figures:
        rows = "\n".join(map(_row, memo.figures))
        parts.append(f'<table role="presentation" style="border-collapse:collapse;margin:0 0 16px">\n{rows}\n</table>')
    parts += (
        f'<p style="margin:0 0 8px">{escape(words)}:<br><code style="font-size:14px">{escape(command)}</code></p>'
        for words, command in memo.steps
    )
    parts.append(f'<p style="margin:24px 0 0;font-size:14px">{escape(memo.sender)}</p>')
    return _PAGE.format(title=escape(memo.line), body="\n".join(parts))


def _row(figure: tuple[str, str]) -> str:
    name, number = map(escape, figure)
    right = ";text-align:right;font-variant-numeric:tabular-nums"
    return f"<tr>{_CELL.format(align='', text=name)}{_CELL.format(align=right, text=number)}</tr>"


def _text(memo: Memo) -> str:
    """The same as text, lines as wide as those of an issue; a command stays on one line."""
    name_width, number_width = (max((len(one[side]) for one in memo.figures), default=0) for side in (0, 1))
    figures = "\n".join(f"{name:<{name_width}}  {number:>{number_width}}" for name, number in memo.figures)
    steps = "\n\n".join(f"{words}:\n  {command}" for words, command in memo.steps)
    parts = (_wrapped(memo.line), _wrapped(memo.paragraph), figures, steps, _wrapped(memo.sender))
    return "\n\n".join(part for part in parts if part) + "\n"


def _wrapped(text: str) -> str:
    return textwrap.fill(text, TEXT_WIDTH, break_long_words=False, break_on_hyphens=False)
