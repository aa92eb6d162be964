"""Bounces of servers that keep to no standard, as flufl.bounce knows them (extra ``[inbox]``)."""

import logging
import re
from collections.abc import Callable
from importlib import import_module
from typing import cast

from newsletter.mailbox.mail import Mail, parsed

_MACHINES = frozenset(
    ("mailer-daemon", "mailerdaemon", "postmaster", "mail-daemon", "mdaemon", "mailsystem", "mail delivery system")
)
_ENOUGH = 64 * 1024
_LONGEST_LINE = 1_000
"""Some of its patterns take a time that grows with the square of a line."""

_COPY = re.compile(
    r"^(?:[-=*_]{2,}.*|(?:return-path|received|message-id|dkim-signature):.*)$", re.IGNORECASE | re.MULTILINE
)
"""What stands between a bounce and the mail it returns."""

logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL + 1)
"""It writes a traceback to the terminal for each mail that it falls over."""

Scan = Callable[[object], frozenset[bytes]]


def is_from_a_machine(mail: Mail) -> bool:
    """Whether a mail server wrote a mail: it has no return path (RFC 5321 §4.5.5), or the name of one."""
    if any(value.strip() == "<>" for value in mail.fields.every("return-path")):
        return True
    return mail.sender.partition("@")[0].lower() in _MACHINES or bool(mail.fields.every("x-failed-recipients"))


def failed_for_good(mail: Mail) -> frozenset[str]:
    """Return the addresses that a mail says are not to be reached; empty for none, and without flufl.bounce."""
    scan = _scanner()
    if scan is None:
        return frozenset()
    lines = mail.raw[:_ENOUGH].split(b"\n")
    message = parsed(b"\n".join(line[:_LONGEST_LINE] for line in lines))
    if not message["from"]:
        message["from"] = "mailer-daemon"  # one of its detectors falls over a mail without a sender
    try:
        return frozenset(address.decode("ascii", "replace") for address in scan(message))
    except Exception:  # it may fail on a mail in any way; the others are read all the same
        return frozenset()


def words(mail: Mail) -> str:
    """What the server says itself, on one line: the text of a mail without the copy of another one below it."""
    return " ".join(_COPY.split(mail.own_text[:_ENOUGH], maxsplit=1)[0].split())[:2_000]


def _scanner() -> Scan | None:
    try:
        return cast("Scan", import_module("flufl.bounce").scan_message)
    except ImportError:
        return None
