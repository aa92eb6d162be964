"""Is a store whole, of the schema that it should be, and lawful; and what does it hold.

A damaged store is not asked further: what it would say of its laws is not to be trusted.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import get_args

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from newsletter import addresses
from newsletter.model.finding import Finding
from newsletter.model.subscriber import Reason, Status
from newsletter.store import deliveries, editions, erased, hints, imports, notices, runs, subscribers
from newsletter.store.database import Store, Transaction
from newsletter.store.imports import State
from newsletter.store.laws import LAWS
from newsletter.store.schema import metadata
from newsletter.store.schema import subscribers as readers

_MOST = 5
"""So many of what SQLite says of a damaged file are told."""

_GUARDS = frozenset({"consents_remain", "consents_stay"})
_DAMAGED = "Keep the database as it is, and restore a backup beside it."
_UNLAWFUL = (
    "Something else than newsletter wrote to the list, or newsletter is at fault: restore a backup, or report this."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What a check found.

    ``counts`` are subscribers by their reason or status, and what else there is; empty when the store is damaged.
    Without ``findings`` all is well.
    """

    place: str
    counts: Mapping[str, int]
    findings: tuple[Finding, ...]


def check(store: Store) -> Health:
    """Look at all of a store in one state; nothing is changed. Raises: StoreError when it cannot be read at all."""
    with store.reading() as transaction:
        return look(transaction, store.place)


def look(transaction: Transaction, place: str) -> Health:
    """Look at the store as a transaction sees it."""
    damage = tuple(_lacking(transaction)) or tuple(_damage(transaction))
    if damage:
        return Health(place=place, counts={}, findings=damage)
    looks = (_unguarded, _broken, _misspelt, _altered, _unhinted)
    wrong = chain.from_iterable(look(transaction) for look in looks)
    return Health(place=place, findings=tuple(wrong), counts=_counts(transaction))


def _wrong(code: str, sentence: str, remedy: str) -> Finding:
    return Finding(code=code, level="error", sentence=sentence, remedy=remedy)


def _damage(transaction: Transaction) -> Iterator[Finding]:
    """What the database says of itself."""
    if transaction.dialect.name == "sqlite":
        for said in transaction.scalars(text(f"PRAGMA integrity_check({_MOST})")):
            if said != "ok":
                yield _wrong("damaged", f"The file is damaged: {said}.", _DAMAGED)
        return
    for table in metadata.sorted_tables:
        if not _can_be_read(transaction, table.name):
            yield _wrong("damaged", f"The table `{table.name}` cannot be read.", _DAMAGED)
    for index in transaction.scalars(text(_INVALID), {"tables": list(metadata.tables)}):
        yield _wrong("index-invalid", f"The index `{index}` is not valid.", f"Make it anew: REINDEX INDEX {index}")


_INVALID = """
SELECT indexes.relname FROM pg_index
JOIN pg_class indexes ON indexes.oid = indexrelid JOIN pg_class tables ON tables.oid = indrelid
WHERE NOT (indisvalid AND indisready) AND tables.relname = ANY(:tables) AND pg_table_is_visible(tables.oid)
"""


def _can_be_read(transaction: Transaction, table: str) -> bool:
    """Whether every value of a table can be read; what PostgreSQL keeps elsewhere for its length, too."""
    try:
        with transaction.begin_nested():
            transaction.execute(text(f"SELECT sum(length({table}::text)) FROM {table}"))  # noqa: S608 (a name of ours)
    except DBAPIError:
        return False
    return True


def _lacking(transaction: Transaction) -> Iterator[Finding]:
    """What the migrations made and is not there any more; what others added is theirs."""
    for step in compare_metadata(MigrationContext.configure(transaction), metadata):
        if isinstance(step, tuple) and step[0].startswith("add_"):
            kind, thing = step[0].removeprefix("add_"), step[-1]
            sentence = f"The {kind} `{getattr(thing, 'name', None) or thing}` is missing."
            yield _wrong("schema", sentence, "Restore a backup; nothing in newsletter takes that away.")


def _unguarded(transaction: Transaction) -> Iterator[Finding]:
    """Triggers that are gone, or switched off."""
    on_sqlite = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'consents'"
    on_postgresql = "SELECT tgname FROM pg_trigger WHERE tgrelid = 'consents'::regclass AND tgenabled IN ('O', 'A')"
    query = on_sqlite if transaction.dialect.name == "sqlite" else on_postgresql
    for guard in sorted(_GUARDS - set(transaction.scalars(text(query)))):
        sentence = f"Consent records could be altered: the trigger `{guard}` is not there."
        yield _wrong("unguarded", sentence, _UNLAWFUL)


def _unhinted(transaction: Transaction) -> Iterator[Finding]:
    """Tables by which workers on many machines call each other, and which this version could not use."""
    if sentence := hints.wrong(transaction):
        yield _wrong("hints", sentence, hints.UPGRADE)


def _broken(transaction: Transaction) -> Iterator[Finding]:
    """Laws that do not hold, with how many break them, and one of these."""
    for law in LAWS:
        (one,) = law.broken_by.selected_columns
        breakers = law.broken_by.with_only_columns(one.label("one")).subquery()
        count, first = transaction.execute(select(func.count(), func.min(breakers.c.one))).one()
        if count:
            yield _wrong(law.code, f"{law.breakers}: {count:,}, such as {first}.", _UNLAWFUL)


def _misspelt(transaction: Transaction) -> Iterator[Finding]:
    """Subscribers whom nobody finds by their address, since their key or domain is another's."""
    its = readers.c
    found = [
        row.id
        for row in transaction.execute(
            select(its.id, its.address, its.key, its.domain).execution_options(yield_per=5_000)
        )
        if row.key != addresses.key(row.address) or row.domain != row.key.rpartition("@")[2]
    ]
    if found:
        sentence = (
            f"Subscribers whose key or domain is not that of their address: {len(found):,}, such as {min(found)}."
        )
        yield _wrong("misspelt", sentence, _UNLAWFUL)


def _altered(transaction: Transaction) -> Iterator[Finding]:
    """Editions that are not what was sent under their fingerprints."""
    for fingerprint in editions.every(transaction):
        if editions.load(transaction, fingerprint).fingerprint != fingerprint:
            sentence = (
                f"What was sent is kept altered: the content of edition {fingerprint[:12]} has another fingerprint."
            )
            yield _wrong("edition-altered", sentence, _UNLAWFUL)


def _counts(transaction: Transaction) -> Mapping[str, int]:
    by_status = {reason or status: count for (status, reason), count in subscribers.counts(transaction).items()}
    states = Counter(one.state for one in imports.every(transaction))
    mails, over = notices.counts(transaction), Counter(run.is_over for run in runs.every(transaction))
    mailed = deliveries.counts(transaction)
    return {
        **{standing: by_status.get(standing, 0) for standing in (*get_args(Status)[:-1], *get_args(Reason))},
        "erased": erased.count(transaction),
        **{f"imports {state}": states[state] for state in get_args(State)},
        **{f"notices {state}": mails[state] for state in ("waiting", "sending", "in doubt", "refused")},
        "runs going": over[False],
        "runs over": over[True],
        **{f"deliveries {state}": number for state, number in mailed.items()},
    }
