"""Markdown → HTML that has yet to be sanitised.

Python-Markdown with the parts of its ``extra``, but lists and fences of our own. Headings come out as ``h2`` (the
biggest the text uses) and ``h3`` (all others): the mail has its own headings above them. A mail is one page of many
articles and the sanitiser takes every id, so a footnote is a raised number and an entry in a list at the end, with no
link between them.
"""

import re

from markdown import Markdown
from markdown.extensions import Extension

from newsletter.markup import fences, github, lists, tame

_EXTENSIONS = ("abbr", "attr_list", "def_list", "footnotes", "md_in_html", "tables")
_SETTINGS = {"tables": {"use_align_attribute": True}}
_BLANKS = re.compile(r"^[ \t]+$", re.MULTILINE)
_HEADING = re.compile(r"(?i)(</?h)([1-6])(?=[\s>])")
_REFERENCE = re.compile(r'<sup id="fnref[^>]*><a class="footnote-ref"[^>]*>([^<]*)</a></sup>')
_WAY_BACK = re.compile(r'(?:&#160;|\s)*<a class="footnote-backref"[^>]*>[^<]*</a>')
_NOTES = re.compile(r'<div class="footnote">\s*(<hr ?/?>)(.*?)</div>', re.DOTALL)


class _House(Extension):
    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - Python-Markdown's name
        lists.register(md)
        fences.register(md)
        github.register(md)
        tame.register(md)


def to_html(text: str) -> str:
    """Convert one article's Markdown. Raw HTML in it passes through: ``sanitise`` comes next."""
    converter = Markdown(extensions=[*_EXTENSIONS, _House()], extension_configs=_SETTINGS, output_format="html")
    return _demote(_unlink_footnotes(converter.convert(_BLANKS.sub("", text))))


def _demote(html: str) -> str:
    """Make the biggest heading ``h2`` and every other ``h3``; code holds no tags, so tags are tags."""
    biggest = min((level for _, level in _HEADING.findall(html)), default="")
    return _HEADING.sub(lambda match: match[1] + ("2" if match[2] == biggest else "3"), html)


def _unlink_footnotes(html: str) -> str:
    html = _WAY_BACK.sub("", _REFERENCE.sub(r"<sup>\1</sup>", html))
    return _NOTES.sub(lambda match: match[1] + re.sub(r"<li id=[^>]*>", "<li>", match[2]), html)
