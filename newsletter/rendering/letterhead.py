"""The headers that the messages of a run share, and those of a notice."""

import re
from datetime import datetime

from newsletter import mime
from newsletter.config import Config
from newsletter.model.mail import Letterhead


def letterhead(config: Config, *about: str, date: datetime) -> Letterhead:
    """Make the headers of what is sent.

    ``about`` says three things of it, the narrowest first: the issue, its template, that it is a newsletter. With the
    sender they are the parts of Feedback-ID (Google, answer 6254652).
    """
    sender = config.send.feedback_id or _sender_id(config.newsletter.name)
    return Letterhead(
        sender=config.sender.from_,
        reply_to=config.sender.reply_to,
        list_id=mime.list_id(config.newsletter.name, config.sender.from_),
        feedback_id=":".join(_plain(part) for part in (*about, sender)),
        date=date,
    )


def _plain(part: str) -> str:
    """A part of Feedback-ID: a colon would end it, and other letters would be encoded."""
    return re.sub(r"[^A-Za-z0-9-]+", "-", part)


def _sender_id(name: str) -> str:
    """Google wants 5 to 15 characters that stay the same."""
    letters = "".join(c for c in name.lower() if c.isascii() and c.isalnum())
    return (letters + "-newsletter" if len(letters) < 5 else letters)[:15]
