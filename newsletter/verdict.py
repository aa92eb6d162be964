"""Whether a failed delivery means that an address is gone, by its status code and by the words of the server.

It is one verdict, wherever the words were read: in a mail that came back, in what a provider tells, or by ourselves.

A hard bounce takes a reader off the list, so it must be about his address and for good (RFC 3463, IANA's registry of
enhanced status codes):

===============================  ==================================================================================
5.1.1 5.1.2 5.1.3 5.1.6 5.1.10   gone: no such mailbox, no such domain, no address, moved, a domain without mail
5.2.1                            gone: the mailbox is closed
5.x.0 5.4.1 5.4.4                gone only when the server's words say so: some say no more (Exim: 5.0.0; Outlook.com:
                                 5.5.0 mailbox unavailable; Microsoft 365: 5.4.1 Recipient address rejected)
5.2.2 5.2.3 5.3.4                not: the mailbox is full, the mail too large
5.7.x                            not: a matter of policy, what the server thinks of the sender or the text
5.1.7 5.1.8                      not: they are about the sender's address
other 5.x.x                      not: routes, servers, protocol, content
4.x.x                            not: for now
===============================  ==================================================================================

Words weigh more than a code that does not fit them: after ``5.1.1 … blocked using a blocklist`` nobody is gone. Where
there is no such code, 552 is a full mailbox and 554 anything at all (RFC 5321 §4.2.3).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_CODE = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")

_GONE: Mapping[str, str] = {
    "5.1.1": "there is no such mailbox",
    "5.1.2": "there is no such domain",
    "5.1.3": "it is spelt as no address can be",
    "5.1.6": "the mailbox has moved",
    "5.1.10": "the domain takes no mail",
    "5.2.1": "the mailbox is closed",
}
_SAYS_LITTLE = frozenset({"", "5.0.0", "5.1.0", "5.2.0", "5.3.0", "5.4.0", "5.5.0", "5.4.1", "5.4.4"})
_STAYS: Mapping[str, str] = {
    "5.2.2": "the mailbox is full",
    "5.2.3": "the mail is too large for the mailbox",
    "5.3.4": "the mail is too large for the server",
    "5.1.7": "the server refuses the sender",
    "5.1.8": "the server refuses the sender",
}
_STAYS_BY_SUBJECT: Mapping[str, str] = {
    "5.3": "something is wrong with the server",
    "5.4": "there was no way to the server",
    "5.5": "the servers did not understand each other",
    "5.6": "something is wrong with the mail",
    "5.7": "it was refused as a matter of policy",
}

_SAYS_GONE = re.compile(
    r"user (?:is )?(?:unknown|not found)|unknown (?:user|recipient|mailbox|local part)|"
    r"invalid (?:recipient|mailbox|user)|no such (?:user|recipient|mailbox|address|person|domain|host)|no mailbox here|"
    r"nxdomain|recipientnotfound|"
    r"(?:user|recipient|mailbox|address|account|domain)(?: name)? (?:does not|doesn'?t) exist|unrouteable address|"
    r"doesn'?t have an? [\w.-]+ account|recipient (?:not found|address rejected: access denied)|"
    r"(?:mailbox|user|account) (?:not found|unavailable|is disabled|disabled|is inactive|has been disabled)|"
    r"(?:host|domain)(?: or domain name)? not found|non-?existent (?:host|domain|user)|"
    r"onbekende gebruiker|bestaat niet|benutzer unbekannt",
    re.IGNORECASE,
)
_SAYS_OTHERWISE = re.compile(
    r"\b(?:spam\w*|block(?:ed|list\w*| list)|black ?list\w*|deny ?list\w*|dnsbl|rbl|reputation|polic(?:y|ies)|dmarc|"
    r"dkim|spf|gr[ae]y ?list\w*|virus|relay(?:ing)?|rate limit\w*|too (?:many|quickly|fast|large|big)|quota|"
    r"(?:is|mailbox|box) full|full mailbox|storage|temporar\w+|try again|later|delayed|still trying|vol)\b",
    re.IGNORECASE,
)
_SAYS_NOTHING = re.compile(r"(?<!\S)55[24](?![\w.])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether an address is gone for good, and why, or why not: with the code where there is one."""

    gone: bool
    why: str


def judge(status: str, said: str, *, for_good: bool = False) -> Verdict:
    """Judge a failure by its status (``5.1.1``, may be empty) and the server's own words.

    ``for_good`` is the opinion of somebody who knows the server: where that says little it is believed.
    """
    code = code_of(status, said)
    if code.startswith(("4", "2")):
        return _verdict(code, "it may still arrive" if code[0] == "4" else "it has arrived", gone=False)
    is_gone, is_otherwise = bool(_SAYS_GONE.search(said)), bool(_SAYS_OTHERWISE.search(said))
    if code in _GONE and (is_gone or not is_otherwise):
        return _verdict(code, _GONE[code], gone=True)
    is_believed = for_good and not _SAYS_NOTHING.search(said)
    if code in _SAYS_LITTLE and not is_otherwise and (is_gone or is_believed):
        return _verdict(code, "the server says that the address is gone", gone=True)
    fallback = "nothing says that the address is gone"
    return _verdict(code, _STAYS.get(code) or _STAYS_BY_SUBJECT.get(code.rpartition(".")[0], fallback), gone=False)


def code_of(status: str, said: str) -> str:
    """Return the code that says most: the status, or that in the words where the status says little; else empty."""
    found = [".".join(match.groups()) for text in (status, said) if (match := _CODE.search(text))]
    return next((code for code in found if not code.endswith(".0.0")), found[0] if found else "")


def _verdict(code: str, why: str, *, gone: bool) -> Verdict:
    return Verdict(gone=gone, why=f"{code}: {why}" if code else why)
