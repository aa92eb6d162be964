"""The mail as a row in an inbox: sender, subject, and the preview, which runs on into the body.

Where each inbox cuts is left to the style sheet, which knows its widths.
"""

import html
import re
from dataclasses import dataclass

from newsletter import mime
from newsletter.config import Config
from newsletter.model.issue import Issue
from newsletter.model.mail import Message

_ENOUGH = 320
"""Characters of the body that no inbox shows more of."""

_UNSEEN = re.compile(r"<!--.*?-->|<(style|script|title|head)\b.*?</\1\s*>", re.S | re.I)
_INLINE = re.compile(r"</?(?:a|b|strong|em|i|u|span|small|sup|sub|font|code)\b[^>]*>", re.I)
_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What an inbox shows of a mail; ``time`` is ``06:00``, wall time where the newsletter is."""

    sender: str
    subject: str
    preview: str
    time: str


def line(message: Message, issue: Issue, config: Config) -> Line:
    """Return what inboxes show of a message, at the moment its issue is dated."""
    name, address = mime.parted(config.sender.from_)
    return Line(
        sender=name or address,
        subject=message.edition.subject,
        preview=preview(message.html),
        time=f"{issue.date.astimezone(config.newsletter.time_zone):%H:%M}",
    )


def preview(mail: str) -> str:
    """Return the first words of a mail's body, as clients find them: all text in order, on one line."""
    text = _TAG.sub(" ", _INLINE.sub("", _UNSEEN.sub(" ", mail[: 100 * _ENOUGH])))
    return " ".join(html.unescape(text).split())[:_ENOUGH]
