"""Pictures: words in their place, enough pixels, a size."""

from collections.abc import Iterator

from newsletter.checks._base import Inspection
from newsletter.model.article import Article, Picture
from newsletter.model.finding import Finding
from newsletter.model.issue import Placement
from newsletter.model.mail import Rendition
from newsletter.sources.markdown import SUFFIXES as MARKDOWN

_ALT_BESIDE = 60
_HEAVY = 400_000


def check(inspection: Inspection) -> Iterator[Finding]:
    """Look at each picture that the mail shows."""
    root = inspection.config.root
    shown = {rendition.source: rendition for rendition in inspection.edition.pictures}
    for placement in inspection.issue.placements:
        picture = next((p for p in placement.article.pictures if p.file), None)
        file = picture.file if picture else None
        name = str(file.relative_to(root)) if file and file.is_relative_to(root) else ""
        if picture and name in shown:
            yield from _words(placement, picture)
            yield from _pixels(placement, shown[name])


def _words(placement: Placement, picture: Picture) -> Iterator[Finding]:
    article = placement.article
    if picture.alt is None and not picture.decorative:
        yield Finding(
            code="picture-no-alt",
            level="warning",
            sentence="The picture has no words for readers who do not see it.",
            remedy=_say_what_it_shows(article),
            file=article.file,
            line=picture.line,
            article=article.id,
        )
    elif picture.alt and len(picture.alt) > _ALT_BESIDE and placement.kind != "opening":
        yield Finding(
            code="picture-long-alt",
            level="note",
            sentence=f"The words for the picture are {len(picture.alt)} letters; beside a story {_ALT_BESIDE} fit.",
            remedy="Make `alt` shorter.",
            file=article.file,
            line=picture.line,
            article=article.id,
        )


def _say_what_it_shows(article: Article) -> str:
    """Where the words for a picture can stand; a pasted text has no front matter."""
    if article.file and not article.file.lower().endswith(MARKDOWN):
        return f"Say in a few words what it shows, in issue.toml: `alt` under [articles.{article.id}]."
    return "Add `alt:` and say in a few words what it shows, or `decorative: true`."


def _pixels(placement: Placement, rendition: Rendition) -> Iterator[Finding]:
    article = placement.article
    if rendition.pixels[0] < rendition.width:
        yield Finding(
            code="picture-small",
            level="warning",
            sentence=f"The picture is {rendition.pixels[0]} pixels wide and is shown {rendition.width} wide.",
            remedy=f"Use one of at least {rendition.width * 2} × {rendition.height * 2} pixels.",
            file=rendition.source,
            article=article.id,
        )
    if len(rendition.data) > _HEAVY:
        yield Finding(
            code="picture-heavy",
            level="note",
            sentence=f"The picture has {len(rendition.data) // 1000} kB; readers on a phone wait for it.",
            remedy="Use a picture without transparency: it is made into a JPEG.",
            file=rendition.source,
            article=article.id,
        )
