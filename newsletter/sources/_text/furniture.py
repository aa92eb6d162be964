"""What an article page prints around its article: buttons, menus, invitations, tags.

A sentence of furniture is recognised wherever it stands; a word of the menu only in a run that touches the start or the
end of the text, so that a crosshead *Media* stays a crosshead. What follows *Meer over* is a tag.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby, takewhile

from newsletter.sources._text.account import Account, SourceLine
from newsletter.sources._text.envelope import set_envelope_aside
from newsletter.sources._text.kicker import Sections, names_of, read_kicker, read_label

_SENTENCES = re.compile(
    r".{0,40}\bin (?:uw|je|jouw) (?:mailbox|inbox)\??"
    r"|ontvang (?:onze|de|het|elke|iedere)\b.{0,80}(?:nieuwsbrief|updates)\b.{0,90}"
    r"|heb(?:t u| je|t u ook) een (?:taal|type)?fout (?:gezien|gevonden)\?.{0,120}"
    r"|we vragen u enkel voor persoonlijk gebruik.{0,200}"
    r"|het delen van deze content met anderen.{0,80}"
    r"|(?:lees|kijk|luister|bekijk) (?:ook|verder|meer)[:.]?(?:[ :].{0,140}[^.])?"
    r"|(?:meld|schrijf) (?:u|je) (?:nu |gratis |hier )*(?:aan|in)\b.{0,120}"
    r"|(?:meest|best) (?:gelezen|bekeken)\b.{0,20}"
    r"|(?:deel|share) (?:dit|this|via|on|op|artikel|article)\b(?:.{0,50}[^.])?"
    r"|(?:©|\(c\)|copyright\b).{0,60}(?:\d{4}|rechten|rights).{0,80}"
    r"|(?:alle rechten voorbehouden|all rights reserved).{0,80}"
    r"|advertenties?|advertisement|gesponsord|sponsored(?: content)?"
    r"|(?:leestijd:? )?\d+ ?min(?:\.|uten|utes)?(?: (?:lezen|leestijd|read|reading time))?"
    r"|\d* ?(?:reacties?|comments?)|reageer(?: op dit artikel)?|plaats (?:een )?reactie|leave a comment"
    r"|kopieer (?:naar clipboard|link)|volg (?:deze )?auteur"
    r"|(?:volg ons|follow us)\b.{0,80}"
    r"|dit (?:artikel|bericht) (?:is|komt|staat|stamt)\b.{0,30}\b(?:uit|in) (?:ons|het) archief.{0,80}"
    r"|(?:let op[:!]? )?dit (?:artikel|bericht) is (?:meer|ouder) dan .{1,30} (?:jaar|maanden)(?: oud)?\.?"
    r"|this article is (?:more|older) than .{1,30} (?:years?|months)(?: old)?\.?"
    r"|home(?:\s*[>›»/|]\s*[\w &-]{2,30}){1,6}|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|(?:met (?:vriendelijke|hartelijke) groet(?:en)?|hoogachtend)[,.]?"
    r"|(?:(?:kind|best) regards|yours (?:sincerely|faithfully))[,.]?"
    r"|(?:vandaag|gisteren|eergisteren|today|yesterday),?(?: om| at)? \d{1,2}[:.]\d{2}(?: uur| ?[ap]m)?"
    r"|(?:\d{1,2}|een|an?) (?:minuten|minuut|uur|dag(?:en)?|minutes?|hours?|days?) (?:geleden|ago)"
    r"|\((?:additional |aanvullende )?reporting by .{3,250}\)"
    r"|(?:.{0,60}\b)?(?:mail|e-mail|tip) (?:naar|ons|de redactie)\b.{0,30}\S+@\S+"
    r"|\(?(?:de )?(?:tekst|artikel|het artikel) gaat (?:verder|door) (?:onder|na|hieronder)\b.{0,40}\)?"
    r"|sign up (?:for|to)\b.{0,120}|subscribe (?:now|today|to our)\b.{0,80}|read (?:also|more|next):?(?:[ :].{0,140})?"
    r"|(?:luister naar dit artikel|listen to this article).{0,40}"
    r"|a version of this article (?:appears|appeared) in print\b.{0,160}"
    r"|ga (?:direct )?naar (?:de )?(?:hoofd)?inhoud|skip to (?:main )?content",
    re.IGNORECASE,
)
_PAYWALL = re.compile(
    r"(?:meld (?:u|je) aan|log in|word (?:nu )?abonnee|neem een abonnement|registreer).{0,60}"
    r"(?:verder|lezen|artikel|toegang).{0,80}"
    r"|(?:dit|deze) (?:artikel|content|inhoud) is (?:alleen|exclusief|enkel|uitsluitend) .{0,40}"
    r"(?:abonnees|leden).{0,80}"
    r"|(?:verder lezen|wilt u verder lezen|al abonnee|nog geen abonnee|u leest dit artikel gratis)\?.{0,80}"
    r"|lees (?:dit artikel |het hele artikel )?(?:verder|onbeperkt).{0,30}abonnement.{0,60}"
    r"|(?:subscribe|sign in|log in|register) to (?:continue|keep|read).{0,60}"
    r"|this (?:article|content) is (?:only |exclusively )?(?:for|available to) (?:our )?subscribers.{0,40}",
    re.IGNORECASE,
)
_SUNDAY = re.compile(
    r"vandaag is het zondag\b.*|.*\bonze (?:web)?site (?:vandaag )?niet te actualiseren.*",
    re.IGNORECASE,
)
_LINKS_FOLLOW = re.compile(
    r"(?:lees|bekijk|kijk) ook:?|(?:meest|best) (?:gelezen|bekeken)|gerelateerd(?:e artikelen)?:?|read also:?"
    r"|meer nieuws|ook interessant|related(?: articles| stories)?:?|verder lezen",
    re.IGNORECASE,
)
_ONE_LINK = ("lees ook", "bekijk ook", "kijk ook", "read also")
_TAGS_FOLLOW = re.compile(
    r"(?:meer over(?: dit onderwerp| deze onderwerpen)?|tags?|trefwoorden|onderwerpen|more on|(?:related )?topics)"
    r"(?::\s*(?P<tags>.*))?",
    re.IGNORECASE,
)
_MENU = re.compile(
    r"home|voorpagina|net binnen|laatste nieuws|latest"
    r"|krant|media|puzzels|meer|menu|zoek(?:en)?|inloggen|uitloggen|log in|sign in|abonne(?:ren|ment(?:en)?)"
    r"|word abonnee|nieuws|news|podcasts?|video(?:['’]?s)?|contact|digitale krant|e-paper|archief|service"
    r"|(?:mijn )?account|registreren|(?:web)?shop|weer|agenda|vacatures|adverteren|over ons|about us"
    r"|privacy(?:verklaring)?|cookies|cookiebeleid|(?:algemene )?voorwaarden|colofon|disclaimer|klantenservice"
    r"|search|subscribe|newsletters?|sections"
    r"|more|live|nieuwsbrie(?:f|ven)|familieberichten|sluiten|close|terug|naar boven|volgende|vorige",
    re.IGNORECASE,
)
_BUTTONS = re.compile(
    r"facebook|twitter|x|instagram|linkedin|whatsapp|telegram|threads|bluesky|mastodon|pinterest|e-?mail|mail"
    r"|print(?:en)?|delen?|share|tweet|opslaan|bewa(?:ar|ren)|save|kopieer link|copy link|luister|beluister|listen"
    r"|lees voor|tekstgrootte",
    re.IGNORECASE,
)
_LONGEST_TAG = 40
_LONGEST_LINK = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """What the furniture told: the article's tags, and the lines that make it doubtful that this is an article."""

    tags: tuple[str, ...] = ()
    paywall: SourceLine | None = None
    sunday: SourceLine | None = None


def set_aside(account: Account, sections: Sections) -> Aside:
    """Place all furniture and tags. A menu at the start may list ``sections`` too."""
    _place_wordless(account)
    set_envelope_aside(account)
    sunday = next((line for line in account.open if _SUNDAY.fullmatch(line.text)), None)
    paywall = _place_paywall(account)
    tags = _place_tags(account)
    _place_sentences(account)
    _place_buttons(account)
    _place_menu(account, sections)
    return Aside(tags=tags, paywall=paywall, sunday=sunday)


def _place_wordless(account: Account) -> None:
    for line in account.open:
        if not re.search(r"[^\W_]", line.text):
            account.place(line, "unplaced", "no words")


def _place_paywall(account: Account) -> SourceLine | None:
    """Place the sentences of a paywall; return the first."""
    lines = [line for line in account.open if _PAYWALL.fullmatch(line.text)]
    for line in lines:
        account.place(line, "furniture", "paywall")
    return lines[0] if lines else None


def _place_tags(account: Account) -> tuple[str, ...]:
    """Place *Meer over* and the short lines after it; return their words, each once."""
    tags: dict[str, None] = {}
    following = False
    for line in account.open:
        if heading := _TAGS_FOLLOW.fullmatch(line.text):
            account.place(line, "tag" if heading["tags"] else "furniture", "tags")
            tags |= dict.fromkeys(_several(heading["tags"] or ""))
            following = not heading["tags"]
        elif following and len(line.text) <= _LONGEST_TAG and not _is_furniture(line.text):
            account.place(line, "tag", "tags")
            tags |= dict.fromkeys(_several(line.text))
        else:
            following = False
    return tuple(tags)


def _place_sentences(account: Account) -> None:
    """Place known sentences; after *Lees ook* the title of a link, after *Meest gelezen* all titles."""
    links = 0
    for line in account.open:
        heading = _LINKS_FOLLOW.fullmatch(line.text)
        if heading or _SENTENCES.fullmatch(line.text):
            account.place(line, "furniture", "page")
            links = 0 if not heading else 1 if line.text.casefold().startswith(_ONE_LINK) else 10
        elif links and _is_link(line.text):
            account.place(line, "furniture", "link")
            account.note("link-left-out", f"“{line.text}” is taken for a link to another article.", line=line)
            links -= 1
        else:
            links = 0


def _place_buttons(account: Account) -> None:
    for run in _runs(account.open, lambda line: bool(_BUTTONS.fullmatch(line.text))):
        if len(run) > 1:
            _place_all(account, run, "buttons")


def _place_menu(account: Account, sections: Sections) -> None:
    """Place the words of a menu at the start, and those that touch the end."""
    tail = list(takewhile(lambda line: _is_menu(account, line), reversed(account.all)))
    _place_all(account, [line for line in tail if account.use_of(line) is None], "menu")
    names = names_of(sections)
    head = list(takewhile(lambda line: _is_menu(account, line) or _names(line, names), account.all))
    words = [line for line in head if account.use_of(line) is None]
    taken = {line.number for line in words}
    after = next((line for line in account.open if line.number not in taken), None)
    several = sum(_names(line, names) for line in words) > 1
    if words and not (several and after and _is_kicker(after, sections)) and _may_be_kicker(words[-1], names):
        words.pop()
        if sum(_names(line, names) for line in words) > 1:
            account.found("section", "check", "it is the last word of a menu")
    if len(words) > 1 or (words and not _names(words[0], names)):
        _place_all(account, words, "menu")


def _is_menu(account: Account, line: SourceLine) -> bool:
    known = _MENU.fullmatch(line.text) or _BUTTONS.fullmatch(line.text)
    return bool(known) or account.use_of(line) is not None


def _names(line: SourceLine, names: frozenset[str]) -> bool:
    return line.text.casefold() in names


def _may_be_kicker(line: SourceLine, names: frozenset[str]) -> bool:
    """Say whether the last word of a menu may be the article's own: its section or its label."""
    return _names(line, names) or read_label(line.text) is not None


def _is_kicker(line: SourceLine, sections: Sections) -> bool:
    """Say whether the line below a menu names the section, so that the menu's last word does not."""
    return len(line.text) <= _LONGEST_TAG and read_kicker(line.text, sections) is not None


def _place_all(account: Account, lines: Iterable[SourceLine], what: str) -> None:
    for line in lines:
        account.place(line, "furniture", what)


def _runs(lines: list[SourceLine], wanted: Callable[[SourceLine], bool]) -> list[list[SourceLine]]:
    return [list(run) for is_wanted, run in groupby(lines, wanted) if is_wanted]


def _is_link(words: str) -> bool:
    return len(words) <= _LONGEST_LINK and not words.endswith((".", "!", ":", ";"))


def _several(words: str) -> list[str]:
    """Cut ``lezen, Molenwaard`` or ``lezen • Molenwaard`` into its tags."""
    return [tag for piece in re.split(r"[,;•·|]", words) if (tag := piece.strip())]


def is_sentence_of_the_page(words: str) -> bool:
    """Say whether a line is no article's wherever it stands: *Lees ook: …*, *3 min. lezen*."""
    return bool(_SENTENCES.fullmatch(words))


def is_paywall(words: str) -> bool:
    """Say whether a line asks to subscribe before one reads on."""
    return bool(_PAYWALL.fullmatch(words))


def _is_furniture(words: str) -> bool:
    return bool(_SENTENCES.fullmatch(words) or _MENU.fullmatch(words) or _PAYWALL.fullmatch(words))
