"""Whose mail it is: by the signed token it was sent to, or that stands in what it returns or quotes.

The sender of a bounce is anybody, and the sender of any mail is whoever he says. So a token decides, and where a mail
has several readers' nobody is taken for its subject. A mail that comes back has a token of its own, which stands in no
mail: whoever was forwarded one has the others.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import get_args

from newsletter import links
from newsletter.links import BehindPlus, Key
from newsletter.mailbox.mail import Fields, Mail

_SENT_TO = (
    "to", "cc", "delivered-to", "x-delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-real-to",
    "apparently-to", "resent-to",
)  # fmt: skip
_LEAVE = re.compile(r"/leave/([\w-]{48})(?![\w-])", re.ASCII)
_MOST_TOKENS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What tells whose mail it is. ``inbox`` is the bare address of the mailbox, None without one."""

    keys: Sequence[Key]
    inbox: str | None

    def came_back_to(self, mail: Mail) -> frozenset[str]:
        """The ids of subscribers whose return path a mail was sent to."""
        return frozenset(self._in_addresses(_recipients(mail), "return"))

    def to_leave(self, mail: Mail) -> frozenset[str]:
        """The ids of subscribers whose own address of the mailbox a mail was sent to, that there is to leave by."""
        return frozenset(self._in_addresses(_recipients(mail), "mailbox"))

    def sent_to(self, mail: Mail) -> frozenset[str]:
        """The ids of subscribers whose own address of the mailbox a mail was sent to, or whose return path."""
        return frozenset(self._in_addresses(_recipients(mail)))

    def quoted(self, mail: Mail) -> frozenset[str]:
        """The ids of subscribers whose token stands anywhere in a mail: in what it returns or quotes."""
        texts = (mail.raw.decode("ascii", "replace"), *_returned(mail), *(part.text for part in mail.parts))
        return frozenset(one for text in texts for one in (*self._in_links(text), *self._in_addresses(text)))

    def is_to_inbox(self, mail: Mail) -> bool:
        """Whether a mail was sent to the mailbox itself, without any token."""
        return self.inbox is not None and names(_recipients(mail), self.inbox)

    def has_foreign_token(self, mail: Mail) -> bool:
        """Whether a mail was sent to the mailbox with something behind its + that we did not sign."""
        return self.inbox is not None and bool(self._tagged().search(_recipients(mail))) and not self.sent_to(mail)

    def _in_addresses(self, text: str, *purposes: BehindPlus) -> Iterator[str]:
        """The ids in the addresses of the mailbox that a text holds, by tokens of some purposes; of all by default."""
        if self.inbox is None:
            return
        found = (match[1] for _, match in zip(range(_MOST_TOKENS), self._tagged().finditer(text), strict=False))
        wanted = product(found, purposes or get_args(BehindPlus))
        yield from filter(None, (links.verify_mailbox(self.keys, token, purpose) for token, purpose in wanted))

    def _in_links(self, text: str) -> Iterator[str]:
        found = (match[1] for _, match in zip(range(_MOST_TOKENS), _LEAVE.finditer(text), strict=False))
        yield from filter(None, (links.verify(self.keys, "leave", token) for token in found))

    def _tagged(self) -> re.Pattern[str]:
        local, _, domain = (self.inbox or "").rpartition("@")
        tagged = rf"{re.escape(local)}\+([^\s@<>\"]{{1,64}})@{re.escape(domain)}"
        return re.compile(rf"(?<![\w.+-]){tagged}(?![\w.-])", re.IGNORECASE)


def names(text: str, address: str) -> bool:
    """Whether an address stands in a text by itself, and not as the end of a longer one."""
    return re.search(rf"(?<![\w.+-]){re.escape(address)}(?![\w.-])", text, re.IGNORECASE) is not None


def addressed_to(returned: Sequence[Fields]) -> str:
    """The recipients of the mails that a mail returns, as they stand there; empty where it returns none."""
    return " ".join(value for fields in returned for value in fields.every("to"))


def _recipients(mail: Mail) -> str:
    return " ".join(mail.fields.every(*_SENT_TO))


def _returned(mail: Mail) -> Iterator[str]:
    for fields in mail.returned:
        yield " ".join(value for _, value in fields.pairs)
