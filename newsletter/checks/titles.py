"""Words in large type: titles that run on, words too long for a phone, a preheader that tells nothing new."""

import re
from collections.abc import Iterator

from newsletter.checks._base import Inspection
from newsletter.model.finding import Finding
from newsletter.model.issue import Placement

_LONG = {"opening": 90, "story": 90, "full": 90, "brief": 80, "link": 120}
_LONG_WORD = 20
_PREHEADER = (40, 85)
_WORD = re.compile(r"[^\W\d_]+")


def check(inspection: Inspection) -> Iterator[Finding]:
    """Look at the titles in the order of the mail, then at the preheader."""
    for placement in inspection.issue.placements:
        yield from _title(placement)
    yield from _preheader(inspection.edition.subject, inspection.edition.preheader)


def _title(placement: Placement) -> Iterator[Finding]:
    article, letters = placement.article, len(placement.article.title.replace("\u00ad", ""))
    if letters >= _LONG[placement.kind]:
        yield Finding(
            code="title-long",
            level="note",
            sentence=f"The title “{article.title[:40]}…” has {letters} characters.",
            remedy=f"Below {_LONG[placement.kind]} it reads at a glance.",
            file=article.file,
            article=article.id,
        )
    for word in _WORD.findall(article.title):
        if len(word) > _LONG_WORD:
            yield Finding(
                code="title-long-word",
                level="note",
                sentence=f"“{word}” has {len(word)} letters; on a phone it breaks anywhere.",
                remedy="Write &shy; where it may break; in issue.toml that is \\u00AD.",
                file=article.file,
                article=article.id,
            )


def _preheader(subject: str, preheader: str) -> Iterator[Finding]:
    low, high = _PREHEADER
    if preheader and not low <= len(preheader) <= high:
        yield Finding(
            code="preheader-length",
            level="note",
            sentence=f"The preheader has {len(preheader)} characters; between {low} and {high} fill an inbox row.",
            remedy="Set `preheader` in issue.toml.",
        )
    if preheader and preheader.casefold().startswith(subject.casefold()):
        yield Finding(
            code="preheader-repeats",
            level="warning",
            sentence="The preheader repeats the subject.",
            remedy="Set `preheader` in issue.toml to what the subject does not say.",
        )
