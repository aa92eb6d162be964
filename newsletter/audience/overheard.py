"""What others told of a reader, read back for a person: his mail server, the newsletter's mailbox, a provider.

Their words stand in the note of a consent record: a server's code (``550 5.1.1``), a verdict on what came back to the
mailbox (``5.1.1: there is no such mailbox; …``), or a provider's name and its words (``mailgun: bounce: 550 no such
user``), before which may stand for how many issues mail came back.
"""

import re
from collections.abc import Mapping

from newsletter.model.subscriber import ConsentRecord, Source

_HEARD: Mapping[Source, str] = {
    "bounce": "mail to him came back",
    "complaint": "he called the mail spam",
    "provider": "he unsubscribed at the provider of the mails",
}
_OFTEN = re.compile(r"mail came back (for \d+ issues within \d+ days); ")
_REPORT = "feedback: "
_PROVIDER = re.compile(r"([a-z]\w*): (.*)")
_KIND = re.compile(r"[A-Za-z][\w./-]*(?:: |$)")
"""A provider's own name for what happened, which tells an editor nothing that the words behind it do not."""
_SMTP = re.compile(r"(?:^|(?<=; ))smtp; ?")
"""RFC 3464 §2.3.6: the words that follow are those of a mail server."""


def is_overheard(record: ConsentRecord) -> bool:
    """Whether it was told by others, and is no line of a list."""
    return record.source in _HEARD and record.number is None


def overheard(record: ConsentRecord) -> str:
    """Say in words what happened, and in brackets who told it how: ``mail to him came back (Mailgun: 550 …)``."""
    note = record.note or ""
    often = _OFTEN.match(note)
    what = f"{_HEARD[record.source]}{f' {often[1]}' if often else ''}"
    told = note[often.end() :] if often else note
    if told.startswith(_REPORT):
        return f"{what} (a report of {told.removeprefix(_REPORT)})"
    provider, said = _told_by(told)
    if record.source == "provider" and provider:
        what, provider = f"he unsubscribed at {provider}", ""
    return f"{what}{_bracketed(provider, said)}"


def _told_by(told: str) -> tuple[str, str]:
    """The provider that told it, empty for none, and the words of a mail server or its own."""
    found = _PROVIDER.fullmatch(told)
    said = found[2] if found else told
    if found and (kind := _KIND.match(said)):
        said = said[kind.end() :]
    return found[1].capitalize() if found else "", _SMTP.sub("", said).rstrip(". ")


def _bracketed(provider: str, said: str) -> str:
    if provider:
        return f" ({provider}: {said})" if said else f" (told by {provider})"
    return f" ({said})" if said else ""
