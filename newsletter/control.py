"""What the commands on runs do: find the one that is meant, pause it, have it go on, end it, ask what a reader got.

They write no more than a run's row, or what the operator decides of readers; whoever sends sees that in his next turn.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from newsletter import addresses
from newsletter.audience import consent, story
from newsletter.audience.erasure import EraseKey
from newsletter.config import Config
from newsletter.delivery import plan
from newsletter.delivery.lifecycle import Calendar, rests, resumed
from newsletter.delivery.verdicts import one_line
from newsletter.errors import UsageError
from newsletter.model.ledger import Attempt, Delivery, DeliveryState, Run
from newsletter.store import attempts, claims, clock, deliveries, events, figures, runs, subscribers
from newsletter.store.attempts import Answer, Became, Intent, Sender
from newsletter.store.database import Store, Transaction
from newsletter.store.events import Told
from newsletter.validation import nearest

_AT_ONCE = 1_000
_NOBODY = "0" * 64
"""The fingerprint of a request of which nothing is known."""
_WAITING: tuple[DeliveryState, ...] = ("waiting",)


# Which one.


def find(transaction: Transaction, named: str | None) -> Run:
    """Return the run of a number, the newest of an issue, or the newest of all. Raises: UsageError."""
    every = runs.every(transaction)
    if not every:
        raise UsageError("No issue was sent to the list yet.", "Send one with: newsletter send ISSUE")
    if named is None:
        return every[0]
    numbered = [run for run in every if named == str(run.id)]
    if found := numbered or [run for run in every if named == run.issue]:
        return found[0]
    known = list(dict.fromkeys(run.issue for run in every))
    hint = nearest(named, known) or "See which there are with: newsletter runs list"
    raise UsageError(f"There is no run {named}, and no run of an issue {named}.", hint)


# What the operator wants of it.


def pause(store: Store, named: str | None, *, who: str, reason: str) -> Run:
    """Have a run go no further until somebody resumes it; what is under way is still written down.

    Raises: UsageError when it is over, or paused already; StoreError.
    """

    def paused(run: Run) -> Run | None:
        if rests(run):
            state = f"paused already ({run.why})" if run.state == "paused" else run.state
            raise UsageError(f"Run {run.id} of {run.issue} is {state}.", f"See: newsletter runs show {run.id}")
        sentence = f"{who}: {reason}" if reason else f"Paused by {who}."
        return plan.change(store, run, state="paused", why="operator", sentence=sentence, until=None)

    return _changed(store, named, paused)


def resume(store: Store, named: str | None, config: Config, *, at: datetime) -> Run:
    """Have a paused run go on from where it was. Raises: UsageError when it is not paused, or cannot; StoreError.

    What has not begun may begin from now on: the operator wants it now, whatever time it has lost. A hold ends. What
    was to pause after its first readers goes on with all.
    """

    def went_on(run: Run) -> Run | None:
        refuse_resuming(run)
        columns: dict[str, object] = {"state": resumed(run)}
        if run.started_at is None:
            columns["allowed_at"] = max(run.allowed_at, Calendar.of(config).allowed(at, quiet=run.quiet))
        if run.why == "hold":
            columns["held_at"] = run.held_at or at
            columns["hold"] = (at - run.held_at).total_seconds() if run.held_at else 0.0  # so long it was
        if run.why == "first":
            columns["first"] = None
        return plan.change(store, run, **columns)

    return _changed(store, named, went_on)


def refuse_resuming(run: Run) -> None:
    """Raise UsageError for a run that cannot go on because somebody says so."""
    if run.state in {"cancelled", "expired"}:
        how = "was cancelled" if run.state == "cancelled" else "did not begin in time"
        raise UsageError(
            f"Run {run.id} of {run.issue} {how}, and does not go on.",
            f"Send the issue again, to whoever has not had it: newsletter send {run.issue}",
        )
    if run.state != "paused":
        raise UsageError(
            f"Run {run.id} of {run.issue} is {run.state}, not paused.", f"See: newsletter runs show {run.id}"
        )
    if run.why == "quiet":
        raise UsageError(
            f"Run {run.id} of {run.issue} waits until a quiet day is over, and then goes on by itself.",
            f"To send on it all the same: newsletter runs cancel {run.id}, then send with --override-quiet REASON",
        )


def cancel(store: Store, named: str | None, *, at: datetime) -> Run:
    """End a run: whoever waits gets nothing from it. Raises: UsageError when it is over; StoreError."""

    def ended(run: Run) -> Run | None:
        if run.is_over:
            raise UsageError(f"Run {run.id} of {run.issue} is {run.state}.", f"See: newsletter runs show {run.id}")
        return plan.end(store, run, "cancelled", at=at)

    return _changed(store, named, ended)


def _changed(store: Store, named: str | None, change: Callable[[Run], Run | None]) -> Run:
    """Change the run that is meant as it is; when somebody changed it meanwhile, as it is then."""
    with store.reading() as transaction:
        run = find(transaction, named)
    while (became := change(run)) is None:
        with store.reading() as transaction:
            run = find(transaction, str(run.id))
    return became


def acknowledge(store: Store, named: str | None, *, who: str, reason: str) -> tuple[Run, int]:
    """Write to all alarms of a run that have no words yet who knows of them, and why they are none.

    Return the run, and how many they are. Raises: UsageError; StoreError.
    """
    with store.writing() as transaction:
        run = find(transaction, named)
        return run, events.acknowledge(transaction, run.id, one_line(f"{who}: {reason}"))


# A database that was restored from a backup.


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """What became of runs that were under way in a backup: how many readers are in doubt now, and which runs wait."""

    doubted: dict[int, int]
    paused: tuple[int, ...]


def restored(store: Store, *, sent: int, who: str, reason: str, at: datetime) -> TakenBack:
    """Have nobody be mailed whom a database restored from a backup does not know to have been mailed.

    ``sent`` is the highest number of a request that this machine knows of; numbers go on above it. Whoever waits is in
    doubt; a run that had not begun is paused, so that it is still checked before anybody is sent it again. Raises:
    UsageError for a database that was not restored; StoreError.
    """
    words, doubted, paused = f"{who}: {reason}", dict[int, int](), list[int]()
    with store.writing() as transaction:
        refuse_unrestored(transaction, sent)
        attempts.lift(transaction, sent)
        attempts.adopt(transaction, at=at)
        for run in runs.going(transaction):
            runs.hold(transaction, run.id)
            if many := sum(_doubt(transaction, run, words, at)):
                doubted[run.id] = many
            if run.started_at is None:
                _may_have_begun(transaction, run, words)
                paused.append(run.id)
            else:
                runs.change(transaction, run.id, {run.state}, state="sending")
                claims.conclude(transaction, run.id, at=at)
    return TakenBack(doubted=doubted, paused=tuple(paused))


def refuse_unrestored(transaction: Transaction, sent: int) -> None:
    """Raise UsageError unless more requests left this machine than the database knows of."""
    known = attempts.highest(transaction)
    if sent <= known:
        raise UsageError(
            f"This database knows {known:,} requests to the provider, and this machine has made {sent:,} from it: "
            "it is not older than what was sent from it, so nobody in it need be put in doubt.",
            "Restore on the machine that sent. Where its state folder is lost, see docs/operations.md, "
            "“A restored database”.",
        )


def refuse_under_way(transaction: Transaction, at: datetime) -> None:
    """Raise UsageError while a request may still leave at a moment (aware UTC), whoever makes it."""
    until = clock.last_expiry(transaction)
    if until and until > at:
        raise UsageError(
            "A request may still be under way: what is known of its readers would be lost.",
            f"Stop whoever sends, and wait until {until:%H:%M:%S} UTC.",
        )


def in_question(transaction: Transaction) -> int:
    """Count the readers of all runs who may have their mail if the database was restored."""
    counts = deliveries.counts(transaction)
    return counts["waiting"] + counts["sending"]


def _may_have_begun(transaction: Transaction, run: Run, words: str) -> None:
    sentence = f"It may have been sent before the database was restored. {words}"
    runs.change(transaction, run.id, {run.state}, state="paused", why="operator", sentence=sentence, until=None)


def _doubt(transaction: Transaction, run: Run, words: str, at: datetime) -> Iterator[int]:
    """Put all who wait in doubt, as if requests for them had been lost."""
    by = Sender(worker="restored", account="")
    while some := deliveries.page(transaction, run.id, limit=_AT_ONCE, states=_WAITING):
        seqs = tuple(one.seq for one in some)
        intents = [Intent(seqs=seqs, fingerprint=_NOBODY)]
        (number,) = attempts.open_(transaction, run.id, intents, by, at=at, expires_at=at)
        attempts.end(transaction, number, "in doubt", worker=by.worker, at=at, note=words)
        became = [Became(seq=seq, state="in doubt", reason=words) for seq in seqs]
        attempts.become(transaction, run.id, number, became, at=at)
        yield len(seqs)


# What a reader got.


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One reader's part of a run: every request that was made for him, what was said in them, what was told later."""

    run: Run
    delivery: Delivery
    attempts: tuple[Attempt, ...]
    answers: tuple[Answer, ...]
    told: tuple[Told, ...]


def chosen(transaction: Transaction, named: str | None) -> tuple[Run, ...]:
    """Return the runs that somebody asks for a reader in: all of an issue, or one. Raises: UsageError."""
    run = find(transaction, named)
    return runs.every(transaction, run.issue) if named == run.issue else (run,)


def parts(transaction: Transaction, those: Sequence[Run], address: str, erase_key: EraseKey | None) -> tuple[Part, ...]:
    """Return a reader's parts of some runs, the newest first; also under an address that he had then.

    With the key of erased readers one who was erased since is found too, and without a name.
    """
    key = addresses.key(address)
    known = subscribers.find(transaction, key)
    own = deliveries.of_subscriber(transaction, known.subscriber.id) if known else []
    keys = [key, erase_key.hash(key)] if erase_key else [key]
    found = {(one.run, one.seq): one for one in (*own, *figures.of_keys(transaction, [run.id for run in those], keys))}
    by_run = {run.id: run for run in those}
    ordered = sorted((one for one in found.values() if one.run in by_run), key=lambda one: -one.run)
    return tuple(_part(transaction, by_run[one.run], one) for one in ordered)


def why_not(transaction: Transaction, address: str, *, config: Config, at: datetime) -> str:
    """Say why a reader is in no run. Raises: UsageError when nobody has the address."""
    known = consent.known_by(transaction, address, to_change=False)
    standing = story.standing(known.subscriber, at.astimezone(config.newsletter.time_zone).date())
    return f"{known.subscriber.address} is not among the readers. Today: {standing}"


def _part(transaction: Transaction, run: Run, delivery: Delivery) -> Part:
    return Part(
        run=run,
        delivery=delivery,
        attempts=tuple(attempts.of(transaction, run.id, delivery.seq)),
        answers=tuple(attempts.said(transaction, run.id, delivery.seq)),
        told=tuple(events.of_delivery(transaction, run.id, delivery.seq)),
    )


def ledger(
    transaction: Transaction, run: Run, *, states: Sequence[DeliveryState] | None, domain: str | None
) -> Iterator[Delivery]:
    """Read a run's deliveries of some states and of a domain, in the order of their numbers, a few at a time."""
    after = 0
    while page := deliveries.page(transaction, run.id, after=after, limit=_AT_ONCE, states=states, domain=domain):
        yield from page
        after = page[-1].seq
