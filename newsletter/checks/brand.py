"""The brand's colour: whether the mail can use it as it is."""

from collections.abc import Iterator

from newsletter.checks._base import Inspection
from newsletter.model.finding import Finding
from newsletter.rendering.colour import is_grey, light


def check(inspection: Inspection) -> Iterator[Finding]:
    """Say when the colour was made darker, or left out for want of colour."""
    brand = inspection.config.brand.colour
    accent = light(brand).accent
    if accent != brand:
        yield Finding(
            code="brand-shifted",
            level="note",
            sentence=f"{brand} is {_why(brand)}; the mail uses {accent}.",
            remedy="Nothing to do; or choose a darker `colour` under [brand].",
            file="newsletter.toml",
        )


def _why(brand: str) -> str:
    return "grey and sets nothing apart" if is_grey(brand) else "too light to read as text"
