"""Which article opens an issue, and why: points that an editor could have counted."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from newsletter.model.article import Article

LONG_LEAD = 80
"""Characters of a lead that can carry the top of the mail."""
ENOUGH_ARTICLES = 3
"""An issue of so many articles has an opening even when the article has no picture."""
NEWS_FOR = timedelta(days=7)
_LESSER_KINDS = frozenset({"opinion", "live", "video", "notice"})

Points = tuple[tuple[float, str], ...]


def has_picture(article: Article) -> bool:
    """Whether there is a picture to show; one of which only the caption is known is none."""
    return any(picture.file for picture in article.pictures)


def may_open(article: Article, *, articles: int) -> bool:
    """Whether an article with something below its title may open an issue of so many articles."""
    return article.rights == "own" and (has_picture(article) or articles >= ENOUGH_ARTICLES)


def choose_opening(able: Sequence[Article], date: datetime) -> tuple[Article | None, tuple[str, ...]]:
    """Return the article that opens an issue of this date, and the reasons in sentences; None when none is able.

    The pinned ones among the able go before all others; the most points decide, and of equals the first.
    """
    candidates = [a for a in able if a.pinned] or list(able)
    ranked = sorted(candidates, key=lambda article: -_sum(points(article, date)))
    if not ranked:
        return None, (f"No article opens the issue: that takes a picture and a teaser, or {ENOUGH_ARTICLES} articles.",)
    winner = ranked[0]
    counted = points(winner, date)
    spelt = ", ".join(f"{why} {value:+.1f}" for value, why in counted) or "the first of equals"
    reasons = [f"“{winner.title}” opens the issue with {_sum(counted):.1f} points: {spelt}."]
    if winner.pinned:
        reasons.append("It is pinned, which goes before points.")
    if len(ranked) > 1:
        reasons.append(f"Next comes “{ranked[1].title}” with {_sum(points(ranked[1], date)):.1f}.")
    return winner, tuple(reasons)


def points(article: Article, date: datetime) -> Points:
    """Count what speaks for and against an article as the opening of an issue of this date."""
    every = (
        (3 * article.weight, f"weight {article.weight}"),
        (int(has_picture(article)), "a picture"),
        (int(len(article.lead or "") >= LONG_LEAD), f"a lead of {LONG_LEAD} characters or more"),
        (_recency(article, date), "how new it is"),
        (-2 if article.kind in _LESSER_KINDS else 0, f"its kind, {article.kind},"),
    )
    return tuple((value, why) for value, why in every if value)


def _sum(counted: Points) -> float:
    return sum(value for value, _ in counted)


def _recency(article: Article, date: datetime) -> float:
    """Return 1 for news of the moment or later, falling to 0 for what is a week old or has no date."""
    if article.published is None:
        return 0
    age = max(date - article.published, timedelta(0))
    return max(1 - age / NEWS_FOR, 0)
