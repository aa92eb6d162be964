"""The template, and own copies of those that come with the program."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from newsletter.config import Config
from newsletter.doctor.diagnosis import Diagnosis, good, trouble, wrong
from newsletter.errors import NewsletterError
from newsletter.model.article import Article
from newsletter.model.issue import Block, Issue, Placement, PlacementKind, Section
from newsletter.rendering import origin
from newsletter.rendering.edition import render
from newsletter.shipped import SHIPPED

_SHOWN: tuple[PlacementKind, ...] = ("story", "brief", "link", "full")


def look(config: Config, now: datetime) -> Iterator[Diagnosis]:
    """Whether the template makes a mail, and whether a copy has fallen behind."""
    name = config.newsletter.template
    try:
        render(_sample(now), config)
        yield good("templates", f"The template {name} makes a mail.")
    except NewsletterError as error:
        yield trouble("templates", error)
    for own in sorted((config.root / "templates").glob("[!_.]*")):
        shipped = SHIPPED / "templates" / own.name
        if shipped.is_dir() and not shipped.samefile(own):
            yield from _copy(own, shipped)


def _copy(own: Path, shipped: Path) -> Iterator[Diagnosis]:
    """An own copy of a template, beside the one that comes with the program."""
    states = origin.states(own, shipped)
    noted = f"Compare them; then note that you have: (cd {shipped} && sha256sum *) > templates/{own.name}/{origin.FILE}"
    for file, state in states.items():
        older = f"templates/{own.name}/{file} is older than {shipped / file}"
        if state == "untouched":
            remedy = "Delete your copy, and the newer one is used."
            yield wrong("templates", "warning", f"{older}, and nothing was changed in it.", remedy)
        elif state == "changed":
            yield wrong("templates", "warning", f"{older}, which comes with the program.", noted)
        elif state == "unknown":
            sentence = f"Nothing says whether templates/{own.name}/{file} is older than {shipped / file}."
            yield wrong("templates", "unknown", sentence, noted)
    if set(states.values()) <= {"current"}:
        yield good("templates", f"Your copy of the template {own.name} is not behind the program's.")


def _sample(now: datetime) -> Issue:
    """An issue with something in every place: it shows a template at work whatever the newsroom wrote."""
    opening = Placement(article=Article(id="opening", title="Opening"), kind="opening", teaser="Teaser")
    placements = tuple(
        Placement(article=Article(id=kind, title=kind.capitalize()), kind=kind, teaser="Teaser") for kind in _SHOWN
    )
    section = Section(name="Section", placements=placements)
    word = Block(id="word", kind="word", html="<p>Word</p>", text="Word", source="Source")
    return Issue(
        name="sample",
        number=1,
        date=now,
        subject="Subject",
        preheader="Preheader",
        introduction_html="<p>Introduction</p>",
        introduction_text="Introduction",
        opening=opening,
        flow=(section, word),
    )
