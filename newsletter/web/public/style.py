"""The style of the pages: one sheet, the same on each of them, so that a policy can name it by its hash."""

from functools import cache

import jinja2

from newsletter.rendering import colour

_sheet = jinja2.Environment(
    loader=jinja2.PackageLoader("newsletter.web.public", "templates"), undefined=jinja2.StrictUndefined, autoescape=True
)


@cache
def sheet(brand: str) -> str:
    """Return what stands between ``<style>`` and ``</style>``, in the colours of a brand (``#RRGGBB``)."""
    return _sheet.get_template("style.css").render(light=colour.light(brand), dark=colour.dark(brand)).strip()
