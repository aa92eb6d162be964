"""Whether a mail is from whom it says, as our own mail server found when it came in (RFC 8601).

Anybody can put such findings into a mail, and a server puts its own above what came in. So those above the first
``Received`` are our server's. Where it writes further down, since it hands mails on within the house, it has to be
named; then the first findings under that name count, which only holds of a server that writes them for every mail.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from newsletter.mailbox.mail import Mail

_FINDINGS = "authentication-results"
_LONGEST, _MOST = 4_000, 10
"""Letters of a field, and fields, that are looked at."""
_REMARK = re.compile(r'"(?:[^"\\]|\\.)*"|\((?:[^()\\]|\\.)*\)')
"""A quoted string or a comment: what a sender may have had written there."""

_METHOD = re.compile(r"(dmarc|dkim|spf)(?:/\d+)?\s*=\s*([a-z]+)(?:\s|$)")
_PROPERTY = re.compile(r"\b([a-z]+\.[a-z-]+)\s*=\s*(\S+)")
_SIGNED_BY: Mapping[str, str] = {"dkim": "header.d", "spf": "smtp.mailfrom"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one method found: ``dmarc``, ``dkim`` or ``spf``, its result, and the properties it looked at."""

    method: str
    result: str
    properties: Mapping[str, str]


def is_proved(mail: Mail, server: str | None) -> bool:
    """Whether our own server found that a mail is from the domain of its sender; False where it did not look.

    By DMARC where the domain has it, else by a signature (DKIM) or a sending server (SPF) of that domain or of one
    above it. ``server`` is the name under which our server writes its findings, None for what stands on top.
    """
    domain = mail.sender.rpartition("@")[2].lower()
    found = [finding for value in _ours(mail, server) for finding in _findings(value)]
    dmarc = [finding for finding in found if finding.method == "dmarc" and finding.result in {"pass", "fail"}]
    if not domain:
        return False
    if dmarc:
        return all(one.result == "pass" and one.properties.get("header.from", domain) == domain for one in dmarc)
    return any(_is_aligned(finding, domain) for finding in found)


def _ours(mail: Mail, server: str | None) -> Sequence[str]:
    """The values of the fields that our server wrote, in lower case."""
    if server is None:
        above = takewhile(lambda pair: pair[0] != "received", mail.fields.pairs)
        return [value.lower() for name, value in above if name == _FINDINGS][:_MOST]
    values = (value.lower() for value in mail.fields.every(_FINDINGS))
    return [value for value in values if _named(value) == server.lower()][:1]


def _named(value: str) -> str:
    """The name that a server writes its findings under; a number of the format may follow it."""
    return next(iter(value.partition(";")[0].split()), "")


def _findings(value: str) -> Iterator[Finding]:
    """What a field says; nothing when it is too long, or something in it is quoted without an end."""
    plain = _REMARK.sub("", value) if len(value) <= _LONGEST else '"'
    if re.search(r'["()\\]', plain):
        return
    for clause in plain.split(";"):
        if method := _METHOD.match(clause.strip()):
            yield Finding(method=method[1], result=method[2], properties=dict(_PROPERTY.findall(clause)))


def _is_aligned(finding: Finding, domain: str) -> bool:
    signer = finding.properties.get(_SIGNED_BY.get(finding.method, ""), "").rpartition("@")[2]
    return finding.result == "pass" and "." in signer and f".{domain}".endswith(f".{signer}")
