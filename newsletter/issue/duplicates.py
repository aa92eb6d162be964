"""Two articles of one issue that tell the same story.

Measured on leads of one newspaper: an edited version of a story shares .82 of its words, the same event told anew .41
to .43, different events with the same people up to .33.
"""

import re
from collections.abc import Sequence
from datetime import timedelta
from itertools import combinations

from newsletter.markup.visible import visible
from newsletter.model.article import Article
from newsletter.model.finding import Finding

SAME_STORY = 0.60
APART = timedelta(days=3)
_IDLE_WORDS = """
aan als bij dan dat der des deze die dit door een eens en er ge geen had heb heeft het hij hoe hun iets ik in is ja
kan kon maar meer men met mij na naar niet nog nu of om omdat ons ook op over te tegen toch toen tot uit uw van veel
voor want waren was wat we wel werd wie wij wordt worden zal ze zich zij zijn zo zonder zou
about after and are but for from has have his its not that the their they this was were which will with
"""
_IDLE = frozenset(_IDLE_WORDS.split())


def near_duplicates(articles: Sequence[Article]) -> tuple[Finding, ...]:
    """Return a warning for each two articles, in the order given, that share most words within three days.

    Both stay in the issue: somebody put them there. Articles without a date may be of any day.
    """
    told = [(article, _words(article)) for article in articles]
    return tuple(
        _warning(one, other, shared)
        for (one, words), (other, others) in combinations(told, 2)
        if (shared := _shared(words, others)) >= SAME_STORY and _close(one, other)
    )


def _words(article: Article) -> frozenset[str]:
    """Return the telling words of title and lead: more than two letters, and not those of every sentence."""
    found = re.findall(r"[^\W_]{3,}", visible(f"{article.title} {article.lead or ''}").casefold())
    return frozenset(found) - _IDLE


def _shared(one: frozenset[str], other: frozenset[str]) -> float:
    """Return the share of all words that both have (Jaccard)."""
    return len(one & other) / len(one | other) if one or other else 0


def _close(one: Article, other: Article) -> bool:
    if one.published is None or other.published is None:
        return True
    return abs(one.published - other.published) <= APART


def _warning(one: Article, other: Article, shared: float) -> Finding:
    return Finding(
        code="near-duplicate",
        level="warning",
        sentence=f"“{other.title}” tells what “{one.title}” tells: they share {shared:.0%} of their words.",
        remedy=f"Take {one.id} or {other.id} out of the issue, or allow this in issue.toml.",
        file=other.file,
        article=other.id,
    )
