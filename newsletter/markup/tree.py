"""HTML fragments as lxml trees and back, in the one spelling that the rest of the house meets.

Serialised HTML holds no ``{{``, ``{%`` or ``{#``: article text is never a template, and a text *about* templates
(in code, mostly) must not become one further on. A browser shows the entity as the brace it is.
"""

import re

from lxml import html as lxml_html

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_BRACE = re.compile(r"\{(?=[{%#])|(?<=\{)\{")


def parse(html: str) -> lxml_html.HtmlElement:
    """Return a ``body`` element that holds the fragment; an empty one for an empty fragment."""
    document = lxml_html.document_fromstring(f"<html><body>{_CONTROL.sub('', html)}</body></html>")
    return document.find("body")


def serialise(body: lxml_html.HtmlElement) -> str:
    """Return what is inside ``body``, as ``parse`` took it."""
    children = "".join(lxml_html.tostring(child, encoding="unicode") for child in body)
    return defuse(_escape(body.text or "") + children)


def outer(element: lxml_html.HtmlElement) -> str:
    """Return one element, without the text that follows it."""
    return defuse(lxml_html.tostring(element, encoding="unicode", with_tail=False))


def defuse(html: str) -> str:
    """Write template braces as entities."""
    return _BRACE.sub("&#123;", html)


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
