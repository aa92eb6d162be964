"""Moving a list in: first what would happen, then the import, in chunks of which each is done wholly or not at all.

An import that was broken off goes on where it was when the same file is imported in the same manner again. Two that
import the same file at once share the work: each chunk is done by whoever moves the import's counter first.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, islice
from operator import attrgetter
from pathlib import Path
from zoneinfo import ZoneInfo

from newsletter.audience.batch import Batch
from newsletter.audience.consent import Draw
from newsletter.audience.erasure import EraseKey
from newsletter.audience.files import Reading, Reject, Row, open_list
from newsletter.audience.occasion import Occasion
from newsletter.audience.reading.rows import COUNTS
from newsletter.audience.reconcile import Changed, New, Out, Outcome, Repeated, Stayed, marks, reconcile
from newsletter.audience.rejects import RejectsFile
from newsletter.audience.spool import CHUNK, Spool
from newsletter.errors import UsageError
from newsletter.model.subscriber import ConsentText, FieldType
from newsletter.store import consents, erased, files, imports, moves, subscribers
from newsletter.store.database import Store, Transaction
from newsletter.store.imports import Import
from newsletter.store.seen import Seen
from newsletter.store.subscribers import Known

Progress = Callable[[int], None]
"""Is told how many lines were dealt with since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a list is imported: by what right new readers are mailed, and what its columns mean beside the usual.

    ``text`` is what they consented to elsewhere; with ``double_opt_in`` each of them is asked first. With neither
    nobody becomes a confirmed reader by it.
    """

    text: ConsentText | None = None
    double_opt_in: bool = False
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What an import would do.

    ``new`` counts those who would be added by the status they would have, ``changed`` columns that would change,
    ``stayed`` those who keep out by the reason, ``rejected`` lines by kind (invalid, double). ``changes`` is how many
    subscribers would change, ``unwarranted`` how many would become confirmed readers. ``columns`` says how each column
    of the file was read, ``rejects`` is the file with the refused lines. ``broken_off`` is the import of the same file
    that this one goes on with.
    """

    file: Path
    origin: str | None
    columns: Mapping[str, str]
    notes: Sequence[str]
    fingerprint: str
    new: Counter[str]
    changes: int
    changed: Counter[str]
    unchanged: int
    stayed: Counter[str]
    rejected: Counter[str]
    unwarranted: int
    rejects: Path | None
    broken_off: Import | None
    spool: Spool

    @property
    def lines(self) -> int:
        """The lines of the file that hold anything."""
        return self.spool.lines + self.rejected.total()

    @property
    def changes_anything(self) -> bool:
        """Whether somebody would be added or changed, or an import is still to be finished."""
        return bool(self.new or self.changes or self.broken_off)


@contextmanager
def survey(
    store: Store | None,
    file: Path,
    manner: Manner,
    *,
    fields: Mapping[str, FieldType],
    zone: ZoneInfo,
    key: EraseKey | None,
    at: datetime,
    progress: Progress,
) -> Iterator[Survey]:
    """Read a list and say what importing it would do; nothing is changed. Without a ``store`` all readers are new.

    The lines that are refused are written to ``<file>.rejected.csv``. Raises: ContentError when the file cannot be
    read, UsageError for columns that are not there, ConfigError when an erase key is needed and is not the right one,
    StoreError.
    """
    with Spool() as spool:
        with ExitStack() as open_:
            seen, rejects = open_.enter_context(Seen()), open_.enter_context(RejectsFile(file))
            source = open_.enter_context(open_list(file, fields=fields, columns=manner.columns, zone=zone))
            _refuse_doubtful(source)
            transaction = open_.enter_context(store.reading()) if store else None
            against = _Against(transaction, key, at, double_opt_in=manner.double_opt_in)
            tally = _tally(_good_lines(source, seen, rejects, spool, progress), against)
            _refuse_doubtful(source)  # some columns tell it by their cells only
            if spool.overrules:
                tally = _tally(spool.chunks(), against)
            fingerprint = _fingerprint(file, manner, fields)
            broken_off = imports.find_open(transaction, fingerprint) if transaction else None
        yield Survey(
            file=file,
            origin=source.origin,
            columns=source.columns,
            notes=[*source.notes, *_halves(rejects)],
            fingerprint=fingerprint,
            new=tally.new,
            changes=tally.changes,
            changed=tally.changed,
            unchanged=tally.unchanged,
            stayed=tally.stayed,
            rejected=rejects.counts,
            unwarranted=tally.unwarranted,
            rejects=rejects.path if rejects.counts or rejects.partly else None,
            broken_off=broken_off,
            spool=spool,
        )


def _halves(rejects: RejectsFile) -> Sequence[str]:
    """Tell of lines that are refused but for their opt-out; they are among those that are imported."""
    found = f"Lines of which only the opt-out is imported, as the rest cannot be read: {rejects.partly:,}."
    return [found] if rejects.partly else []


def _refuse_doubtful(source: Reading) -> None:
    """Raises: UsageError when a column may tell who left, and would be passed over."""
    if source.doubtful:
        first = source.doubtful[0]
        raise UsageError(
            f"The column “{first}” may tell who left, and it is not read.",
            f'Say what it holds: --map "{first}=left" (a date, or yes), --map "{first}=wanted" (no: he left), '
            f'--map "{first}=status" (a word), or --map "{first}=ignore".',
        )


def apply(
    store: Store,
    surveyed: Survey,
    manner: Manner,
    occasion: Occasion,
    *,
    key: EraseKey | None,
    draw: Draw,
    progress: Progress,
) -> Import:
    """Import what was surveyed, and return the import as it is then.

    What the store knows by now counts, not what it knew when the survey was made. Raises: StoreError, ConfigError; what
    was done till then stays, and the same import goes on from there. UsageError when it was taken back meanwhile.
    """
    number = surveyed.broken_off.number if surveyed.broken_off else _begin(store, surveyed, occasion)
    start = 0
    for rows in surveyed.spool.chunks():
        end = start + len(rows)
        with store.writing() as transaction:
            _apply_chunk(transaction, number, rows, (start, end), manner, occasion, key, draw)
        start = end
        progress(len(rows))
    with store.writing() as transaction:
        imports.finish(transaction, number, at=occasion.at)
        found = imports.get(transaction, number)
    if found is None:
        raise LookupError(number)
    if found.state == "undone":
        raise UsageError(
            f"Import {number} was taken back while it was going on.", "Import the list again if it should be in."
        )
    return found


def _begin(store: Store, surveyed: Survey, occasion: Occasion) -> int:
    with store.writing() as transaction:
        files.remember(transaction, str(surveyed.file.resolve()), "list", occasion.at)
        if surveyed.rejects:
            files.remember(transaction, str(surveyed.rejects.resolve()), "rejects", occasion.at)
        return imports.begin(
            transaction,
            file=surveyed.file.name,
            fingerprint=surveyed.fingerprint,
            origin=surveyed.origin,
            text=occasion.text,
            lines=surveyed.spool.lines,
            rejected=surveyed.rejected.total(),
            at=occasion.at,
        )


def _apply_chunk(
    transaction: Transaction,
    number: int,
    rows: Sequence[Row],
    span: tuple[int, int],
    manner: Manner,
    occasion: Occasion,
    key: EraseKey | None,
    draw: Draw,
) -> None:
    """Apply some lines, unless they have been: then the import's counter stands elsewhere."""
    start, end = span
    subscribers.hold(transaction)
    if not imports.advance(transaction, number, done=start, to=end):
        return
    no_right = manner.text is None  # then nobody is confirmed, though he may have come or gone since the survey
    against = _Against(transaction, key, occasion.at, double_opt_in=manner.double_opt_in or no_right)
    outcomes = list(against(rows))
    text = consents.text_id(transaction, occasion.text) if occasion.text else None
    batch = Batch(number=number, text=text, occasion=occasion)
    for row, (known, outcome) in zip(rows, outcomes, strict=True):
        batch.take(row, known, outcome, draw)
    batch.write(transaction, asks=manner.double_opt_in)
    imports.count(transaction, number, batch.counts)


class _Against:
    """Holds lines against what the store knows."""

    def __init__(
        self, transaction: Transaction | None, key: EraseKey | None, at: datetime, *, double_opt_in: bool
    ) -> None:
        self._transaction, self._key, self._at, self._double_opt_in = transaction, key, at, double_opt_in
        check = erased.check(transaction) if transaction else None
        EraseKey.refuse_wrong(key, check)
        self._anyone_erased = check is not None

    def __call__(self, rows: Sequence[Row]) -> Iterator[tuple[Known | None, Outcome]]:
        known = subscribers.among(self._transaction, [row.key for row in rows]) if self._transaction else {}
        nobodys = [row.key for row in rows if row.key not in known or known[row.key].consent == "pending"]
        gone = self._gone(nobodys)
        moved = moves.left_behind(self._transaction, nobodys) if self._transaction else set()
        unmarked = self._unmarked(rows, known)
        for row in rows:
            one = known.get(row.key)
            out: Out | None = "erased" if row.key in gone else "moved" if row.key in moved else None
            yield (
                one,
                reconcile(
                    row,
                    one,
                    out=out,
                    double_opt_in=self._double_opt_in,
                    at=self._at,
                    unmarked=unmarked.get(one.subscriber.id, ()) if one else (),
                ),
            )

    def _unmarked(self, rows: Sequence[Row], known: Mapping[str, Known]) -> Mapping[str, Collection[str]]:
        """Return, by subscriber, those of the tags that lines bring which he took off himself the last time."""
        brought = {
            one.subscriber.id: new
            for row in rows
            if row.tags and (one := known.get(row.key)) and (new := set(row.tags) - set(one.subscriber.tags))
        }
        if not brought or self._transaction is None:
            return {}
        told = consents.own_tags(self._transaction, list(brought))
        return {who: {tag for tag in brought[who] if marks(notes, tag) is False} for who, notes in told.items()}

    def _gone(self, keys: Sequence[str]) -> set[str]:
        """Return those of some keys whose readers were erased; who signed up since has yet to confirm."""
        if not self._anyone_erased or self._transaction is None or self._key is None:
            return set()
        hashes = {self._key.hash(key): key for key in keys}
        return {hashes[hash_] for hash_ in erased.among(self._transaction, list(hashes))}


class _Tally:
    """Counts what a survey finds."""

    def __init__(self) -> None:
        self.new: Counter[str] = Counter()
        self.changed: Counter[str] = Counter()
        self.stayed: Counter[str] = Counter()
        self.changes = self.unchanged = self.unwarranted = 0

    def count(self, outcome: Outcome) -> None:
        match outcome:
            case New():
                self.new[outcome.status] += 1
                self.unwarranted += outcome.consent == "confirmed"
            case Changed():
                self.changes += 1
                self.changed.update(outcome.after.keys())
                self.unwarranted += outcome.what == "confirmed"
            case Stayed():
                self.stayed[outcome.why] += 1
            case Repeated() | None:
                self.unchanged += 1


def _tally(chunks: Iterable[Sequence[Row]], against: _Against) -> _Tally:
    tally = _Tally()
    for rows in chunks:
        for _, outcome in against(rows):
            tally.count(outcome)
    return tally


def _good_lines(
    source: Reading, seen: Seen, rejects: RejectsFile, spool: Spool, progress: Progress
) -> Iterator[list[Row]]:
    """Put the good lines of a list on the spool, and yield them, in chunks."""
    for chunk in _chunks(source):
        rows = _sorted_out(chunk, seen, rejects, spool, source.header, source.address_at)
        spool.add(rows)
        yield rows
        progress(len(chunk))


def _sorted_out(
    chunk: Sequence[Row | Reject],
    seen: Seen,
    rejects: RejectsFile,
    spool: Spool,
    header: Sequence[str],
    address_at: int,
) -> list[Row]:
    """Tell the good lines from those that are refused, which are written down; an opt-out in a double counts."""
    rows = [line for line in chunk if isinstance(line, Row)]
    doubles = seen.doubles([(row.key, row.line) for row in rows])
    refused = [line for line in chunk if isinstance(line, Reject)]
    refused += [_double(rows[place], first, at=address_at) for place, first in doubles.items()]
    for reject in sorted(refused, key=attrgetter("line")):
        rejects.add(reject, header)
    for place in doubles:
        if rows[place].status in {"left", "suppressed"}:
            spool.overrule(rows[place])
    return [row for place, row in enumerate(rows) if place not in doubles] if doubles else rows


def _double(row: Row, first: int, *, at: int) -> Reject:
    """Refuse a double; its address stands in the column ``at``, counted from 0."""
    reason = f"It stands on line {first} already."
    if row.outs:
        reason += f" {COUNTS}"
    return Reject(line=row.line, address=row.address, kind="double", reason=reason, cells=(*[""] * at, row.address))


def _chunks(lines: Iterable[Row | Reject]) -> Iterator[list[Row | Reject]]:
    lines = iter(lines)
    for first in lines:
        yield list(chain([first], islice(lines, CHUNK - 1)))


def _fingerprint(file: Path, manner: Manner, fields: Mapping[str, FieldType]) -> str:
    """Sum up a file and the manner in which it is read and imported: of the same, the same lines are good."""
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256")
    manners = manner.text, manner.double_opt_in, sorted(manner.columns.items()), sorted(fields.items())
    digest.update(repr(manners).encode())
    return digest.hexdigest()
