"""What a chunk of an import writes, collected so that each table is written once."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from newsletter.audience.consent import Draw
from newsletter.audience.files import Row
from newsletter.audience.occasion import Occasion
from newsletter.audience.reconcile import Changed, New, Outcome, Repeated, Stayed, columns, stored
from newsletter.audience.replay import AS
from newsletter.model.subscriber import What
from newsletter.store import bulk, consents, imports, notices, subscribers
from newsletter.store.database import Transaction
from newsletter.store.subscribers import Known

_COMING = frozenset({"confirmed", "pending"})


@dataclass(slots=True, kw_only=True)
class Batch:
    """The writes of one chunk; ``text`` is the id of what new readers consented to, ``counts`` is by outcome."""

    number: int
    text: int | None
    occasion: Occasion
    rows: list[tuple[object, ...]] = field(default_factory=list)
    marked: list[tuple[str, str]] = field(default_factory=list)
    entries: list[consents.Entry] = field(default_factory=list)
    changes: list[tuple[str, Mapping[str, object]]] = field(default_factory=list)
    repeated: list[consents.Entry] = field(default_factory=list)
    kept: dict[str, imports.Change] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    def take(self, row: Row, known: Known | None, outcome: Outcome, draw: Draw) -> None:
        """Collect what one line writes."""
        if isinstance(outcome, New):
            self._add(row, outcome, draw())
            self.counts["new"] += 1
        elif isinstance(outcome, Changed) and known:
            self._change(row, known, outcome)
            self.counts["changed"] += 1
        elif isinstance(outcome, Repeated) and known:
            self._repeat(row, known.subscriber.id, outcome.ways)
            self.counts["unchanged"] += 1
        else:
            self.counts["stayed" if isinstance(outcome, Stayed) else "unchanged"] += 1

    def _add(self, row: Row, new: New, identity: str) -> None:
        joined = row.joined or (self.occasion.day if new.status in _COMING else None)  # who had left did not join now
        since = dict.fromkeys(new.against, bulk.moment(self.occasion.at))
        self.rows.append(
            (
                identity,
                row.address,
                row.key,
                row.key.rpartition("@")[2],
                row.name or "",
                row.language,
                joined and joined.isoformat(),
                new.consent,
                since.get("complained_at"),
                since.get("bounced_at"),
                since.get("blocked_at"),
                row.paused_until and row.paused_until.isoformat(),
                "import",
                bulk.document(stored(row.fields)) if row.fields else "{}",
            )
        )
        self.marked += [(identity, tag) for tag in row.tags]
        status = new.status
        first, *others = new.ways
        note = None if status == "confirmed" else f"{AS}{first}"
        self.entries.append((identity, "imported", self.text if status == "confirmed" else None, row.line, note))
        self._add_ways(row, identity, others)

    def _change(self, row: Row, known: Known, changed: Changed) -> None:
        identity = known.subscriber.id
        if set_ := columns(changed.after, known):
            self.changes.append((identity, set_))
        self.marked += [(identity, tag) for tag in changed.after.get("tags", ())]  # type: ignore[attr-defined]
        self.kept[identity] = changed.before, changed.after
        text = self.text if changed.what == "confirmed" else None
        self.entries.append((identity, changed.what, text, row.line, ", ".join(changed.after)))
        self._add_ways(row, identity, changed.also)
        self._repeat(row, identity, changed.repeated)

    def _add_ways(self, row: Row, identity: str, ways: Sequence[str]) -> None:
        """Write down that he opted out in more ways; an import has one record of each new and each changed reader."""
        self.entries += [(identity, "repeated", None, row.line, way) for way in ways]

    def _repeat(self, row: Row, identity: str, ways: Sequence[What]) -> None:
        self.repeated += [(identity, "repeated", None, row.line, what) for what in ways]

    def write(self, transaction: Transaction, *, asks: bool) -> None:
        """Write what was collected; with ``asks`` also a notice for each new reader who is pending."""
        before = consents.last(transaction)
        subscribers.insert_rows(transaction, self.rows, self.marked)
        subscribers.change_many(transaction, self.changes)
        imports.keep_changes(transaction, self.number, self.kept)
        by_lists = consents.by_lists_alone(transaction, list({entry[0] for entry in self.repeated}))
        self.entries += [entry for entry in self.repeated if (entry[0], entry[-1]) in by_lists]
        consents.write_imported(transaction, self.number, self.entries, at=self.occasion.at)
        if asks:
            notices.queue_for_import(transaction, self.number, after=before, at=self.occasion.at)
