"""Captions and credits: ``De brug bij Zanddorp. beeld ANP, Els Blom``, alone or under the date, often printed twice."""

import re
from dataclasses import dataclass, replace
from itertools import zip_longest

from newsletter.sources._text.account import Account, SourceLine
from newsletter.sources._text.body import is_sentence

LONGEST_CAPTION = 260
_LONGEST_BESIDE_A_CREDIT = 160

_SIGN = (
    r"(?:(?i:beeld|foto(?:['’]?s|grafie|graaf)?|illustraties?|infographic|photo(?:s|graph)?)\s*:?\s+"
    r"|(?i:bron|source|credit|image|picture|video)\s*:\s*|(?:©|\([cC]\))\s*)"
)
_CAPITAL = r"(?:[^\W\d_a-zß-öø-ÿ]|i[A-Z]|\d)[\w.'’&-]*"
_SMALL = r"(?:van|de|der|den|ten|ter|te|het|in|op|von|da|di|du|la|le|el|al|en|and|via|[’'][tns]|[&/|])"
_NAMES = rf"{_CAPITAL}(?:(?:\s*[,/;|]\s*|\s+)(?:{_SMALL}\s+)*{_CAPITAL}){{0,7}}"
_AGENCIES = r"(?:Getty Images|Shutterstock|Alamy|iStock|Unsplash|Hollandse Hoogte)"
_CREDIT = rf"(?P<credit>{_SIGN}{_NAMES}|{_AGENCIES}(?:\s*[/,]\s*{_NAMES})?)"
_STRICT = re.compile(
    rf"^(?P<caption>(?:.*[.!?…”\"’'»)])?)\s*(?P<open>\()?{_CREDIT}(?(open)\))\.?$"
    rf"|^(?P<caption2>.*?)\s*(?:[\u2002\u2003]\s*|\s[-–—|]\s+|\()(?P<credit2>{_SIGN}{_NAMES})\)?\.?$"
)
_LOOSE = re.compile(rf"^(?P<caption>.*\S)\s+{_CREDIT}\.?$")
_COUNT = re.compile(r"\d{1,2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caption:
    """What is said below a picture, and who made it, as the source words it (``beeld ANP, Els Blom``)."""

    text: str | None = None
    credit: str | None = None


def read_caption(line: str, *, below_the_head: bool = False) -> Caption | None:
    """Read a line that ends in a credit; None when it does not, or when it is too long for a caption.

    Directly below the head a credit may follow without punctuation; elsewhere that would be a sentence.
    """
    if len(line) > LONGEST_CAPTION:
        return None
    found = _STRICT.match(line)
    if found:
        text = found["caption"] or found["caption2"] or ""
        return Caption(text=text.strip() or None, credit=found["credit"] or found["credit2"])
    loose = _LOOSE.match(line) if below_the_head else None
    return Caption(text=loose["caption"], credit=loose["credit"]) if loose else None


def take_captions(account: Account, lead: str | None, *, below: int) -> list[Caption]:
    """Place the captions that follow line ``below`` directly, their repetitions and the number of pictures."""
    captions: list[Caption] = []
    seen: set[str] = set()
    lines = [line for line in account.open if line.number > below]
    for line, following in zip_longest(lines, lines[1:]):
        if account.use_of(line):
            continue
        key = _key(line.text)
        if key in seen or (lead and key == _key(lead)):
            _place_duplicate(account, line)
        elif captions and _COUNT.fullmatch(line.text):
            account.place(line, "furniture", "number of pictures")
        elif caption := (
            read_caption(line.text, below_the_head=True)
            or _above_its_credit(account, line, following)
            or _guess(account, line, following)
        ):
            if caption.text and _key(caption.text) in seen:
                captions.pop()
            seen |= {key, _key(caption.text or key)}
            captions.append(_without_lead(_with_words_below(account, caption, line, following), lead))
            account.place(line, "field", "caption" if captions[-1].text else "credit")
        else:
            break
    return captions


def take_captions_in_body(account: Account) -> list[Caption]:
    """Place captions that stand between paragraphs: they end in a credit, set apart by punctuation or a wide blank."""
    captions: list[Caption] = []
    seen: set[str] = set()
    for line in account.open:
        caption = read_caption(line.text)
        if caption and _key(line.text) in seen:
            _place_duplicate(account, line)
        elif caption:
            seen.add(_key(line.text))
            captions.append(caption)
            account.place(line, "field", "caption" if caption.text else "credit")
            account.note("caption-in-body", "A line between the paragraphs is taken for a caption.", line=line)
    return captions


def _above_its_credit(account: Account, line: SourceLine, following: SourceLine | None) -> Caption | None:
    """Take a line with nothing but a credit directly below it for a caption, and place the credit."""
    below = read_caption(following.text) if following and not line.gap_after else None
    if following is None or below is None or below.text or len(line.text) > _LONGEST_BESIDE_A_CREDIT:
        return None
    account.place(following, "field", "credit")
    return Caption(text=line.text, credit=below.credit)


def _with_words_below(account: Account, credit: Caption, line: SourceLine, following: SourceLine | None) -> Caption:
    """Complete a credit that stands directly above its caption, which has no full stop then."""
    alone = following and not credit.text and not line.gap_after and following.gap_after
    if not following or not alone or len(following.text) > _LONGEST_BESIDE_A_CREDIT or is_sentence(following.text):
        return credit
    if _COUNT.fullmatch(following.text) or read_caption(following.text):
        return credit
    account.place(following, "field", "caption")
    return replace(credit, text=following.text)


def _guess(account: Account, line: SourceLine, following: SourceLine | None) -> Caption | None:
    """Take a line that is repeated directly for a caption: pages print it for the picture and again below it."""
    if following is None or len(line.text) > LONGEST_CAPTION or not following.text.startswith(line.text):
        return None
    if len(following.text) > len(line.text) and not read_caption(following.text, below_the_head=True):
        return None
    account.note("caption-guessed", "A line that is printed twice is taken for a caption.", line=line)
    return Caption(text=line.text)


def _place_duplicate(account: Account, line: SourceLine) -> None:
    account.place(line, "duplicate", "caption")
    account.note("duplicate-caption", "This caption is printed twice; it is kept once.", line=line)


def _without_lead(caption: Caption, lead: str | None) -> Caption:
    if lead and caption.text and _key(caption.text) == _key(lead):
        return Caption(credit=caption.credit)
    return caption


def _key(words: str) -> str:
    return re.sub(r"\W+", " ", words).strip().casefold()
