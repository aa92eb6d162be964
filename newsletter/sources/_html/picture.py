"""The picture of a page: the file or address, and what is said below it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from lxml.html import HtmlElement

from newsletter.model.article import Picture
from newsletter.sources._base import Document, House
from newsletter.sources._html.found import Found, Voices, bare
from newsletter.sources._html.furniture import NOT_BESIDE
from newsletter.sources._html.linked import text_of
from newsletter.sources._html.meta import absolute, links
from newsletter.sources._html.page import has_class, words_of
from newsletter.sources._pictures import SUFFIXES, find_file
from newsletter.sources._text.captions import Caption, read_caption

_CREDITS = has_class(
    "credit", "credits", "copyright", "photographer", "fotograaf", "photo-credit", "figure__credit", "source"
)
_CAPTIONS = has_class("wp-caption-text", "caption", "photo-caption", "image-caption", "bijschrift", "fotobijschrift")
_IN_ARTICLE = "//*[self::article or self::main or @itemprop='articleBody' or contains(@itemtype, 'Article')]"
_SOURCES = ("src", "data-src", "data-lazy-src", "data-original")
_WIDTH = re.compile(r"(\d{1,6})(?:\.\d+)?[wx](?:,(\S*))?")
_SMALL = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """A picture as the page shows it."""

    source: str
    alt: str | None
    caption: Caption


def read_picture(voices: Voices, document: Document, house: House, found: Found) -> Picture | None:
    """Return the article's first picture: its file if it lies here, else its address; None when there is none."""
    shown = next(_figures(voices), None)
    sources = list(_sources(voices, shown))
    linked = _linked(voices)
    caption, credit = _caption(linked, shown, found)
    file = next((f for source, _ in sources if (f := _file(source, document, house))), None) or _beside(document, house)
    url = next((a for source, _ in sources if (a := absolute(source, voices.base))), None)
    if sources and not file and not url:
        sentence = f"the picture {sources[0][0]} does not lie beside the page"
        found.note("picture-missing", sentence, "Save it there, under the page's name.")
    if not file and not url and not caption:
        return None
    if file:
        found.prove("pictures", "likely", f"{file.name} lies beside the page")
    elif url:
        found.prove("pictures", "likely", next(why for source, why in sources if absolute(source, voices.base)))
        if not document.address:
            sentence = f"the picture {url} lies on the web; only files go into the mail"
            found.note("picture-remote", sentence, "Save it beside the page, under the page's name.")
    alt = shown.alt if shown else voices.meta.first("og:image:alt", "twitter:image:alt")
    alt = None if bare(alt) == bare(caption) else alt
    return Picture(file=file, url=None if file else url, alt=alt, caption=caption, credit=credit)


def _sources(voices: Voices, shown: _Shown | None) -> Iterator[tuple[str, str]]:
    """Yield where the picture may lie, best first, and who says so."""
    linked = _linked(voices)
    for key in ("contentUrl", "url", "@id"):
        if address := text_of(linked.get(key)):
            yield address, "JSON-LD: image"
    for name, value in voices.meta.all(
        "og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src"
    ):
        yield value, name
    if shown:
        yield shown.source, "the figure of the page"
    yield from ((address, "link image_src") for address in links(voices.page, "image_src"))


def _linked(voices: Voices) -> Mapping[str, object]:
    value = voices.data.article.get("image") or voices.data.article.get("thumbnailUrl")
    first = value[0] if isinstance(value, list) and value else value
    first = voices.data.whole(first)
    return first if isinstance(first, Mapping) else {"url": first}


def _caption(linked: Mapping[str, object], shown: _Shown | None, found: Found) -> tuple[str | None, str | None]:
    """Return caption and credit, with their evidence."""
    said = _split(text_of(linked.get("caption")) or text_of(linked.get("description")))
    credit = (
        text_of(linked.get("creditText")) or text_of(linked.get("copyrightNotice")) or text_of(linked.get("creator"))
    )
    printed = shown.caption if shown else Caption()
    if said.text or printed.text:
        found.prove("caption", "sure", "JSON-LD: image caption" if said.text else "it stands below the picture")
    credit = credit or said.credit or printed.credit or ""
    if credit:
        found.prove("credit", "likely", "it stands with the picture")
    return said.text or printed.text, credit or None


def _figures(voices: Voices) -> Iterator[_Shown]:
    """Yield the pictures that the article shows, those with a figure first."""
    for figure in voices.page.find(f"//figure[{NOT_BESIDE}] | //*[{has_class('wp-caption')} and {NOT_BESIDE}]"):
        image = next(voices.page.find("descendant::img | descendant::amp-img", figure), None)
        if image is not None and (shown := _shown(image, figure)):
            yield shown
    for image in voices.page.find(f"{_IN_ARTICLE}//*[(self::img or self::amp-img) and {NOT_BESIDE}]"):
        if shown := _shown(image, None):
            yield shown


def _shown(image: HtmlElement, figure: HtmlElement | None) -> _Shown | None:
    source = _largest(image.get("srcset") or image.get("data-srcset")) or next(
        (s for key in _SOURCES if (s := image.get(key, "").strip()) and not s.startswith("data:")), ""
    )
    if not source or _is_small(image):
        return None
    alt = " ".join(image.get("alt", "").split()) or None
    return _Shown(source=source, alt=alt, caption=_below(figure) if figure is not None else Caption())


def _below(figure: HtmlElement) -> Caption:
    """Read what stands below a picture: its credit in an element of its own, or behind the words."""
    caption = next(iter(figure.xpath(f".//figcaption | .//*[{_CAPTIONS}]")), None)
    credit = next(iter(figure.xpath(f".//*[{_CREDITS} or @itemprop='copyrightHolder']")), None)
    if caption is None:
        return Caption(credit=words_of(credit) if credit is not None else None)
    if credit is None or not words_of(credit):
        return _split(words_of(caption))
    text = words_of(caption).replace(words_of(credit), "").strip(" –-|()")
    return Caption(text=text or None, credit=words_of(credit).strip("()"))


def _split(words: str) -> Caption:
    return read_caption(words, below_the_head=True) or Caption(text=words or None)


def _largest(srcset: str | None) -> str:
    """Return the widest picture of a ``srcset``; addresses in it may hold commas, but no blanks."""
    widest, address = (0, ""), ""
    for word in (srcset or "").split():
        width = _WIDTH.fullmatch(word)
        if width and address:
            widest = max(widest, (int(width[1]), address), key=lambda pair: pair[0])
        address = width[2] or "" if width else word.lstrip(",")
    return widest[1]


def _is_small(image: HtmlElement) -> bool:
    """Say whether it is an icon, or the one point that counts readers."""
    sizes = [image.get(key, "").removesuffix("px") for key in ("width", "height")]
    return any(size.isdecimal() and int(size) < _SMALL for size in sizes)


def _beside(document: Document, house: House) -> Path | None:
    """Return the picture that has the page's name."""
    stem = PurePosixPath(document.name).stem
    found = (find_file(stem + suffix, document, house) for suffix in SUFFIXES)
    return None if document.address else next((file for file in found if file), None)


def _file(source: str, document: Document, house: House) -> Path | None:
    on_disk = document.address is None and absolute(source, None) is None
    return find_file(source, document, house) if on_disk else None
