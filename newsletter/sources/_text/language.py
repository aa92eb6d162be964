"""Dutch or English: counted from the small words that only one of them has."""

import re

_SMALL_WORDS = {
    "nl": re.compile(
        r"\b(?:de|het|een|en|van|dat|die|niet|zijn|te|voor|met|op|ook|maar|bij|naar|wordt|werd|uit)\b", re.IGNORECASE
    ),
    "en": re.compile(
        r"\b(?:the|and|of|to|that|was|for|with|as|it|on|be|by|not|from|are|this|have|were|which)\b", re.IGNORECASE
    ),
}
_ENOUGH = 5


def language_of(text: str) -> str | None:
    """Return ``nl`` or ``en``; None when the text is too short to tell, or both are about as likely."""
    dutch, english = (len(_SMALL_WORDS[code].findall(text)) for code in ("nl", "en"))
    if max(dutch, english) < _ENOUGH or min(dutch, english) * 2 > max(dutch, english):
        return None
    return "nl" if dutch > english else "en"
