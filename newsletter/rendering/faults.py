"""What is wrong with one reader's message, found before it leaves."""

from collections.abc import Iterator

from newsletter.links import Key, verify
from newsletter.model.mail import Message

_LONGEST_LINE = 998
_LONGEST_BODY_LINE = 76


def faults(message: Message, content: bytes, key: Key | None) -> Iterator[str]:
    """Say in sentences what is wrong with one reader's message; cheap enough for every one of them.

    ``content`` is ``mime.to_bytes(message)``; ``key`` is the one its links are signed with, None for a test's.
    """
    token = message.unsubscribe.rpartition("/")[2]
    if key and verify([key], "leave", token) != message.subscriber.id:
        yield "Its link to unsubscribe is not this reader's."
    if not message.unsubscribe.startswith("https://"):
        yield "Its one-click address is not https://, as RFC 8058 demands."
    head, _, body = content.partition(b"\r\n\r\n")
    if max(map(len, head.split(b"\r\n"))) > _LONGEST_LINE:
        yield f"It has a header line of more than {_LONGEST_LINE} characters."
    if max(map(len, body.splitlines()), default=0) > _LONGEST_BODY_LINE:
        yield f"It has a line of more than {_LONGEST_BODY_LINE} characters."
