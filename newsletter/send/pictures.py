"""The pictures of a mail that leaves: put where their address shows them, and fetched as a reader's program will.

Names are hashes of content, so a picture that is there already is the same one, and what an older mail shows is never
taken away.
"""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lxml import html as lxml_html

from newsletter.errors import ConfigError, FetchError
from newsletter.model.mail import Rendition

if TYPE_CHECKING:
    from newsletter.fetch import Fetched

Fetch = Callable[[str], "Fetched"]
"""Fetches an address of one's own, whatever it answers. Raises: FetchError."""

_IN_STYLE = re.compile(r"""url\(\s*["']?([^"')]+)""")
_NO_PICTURES = re.compile(r"@font-face\s*\{[^}]*\}|@import[^;]*;|/\*.*?\*/", re.DOTALL | re.IGNORECASE)
"""What a style names besides pictures: mail programs do without a font that they do not find."""


def publish(pictures: Iterable[Rendition], folder: Path) -> tuple[Path, ...]:
    """Put pictures into the folder; return those that were not there. Nothing in it is changed or deleted.

    A file appears whole or not at all, as the folder may be read by a web server at any moment. Raises: ConfigError
    for a folder that takes none.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        missing = [picture for picture in pictures if not (folder / picture.name).exists()]
        return tuple(_put(picture, folder) for picture in missing)
    except OSError as error:
        raise ConfigError(
            f"The pictures cannot be put into {folder}: {error.strerror}.",
            "Make room there and let the program write, or choose another `folder` under [pictures].",
        ) from None


def addresses_in(html: str) -> tuple[str, ...]:
    """Return the address of every picture that a mail asks for, each once, in its order."""
    page = lxml_html.document_fromstring(html)
    return tuple(dict.fromkeys(address.strip() for element in page.iter() for address in _asked_by(element)))


def unreachable(addresses: Sequence[str], fetch: Fetch, *, sizes: Mapping[str, int] | None = None) -> Iterator[str]:
    """Fetch each address; say in a sentence which of them would show readers no picture, and why.

    ``sizes`` are the bytes of those that are known.
    """
    for address in addresses:
        if fault := _fault(address, fetch, (sizes or {}).get(address)):
            yield f"{address or 'A picture without address'} {fault}."


def _put(picture: Rendition, folder: Path) -> Path:
    """Write a picture under a name of this process's own, as another may be putting the same one there."""
    parcel = folder / f".{picture.name}.{os.getpid()}.part"
    try:
        parcel.write_bytes(picture.data)
        return parcel.replace(folder / picture.name)
    finally:
        parcel.unlink(missing_ok=True)


def _asked_by(element: lxml_html.HtmlElement) -> Iterator[str]:
    if element.tag == "img":
        yield element.get("src", "")
    if background := element.get("background"):
        yield background
    yield from (
        candidate.split()[0] for candidate in re.split(r",\s+", element.get("srcset") or "") if candidate.strip()
    )
    yield from _IN_STYLE.findall(element.get("style") or "")
    if element.tag == "style":
        yield from _IN_STYLE.findall(_NO_PICTURES.sub("", element.text or ""))


def _fault(address: str, fetch: Fetch, size: int | None) -> str | None:
    if not address.startswith(("https://", "http://")):
        return "is no public address, so no mail program finds it"
    try:
        fetched = fetch(address)
    except FetchError as error:
        return f"cannot be shown: {error.sentence.rstrip('.')}. {error.hint}".rstrip(". ")
    if fetched.status != 200:
        return f"answers {fetched.status}"
    if not fetched.media.startswith("image/"):
        return f"is no picture but {fetched.media or 'of no type'}"
    if size is not None and len(fetched.data) != size:
        return f"gives {len(fetched.data):,} bytes, and the picture has {size:,}"
    return None
