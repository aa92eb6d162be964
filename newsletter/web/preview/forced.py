"""Forced dark: what Gmail's apps make of a mail whose own dark scheme they do not know.

No client publishes its rules. This is the simulation of the art direction: every colour has its lightness turned round
in CIE Lab, ``L' = 9 + 0.88·(100 − L)``, a and b kept, clipped to sRGB; pictures are left as they are. It is done in
the mail's HTML, because no script may run beside it.
"""

import re

from PIL import ImageColor

_WHITE = (0.95047, 1.0, 1.08883)
_TO_XYZ = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
_TO_RGB = ((3.2406, -1.5372, -0.4986), (-0.9689, 1.8758, 0.0415), (0.0557, -0.204, 1.057))
_BEND, _SLOPE = 216 / 24389, 24389 / 27

_USUAL = (("color", "#000000"), ("background-color", "#FFFFFF"))
_USUAL_LINK = "#0000EE"

_STYLED = re.compile(r"""(<style\b[^>]*>)(.*?)(?=</style)|(\sstyle=")([^"]*)|(\sstyle=')([^']*)""", re.S | re.I)
_ATTRIBUTE = re.compile(r"""(<[^<>]*?\s(?:bgcolor|color)=["']?)(#?\w+)""", re.I)
_DECLARATION = re.compile(r"((?:^|[;{\s])(?:[\w-]*color|background|border[\w-]*|outline)\s*:)([^;{}]*)", re.I)
_COLOUR = re.compile(
    r"""url\([^)]*\)|"[^"]*"|(?<![\w#-])(?:\#[0-9a-f]{3,8}\b|rgba?\([^)]*\)|hsl\([^)]*\)|[a-z]+(?![\w(-]))""", re.I
)
_FUNCTION = re.compile(r"rgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})\s*(?:[,/]\s*([\d.]+%?)\s*)?\)", re.I)


def forced(html: str) -> str:
    """Return a mail as a client shows it that forces it dark."""
    html = _STYLED.sub(_styled, html)
    html = _ATTRIBUTE.sub(lambda found: found[1] + turned(found[2]), html)
    return re.sub(r"(?i)(<head\b[^>]*>)", lambda head: f"{head[1]}<style>{_usual()}</style>", html, count=1)


def turned(colour: str) -> str:
    """Return the colour that is shown for one in CSS; what is no colour stays as it is, and so does how clear it is."""
    function = _FUNCTION.fullmatch(colour)
    try:
        red, green, blue = (int(c) for c in function.groups()[:3]) if function else ImageColor.getrgb(colour)[:3]
    except ValueError:
        return colour
    channels = _turn((red, green, blue))
    if function and function[4]:
        return "rgba({},{},{},{})".format(*channels, function[4])
    return "#{:02X}{:02X}{:02X}".format(*channels)


def _styled(found: re.Match[str]) -> str:
    """Turn the colours of a style sheet or of a style attribute."""
    opening, css = next((found[n], found[n + 1]) for n in (1, 3, 5) if found[n] is not None)
    return opening + _DECLARATION.sub(lambda d: d[1] + _COLOUR.sub(lambda colour: turned(colour[0]), d[2]), css)


def _usual() -> str:
    """What a browser shows where the mail names no colour, turned too; any rule of the mail's is stronger."""
    page = ";".join(f"{name}:{turned(colour)}" for name, colour in _USUAL)
    return f":where(html){{{page}}}:where(:link){{color:{turned(_USUAL_LINK)}}}"


def _turn(rgb: tuple[int, int, int]) -> tuple[int, int, int]:
    lightness, a, b = _lab(rgb)
    return _rgb(9 + 0.88 * (100 - lightness), a, b)


def _lab(rgb: tuple[int, int, int]) -> tuple[float, float, float]:
    channels = [_linear(channel / 255) for channel in rgb]
    x, y, z = (
        _root(sum(weight * channel for weight, channel in zip(row, channels, strict=True)) / white)
        for row, white in zip(_TO_XYZ, _WHITE, strict=True)
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _rgb(lightness: float, a: float, b: float) -> tuple[int, int, int]:
    y = (lightness + 16) / 116
    xyz = [white * _cube(root) for white, root in zip(_WHITE, (y + a / 500, y, y - b / 200), strict=True)]
    red, green, blue = (_byte(sum(weight * value for weight, value in zip(row, xyz, strict=True))) for row in _TO_RGB)
    return red, green, blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _byte(linear: float) -> int:
    bent = 12.92 * linear if linear <= 0.0031308 else 1.055 * linear ** (1 / 2.4) - 0.055
    return max(0, min(255, round(255 * bent)))


def _root(share: float) -> float:
    return share ** (1 / 3) if share > _BEND else (_SLOPE * share + 16) / 116


def _cube(root: float) -> float:
    return root**3 if root**3 > _BEND else (116 * root - 16) / _SLOPE
