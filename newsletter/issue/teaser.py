"""A teaser is cut from an article in whole sentences, as an editor would cut it."""

import math

from newsletter.markup.sentences import one_line, sentences, shorten, whole_sentences

LIMIT = 220
"""Characters of a teaser; whole sentences may stay below it."""
LONGEST_SENTENCE = 320
"""Characters of a first sentence that may stand alone although it is over the limit."""
FILLED = 0.45
"""The share of the limit that whole sentences must fill."""
WORDS_PER_MINUTE = 220


def cut_teaser(text: str) -> str:
    """Return the beginning of a text, cut well: all of it, whole sentences, or words and an ellipsis.

    All when it has 220 characters or fewer; else the sentences that fit, if they fill 45 % of that; else the first
    sentence, if it has 320 or fewer; else words, an ellipsis, and the quotation mark of a quotation that was open.
    """
    text = one_line(text)
    if len(text) <= LIMIT:
        return text
    beginning = text[: LONGEST_SENTENCE + LIMIT]
    fitting = whole_sentences(beginning, LIMIT)
    if len(fitting) >= FILLED * LIMIT:
        return fitting
    first = sentences(beginning)[0]
    return first if len(first) <= LONGEST_SENTENCE else shorten(text, LIMIT)


def reading_minutes(words: int) -> int | None:
    """Return how long a body takes to read, in whole minutes rounded up; None for a body without words."""
    return math.ceil(words / WORDS_PER_MINUTE) or None
