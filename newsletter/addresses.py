"""E-mail addresses: whether one can be mailed, and what two spellings of it have in common.

A list has a million of them, nearly all plain ASCII. Those are told by one pattern, which accepts nothing that
email-validator refuses; whatever it does not accept goes to that library.
"""

import re
import unicodedata

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

from newsletter.mime import ascii_domain

LONGEST = 254
"""Characters of an address (RFC 5321 §4.5.3.1.3, erratum 1690 of RFC 3696)."""

_SHORT = 64
"""No part of an address of so many characters is too long (RFC 1035 §2.3.4, RFC 5321 §4.5.3.1)."""

_ATOM = r"[A-Za-z0-9_!#$%&'*+\-/=?^`{|}~]++"  # RFC 5322 §3.2.3
_LABEL = r"[A-Za-z0-9]++(?:-[A-Za-z0-9]++)*+"  # never two hyphens, so no label of IDNA
_NO_MAIL = "|".join({name.rpartition(".")[2] for name in SPECIAL_USE_DOMAIN_NAMES} - {"test"})
_PLAIN = re.compile(rf"{_ATOM}(?:\.{_ATOM})*+@(?:{_LABEL}\.)+(?!(?i:{_NO_MAIL})\Z)[A-Za-z]{{2,}}+")

IN_TEXT = re.compile(r"[^\s@<>()\[\],;:\"']{0,64}@[^\s@<>()\[\],;:\"']{1,255}")
"""Whatever in a text may be an address, also a broken one."""

_WRITTEN_TOGETHER = (
    {"LATIN", "CJK", "HIRAGANA", "KATAKANA"}, {"LATIN", "CJK", "HANGUL"}, {"LATIN", "CJK", "BOPOMOFO"},
)  # fmt: skip
"""Scripts that share a label in honest domains (UTS 39, *highly restrictive*)."""


def key(address: str) -> str:
    """Return what two spellings of one address have in common: NFC, the domain in lower case and IDNA, the local part
    case-folded.

    RFC 5321 lets a server tell upper from lower case; none that readers use does, and the same person twice on a list
    is the common case.
    """
    address = address.strip()
    if address.isascii():
        return address.lower()
    local, at, domain = unicodedata.normalize("NFC", address).rpartition("@")
    try:
        domain = ascii_domain(domain)
    except UnicodeError:
        domain = domain.casefold()
    return f"{unicodedata.normalize('NFC', local.casefold())}{at}{domain.lower()}"


def fault(address: str) -> str | None:
    """Say in a sentence why nothing can be mailed to an address, or return None when something can.

    Only its spelling is judged, as email-validator does; letters beyond ASCII may stand after the @ only, where a label
    that mixes alphabets is refused as well: nobody sees that its а is Cyrillic.
    """
    if len(address) <= _SHORT and _PLAIN.fullmatch(address):
        return None
    if not address:
        return "There is no address."
    if len(address) > LONGEST:
        return f"It has {len(address):,} characters; an address has {LONGEST} at most."
    try:
        valid = validate_email(address, check_deliverability=False, allow_smtputf8=False, test_environment=True)
    except EmailNotValidError as error:
        return str(error)
    return None if valid.domain.isascii() else _mixture(valid.domain)


def _mixture(domain: str) -> str | None:
    """Name the alphabets that a label mixes, or return None when each has one."""
    for label in domain.split("."):
        scripts = {unicodedata.name(letter, "?").partition(" ")[0] for letter in label if _is_letter(letter)}
        if len(scripts) > 1 and not any(scripts <= allowed for allowed in _WRITTEN_TOGETHER):
            return f"“{label}” mixes letters of different alphabets: {', '.join(sorted(map(str.title, scripts)))}."
    return None


def _is_letter(character: str) -> bool:
    """Whether it belongs to one script; modifiers, as the Japanese sign of repetition, are common to several."""
    return unicodedata.category(character) in {"Ll", "Lo"}


def hidden(text: str) -> str:
    """Return a text with … for each address in it: for what outlives a reader, or is told to others than him."""
    return IN_TEXT.sub("…", text)
