"""Kramdown's attribute lists, ``{:#id}`` or ``{: .lead}`` on a line of its own: how a block looks on some page.

Jekyll knows them above a block and below it; Python-Markdown below it only.
"""

import re

from newsletter.sources._markdown.code import outside_code

_LIST = re.compile(r"^[ \t>]*\{:[^{}\n]*\}[ \t]*$", re.MULTILINE)


def without_attribute_lists(text: str) -> str:
    """Return Markdown without them; line ends stay."""
    return outside_code(text, lambda piece: _LIST.sub("", piece)) if "{:" in text else text
