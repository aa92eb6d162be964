"""What other mailers leave in an exported text: links by which a reader of theirs leaves, shares or subscribes.

They would go with their address anyhow; what is left of them, the word *Uitschrijven*, would promise what it does not
keep.
"""

import re

from newsletter.sources._markdown.code import outside_code

_ADDRESS = (
    r"\{\{[^{}\n]*(?:unsubscri|subscri|manage|upgrade|browser|share|email_url|forward)[^{}\n]*\}\}"
    r"|%(?:25)?%[\w-]+%(?:25)?%|\*\|[\w:]+\|\*|https?://[^\s)\"]*(?:/subscribe\?|[?&]action=share)[^\s)\"]*"
)
_LINK = re.compile(
    rf"\[(?:[^\[\]\n]|\[[^\[\]\n]*\])*\]\([ <]*(?:{_ADDRESS})[ >]*\)"
    rf"|<a\s[^<>]*href=[\"']?(?:{_ADDRESS})[^<>]*>[^<]*</a>",
    re.IGNORECASE,
)
_TAG = re.compile(r"\*\|[A-Z_:]+\|\*|%%(?:[a-z]+_url|email|first_name)%%")


def without_mail_tags(text: str) -> str:
    """Take such links out of Markdown, and the line that held nothing else."""
    return outside_code(text, lambda piece: "\n".join(_rest(line) for line in piece.split("\n")))


def _rest(line: str) -> str:
    rest, count = _LINK.subn("", _TAG.sub("", line) if "](" not in line else line)
    return rest if not count or re.search(r"\w", rest) else ""
