"""What a page says of itself in ``meta`` and ``link``: OpenGraph, ``article:*``, Dublin Core and their kin."""

from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

from newsletter.sources._html.linked import text_of
from newsletter.sources._html.page import Page


class Meta:
    """The ``meta`` elements of a page by their name, property or itemprop, in lower case."""

    def __init__(self, page: Page) -> None:
        self._values: dict[str, list[str]] = {}
        for element in page.find("//meta[@content]"):
            value = text_of(element.get("content"))
            for name in {
                element.get(key, "").strip().lower() for key in ("property", "name", "itemprop", "http-equiv")
            }:
                if name and value:
                    self._values.setdefault(name, []).append(value)

    def all(self, *names: str) -> Iterator[tuple[str, str]]:
        """Yield name and value of every element with one of these names, in the order of the names."""
        return ((name, value) for name in names for value in self._values.get(name, ()))

    def first(self, *names: str) -> str | None:
        """Return the first value, in the order of the names."""
        return next((value for _, value in self.all(*names)), None)


def links(page: Page, rel: str) -> Iterator[str]:
    """Yield the addresses of ``link`` elements of a relation."""
    for element in page.find("//link[@href]"):
        if rel in (element.get("rel") or "").lower().split():
            yield element.get("href", "").strip()


def absolute(address: str | None, base: str | None) -> str | None:
    """Return a web address in full; None for what is none, or cannot be completed."""
    if not address:
        return None
    try:
        whole = urljoin(base or "", address.strip())
        parts = urlsplit(whole)
    except ValueError:
        return None
    return whole if parts.scheme in {"http", "https"} and parts.hostname and " " not in whole else None
