"""What surrounds an article that was sent: the head of a forwarded mail, a press release's notes to the newsroom."""

import re
from itertools import takewhile

from newsletter.sources._text.account import Account

_FORWARDED = re.compile(
    r"\W*(?:begin )?(?:doorgestuurd bericht|oorspronkelijk bericht|forwarded message|original message)\W*",
    re.IGNORECASE,
)
_FIELD = re.compile(
    r"(?:van|aan|cc|verzonden|datum|onderwerp|bijlagen?|from|to|sent|date|subject|attachments?|reply-to)\s*:.*",
    re.IGNORECASE,
)
_RELEASE = re.compile(
    r"for immediate release|(?:voor directe publicatie|vrij voor publicatie|embargo (?:tot|until)|embargo:).{0,60}",
    re.IGNORECASE,
)
_END = re.compile(r"\W*(?i:einde (?:van (?:dit|het) )?(?:pers)?bericht)\W*|\W*ENDS\W*")
_FOR_THE_NEWSROOM = re.compile(
    r"(?:noot|noten) (?:voor|aan) (?:de )?(?:redacties?|pers)\b.{0,80}|niet voor publicatie\b.{0,40}"
    r"|notes? (?:to|for) (?:the )?(?:editors?|newsroom)\b.{0,80}|not for publication\b.{0,40}",
    re.IGNORECASE,
)


def set_envelope_aside(account: Account) -> None:
    """Place the head of a mail as furniture, and whatever follows a note to the newsroom."""
    _place_mail_head(account)
    _place_notes(account)


def _place_mail_head(account: Account) -> None:
    """Place the fields of a mail at the start of the text; a single *Datum:* may be the article's own."""
    head = list(takewhile(lambda line: _FORWARDED.fullmatch(line.text) or _FIELD.fullmatch(line.text), account.open))
    if len(head) > 1 or (head and _FORWARDED.fullmatch(head[0].text)):
        for line in head:
            account.place(line, "furniture", "head of a mail")


def _place_notes(account: Account) -> None:
    following = False
    for line in account.open:
        if not following and _FOR_THE_NEWSROOM.fullmatch(line.text):
            following = True
            account.note("newsroom-note", "From here on the text is meant for the newsroom; it is left out.", line=line)
        if following or _END.fullmatch(line.text) or _RELEASE.fullmatch(line.text):
            account.place(line, "furniture", "note to the newsroom")
