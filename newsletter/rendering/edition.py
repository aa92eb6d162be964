"""Issue → edition: the template filled in, its styles inlined, cut at its merge fields; the text part beside it.

What templates are given is made here: each placement as it is read by people, with kicker, byline and picture.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from markupsafe import Markup

from newsletter.config import Config
from newsletter.errors import ConfigError, ContentError
from newsletter.model.article import Article, Picture
from newsletter.model.issue import Block, Issue, Placement, Section
from newsletter.model.mail import Edition, Pieces, Rendition, Slot
from newsletter.rendering import colour, pictures, template, text
from newsletter.rendering.body import appender, body_html, for_mail
from newsletter.rendering.inline import inline
from newsletter.rendering.merge import Tokens
from newsletter.rendering.template import Compiled, Template
from newsletter.rendering.typography import fine, fine_html, fine_title
from newsletter.words import Words, load

EARLY_BYTES = 90_000
"""Gmail clips a mail at 102,400 bytes; a footer beyond these may go unseen, so leaving is offered at the top too."""

_compiled = Compiled()

_LONG_VALUE = 120
_LOGO = (320, 64)
_LABELS = {"word": "Word for the week", "announcement": "Announcement", "sponsor": "Advertisement"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A picture in a template: ``src``, size in CSS px, and the words shown in its place (empty for decoration)."""

    src: Markup
    width: int
    height: int
    alt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """What a rendering takes its time for. Whoever renders an issue again and again may remember what they gave.

    Templates are compiled once in a process, unless ``compiled`` says where else their code is kept.
    """

    cover: Callable[..., Rendition] = pictures.cover
    contain: Callable[..., Rendition] = pictures.contain
    inline: Callable[[str], str] = inline
    compiled: Compiled = _compiled


PLAIN = Steps()


def render(
    issue: Issue,
    config: Config,
    *,
    web_version: bool = False,
    words: Words | None = None,
    steps: Steps = PLAIN,
) -> Edition:
    """Render an issue. ``web_version`` says whether its web version can be linked to; ``words`` replace the language's.

    Raises: ContentError for a picture or template that cannot be used; ConfigError when there is no such template.
    """
    return _Rendering(issue, config, web_version, words or load(config.newsletter.language), steps).edition()


class _Rendering:
    """One issue on its way into one template."""

    def __init__(self, issue: Issue, config: Config, web_version: bool, words: Words, steps: Steps = PLAIN) -> None:
        self.issue = issue
        self.config = config
        self.web_version = web_version
        self.words = words
        self.steps = steps
        self.template: Template = template.find(config.newsletter.template, config.root, steps.compiled)
        self.tokens = Tokens.of(issue)
        self.address = appender(config.links.own, config.links.append)
        self.renditions: dict[str, Rendition] = {}

    def edition(self) -> Edition:
        html, sizes = self._html(unsubscribe_early=False)
        if _first_unsubscribe(html) >= EARLY_BYTES:
            html, sizes = self._html(unsubscribe_early=True)
        return Edition(
            issue=self.issue.name,
            language=self.words.language,
            subject=self.issue.subject,
            preheader=self.issue.preheader,
            html=html,
            text=self.tokens.cut_text(self._text()),
            pictures=tuple(self.renditions.values()),
            sizes=sizes,
        )

    def _html(self, *, unsubscribe_early: bool) -> tuple[Pieces, tuple[tuple[str, int], ...]]:
        values = {**self.values, "unsubscribe_early": unsubscribe_early}
        filters = {**self.filters, "body": self._body}
        rendered = self.steps.inline(self.template.fill("edition.html", values, filters))
        try:
            return self.tokens.cut_html(rendered)
        except ContentError as error:
            place = f"templates/{self.template.name}/edition.html"
            raise ContentError(error.reason, error.hint, file=place) from None

    def _text(self) -> str:
        citations = text.Citations()
        filters = {
            **self.filters,
            "body": self._body,
            "cite": citations.cite,
            "paragraphs": citations.paragraphs,
            "wrap": text.wrap,
        }
        return text.tidy(self.template.fill("edition.txt", self.values, filters))

    @cached_property
    def values(self) -> Mapping[str, object]:
        """Everything a template is given; docs/templates.md explains each."""
        settings = self.config
        rtl = self.words.rtl
        return {
            "issue": self.issue,
            "opening": self._placement(self.issue.opening) if self.issue.opening else None,
            "flow": [self._part(part) for part in self.issue.flow],
            "paper": settings.newsletter.name,
            "colophon": colophon(settings, self.words),
            "dateline": self._dateline(),
            "logo": self._logo(),
            "language": self.words.language,
            "direction": "rtl" if rtl else "ltr",
            "start": "right" if rtl else "left",
            "end": "left" if rtl else "right",
            "light": colour.light(settings.brand.colour),
            "dark": colour.dark(settings.brand.colour),
            "words": self.words,
            "reader": self.tokens.fields,
            "browser": self.web_version,
            "mark": self.tokens.mark,
        }

    @cached_property
    def filters(self) -> dict[str, Callable[..., object]]:
        """The filters that both parts of the mail have."""
        return typography(self.config, self.words)

    def _part(self, part: Section | Block) -> dict[str, object]:
        if isinstance(part, Section):
            placements = [self._placement(placement) for placement in part.placements]
            return {"kind": "section", "name": part.name, "placements": placements}
        return {
            "kind": part.kind,
            "id": part.id,
            "label": self.words(_LABELS[part.kind]),
            "title": part.title,
            "text": part.text,
            "html": part.html,
            "source": part.source,
            "url": self.address(part.url) if part.url else None,
            "link": part.link,
        }

    def _placement(self, placement: Placement) -> dict[str, object]:
        article = placement.article
        picture = self._picture_of(placement)
        return {
            "article": article,
            "kind": placement.kind,
            "title": self.filters["fine_title"](article.title),
            "kicker": _kicker(article),
            "url": self.address(article.url) if article.url else None,
            "picture": self._shown(picture, placement.kind, article) if picture else None,
            "caption": _caption(picture) if picture else None,
            "lead": placement.teaser or article.lead,
            "byline": self._byline(placement),
            "teaser": placement.teaser,
            "minutes": placement.minutes,
            "body": self._body(body_html(article.passages)) if placement.kind == "full" else None,
        }

    def _picture_of(self, placement: Placement) -> Picture | None:
        """The picture a placement shows: none in a brief or link, and none without a file or a size in the template."""
        size = "opening" if placement.kind == "opening" else "story"
        if (
            placement.kind in {"brief", "link"}
            or not placement.show_picture
            or size not in self.template.settings.pictures
        ):
            return None
        return next((p for p in placement.article.pictures if p.file), None)

    def _shown(self, picture: Picture, kind: str, article: Article) -> Shown:
        size = self.template.settings.pictures["opening" if kind == "opening" else "story"]
        assert picture.file is not None  # noqa: S101 (_picture_of chose it for its file)
        try:
            rendition = self.steps.cover(picture.file, size, root=self.config.root)
        except ContentError as error:
            hint = f"{error.hint} It is the picture of {article.file}."
            raise ContentError(error.reason, hint, file=error.file) from None
        shown = self._publish(rendition, picture)
        return shown if kind == "opening" else replace(shown, width=_inline(size)[0], height=_inline(size)[1])

    def _logo(self) -> Shown | None:
        name = self.config.brand.logo
        if name is None:
            return None
        try:
            return self._publish(self.steps.contain(self.config.root / name, _LOGO, root=self.config.root), Picture())
        except ContentError as error:
            raise ConfigError(
                f"newsletter.toml: `brand.logo`: {name}: {error.reason}", "Name a PNG that lies in the workspace."
            ) from None

    def _publish(self, rendition: Rendition, picture: Picture) -> Shown:
        self.renditions[rendition.name] = rendition
        return Shown(
            src=self.tokens.fields["pictures"] + rendition.name,
            width=rendition.width,
            height=rendition.height,
            alt="" if picture.decorative else picture.alt or "",
        )

    def _body(self, html: str) -> Markup:
        prepared = for_mail(html, self.address)
        if self.config.newsletter.typography:
            prepared = fine_html(prepared, self.words.language)
        return Markup(prepared)  # noqa: S704 (sanitised when it was read)

    def _byline(self, placement: Placement) -> str:
        names = self.words.names(tuple(author.name for author in placement.article.authors))
        parts = [self.words("By {author}", author=names)] if names else []
        if placement.minutes:
            parts.append(self.words("{minutes} min read", minutes=placement.minutes))
        return " · ".join(parts)

    def _dateline(self) -> str:
        day = self.words.weekday(self.issue.date.astimezone(self.config.newsletter.time_zone).date())
        number = self.issue.number
        return day if number is None else f"{self.words('Issue {number}', number=number)} · {day}"


def colophon(config: Config, words: Words) -> str:
    """Say who publishes the newsletter, and where."""
    names = {"paper": config.newsletter.name, "publisher": config.publisher.name}
    if not config.publisher.address:
        return words("{paper} is published by {publisher}.", **names)
    return words("{paper} is published by {publisher}, {address}.", address=config.publisher.address, **names)


def typography(config: Config, words: Words) -> dict[str, Callable[..., object]]:
    """Make the filters of fine typography in a language; they do nothing where the configuration says so."""
    if not config.newsletter.typography:
        return {"fine": str, "fine_title": str}
    language = words.language
    return {"fine": lambda t: fine(t, language), "fine_title": lambda t: fine_title(t, language)}


def _inline(size: tuple[int, int]) -> tuple[int, int]:
    """The size beside a story on a phone; it stands in the mark-up, so that a phone that drops styles is right too."""
    return 104, round(104 * size[1] / size[0])


def _kicker(article: Article) -> str:
    """What stands above a title: author and role of an opinion piece, else label or topic."""
    if article.kind == "opinion" and article.authors:
        first = article.authors[0]
        return f"{first.name}, {first.role}" if first.role else first.name
    kicker = article.label or article.topic or ""
    return kicker[:1].upper() + kicker[1:]


def _caption(picture: Picture) -> str:
    """Caption and credit as two sentences."""
    credit = picture.credit or ""
    parts = ((picture.caption or "").strip(), credit[:1].upper() + credit[1:])
    return " ".join(p if p.endswith((".", "!", "?", "”")) or p == parts[1] else f"{p}." for p in parts if p)


def _first_unsubscribe(html: Pieces) -> int:
    """Count the bytes before the first link to leave, at most: a field counts as what few values are longer than."""
    position = 0
    for piece in html:
        if isinstance(piece, Slot):
            if piece.field == "unsubscribe":
                break
            position += _LONG_VALUE
        else:
            position += len(piece.encode())
    return position
