"""One brand colour → the accents of the light and the dark scheme, legible on every ground the mail has.

Lightness moves in steps of 0.01 in HSL until the contrast (WCAG 2.2, relative luminance) on the tint of the scheme is
reached, so that a brand which is legible already is used as it is.
"""

from colorsys import hls_to_rgb, rgb_to_hls
from dataclasses import dataclass, replace

_GREY = 0.10
_LIGHT_CONTRAST = 5.5
_DARK_CONTRAST = 7.0
_DARK_SATURATION = 0.42
_DARK_LIGHTNESS = 0.30


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """The colours of one scheme, as ``#RRGGBB``; named as the art direction names them."""

    paper: str
    tint: str
    ink: str
    text: str
    muted: str
    accent: str
    on: str
    line: str


_LIGHT = Scheme(
    paper="#FFFFFF", tint="#F6F4EF", ink="#1B1B1A", text="#333330", muted="#5E5D58", accent="#1B1B1A", on="#FFFFFF",
    line="#D9D7D1",
)  # fmt: skip
_DARK = Scheme(
    paper="#171716", tint="#22211F", ink="#F3F1EB", text="#D8D6CF", muted="#A6A39B", accent="#F3F1EB", on="#171716",
    line="#3D3B37",
)  # fmt: skip


def light(brand: str) -> Scheme:
    """Return the light scheme of a brand colour (``#RRGGBB``); a grey brand takes the ink for its accent."""
    hue, lightness, saturation = _hls(brand)
    if saturation < _GREY:
        return _LIGHT
    accent = brand.upper()
    while contrast(accent, _LIGHT.tint) < _LIGHT_CONTRAST:
        lightness -= 0.01
        accent = _hex(hue, lightness, saturation)
    return replace(_LIGHT, accent=accent)


def dark(brand: str) -> Scheme:
    """Return the dark scheme of a brand colour (``#RRGGBB``); a grey brand takes the ink for its accent."""
    hue, _, saturation = _hls(brand)
    if saturation < _GREY:
        return _DARK
    saturation, lightness = min(saturation, _DARK_SATURATION), _DARK_LIGHTNESS
    accent = _hex(hue, lightness, saturation)
    while contrast(accent, _DARK.tint) < _DARK_CONTRAST:
        lightness += 0.01
        accent = _hex(hue, lightness, saturation)
    return replace(_DARK, accent=accent)


def is_grey(brand: str) -> bool:
    """Whether a colour is too grey to be an accent."""
    return _hls(brand)[2] < _GREY


def contrast(one: str, other: str) -> float:
    """Return the WCAG 2 contrast ratio of two colours, 1 to 21."""
    brighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def _channels(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def _hls(colour: str) -> tuple[float, float, float]:
    return rgb_to_hls(*_channels(colour))


def _hex(hue: float, lightness: float, saturation: float) -> str:
    return "#" + "".join(f"{round(c * 255):02X}" for c in hls_to_rgb(hue, lightness, saturation))


def _luminance(colour: str) -> float:
    def linear(channel: float) -> float:
        return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(c) for c in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
