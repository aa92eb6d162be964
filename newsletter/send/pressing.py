"""Pressing send: what would happen, said before anything does, and then the run written down.

Nobody is mailed from here. All that can be in the way is found first: the cheap before the dear, what touches nothing
before what asks the provider, and the pictures, which others can see from then on, last of all.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from newsletter import build, links, mime
from newsletter.audience import selection
from newsletter.build import Built
from newsletter.config import Config
from newsletter.delivery import plan
from newsletter.delivery.lifecycle import Calendar
from newsletter.delivery.throttle import Forecast, Limits, forecast
from newsletter.errors import ContentError, StoreError, UsageError
from newsletter.issue.read import issue_date
from newsletter.model.ledger import Draft, Run
from newsletter.model.mail import Message
from newsletter.providers._base import Login, Provider
from newsletter.rendering.faults import faults
from newsletter.schedule import at_wall_time
from newsletter.send import preflight
from newsletter.send.pictures import Fetch, addresses_in, publish, unreachable
from newsletter.store import freezing, quotas, runs
from newsletter.store.database import Store
from newsletter.store.freezing import Offer
from newsletter.workspace import Workspace

LEAST_DIGITS = 8
"""So many of a fingerprint are enough to approve by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be sent, as it was typed: ``at`` a time or ``now``, ``approved`` a fingerprint or how it begins.

    ``quiet`` is the reason to send on a quiet day too, empty for none.
    """

    issue: str
    segment: str | None = None
    at: str | None = None
    first: int | None = None
    approved: str | None = None
    quiet: str = ""
    skip_broken: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Presser:
    """Who presses, on which machine, when (aware UTC); ``token`` is 16 hexadecimal digits never drawn before."""

    name: str
    machine: str
    at: datetime
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A run before it is pressed: what, to whom, through whom and when.

    ``asked_at`` is the moment that was asked for, earlier than ``draft.due_at`` when it has passed; ``allowed_at`` is
    later than that where it is a quiet day. ``forecast`` begins when the testers have had their time, and is of the
    first ones only where it is to pause after these. ``before`` are the runs of the same issue that are over, the
    newest first.
    """

    built: Built
    draft: Draft
    asked_at: datetime
    allowed_at: datetime
    offer: Offer
    forecast: Forecast
    login: Login
    before: tuple[Run, ...]


def due_at(text: str, *, now: datetime, zone: ZoneInfo) -> datetime:
    """Read a moment in the newsletter's zone: ``2026-11-28T06:00``, ``06:00`` (the next one), or ``now``.

    Raises: UsageError.
    """
    if text == "now":
        return now
    try:
        if re.fullmatch(r"\d{1,2}:\d\d", text):
            today = now.astimezone(zone).date()
            at = datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007 (a wall time has no zone)
            candidates = (at_wall_time(day, at, zone) for day in (today, today + timedelta(days=1)))
            return next(moment for moment in candidates if moment >= now)
        written = datetime.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d[T ]\d\d.*", text) else None
    except (ValueError, OverflowError):
        written = None
    if written is None:
        raise UsageError(f"“{text}” is no moment to send at.", "Write it like 2026-11-28T06:00, 06:00 or now.")
    return written if written.tzinfo else at_wall_time(written.date(), written.time(), zone)


def refuse_unready(config: Config, store: Store) -> None:
    """Raises: ConfigError with all that is missing; StoreError, with where was looked, when there is no list."""
    preflight.refuse_missing(
        config, "Nothing can be sent to the list yet. It wants:", "See each with: newsletter doctor"
    )
    if store.revision() is None:
        raise StoreError(
            f"There is no list of readers in {store.place}, and sending makes none.",
            "Name the right one as `database` under [readers] or in NEWSLETTER_DATABASE, or import the readers first.",
        )


def going(store: Store, issue: str) -> Run | None:
    """Return the run of an issue that is not over, the newest; None without one. Raises: StoreError."""
    with store.reading() as transaction:
        return next((run for run in reversed(runs.going(transaction)) if run.issue == issue), None)


def refuse_second(run: Run, wish: Wish, *, now: datetime, zone: ZoneInfo) -> None:
    """Raise UsageError when something else is asked for than a run that is under way does."""
    if other := tuple(_others(run, wish, now, zone)):
        asks = "asks" if len(other) == 1 else "ask"
        raise UsageError(
            f"Run {run.id} of {run.issue} is still {run.state}: it sends the edition {run.edition[:16]}, and "
            f"{' and '.join(other)} {asks} for something else.",
            f"Go on with it: newsletter send {run.issue}; or end it first: newsletter runs cancel {run.id}",
        )


def _others(run: Run, wish: Wish, now: datetime, zone: ZoneInfo) -> Iterator[str]:
    """The options that ask for something else than a run does; once it has begun its moment is no matter any more."""
    if wish.segment not in {None, run.segment}:
        yield "--to"
    if wish.at and run.frozen_at is None and max(run.due_at, now) != max(due_at(wish.at, now=now, zone=zone), now):
        yield "--at"
    if wish.first not in {None, run.first}:
        yield "--first"
    if wish.quiet not in {"", run.quiet}:
        yield "--override-quiet"
    if wish.approved is not None and not run.edition.startswith(_digits(wish.approved, run.issue)):
        yield "--approve"


def propose(
    wish: Wish, presser: Presser, workspace: Workspace, store: Store, provider: Provider, *, fetch: Fetch
) -> Proposal:
    """Find out all that is to be known of a run before it is pressed, and publish its pictures.

    Raises: ContentError for what is wrong with the issue, for a fingerprint that is not the approved one, or when
    nobody is left who would get it; UsageError, ConfigError, StoreError, ProviderError.
    """
    config, now = workspace.config, presser.at
    asked_at, built = _build(wish, workspace, now)
    if wish.approved is not None:
        refuse_unapproved(wish.approved, built.edition.fingerprint, wish.issue)
    preflight.refuse("This issue cannot be sent.", preflight.obstacles(built, config, now=now), "Mend it, build again.")
    draft = _draft(wish, presser, built, config, due=max(asked_at, now))
    calendar = Calendar.of(config)
    start = _start(draft, calendar)
    before, offer, used = _look(wish, store, config, start)
    if not offer.waiting:
        raise _nobody(wish, offer)
    login = provider.verify()
    _show(built, config, now, fetch)
    return Proposal(
        built=built,
        draft=draft,
        asked_at=asked_at,
        allowed_at=calendar.allowed(draft.due_at, quiet=draft.quiet),
        offer=offer,
        forecast=_forecast(draft, offer, config, start, used),
        login=login,
        before=before,
    )


def press(store: Store, proposal: Proposal, config: Config, *, at: datetime) -> Run:
    """Write the run down as pressed at a moment, with its edition, and return it: scheduled.

    Raises: StoreError; UsageError when somebody else has pressed it meanwhile.
    """
    draft = replace(proposal.draft, pressed_at=at, due_at=max(proposal.draft.due_at, at))
    with store.writing() as transaction:
        if other := runs.pressing(transaction, draft.issue):
            raise UsageError(
                f"{other.pressed_by} has pressed it meanwhile: run {other.id}.",
                f"See how far it is: newsletter runs show {other.id}",
            )
        return plan.write(transaction, proposal.built.edition, draft, Calendar.of(config))


def refuse_unapproved(approved: str, fingerprint: str, issue: str) -> None:
    """Raise ContentError unless a fingerprint is, or begins with, the approved one; UsageError when that is none."""
    wanted = _digits(approved, issue)
    if not fingerprint.startswith(wanted):
        raise ContentError(
            f"This is not what was approved: {wanted[:16]} was, and this is {fingerprint[:16]}.",
            f"Look at what it is now, and approve that: newsletter build {issue}",
        )


def _digits(approved: str, issue: str) -> str:
    """Return a fingerprint, or how it begins, as we spell it."""
    if not re.fullmatch(rf"[0-9a-f]{{{LEAST_DIGITS},64}}", approved.lower()):
        raise UsageError(
            f"“{approved}” is no fingerprint.",
            f"Give the one that `newsletter build {issue}` prints, or its first {LEAST_DIGITS} digits at least.",
        )
    return approved.lower()


def _build(wish: Wish, workspace: Workspace, now: datetime) -> tuple[datetime, Built]:
    """Build the issue as of the moment at which it is due, and return also the moment that was asked for."""
    config = workspace.config
    folder = workspace.issue(wish.issue)
    asked = due_at(wish.at, now=now, zone=config.newsletter.time_zone) if wish.at else issue_date(folder, config)
    built = build.build(workspace, folder.name, now=max(asked or now, now), skip_broken=wish.skip_broken)
    return asked or built.issue.date, built


def _draft(wish: Wish, presser: Presser, built: Built, config: Config, *, due: datetime) -> Draft:
    return Draft(
        token=presser.token,
        issue=built.issue.name,
        edition=built.edition.fingerprint,
        terms=plan.terms(built.edition, config, at=presser.at),
        provider=config.send.provider or "",
        segment=wish.segment,
        due_at=due,
        pressed_at=presser.at,
        pressed_by=presser.name,
        machine=presser.machine,
        hold=config.send.hold.total_seconds() if config.send.testers else 0,
        first=wish.first,
        quiet=wish.quiet,
    )


def _start(draft: Draft, calendar: Calendar) -> datetime:
    """When the first reader can be mailed: on no quiet day, and after the testers."""
    begun = calendar.allowed(draft.due_at, quiet=draft.quiet)
    return calendar.allowed(begun + timedelta(seconds=draft.hold), quiet=draft.quiet)


def _forecast(draft: Draft, offer: Offer, config: Config, start: datetime, used: Mapping[date, int]) -> Forecast:
    return forecast(
        Limits.of(config.send),
        _first(offer.domains, draft.first),
        start=start,
        zone=config.newsletter.time_zone,
        quiet=() if draft.quiet else config.newsletter.quiet,
        used=used,
    )


def _first(domains: Mapping[str, int], first: int | None) -> Mapping[str, int]:
    """How many of the first readers have each domain: as large a part as of all, since they come in no order."""
    whole, seen, those = sum(domains.values()), 0, {}
    if first is None or first >= whole:
        return domains
    for domain, number in domains.items():
        those[domain] = (seen + number) * first // whole - seen * first // whole
        seen += number
    return those


def _look(
    wish: Wish, store: Store, config: Config, start: datetime
) -> tuple[tuple[Run, ...], Offer, Mapping[date, int]]:
    """See in one state of the store who is there, what was sent before, and how much of the limits is used up."""
    where = selection.condition(wish.segment, config)
    day = start.astimezone(config.newsletter.time_zone).date()
    with store.reading() as transaction:
        before = runs.every(transaction, wish.issue)
        return before, freezing.offer(transaction, wish.issue, where, day), quotas.used(transaction)


def _nobody(wish: Wish, offer: Offer) -> ContentError:
    if offer.had:
        return ContentError(
            f"Nobody is left who would get {wish.issue}: {offer.have_it}.",
            f"See who had what: newsletter runs show {wish.issue}",
        )
    return ContentError(
        f"There is no confirmed reader to mail{f': {wish.segment}' if wish.segment else ''}.",
        "See who is there with: newsletter subscribers list --count",
    )


def _show(built: Built, config: Config, now: datetime, fetch: Fetch) -> None:
    """Make a message as it will leave, put its pictures where they are shown, and fetch each of them.

    Raises: ContentError with all that is wrong.
    """
    message = _message(built, config, now)
    wrong = tuple(faults(message, mime.to_bytes(message), links.signing_key(config)))
    preflight.refuse("The messages are not in order.", wrong, "Mend the template or the configuration.")
    pictures = built.edition.pictures
    publish(pictures, config.root / config.pictures.folder)
    sizes = {f"{config.pictures_url}/{picture.name}": len(picture.data) for picture in pictures}
    preflight.refuse(
        "These pictures would not be seen.",
        tuple(unreachable(addresses_in(message.html), fetch, sizes=sizes)),
        f"Let {config.pictures_url} show the files of {config.pictures.folder}, where they lie now, as they are.",
    )


def _message(built: Built, config: Config, now: datetime) -> Message:
    merge = build.merger(built.edition, config, date=now, pictures=f"{config.pictures_url}/")
    return merge(built.message.subscriber, delivery=build.delivery_id(built.edition, built.message.subscriber))
