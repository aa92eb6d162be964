"""Headers: what mail providers ask of a bulk sender, the one-click pair above all (RFC 8058; Google, answer 81126)."""

from collections.abc import Iterator

from newsletter import mime
from newsletter.checks._base import Inspection
from newsletter.model.finding import Finding
from newsletter.model.mail import Edition, Slot

_REQUIRED = (
    "From", "To", "Subject", "Date", "Message-ID", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post",
    "Feedback-ID", "Content-Language", "X-Newsletter-Delivery",
)  # fmt: skip
_LONG_SUBJECT = 70


def check(inspection: Inspection) -> Iterator[Finding]:
    """Read the sample message back as a mail client does, and look at its headers."""
    names = mime.header_names(mime.to_bytes(inspection.message))
    for name in _REQUIRED:
        if names.count(name.lower()) != 1:
            yield _error(
                "header-missing",
                f"The message has no header {name}, or several.",
                "This is a bug; report it.",
            )
    yield from _leaving(inspection.edition)
    yield from _subject(inspection.edition.subject)
    if not inspection.config.publisher.address:
        yield Finding(
            code="header-no-postal-address",
            level="warning",
            sentence="The mail names no postal address, and the law asks for one.",
            remedy="Add `address` under [publisher] in newsletter.toml.",
            file="newsletter.toml",
        )


def _leaving(edition: Edition) -> Iterator[Finding]:
    for name, pieces in (("edition.html", edition.html), ("edition.txt", edition.text)):
        if not any(isinstance(piece, Slot) and piece.field == "unsubscribe" for piece in pieces):
            yield _error(
                "header-no-unsubscribe",
                f"The template's {name} has no link to unsubscribe.",
                "Add reader.unsubscribe to its footer.",
            )


def _subject(subject: str) -> Iterator[Finding]:
    if len(subject) > _LONG_SUBJECT:
        yield Finding(
            code="header-long-subject",
            level="note",
            sentence=f"The subject has {len(subject)} characters; phones show some 40, desktops some {_LONG_SUBJECT}.",
            remedy="Put what matters first, or shorten `subject` in issue.toml.",
        )


def _error(code: str, sentence: str, remedy: str) -> Finding:
    return Finding(code=code, level="error", sentence=sentence, remedy=remedy)
