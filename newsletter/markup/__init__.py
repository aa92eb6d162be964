"""Markdown and HTML on their way into a mail: convert, sanitise, cut into passages, read as plain text.

What is listed here is for other rooms; a function has the name of its module where both say the same.
"""

from newsletter.markup.images import Image, lift_images
from newsletter.markup.markdown import to_html
from newsletter.markup.passages import passages
from newsletter.markup.plain import count_words, plain
from newsletter.markup.sanitise import Sanitised, absolutise, relative_links, sanitise

__all__ = [
    "Image",
    "Sanitised",
    "absolutise",
    "count_words",
    "lift_images",
    "passages",
    "plain",
    "relative_links",
    "sanitise",
    "to_html",
]
