"""Who wrote an article: bylines cut into persons, desks and agencies.

Dutch names carry particles (*van der Veen*), initials (*J. P. Otte*) and titles (*ds.*, *prof. dr.*). A line
that obeys the grammar of names may still be a headline: where it stands decides, and the caller knows that.
"""

import re
from dataclasses import replace

from newsletter.model.article import Author, Sureness

LONGEST_BYLINE = 80

_PREFIX = re.compile(
    r"^(?:(?:tekst|text|tekst (?:en|&) (?:foto(?:['’]?s|grafie)?|beeld)|text and photos?"
    r"|auteurs?|authors?|samenstelling|door|(?:written |words )?by)\s*:\s*"
    r"|(?:tekst\s+)?door\s+|(?:written\s+|words\s+)?by\s+)",
    re.IGNORECASE,
)
_GLUED = re.compile(r"(?:Kopieer naar clipboard|Kopieer link|Volg (?:deze )?auteur)\s*$")
_ADDRESS = re.compile(r"\s*[<(\[]?[\w.+-]+@[\w-]+(?:\.[\w-]+)+[>)\]]?")
_JOINT = re.compile(r"(\s+(?:en|and|&|\|)\s+|\s*[/;&]\s*|\s*,\s+(?:(?:en|and)\s+)?)")
_DESK = re.compile(
    r"(?:van )?onze [\w ]*"
    r"(?:redact(?:ie|eur|rice)|verslagge(?:vers?|efster)|correspondent(?:en?)?|medewerkers?)"
    r"(?: [\w -]+)?"
    r"|(?:van een |een )?(?:verslaggever|correspondent)"
    r"|(?:van )?(?:een|één|enkele) onzer (?:verslaggevers|redacteuren|correspondenten|medewerkers)"
    r"|\w*redactie(?: [\w&’' -]+)?|de redactie"
    r"|(?:our |the )?(?:[\w-]+ )?"
    r"(?:staff(?: (?:writer|reporter)s?)?|news ?(?:room|desk)|editorial (?:staff|team))",
    re.IGNORECASE,
)
_AGENCY = re.compile(
    r"anp|reuters|ap|afp|dpa|epa|belga|novum|bloomberg|xinhua|tass|ansa|efe|kna"
    r"|associated press|agence france-presse|press association",
    re.IGNORECASE,
)

_TITLE = (
    r"(?:(?:[Dd]s|[Dd]rs?|[Pp]rof|[Ii]r|[Mm]rs?|[Ii]ng|[Kk]and|[Ee]m|[Rr]ev|[Mm]gr|[Hh]c|[Mm]s)\."
    r"|Ds|Dr|Prof|Sir)"
)
_INITIALS = r"(?:(?:[^\W\d_a-zß-öø-ÿ]|Th|Chr|Ch|IJ|Ph|St|Tj|Fr|Joh|Jac|Corn|Wm)\.[ -]?)+"
_WORD = r"(?:[dDlLO]['’])?[^\W\d_a-zß-öø-ÿ][^\W\d_]+(?:[-'’][^\W\d_]+)*"
_PARTICLE = (
    r"(?:van|de|der|den|het|ten|ter|te|von|zu|zur|und|da|di|du|la|le|el|al|bin|ibn|ben|op|in|aan|uit|of|dos|del|della"
    r"|over|onder|bij|voor|tot|[’'‘][tns])"
)
_SURNAME = rf"(?:(?:{_PARTICLE} )*{_WORD})"
_MORE = rf"(?:[ -]{_SURNAME}){{0,3}}"
_NAME = re.compile(
    rf"(?:{_TITLE} ?)*(?:{_INITIALS}{_SURNAME}|{_WORD} (?:{_INITIALS})?{_SURNAME}){_MORE}"
    rf"|(?:{_TITLE} ?)+{_SURNAME}{_MORE}"
)
_FAMILY = re.compile(rf"(?:{_PARTICLE} )+{_WORD}{_MORE}")
_NO_GIVEN_NAME = re.compile(
    r"(?:de|den|het|een|the|an?|in|op|na|voor|van|met|bij|om|als|wat|wie|hoe|geen|meer|nieuwe?|nog|ook|zo|niet|lees"
    r"|deel|over|no|new|why|how|what|who|foto|beeld|photo|image|video|bron|getty|hollandse)\s",
    re.IGNORECASE,
)
_PLACE = re.compile(r"[’']?[^\W\d_a-zß-öø-ÿ][^\W\d_]+(?:[ -][^\W\d_]+){0,3}")
_OFFICE = re.compile(
    r"(?:[\w-]+ ){0,3}(?:correspondent|editor|reporter|columnist|writer|producer|analyst|redact(?:eur|rice)"
    r"|verslag(?:gever|geefster)|hoogleraar|predikant|professor|director|manager|engineer|president|founder"
    r"|directeur|voorzitter)(?: (?:in|of|at|te|voor|bij) [\w ’'-]{2,40})?",
    re.IGNORECASE,
)


def read_authors(text: str) -> tuple[Author, ...]:
    """Cut a byline into its authors, in order, each once; empty when nothing is left of it.

    ``Door Anna de Wit en J. P. Otte`` · ``ANP/AFP`` · ``Kerkredactie`` · ``Jan Kok, oud-dijkgraaf``: what
    follows a comma in lower case is the role of the one before.
    """
    line = _bare(text)
    if _DESK.fullmatch(line):
        return (_author(line),)
    joints = ["", *_JOINT.split(line)]
    authors: dict[str, Author] = {}
    for joint, piece in zip(joints[::2], joints[1::2], strict=True):
        name = piece.strip(" ,:–-")
        last = next(reversed(authors.values()), None)
        if last and (_is_role(name, last) or ("," in joint and _is_home(name, last))):
            role = f"{last.role}{joint}{name}" if last.role else name
            authors[last.name] = Author(name=last.name, kind=last.kind, role=role)
        elif name:
            authors.setdefault(name, _author(name))
    return tuple(authors.values())


def looks_like_byline(line: str) -> Sureness | None:
    """Say how surely a line names authors; None when it does not.

    *sure* for ``Door …``, a desk or an agency; *likely* for a line that is nothing but names.
    """
    if not line.strip() or len(line) > LONGEST_BYLINE:
        return None
    authors = read_authors(line)
    named = [a for a in authors if a.kind == "person"]
    if not authors or not all(_is_name(a.name) for a in named):
        return None
    return "sure" if len(named) < len(authors) or _PREFIX.match(line.strip()) else "likely"


def with_office(author: Author, words: str) -> Author | None:
    """Return an author with the words below the name as role, ``Political correspondent``; None when they are none."""
    office = _OFFICE.fullmatch(words.partition(", ")[0])
    return replace(author, role=words) if office and author.kind == "person" and not author.role else None


def names_a_place(words: str) -> bool:
    """Say whether words may be nothing but the name of a place."""
    return bool(_PLACE.fullmatch(words))


def _bare(text: str) -> str:
    """Take off what surrounds the names: *Door*, an address, words of a button that were copied along."""
    line = _ADDRESS.sub("", _GLUED.sub("", " ".join(text.split())))
    return _PREFIX.sub("", line).strip(" ,:–-|")


def _author(name: str) -> Author:
    if _DESK.fullmatch(name):
        words = re.sub(r"^van (?=onze|een)", "", name, flags=re.IGNORECASE)
        return Author(name=words[:1].upper() + words[1:], kind="desk")
    return Author(name=name, kind="agency" if _AGENCY.fullmatch(name) else "person")


def _is_role(words: str, last: Author) -> bool:
    """``oud-dijkgraaf`` after ``Jan Kok`` is what he was; ``ds. P. Kok`` and ``van der Veen`` are people."""
    if last.kind == "person" and _OFFICE.fullmatch(words):
        return True
    lower = words[:1].islower() and last.name[:1].isupper()
    return lower and not _NAME.fullmatch(words) and not _FAMILY.fullmatch(words) and not _AGENCY.fullmatch(words)


def _is_home(words: str, last: Author) -> bool:
    """``Ommeloo`` after ``J. P. Kok,`` is where he lives: a place, and no full name of anybody else."""
    no_author = not (_is_name(words) or _AGENCY.fullmatch(words) or _DESK.fullmatch(words))
    return no_author and names_a_place(words) and last.kind == "person" and _is_name(last.name)


def _is_name(words: str) -> bool:
    return bool(_NAME.fullmatch(words)) and not _NO_GIVEN_NAME.match(words)
