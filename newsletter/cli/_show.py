"""How commands show what they made, to people."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from newsletter.as_json import moment
from newsletter.build import Built
from newsletter.checks.size import CLIP
from newsletter.cli import _out
from newsletter.cli._times import both, last_mail
from newsletter.config import Config
from newsletter.errors import ProviderError
from newsletter.model.article import Article, Reading
from newsletter.model.issue import PlacementKind
from newsletter.model.mail import Message
from newsletter.providers._base import Accepted, Deferred, InDoubt, Outcome, Refused
from newsletter.rendering.typography import NBSP
from newsletter.send.pictures import addresses_in
from newsletter.send.testmail import Answered
from newsletter.words import load
from newsletter.workspace import Workspace

if TYPE_CHECKING:
    from newsletter.importing import Imported  # which loads an HTTP client
    from newsletter.send.rehearsal import Rehearsal  # which loads SQLAlchemy

_MOST = 20
"""Of rejects and faults so many are told; a wrong address would be told to all readers of a list."""


def built(built: Built, file: Path, workspace: Workspace) -> None:
    """An issue that was built: what it is, what was found, what to type next."""
    issue, edition = built.issue, built.edition
    size = len(built.message.html.encode())
    kinds = Counter(placement.kind for placement in issue.placements)
    day = load("en").weekday(issue.date.astimezone(workspace.config.newsletter.time_zone).date())
    _out.print_pairs(
        [
            ("issue", f"{issue.name} · {f'number {issue.number} · ' if issue.number else ''}{day.replace(NBSP, ' ')}"),
            ("subject", edition.subject),
            ("preheader", edition.preheader),
            ("articles", f"{len(issue.placements)} ({_counted(kinds)})" if kinds else "none"),
            ("sections", ", ".join(section.name for section in issue.sections)),
            ("size", f"{size:,} bytes, {size / CLIP:.0%} of what Gmail shows"),
            ("fingerprint", edition.fingerprint[:16]),
            ("written", _near(file)),
        ]
    )
    for reason in issue.reasons:
        _out.say(reason)
    findings(built)
    _out.say(f"Next: newsletter preview {issue.name}")


def findings(built: Built) -> None:
    """Everything that was found, errors first."""
    _out.print_findings(built.findings, notes=False)


def imported(articles: "Sequence[Imported]", zone: ZoneInfo) -> None:
    """Articles that were imported: each field, how sure it is, what was left out, what to look at."""
    for article in articles:
        _out.print_pairs([("from", article.name), ("written", str(article.written))])
        _reading(article.reading, zone)
        if article.reading.to_check:
            _out.say("Look at: " + ", ".join(_to_look_at(article.reading)))


def _reading(reading: Reading, zone: ZoneInfo) -> None:
    fields = _fields(reading.article, zone)
    rows = [(e.field, fields.get(e.field, ""), e.sureness, e.why) for e in reading.evidence]
    _out.print_table(("field", "value", "sureness", "why"), rows)
    for line in reading.lines:
        if line.use in {"furniture", "duplicate", "unplaced"}:
            _out.say(f"line {line.number} left out ({line.what or line.use}): {_short(line.text)}")
    _out.print_findings(reading.notes, notes=True)


def rehearsed(rehearsal: "Rehearsal", built: Built, outbox: Path, workspace: Workspace) -> None:
    """A rehearsal: how many, who not and why, through whom, when, for how much, what is still missing."""
    provider = workspace.config.send.provider or "no provider yet"
    _out.print_pairs(
        [
            ("issue", f"{built.issue.name} · {built.edition.subject}"),
            ("fingerprint", rehearsal.fingerprint[:16]),
            ("readers", f"{rehearsal.readers:,} of {rehearsal.source} would be mailed{_left_out(rehearsal)}"),
            ("through", f"{provider}; the rehearsal wrote to {_near(outbox)}"),
            *_arrivals(rehearsal, workspace.config.newsletter.time_zone),
            *([("costs", rehearsal.cost)] if rehearsal.cost else []),
            ("largest", f"{rehearsal.largest[1]:,} bytes, to {rehearsal.largest[0]}" if rehearsal.readers else ""),
            ("in all", f"{rehearsal.bytes:,} bytes"),
            ("domains", ", ".join(f"{domain} {count:,}" for domain, count in rehearsal.domains)),
        ]
    )
    for reject in rehearsal.rejects[:_MOST]:
        _out.say(f"line {reject.line}, {reject.address or 'no address'}: {reject.reason}")
    _out.say_more(len(rehearsal.rejects) - _MOST)
    if rehearsal.headers:
        _out.say("\nHeaders of the first message:")
        _out.say(rehearsal.headers.replace("\r\n", "\n"))
    if rehearsal.demo_key:
        _out.say("\nLinks are signed with the demo key, since NEWSLETTER_SECRET is not set. Nothing left this machine.")
    for want in rehearsal.missing:
        _out.say(f"Still missing for a real send. {want}")
    for fault in rehearsal.faults[:_MOST]:
        _out.say(f"Wrong: the message to {fault.address}. {fault.sentence}")
    _out.say_more(len(rehearsal.faults) - _MOST)


def rehearsed_as_data(rehearsal: "Rehearsal", outbox: Path, config: Config) -> dict[str, object]:
    """The same for programs."""
    zone = config.newsletter.time_zone
    return asdict(rehearsal) | {
        "pauses": [str(day) for day in rehearsal.pauses],
        "first": moment(rehearsal.first, zone),
        "last": moment(rehearsal.last, zone),
        "outbox": str(outbox),
    }


def _arrivals(rehearsal: "Rehearsal", zone: ZoneInfo) -> Iterator[tuple[str, str]]:
    """When the first and the last mail would leave, and how long that takes at the limits of now."""
    first, last = rehearsal.first, rehearsal.last
    if first is None:
        return
    yield "first mail", both(first, zone)
    yield "last mail", last_mail(first, last, zone)


def _left_out(rehearsal: "Rehearsal") -> str:
    """Say whom a rehearsal leaves out: ``; not: 3 left, 2 paused until 2026-12-01 … 2027-01-02, 1 invalid``."""
    rejects = Counter(reject.kind for reject in rehearsal.rejects)
    until = " … ".join(dict.fromkeys(map(str, rehearsal.pauses)))
    spelt = {"paused": f"paused until {until}", "outside": "outside the segment", "had": "have had it"}
    had = [("had", rehearsal.had)] if rehearsal.had else []
    counts = [*rehearsal.left_out.items(), *had, *sorted(rejects.items(), reverse=True)]
    others = ", ".join(f"{count:,} {spelt.get(why, why)}" for why, count in counts)
    return f"; not: {others}" if others else ""


def about_to_test(messages: Sequence[Message], workspace: Workspace) -> None:
    """A test mail that is ready: what, to whom, through whom, and where its pictures are."""
    first = messages[0]
    pictures = f"at {workspace.config.pictures_url}, each fetched just now"
    if first.embedded:
        pictures = "inside the mail, since neither [web] nor [pictures] has a public address"
    _out.say_pairs(
        [
            ("issue", f"{first.edition.issue} · {first.edition.subject}"),
            ("to", ", ".join(message.subscriber.address for message in messages)),
            ("through", through(workspace.config)),
            ("pictures", pictures if first.edition.pictures or addresses_in(first.html) else "none"),
        ]
    )


def tested(answered: Answered) -> None:
    """What became of a test mail, in the provider's own words, and what to do."""
    state, said, hint = _answer(answered.outcome)
    _out.print_line(f"{answered.address}: {state}. {said}".rstrip())
    if hint:
        _out.print_line(f"  {hint}")


def tested_as_data(answered: Answered) -> dict[str, str]:
    """The same for programs."""
    return dict(zip(("address", "state", "said", "hint"), (answered.address, *_answer(answered.outcome)), strict=True))


def interrupted(messages: Sequence[Message]) -> None:
    """A test that was broken off: of these nothing is known."""
    addresses = ", ".join(message.subscriber.address for message in messages)
    _out.say(f"\nIt was broken off before an answer for {addresses}. Look whether it came before you send it again.")


def wrong(count: int) -> str:
    """``1 thing is wrong``, ``3 things are wrong``"""
    return "1 thing is wrong" if count == 1 else f"{count} things are wrong"


def mails(count: int) -> str:
    """``1 test mail``, ``3 test mails``"""
    return "1 test mail" if count == 1 else f"{count} test mails"


def _answer(outcome: Outcome | ProviderError) -> tuple[str, str, str]:
    """An outcome as a state, what the provider said, and what to do."""
    match outcome:
        case Accepted():
            named = f"Its id there is {outcome.provider_id}" if outcome.provider_id else ""
            return "accepted", outcome.said or named, ""
        case Refused():
            return "refused", outcome.reason, outcome.hint
        case Deferred():
            return "not now", outcome.reason, outcome.hint or "Send the test to this address again later."
        case InDoubt():
            return "in doubt", outcome.sentence, outcome.hint or "Look whether it came before you send it again."
    return "not sent", outcome.sentence, outcome.hint


def through(config: Config) -> str:
    """A provider's name, and where it is reached when that is written down."""
    name = config.send.provider or ""
    table = config.send.tables.get(name, {})
    place = table.get("host") or table.get("url")
    return f"{name} ({place})" if place else name


def _fields(article: Article, zone: ZoneInfo) -> dict[str, str]:
    """The fields of an article as a table shows them."""
    picture = article.pictures[0] if article.pictures else None
    return {
        name: _short(value)
        for name, value in {
            "title": article.title,
            "section": article.section,
            "topic": article.topic,
            "label": article.label,
            "kind": article.kind,
            "lead": article.lead,
            "teaser": article.teaser,
            "authors": ", ".join(author.name for author in article.authors),
            "place": article.place,
            "published": _wall_time(article.published, zone),
            "modified": _wall_time(article.modified, zone),
            "language": article.language,
            "url": article.url,
            "rights": article.rights,
            "caption": picture and picture.caption,
            "credit": picture and picture.credit,
            "passages": ", ".join(passage.crosshead or "(no crosshead)" for passage in article.passages),
            "pictures": ", ".join(p.file.name if p.file else p.url or "" for p in article.pictures),
            "tags": ", ".join(article.tags),
        }.items()
        if value
    }


def _wall_time(when: datetime | None, zone: ZoneInfo) -> str | None:
    return f"{when.astimezone(zone):%Y-%m-%d %H:%M}" if when else None


def _to_look_at(reading: Reading) -> Sequence[str]:
    fields = [evidence.field for evidence in reading.evidence if evidence.sureness == "check"]
    notes = [f"{note.code} ({note.place})" for note in reading.notes if note.level != "note"]
    return [*fields, *notes]


def _counted(kinds: Counter[PlacementKind]) -> str:
    plural: dict[PlacementKind, str] = {
        "opening": "openings",
        "full": "in full",
        "story": "stories",
        "brief": "briefs",
        "link": "links",
    }
    return ", ".join(f"{kinds[kind]} {kind if kinds[kind] == 1 else plural[kind]}" for kind in plural if kinds[kind])


def _short(text: str) -> str:
    return text if len(text) <= 72 else text[:71].rstrip() + "…"


def _near(path: Path) -> str:
    """A path as one would type it from here."""
    return os.path.relpath(path)
