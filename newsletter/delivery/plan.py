"""A run until its first mail: what was pressed is kept, its readers are frozen, and every message is made once.

What a run becomes is written only while it is as it was when that was decided (`change`): whoever paused it meanwhile,
or took the same step in another process, has been first.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from newsletter import links, mime
from newsletter.audience import selection
from newsletter.config import Config
from newsletter.delivery.copies import Copies
from newsletter.delivery.lifecycle import Calendar
from newsletter.errors import ContentError
from newsletter.links import Key
from newsletter.model.ledger import Delivery, DeliveryState, Draft, Run, Terms
from newsletter.model.mail import Edition
from newsletter.rendering.faults import faults
from newsletter.rendering.letterhead import letterhead
from newsletter.store import deliveries, editions, freezing, runs
from newsletter.store.database import Store, Transaction

MOST_FAULTS = 1_000
"""After so many messages that cannot be made, no more are tried: what is wrong is not the readers."""

INVALID = "invalid: "
"""What the reason of a reader begins with whose message cannot be made."""

_PAGE = 1_000
_WAITING: tuple[DeliveryState, ...] = ("waiting",)
_LONGEST_REASON = 500

Progress = Callable[[int], object]
"""Is told how many messages were made since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong with one reader's message, in a sentence. ``seq`` is his number in the run."""

    seq: int
    delivery: str
    address: str
    sentence: str


def terms(edition: Edition, config: Config, *, at: datetime) -> Terms:
    """Return what a run of an edition has besides it, as the configuration says now.

    Raises: ConfigError when the secret is no good, or the mailbox's name leaves no room for a token.
    """
    head = letterhead(config, edition.issue, config.newsletter.template, "newsletter", date=at)
    own = links.links_of(config)
    return Terms(
        sender=head.sender,
        reply_to=head.reply_to,
        list_id=head.list_id,
        feedback_id=head.feedback_id,
        web=own.web,
        inbox=own.inbox,
        key=links.signing_key(config).id.hex(),
        pictures=f"{config.pictures_url or f'{links.NOWHERE}/pictures'}/",
    )


def press(store: Store, edition: Edition, draft: Draft, calendar: Calendar) -> Run:
    """Keep an edition and a run of it, *scheduled* for the first moment from its due one that is not quiet.

    Raises: StoreError; ConfigError when every day is quiet.
    """
    with store.writing() as transaction:
        return write(transaction, edition, draft, calendar)


def write(transaction: Transaction, edition: Edition, draft: Draft, calendar: Calendar) -> Run:
    """Do what `press` does within a transaction. Raises: ConfigError when every day is quiet."""
    allowed = calendar.allowed(draft.due_at, quiet=draft.quiet)
    editions.save(transaction, edition, draft.pressed_at)
    return runs.hold(transaction, runs.press(transaction, draft, allowed_at=allowed))


def change(store: Store, run: Run, **columns: object) -> Run | None:
    """Set columns of a run that is still as it was read; return it as it is then, None when it was changed meanwhile.

    Raises: StoreError.
    """
    with store.writing() as transaction:
        return _change(transaction, run, **columns) if runs.hold(transaction, run.id) == run else None


def end(store: Store, run: Run, state: Literal["cancelled", "expired"], *, at: datetime) -> Run | None:
    """Break a run off: those who wait are skipped, what is under way is still written down; None as for `change`.

    Raises: StoreError.
    """
    with store.writing() as transaction:
        if runs.hold(transaction, run.id) != run:
            return None
        deliveries.skip_waiting(transaction, run.id, state)
        return _change(transaction, run, state=state, ended_at=at)


def freeze(store: Store, run: Run, config: Config, *, at: datetime) -> Run | None:
    """Write down who gets a run, with what of them stands in the mail, and that it is *checking*: both or neither.

    None when it was changed meanwhile. Raises: StoreError; UsageError, ConfigError when its segment cannot be
    understood any more.
    """
    where = selection.condition(run.segment, config)
    day = at.astimezone(config.newsletter.time_zone).date()
    with store.writing() as transaction:
        if runs.hold(transaction, run.id) != run:
            return None
        total = freezing.freeze(transaction, run, where, day, at)
        return _change(transaction, run, state="checking", frozen_at=at, total=total)


def check(
    store: Store,
    run: Run,
    keys: Sequence[Key],
    *,
    clock: Callable[[], datetime],
    stop: threading.Event | None = None,
    progress: Progress = lambda _: None,
) -> tuple[Fault, ...]:
    """Make the message of every reader who waits, one by one, and keep none.

    Without faults the run has its ``checked_at``; else those readers are skipped and it is *paused (faults)*, all at
    once. After `MOST_FAULTS` it goes no further. Where it was broken off by ``stop``, or the run was changed meanwhile,
    nothing is written. Raises: StoreError; ConfigError when the key that the run is signed with is not among ``keys``;
    ContentError when its edition is not the one that was pressed.
    """
    found: list[Fault] = []
    for each in _checked(store, run, keys, stop, progress):
        found += each
        if len(found) >= MOST_FAULTS:
            del found[MOST_FAULTS:]
            break
    if not (stop and stop.is_set()):
        _write(store, run, found, clock())
    return tuple(found)


def begin(store: Store, run: Run, config: Config, *, at: datetime) -> Run | None:
    """Have a run be sent, or go on being; None when it was changed meanwhile.

    One that begins on another day than it was frozen on offers itself first to those whose pause is over by now: their
    messages are still to be made once, so it is *checking* again. Raises: StoreError.
    """
    today, frozen = (moment.astimezone(config.newsletter.time_zone).date() for moment in (at, run.frozen_at or at))
    with store.writing() as transaction:
        if runs.hold(transaction, run.id) != run:
            return None
        if run.started_at is None and today != frozen and freezing.wake(transaction, run, today, at):
            return _change(transaction, run, state="checking", checked_at=None)
        return _change(transaction, run, state="sending", started_at=run.started_at or at)


def edition_of(transaction: Transaction, run: Run) -> Edition:
    """Return the edition of a run. Raises: ContentError when it is not the one that was pressed."""
    edition = editions.load(transaction, run.edition)
    if edition.fingerprint != run.edition:
        raise ContentError(
            f"The edition of run {run.id} is not the one that was pressed: it was changed in the database.",
            f"Cancel it, and send {run.issue} again: newsletter runs cancel {run.id}",
        )
    return edition


def _checked(
    store: Store, run: Run, keys: Sequence[Key], stop: threading.Event | None, progress: Progress
) -> Iterator[list[Fault]]:
    """The faults, page by page, as long as the run is as it was."""
    with store.reading() as transaction:
        copies = Copies(edition_of(transaction, run), run, keys)
    (key,) = [key for key in keys if key.id.hex() == run.terms.key][:1]
    page: list[Delivery] = []
    while not (stop and stop.is_set()):
        with store.reading() as transaction:
            after = page[-1].seq if page else 0
            page = deliveries.page(transaction, run.id, after=after, limit=_PAGE, states=_WAITING)
            if not page or runs.get(transaction, run.id) != run:
                return
        yield [fault for delivery in page if (fault := _fault(run, copies, delivery, key))]
        progress(len(page))


def _fault(run: Run, copies: Copies, delivery: Delivery, key: Key) -> Fault | None:
    message = copies.message(delivery)
    try:
        wrong = " ".join(faults(message, mime.to_bytes(message), key))
    except ContentError as error:
        wrong = error.sentence
    except UnicodeError:
        wrong = "The domain of its address cannot be spelt in ASCII."
    if not wrong:
        return None
    return Fault(seq=delivery.seq, delivery=message.delivery, address=delivery.reader.address, sentence=wrong)


def _write(store: Store, run: Run, found: Sequence[Fault], at: datetime) -> None:
    with store.writing() as transaction:
        if runs.hold(transaction, run.id) != run:
            return
        if not found:
            _change(transaction, run, checked_at=at)
            return
        deliveries.skip(transaction, run.id, [(one.seq, f"{INVALID}{one.sentence}"[:_LONGEST_REASON]) for one in found])
        whole = None if len(found) == MOST_FAULTS else at
        _change(transaction, run, state="paused", why="faults", sentence=_told(found), checked_at=whole)


def _told(found: Sequence[Fault]) -> str:
    """Say what was found, the first of it word for word: no address stands in that, for it is told to others too."""
    if len(found) == MOST_FAULTS:
        return f"{MOST_FAULTS:,} messages cannot be made, and no more were tried. The first: {found[0].sentence}"
    return f"{_messages(len(found))} cannot be made. The first: {found[0].sentence}"


def _messages(number: int) -> str:
    return "1 message" if number == 1 else f"{number:,} messages"


def _change(transaction: Transaction, run: Run, **columns: object) -> Run:
    runs.change(transaction, run.id, (run.state,), **columns)
    return runs.hold(transaction, run.id)
