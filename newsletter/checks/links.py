"""Links: every address in the mail leads somewhere a reader can go."""

import ipaddress
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from lxml import html as lxml_html

from newsletter.checks._base import Inspection
from newsletter.links import NOWHERE
from newsletter.model.finding import Finding

_SCHEMES = frozenset(("http", "https", "mailto", "tel"))
_LOCAL = (".local", ".localhost", ".internal", ".lan", ".home.arpa")
_SPACE = re.compile(r"\s|%20$")


def check(inspection: Inspection) -> Iterator[Finding]:
    """Look at each different address once, in the order of the mail."""
    page = lxml_html.document_fromstring(inspection.message.html)
    addresses = dict.fromkeys(link.get("href", "") for link in page.iter("a"))
    files = {article.url: article for article in (p.article for p in inspection.issue.placements) if article.url}
    for address in addresses:
        if address.startswith(NOWHERE):
            continue
        if fault := _fault(address):
            article = next((a for url, a in files.items() if address.startswith(url)), None)
            yield Finding(
                code="link-unreachable",
                level="error",
                sentence=f"{address or 'A link without address'} {fault}.",
                remedy="Write the whole address as readers see it in their browser, https:// included.",
                file=article.file if article else None,
                article=article.id if article else None,
            )


def _fault(address: str) -> str | None:
    """Say why nobody can follow an address, or None."""
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return "is malformed"
    if parts.scheme not in _SCHEMES:
        return "is no web address" if not parts.scheme else f"begins with {parts.scheme}:, which mail clients refuse"
    if parts.scheme in {"mailto", "tel"}:
        return None if parts.path else "is incomplete"
    if _SPACE.search(address):
        return "has a space in it"
    return _host_fault(host)


def _host_fault(host: str | None) -> str | None:
    if not host:
        return "names no site"
    if host == "localhost" or host.endswith(_LOCAL):
        return "leads to this machine or network only"
    try:
        return None if ipaddress.ip_address(host).is_global else "leads to this machine or network only"
    except ValueError:
        return None if "." in host.strip(".") else "names no complete site"
