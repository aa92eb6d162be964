"""A page filled in: its template, the words of its language, and what stands on every page."""

from collections.abc import Mapping

import jinja2
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse, RedirectResponse, Response

from newsletter.web.public import language, style
from newsletter.web.public.service import Service
from newsletter.words import Words

NO_STORE = {"Cache-Control": "no-store"}
"""A page tells who reads what: nobody keeps it."""

_BEGINS, _ENDS = "\ue000", "\ue001"
"""Stand around what is bold, in a sentence that was translated as a whole; no address holds them."""


def bold(text: str) -> str:
    """Mark a value that a sentence shows in bold; the filter ``marked`` makes that of it."""
    return f"{_BEGINS}{text}{_ENDS}"


def _marked(sentence: str) -> Markup:
    html = str(escape(sentence)).replace(_BEGINS, "<b>").replace(_ENDS, "</b>")
    return Markup(html)  # noqa: S704 (escaped above)


_templates = jinja2.Environment(
    loader=jinja2.PackageLoader("newsletter.web.public", "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.filters["marked"] = _marked


def page(
    service: Service, words: Words, name: str, values: Mapping[str, object] | None = None, *, status: int = 200
) -> Response:
    """Answer with a page. ``values`` are what its own template shows; an ``address`` among them stands in bold."""
    given = dict(values or {})
    if isinstance(address := given.get("address"), str):
        given["address"] = bold(address)
    html = _templates.get_template(name).render(_common(service, words) | given)
    return HTMLResponse(html, status, headers=NO_STORE)


def fragment(name: str, values: Mapping[str, object]) -> str:
    """Fill in a piece of HTML that stands on no page of ours."""
    return _templates.get_template(name).render(values)


def see(address: str) -> Response:
    """Send the browser to another page of ours, with a GET (RFC 9110 §15.4.4)."""
    return RedirectResponse(address, 303, headers=NO_STORE)


def _common(service: Service, words: Words) -> dict[str, object]:
    config = service.config
    return {
        "words": words,
        "language": words.language,
        "direction": "rtl" if words.rtl else "ltr",
        "paper": language.paper(config),
        "colophon": _colophon(service, words),
        "privacy": config.web.privacy,
        "contact": config.web.contact,
        "base": service.base,
        "style": Markup(style.sheet(config.brand.colour)),  # noqa: S704 (our own file and checked colours)
    }


def _colophon(service: Service, words: Words) -> str:
    paper, publisher = language.paper(service.config), service.config.publisher
    if not publisher.address:
        return words("{paper} is published by {publisher}.", paper=paper, publisher=publisher.name)
    return words(
        "{paper} is published by {publisher}, {address}.",
        paper=paper,
        publisher=publisher.name,
        address=publisher.address,
    )
