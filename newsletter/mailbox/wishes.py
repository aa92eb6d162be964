"""Whether somebody who wrote wants to leave, said in so many words; and whether it was a machine that answered.

Only the whole subject or the whole first line is understood. “Stop” at the head of a letter about something else, or
“uitschrijven” in the middle of a question, is for a person to read.
"""

import re

from newsletter.mailbox.mail import Mail

_ALONE = (
    # Dutch
    "stop", "stoppen", "uitschrijven", "uitschrijving", "afmelden", "afmelding", "uitschrijven nieuwsbrief",
    "afmelden nieuwsbrief", "nieuwsbrief uitschrijven", "nieuwsbrief afmelden", "nieuwsbrief stoppen",
    "schrijf mij uit", "schrijf me uit", "meld mij af", "meld me af", "ik wil mij uitschrijven",
    "ik wil me uitschrijven", "ik wil mij afmelden", "ik wil me afmelden", "ik meld mij af", "ik meld me af",
    "ik schrijf mij uit", "ik wil mij graag afmelden", "ik wil mij graag uitschrijven",
    "gelieve mij uit te schrijven", "wilt u mij uitschrijven", "wilt u mij afmelden",
    # English
    "unsubscribe", "unsubscribe me", "unsubscribe newsletter", "remove me", "remove me from this list", "opt out",
    "i want to unsubscribe", "i would like to unsubscribe", "take me off this list", "take me off your list",
)  # fmt: skip
_POLITE = re.compile(
    r"^(?:graag|please|svp|aub)\s+|\s+(?:graag|please|svp|aub|alstublieft|alsjeblieft|bedankt|thanks)$"
)
_NO_LETTER = re.compile(r"[^\w\s]+")
_LONGEST_LINE = 80

_AUTOMATIC_SUBJECT = re.compile(
    r"^\W*(?:auto(?:matic|matische?|mated|matisch)?\W*(?:reply|response|answer|antwoord|afwezig\w*)|auto:|"
    r"out of (?:the )?office|away from|on (?:vacation|holiday|leave)\b|vacation|afwezig|niet aanwezig|buiten kantoor|"
    r"met vakantie|abwesenheit\w*|automatische antwort|r[ée]ponse automatique|absen[ct]e?\b)",
    re.IGNORECASE,
)
_AUTOMATIC_FIELDS = ("x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply", "x-mail-autoreply")
_BULK = frozenset(("bulk", "junk", "auto_reply", "auto-reply"))
"""Not ``list``, nor a List-Id: a mailbox that is a group in somebody's office puts both on every mail."""


def wants_to_leave(mail: Mail) -> bool:
    """Whether a mail says that its sender wants to leave, as its subject or in the first line of his own."""
    return _is_wish(mail.subject) or _is_wish(first_line(mail))


def says_nothing(mail: Mail) -> bool:
    """Whether a mail has neither subject nor text: what a program writes that was given an address and no words."""
    return not mail.subject and not mail.own_text.strip() and all(part.kind.startswith("text/") for part in mail.parts)


def first_line(mail: Mail) -> str:
    """The first line of a sender's own text that is not blank; empty where he begins with what he quotes."""
    lines = (line.strip() for line in mail.own_text.splitlines())
    first = next(filter(None, lines), "")
    return "" if first.startswith((">", "|")) else first


def is_automatic(mail: Mail) -> bool:
    """Whether a program answered: a vacation, a receipt (RFC 3834, and what was in use before it).

    A program that writes the wish itself, as some do for the reader who presses a button, is none.
    """
    submitted = mail.fields.first("auto-submitted").lower().partition(";")[0].strip()
    if submitted == "auto-generated" and _is_wish(mail.subject):
        return False
    precedences = {value.lower() for value in mail.fields.every("precedence", "x-precedence")}
    return (
        submitted not in {"", "no"}
        or bool(precedences & _BULK)
        or bool(mail.fields.every(*_AUTOMATIC_FIELDS))
        or mail.report == "disposition-notification"
        or bool(_AUTOMATIC_SUBJECT.match(mail.subject))
    )


def _is_wish(text: str) -> bool:
    if len(text) > _LONGEST_LINE:
        return False
    words = " ".join(_NO_LETTER.sub("", text.casefold()).split())
    return _POLITE.sub("", _POLITE.sub("", words)) in _ALONE
