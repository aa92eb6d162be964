"""The two lines of an inbox: the subject, and the preheader that goes on where the subject stops."""

from collections.abc import Sequence

from newsletter.markup.sentences import shorten
from newsletter.markup.visible import visible
from newsletter.model.issue import Placement
from newsletter.words import Words

SUBJECT = 60
"""Characters that an inbox shows of a subject."""
PREHEADER = range(40, 86)
"""Characters a preheader aims at."""


def subject_of(placements: Sequence[Placement], name: str) -> str:
    """Return the first title, cut at a word; an issue without articles is called by the newsletter's name."""
    return shorten(visible(placements[0].article.title if placements else name), SUBJECT)


def preheader_of(placements: Sequence[Placement], subject: str, words: Words) -> str:
    """Return the next two titles: three when they are short, one when two are too long for a line.

    An issue of one article goes on with its teaser; the subject is never repeated.
    """
    titles = [title for p in placements[1:] if not _repeats(title := visible(p.article.title), subject)]
    if not titles:
        teasers = [t for p in placements[:1] if (t := visible(p.teaser or "")) and not _repeats(t, subject)]
        return shorten(teasers[0], PREHEADER[-1]) if teasers else ""
    lines = [_joined(titles[:count], words) for count in (2, 3, 1)]
    return next((line for line in lines if len(line) in PREHEADER), shorten(lines[0], PREHEADER[-1]))


def _joined(titles: Sequence[str], words: Words) -> str:
    """Join titles into one sentence that has one mark at its end, also when a title brings its own."""
    line = words("Also: {titles}.", titles="; ".join(title.rstrip(". ") for title in titles))
    return line[:-1] if line[-2:-1] in {"?", "!", "…"} else line


def _repeats(text: str, subject: str) -> bool:
    return text.casefold().startswith(subject.rstrip('…”"').casefold())
