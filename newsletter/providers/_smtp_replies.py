"""What a mail server's reply means: for this reader, for the request, or only for now (RFC 5321 §4.2, RFC 3463).

The three digits say whether it is for good; the enhanced code says about what, where the server gives one. Both are
needed: after ``550 5.1.1`` one reader is gone, after ``550 5.7.1 Relay access denied`` nobody can be mailed.
"""

import re
from dataclasses import dataclass
from datetime import timedelta

from newsletter.verdict import judge

_ENHANCED = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})(?:\s|$)")
_QUEUED = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"queued as ([\w.-]+)",  # Postfix, and what is built on it
        r"\bid=([\w-]+)",  # Exim
        r"InternalId=(\d+)",  # Exchange
        r"^([\w-]{6,}) Message accepted for delivery",  # Sendmail, OpenSMTPD
        r"^OK\s+\d+ (\S+) - gsmtp",  # Gmail
        r"^Ok ([0-9a-f-]{30,})$",  # Amazon SES
    )
)
_WAIT = re.compile(r"(\d{1,6})\s*(s|m)(?:ecs?|econds?|ins?|inutes?)?\b", re.IGNORECASE)

_BUSY = timedelta(minutes=1)
_GREYLISTED = timedelta(minutes=5)
_LONGEST_WAIT = timedelta(hours=4)

_NOT_THE_READER = frozenset((500, 501, 502, 503, 504, 530, 534, 535, 538))
"""Codes about the conversation or the login (RFC 5321 §4.2.2, RFC 4954 §6)."""
_SYNTAX = 501
_CLOSES = 421
_THE_SENDER = frozenset({(1, 7), (1, 8), (3, 2), (3, 4), (4, 5), *((7, detail) for detail in range(20, 28))})
"""Enhanced codes about what sends (IANA's registry, RFC 7372, RFC 7505); so are all of subject 5 and 6."""

_NO_ADDRESS = frozenset({(1, 1), (1, 2), (1, 10), (2, 1)})
"""Enhanced codes by which there is no such mailbox or domain, or it takes no mail any more (RFC 3463, RFC 7505)."""

_NO_SENDER = "The server does not take the address that mail comes back to: look at `from` under [sender], and its DNS."
_HINTS = {
    (1, 1): "There is no such address. Correct it, or take it out.",
    (1, 2): "The part after the @ takes no mail. Correct it, or take it out.",
    (1, 3): "The address is spelt as no address can be. Correct it.",
    (1, 6): "The reader has moved and left no new address. Take it out.",
    (1, 7): _NO_SENDER,
    (1, 8): _NO_SENDER,
    (1, 10): "The part after the @ says that it takes no mail. Correct it, or take it out.",
    (2, 1): "The mailbox is closed. Take the address out if it stays so.",
    (2, 2): "The mailbox is full. Leave the address in the list; the next issue may arrive.",
    (3, 4): "The message is too large for this server: embed no pictures, or fewer.",
    (4, 5): "The account may send no more for now; most providers count by the day.",
    (7, 25): "The machine that sends has no name of its own in DNS (PTR). Whoever runs it can mend that.",
    (7, 26): "Neither SPF nor DKIM passed for the domain of `from` under [sender]. Set them up in its DNS.",
}
"""What can be done, by subject and detail of the enhanced code."""
_HINTS_BY_SUBJECT = {
    1: "Something is wrong with the address. Correct it, or take it out.",
    2: "Something is wrong with the mailbox. Leave the address in the list; the next issue may arrive.",
    7: "It is a matter of policy: of what the server thinks of the sender or the text. Its words say more.",
}
_CHECK_LOGIN = "Check `user` under [send.smtp] and NEWSLETTER_SMTP_PASSWORD; some providers want a password of its own."
_LOG_IN = "It sends for those who log in: set `user` under [send.smtp] and NEWSLETTER_SMTP_PASSWORD."


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A reply: ``code`` of three digits, the enhanced code's ``subject`` and ``detail`` (None without), and its text.

    ``code`` is -1 for something that is no reply.
    """

    code: int
    subject: int | None
    detail: int | None
    text: str

    @property
    def said(self) -> str:
        """The server's own line."""
        return f"{self._codes} {self.text}".rstrip()

    @property
    def bounced(self) -> str:
        """The codes that say there is no such address: ``550 5.1.1``; empty where they do not say so for good.

        Words alone do not: a relay has its own. Nor does a code that its words contradict.
        """
        says_so = self.is_for_good and (self.subject, self.detail) in _NO_ADDRESS
        return self._codes if says_so and judge("", self.said).gone else ""

    @property
    def _codes(self) -> str:
        enhanced = "" if self.subject is None else f" {self.code // 100}.{self.subject}.{self.detail}"
        return f"{self.code}{enhanced}"

    @property
    def is_done(self) -> bool:
        """It was done."""
        return 200 <= self.code < 300

    @property
    def is_for_now(self) -> bool:
        """It was refused, and the same may be asked again later."""
        return 400 <= self.code < 500

    @property
    def is_for_good(self) -> bool:
        """It was refused, and asking again changes nothing."""
        return 500 <= self.code < 600

    @property
    def is_about_the_reader(self) -> bool:
        """It speaks of this reader's address or mailbox, so that others may still be mailed."""
        if self._is_about_the_sender or self.code in _NOT_THE_READER or self.is_about_relaying:
            return False
        return self.subject in (1, 2) if self.is_for_now else self.subject not in (5, 6)

    @property
    def puts_off(self) -> bool:
        """As the answer to an address it says “later” for that one, as greylisting servers do (RFC 6647 §2.1).

        Not when the server closes (421), or speaks of itself, of the way, of the conversation or of what sends.
        """
        is_its_own = self.code == _CLOSES or self.subject in (3, 4, 5)
        return self.is_for_now and not is_its_own and not self._is_about_the_sender

    @property
    def _is_about_the_sender(self) -> bool:
        return (self.subject, self.detail) in _THE_SENDER

    @property
    def may_be_about_the_reader(self) -> bool:
        """It refuses how something is spelt, in which his address stands."""
        return self.code == _SYNTAX and not self.is_about_relaying

    @property
    def is_about_relaying(self) -> bool:
        """It refuses to pass mail on for whoever asks; no code says so, and all servers use the word."""
        return self.is_for_good and "relay" in self.text.lower()


def parse(code: int, text: bytes) -> Reply:
    """Read a reply whose lines are already joined by line breaks; a code repeated on each line is kept once."""
    lines = text.decode("utf-8", errors="replace").split("\n")
    enhanced = _ENHANCED.match(lines[0])
    words = " ".join(_ENHANCED.sub("", line, count=1) if enhanced else line for line in lines)
    return Reply(
        code=code,
        subject=int(enhanced[2]) if enhanced else None,
        detail=int(enhanced[3]) if enhanced else None,
        text=" ".join(words.split()),
    )


def queue_id(reply: Reply) -> str | None:
    """Return the server's own name for a message it took, None where its line has none."""
    for pattern in _QUEUED:
        if found := pattern.search(reply.text):
            return found[1]
    return None


def hint(reply: Reply) -> str:
    """Say what can be done about a refusal, empty where its code does not tell."""
    if reply.code in (534, 535):
        return _CHECK_LOGIN
    if reply.code == 530 or reply.is_about_relaying:
        return _LOG_IN
    if reply.subject is None or reply.detail is None:
        return _HINTS[1, 10] if reply.code in (521, 556) else ""  # RFC 7504
    return _HINTS.get((reply.subject, reply.detail)) or _HINTS_BY_SUBJECT.get(reply.subject, "")


def pause(reply: Reply) -> timedelta:
    """Return how long to leave a server alone: as long as its line asks for, else a minute when it is busy.

    Greylisting servers want to be asked again after some minutes (RFC 6647 §2.1).
    """
    if asked := _WAIT.search(reply.text):
        seconds = int(asked[1]) * (60 if asked[2].lower() == "m" else 1)
        return min(max(timedelta(seconds=seconds), timedelta(seconds=1)), _LONGEST_WAIT)
    return _BUSY if reply.code == 421 else _GREYLISTED
