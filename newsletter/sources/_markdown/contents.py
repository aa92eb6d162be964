"""Tables of contents: a mail has no places to jump to, so a list of nothing but jumps says nothing."""

import re

from newsletter.sources._markdown.code import only_line_ends, outside_code

_MARK = re.compile(r"^[ \t]*(?:\[\[_?toc_?\]\]|\[toc\])[ \t]*$|^[-*+] TOC\n\{: ?toc\}[ \t]*$", re.I | re.M)
_JUMP = r"[ \t]*(?:[-*+]|\d{1,3}[.)])[ \t]+\[[^\[\]\n]*\]\(#[^()\n]*\)[ \t]*(?:\n|\Z)"
_HEADING = r"#{1,6} (?:table of contents|contents|toc|in this (?:article|post)|inhoud(?:sopgave)?):?[ #]*\n\s*?"
_JUMPS = re.compile(rf"^(?:{_HEADING})?(?:{_JUMP}){{2,}}", re.IGNORECASE | re.MULTILINE)


def without_contents(text: str) -> str:
    """Return Markdown without tables of contents, written out or left to a generator; line ends stay."""
    return outside_code(text, _without) if re.search(r"toc|\]\(#", text, re.IGNORECASE) else text


def _without(text: str) -> str:
    return _JUMPS.sub(only_line_ends, _MARK.sub(only_line_ends, text))
