"""Pictures as the mail shows them: cut to the template's shape, twice as large, without metadata, named by content.

JPEG, or PNG where something shines through. A picture is cut, never stretched, and never enlarged: mail clients do that
as well, from fewer bytes. Its colours become those of sRGB, which every program shows, for the profile that says which
they are goes with the metadata. The same file gives the same bytes.
"""

import hashlib
import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from newsletter.errors import ContentError
from newsletter.model.mail import Rendition

MAX_PIXELS = 60_000_000
_DENSITY = 2
_QUALITY = 82
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
_MODES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}
"""The modes of Pillow that hold the colours of an ICC profile, by its colour space (ICC.1:2022 §7.2.6)."""
_FOCUS = (0.5, 0.4)  # faces stand above the middle more often than below it


def cover(file: Path, size: tuple[int, int], *, root: Path) -> Rendition:
    """Cut a picture to fill ``size`` (CSS px).

    Raises: ContentError when the file lies outside ``root``, is no picture, or has more than `MAX_PIXELS`.
    """
    image = _open(file, root)
    ratio = max(size[0] / image.width, size[1] / image.height)
    scale = min(_DENSITY, 1 / ratio)
    pixels = (max(1, round(size[0] * scale)), max(1, round(size[1] * scale)))
    return _rendition(ImageOps.fit(image, pixels, Image.Resampling.LANCZOS, centering=_FOCUS), size, file, root)


def contain(file: Path, size: tuple[int, int], *, root: Path) -> Rendition:
    """Shrink a picture until it lies within ``size`` (CSS px), its shape unchanged. Raises: as `cover`."""
    image = _open(file, root)
    image.thumbnail((size[0] * _DENSITY, size[1] * _DENSITY), Image.Resampling.LANCZOS)
    shown = (max(1, round(image.width / _DENSITY)), max(1, round(image.height / _DENSITY)))
    return _rendition(image, shown, file, root)


def _open(file: Path, root: Path) -> Image.Image:
    name = _name(file, root)
    try:
        resolved = file.resolve(strict=True)
    except OSError:
        raise ContentError("There is no such picture.", "Put it there, or take out its name.", file=name) from None
    if not resolved.is_relative_to(root.resolve()):
        raise ContentError(
            "The picture lies outside the workspace.", "Copy it beside the article that shows it.", file=name
        )
    try:
        with _no_bombs(), Image.open(resolved, formats=_FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise ContentError(
                    f"The picture has {image.width} × {image.height} pixels.",
                    f"Make it smaller; {MAX_PIXELS // 1_000_000} million is the limit.",
                    file=name,
                )
            image.load()
            return _plain_colours(ImageOps.exif_transpose(image))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise ContentError("The picture is far too large.", "Make it smaller.", file=name) from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
        raise ContentError(
            "This is no picture that can be read.", "Use a JPEG, PNG, WebP or GIF file.", file=name
        ) from None


def _plain_colours(image: Image.Image) -> Image.Image:
    """Make a palette or a deep grey into colours that can be blended; Pillow would pick or cut them."""
    if image.mode.startswith("I"):
        return image.point([value // 256 for value in range(65_536)], "L") if image.mode == "I;16" else image
    return image.convert("RGBA") if image.mode in {"P", "PA"} else image


@contextmanager
def _no_bombs() -> Iterator[None]:
    """Make an error of what Pillow only warns of: a size between its own limit and twice that."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


def _rendition(image: Image.Image, size: tuple[int, int], file: Path, root: Path) -> Rendition:
    data, ending = _encode(image)
    digest = hashlib.sha256(data).hexdigest()[:20]
    return Rendition(
        name=f"{digest}.{ending}", data=data, width=size[0], height=size[1], source=_name(file, root),
        pixels=image.size,
    )  # fmt: skip


def _encode(image: Image.Image) -> tuple[bytes, str]:
    out = io.BytesIO()
    image = _in_srgb(image)
    transparent = _shines_through(image)
    bare = image.convert("RGBA" if transparent else "RGB")
    bare.info.clear()  # Pillow would write a comment or profile it read
    if transparent:
        bare.save(out, "PNG", optimize=True)
        return out.getvalue(), "png"
    bare.save(out, "JPEG", quality=_QUALITY, optimize=True, progressive=True)
    return out.getvalue(), "jpg"


def _in_srgb(image: Image.Image) -> Image.Image:
    """Make the colours that an embedded profile means into those of sRGB; as they are when none fits or can be read."""
    embedded = image.info.get("icc_profile")
    if not embedded:
        return image
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(embedded))
        mode = _MODES.get(profile.profile.xcolor_space.strip(), "")
        if image.getbands()[0] not in {mode[:1], "L" if mode == "RGB" else ""}:
            return image
        srgb = ImageCms.profileToProfile(image.convert(mode), profile, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        return image
    if srgb is not None and image.has_transparency_data:
        srgb.putalpha(image.convert("RGBA").getchannel("A"))
    return srgb or image


def _shines_through(image: Image.Image) -> bool:
    if not image.has_transparency_data:
        return False
    return any(image.convert("RGBA").getchannel("A").histogram()[:255])


def _name(file: Path, root: Path) -> str:
    return str(file.relative_to(root)) if file.is_relative_to(root) else file.name
