"""The names of a list's columns → what each is of a reader, in English and Dutch and as other programs spell them."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from newsletter.audience.reading.exports import Export
from newsletter.errors import UsageError
from newsletter.validation import nearest

_SPELLINGS: Mapping[str, str] = {
    "address": (
        "email, e mail, email address, e mail address, e mailadres, emailadres, e mail adres, mail, mailadres, address,"
        " adres"
    ),
    "name": "name, naam, full name, volledige naam",
    "first_name": "first name, firstname, fname, voornaam, roepnaam",
    "infix": "infix, tussenvoegsel, tussenvoegsels",
    "last_name": "last name, lastname, lname, surname, achternaam, familienaam",
    "joined": (
        "joined, day of joining, date joined, confirm time, optin time, opt in time, subscription date, subscribe date,"
        " subscribed at, subscribed, date subscribed, date added, opt in date, signup date, aangemeld, aangemeld op,"
        " aanmelddatum, datum aanmelding, ingeschreven op, inschrijfdatum, creation date, created at"
    ),
    "language": "language, taal, lang, locale",
    "status": (
        "status, subscription status, subscriber status, newsletter status, nieuwsbrief status, status nieuwsbrief"
    ),
    "reason": "reason, reden",
    "paused_until": "paused until, gepauzeerd tot",
    "tags": "tags, tag, labels, label, groups, group, groepen, groep",
    "left": (
        "left, has left, unsubscribed at, unsubscribed on, unsubscribe date, unsubscribed, opted out at, opt out date,"
        " opted out, opt out, optout, uitgeschreven op, uitschrijfdatum, uitgeschreven, afgemeld op, afmelddatum,"
        " datum afmelding, afgemeld, opgezegd op, opzegdatum, opgezegd, do not email, do not mail, do not contact"
    ),
    "wanted": (
        "newsletter, nieuwsbrief, opted in, opt in, active, actief, ontvangt nieuwsbrief, nieuwsbrief ontvangen,"
        " receives newsletter, wil nieuwsbrief, accepts marketing, accepts email marketing, toestemming, consent"
    ),
    "bounced": "bounced at, bounced on, bounced",
    "complained": "complained at, complained on, complained",
    "also": "also opted out",
}
"""What is told of a reader → headers that mean it, as `spelling` spells them, those that say it best first."""

_KNOWN = {
    header: (ours, rank) for ours, headers in _SPELLINGS.items() for rank, header in enumerate(headers.split(", "), 1)
}
IN_PARTS = ("first_name", "infix", "last_name")
"""Of a name."""
SAID = (*_SPELLINGS, "fields")
"""All that a list can say of a reader; ``fields`` are own fields as one JSON object."""
IGNORE = "ignore"
"""What the user says of a column that means nothing here."""
_OWN = "field:"
"""Before the name of an own field, which may be called as something else is."""
_LEAVING = re.compile(
    "unsub|opt(ed)? ?out|uitschr|uitgeschr|afmeld|afgemeld|opzeg|opgezegd|bounce|complain|klacht|block|blok|spam"
    "|do not|disabled|inacti|verwijderd|deleted|gestopt|beëindigd|einddatum|blacklist|(niet|geen|no) (e ?)?mail"
)
"""Stands in headers of columns that may tell who is not to be mailed."""
_WANTING = re.compile(
    "status|nieuwsbrief|newsletter|subscri|toestemming|consent|marketing|mail|abonne|confirm|bevestig|actief|active"
    "|opt ?in|enabled|wanted|gewenst|ontvang|receive"
)
"""Stands in headers of columns that tell of it when a cell says no."""
_ALL_COUNT = frozenset({"wanted"})
"""What several columns may say of a reader; the worst of it counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Where a table has what: ``places`` by our names, ``own`` by the names of own fields, counted from 0.

    ``readings`` tells of each header, in order, what it was read as: our name, or that it is ignored and why.
    ``wanted`` are the places of all columns that say whether he wants the newsletter. ``watched`` are ignored ones of
    which the user said nothing, by their place: the header as in ``readings``, and whether a “no” there may tell it.
    """

    width: int
    places: Mapping[str, int]
    own: Mapping[str, int]
    readings: Mapping[str, str]
    wanted: tuple[int, ...] = ()
    watched: Mapping[int, tuple[str, bool]] = field(default_factory=dict)


def spelling(header: str) -> str:
    """Return what spellings of a header have in common: ``E-mail``, ``E_MAIL`` and `` e mail`` → ``e mail``."""
    return re.sub(r"[\W_]+", " ", unicodedata.normalize("NFKC", header).casefold()).strip()


def mapping(named: Mapping[str, str], fields: Collection[str]) -> Mapping[str, str]:
    """Return what the user says that columns are, by the spelling of their headers.

    Raises: UsageError for a name that is known neither here nor as an own field.
    """
    known = [*SAID, *fields, IGNORE]
    checked: dict[str, str] = {}
    for header, ours in named.items():
        name = spelling(ours).replace(" ", "_")
        if name not in known:
            own = f'A field of your own stands first under [readers], as in fields = {{ {name} = "text" }}.'
            hint = nearest(name, known) or f"{own} Else it can say: {', '.join(known)}."
            raise UsageError(f"“{ours}” is nothing that a list says of a reader.", hint)
        checked[spelling(header)] = _OWN + name if name in fields else name
    return checked


def check_headers(named: Iterable[str], headers: Iterable[str]) -> None:
    """Raises: UsageError when the user, as `mapping` returns it, names a column that is not there."""
    there = {spelling(header): header.strip() for header in headers if header.strip()}
    for header in named:
        if header not in there:
            known = [*there.values()]
            hint = nearest(header, known) or f"There are: {', '.join(known[:20])}."
            raise UsageError(f"The list has no column “{header}”.", hint)


def arrange(
    headers: Sequence[str], export: Export | None, fields: Collection[str], named: Mapping[str, str]
) -> Columns:
    """Say what each column is. ``named``, as `mapping` returns it, wins; then own fields by their names."""
    wanted = [_wanted(spelling(header), export, fields, named) for header in headers]
    candidates: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for place, (ours, rank) in enumerate(wanted):
        if ours:
            candidates[ours].append((rank, place))
    best = {ours: min(places)[1] for ours, places in candidates.items()}
    if "name" in best:
        best = {ours: place for ours, place in best.items() if ours not in IN_PARTS}
    said = [_reading(place, headers, wanted[place][0], best, fields) for place in range(len(headers))]
    readings = dict(zip(_distinct(headers), said, strict=True))
    return Columns(
        width=len(headers),
        places={ours: place for ours, place in best.items() if not ours.startswith(_OWN)},
        own={ours.removeprefix(_OWN): place for ours, place in best.items() if ours.startswith(_OWN)},
        readings=readings,
        wanted=tuple(sorted(place for _, place in candidates["wanted"])),
        watched={
            place: (header, bool(_WANTING.search(spelling(headers[place]))))
            for place, (header, reading) in enumerate(readings.items())
            if reading.startswith("ignored") and spelling(headers[place]) not in named
        },
    )


def doubtful(readings: Mapping[str, str], named: Mapping[str, str]) -> tuple[str, ...]:
    """Return the columns that may tell who left, are not read, and of which the user, by ``named``, says nothing."""
    ignored = (header for header, reading in readings.items() if reading.startswith("ignored"))
    return tuple(header for header in ignored if spelling(header) not in named and _LEAVING.search(spelling(header)))


def _wanted(
    header: str, export: Export | None, fields: Collection[str], named: Mapping[str, str]
) -> tuple[str | None, int]:
    """Return what a column is, and how well its header says so: the lower, the better."""
    if header in named:
        return (None if named[header] == IGNORE else named[header]), -2
    if (own := header.replace(" ", "_")) in fields:
        return _OWN + own, -1
    if export and header in export.columns:
        return export.columns[header], 0
    return _KNOWN.get(header, (None, 0))


def _reading(
    place: int, headers: Sequence[str], ours: str | None, best: Mapping[str, int], fields: Collection[str]
) -> str:
    if ours is None:
        hint = nearest(spelling(headers[place]).replace(" ", "_"), [*SAID, *fields])
        return f"ignored. {hint}" if hint else "ignored"
    if best.get(ours) == place or ours in _ALL_COUNT:
        return ours.removeprefix(_OWN)
    if ours in IN_PARTS and ours not in best:
        return f"ignored: “{headers[best['name']]}” is read as the whole name"
    return f"ignored: “{headers[best[ours]]}” is read as {ours.removeprefix(_OWN)}"


def _distinct(headers: Iterable[str]) -> list[str]:
    """Tell columns of one name apart: ``Tag``, ``Tag (2)``."""
    found: dict[str, int] = {}
    names = []
    for header in headers:
        name = header.strip() or "(no name)"
        found[name] = found.get(name, 0) + 1
        names.append(name if found[name] == 1 else f"{name} ({found[name]})")
    return names
