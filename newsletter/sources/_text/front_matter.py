"""Whether a text file opens with front matter: then somebody wrote an article, and pasted none."""

import re

from newsletter.errors import Unreadable
from newsletter.frontmatter import read_head
from newsletter.sources._markdown.aliases import is_known

_FENCED = frozenset({"yaml", "toml"})
"""Other heads look like the words of a page: a mail's *Date:*, for one."""
_OPENING = re.compile(r"\s*(?:---|\+\+\+)[ \t]*\n(?P<lines>(?:.*\S.*\n?)*)")
_KEY = re.compile(r"^([A-Za-z][\w-]*)[ \t]*[:=]", re.MULTILINE)


def opens_with_front_matter(text: str, file: str) -> bool:
    """Say whether a text opens with a head between fences that has a key of ours.

    Raises: Unreadable, code ``front-matter``, for one that is broken.
    """
    opening = _OPENING.match(text)
    if not opening:
        return False
    try:
        head = read_head(text, file)
    except Unreadable:
        if any(map(is_known, _KEY.findall(opening["lines"]))):
            raise
        return False
    return head.dialect in _FENCED and any(map(is_known, head.values))
