"""The tables, as the queries of this folder see them: those of the readers here, those of sending from `ledger`.

They come into being by ``migrations/`` alone; a test holds that both say the same. Moments are aware UTC, days are
days in the newsletter's zone.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    false,
)

from newsletter.store.columns import SERIAL, Document, Moment, metadata, serial
from newsletter.store.ledger import HAD, NOTED, answers, attempts, deliveries, editions, events, quotas, runs, webhooks

__all__ = [
    "HAD",
    "HEAD",
    "NOTED",
    "SERIAL",
    "STATUS",
    "Document",
    "Moment",
    "answers",
    "attempts",
    "consent_texts",
    "consents",
    "deliveries",
    "editions",
    "erased",
    "events",
    "facts",
    "files",
    "gates",
    "import_changes",
    "imports",
    "metadata",
    "moves",
    "notices",
    "quotas",
    "runs",
    "subscribers",
    "tags",
    "webhooks",
    "workers",
]

HEAD = "0005"
"""The revision of the schema that this program works with: the last file in ``migrations/versions``."""

STATUS = (
    "CASE WHEN complained_at IS NOT NULL OR bounced_at IS NOT NULL OR blocked_at IS NOT NULL "
    "THEN 'suppressed' ELSE consent END"
)
"""How the database itself computes a status, so that no code can set it against what is known."""

subscribers = Table(
    "subscribers",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("address", Text, nullable=False),
    Column("key", Text, nullable=False, unique=True),
    Column("domain", Text, nullable=False),
    Column("name", Text, nullable=False, server_default=""),
    Column("language", Text),
    Column("joined", Date),
    Column("consent", Text, CheckConstraint("consent IN ('pending', 'confirmed', 'left')"), nullable=False),
    Column("complained_at", Moment),
    Column("bounced_at", Moment),
    Column("blocked_at", Moment),
    Column("status", Text, Computed(STATUS, persisted=True), nullable=False),
    Column("paused_until", Date),
    Column("source", Text, nullable=False),
    Column("fields", Document, nullable=False, server_default="{}"),
    Index("subscribers_status", "status"),
)
"""``key`` is what the spellings of one address have in common, ``domain`` its part behind the @."""

tags = Table(
    "tags",
    metadata,
    Column("subscriber", ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True),
    Column("tag", Text, primary_key=True),
    Index("tags_tag", "tag"),
)

consent_texts = Table(
    "consent_texts",
    metadata,
    serial(),
    Column("version", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
)
"""``hash`` is of version and text, of which PostgreSQL keeps none longer than 2,704 bytes in an index."""

imports = Table(
    "imports",
    metadata,
    serial(),
    Column("file", Text, nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("origin", Text),
    Column("text", ForeignKey("consent_texts.id")),
    Column("state", Text, CheckConstraint("state IN ('open', 'done', 'undone')"), nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("lines", Integer, nullable=False),
    Column("done", Integer, nullable=False, server_default="0"),
    Column("new", Integer, nullable=False, server_default="0"),
    Column("changed", Integer, nullable=False, server_default="0"),
    Column("unchanged", Integer, nullable=False, server_default="0"),
    Column("stayed", Integer, nullable=False, server_default="0"),
    Column("rejected", Integer, nullable=False, server_default="0"),
    Column("taken_back", Integer, nullable=False, server_default="0"),
    Column("pruned_at", Moment),
    sqlite_autoincrement=True,
)
"""``lines`` good rows are to be applied, ``done`` of them are; these are new, changed, unchanged or stayed as they
were (left, suppressed). ``rejected`` came not so far. ``pruned_at`` says since when nothing is there to undo it."""

import_changes = Table(
    "import_changes",
    metadata,
    Column("import_id", ForeignKey("imports.id"), primary_key=True),
    Column("subscriber", ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True),
    Column("before", Document, nullable=False),
    Column("after", Document, nullable=False),
    Index("import_changes_subscriber", "subscriber"),
)
"""What an import changed of a subscriber who was there already: only the columns it changed."""

consents = Table(
    "consents",
    metadata,
    serial(),
    Column("subscriber", String(32), nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("what", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("text", ForeignKey("consent_texts.id")),
    Column("import_id", ForeignKey("imports.id")),
    Column("line", Integer),
    Column("origin", Text),
    Column("note", Text),
    Index("consents_import", "import_id"),
    sqlite_autoincrement=True,
)
"""Append-only, by triggers. No foreign key to the subscriber: the record of what happened outlives the address."""

erased = Table("erased", metadata, Column("hash", String(64), primary_key=True), Column("at", Moment, nullable=False))
"""Addresses that were erased, hashed under a key that stands elsewhere."""

facts = Table("facts", metadata, Column("name", Text, primary_key=True), Column("value", Text, nullable=False))
"""What the store knows of itself: a hash that tells whether the erase key is the right one."""

moves = Table(
    "moves",
    metadata,
    serial(),
    Column("subscriber", ForeignKey("subscribers.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("record", ForeignKey("consents.id"), nullable=False),
    Column("before", Text, nullable=False),
    Column("before_key", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("after_key", Text, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("done_at", Moment),
    Column("undone_at", Moment),
    sqlite_autoincrement=True,
)
"""Changes of address that readers asked for, with the keys of both addresses. ``record`` is the asking's."""

notices = Table(
    "notices",
    metadata,
    serial(),
    Column("subscriber", ForeignKey("subscribers.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("consent", ForeignKey("consents.id")),
    Column("move", ForeignKey("moves.id", ondelete="CASCADE"), index=True),
    Column("address", Text),
    Column("key", Text, nullable=False),
    Column("bulk", Boolean, nullable=False, server_default=false()),
    Column("state", Text, nullable=False),
    Column("queued_at", Moment, nullable=False),
    Column("not_before", Moment, nullable=False),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("attempt", String(32)),
    Column("expires_at", Moment),
    Column("fingerprint", String(64)),
    Column("ended_at", Moment),
    Column("provider_id", Text),
    Column("reason", Text, nullable=False, server_default=""),
    CheckConstraint("(consent IS NULL) <> (move IS NULL)", name="notices_about_one"),
    CheckConstraint(
        "state IN ('waiting', 'sending', 'accepted', 'refused', 'skipped', 'in doubt')", name="notices_state"
    ),
    Index("notices_due", "state", "bulk", "not_before"),
    Index("notices_key", "key"),
    sqlite_autoincrement=True,
)
"""Mails about the subscription itself, and what became of each. It is about a consent record or about a move; ``key``
is that of the address it goes to, ``address`` only there when that is not the subscriber's own. Nobody waits in front
of his screen for one that is ``bulk``. While there is no ``fingerprint`` nothing has left."""

gates = Table("gates", metadata, Column("key", Text, primary_key=True), Column("tat", BigInteger, nullable=False))
"""When a limit is at rest again (the *theoretical arrival time* of GCRA), in microseconds since 1970, UTC."""

files = Table(
    "files",
    metadata,
    serial(),
    Column("path", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("at", Moment, nullable=False),
    sqlite_autoincrement=True,
)
"""Files that were written with addresses in them, so that whoever erases a reader knows where to look."""

workers = Table(
    "workers",
    metadata,
    serial(),
    Column("name", Text, nullable=False),
    Column("machine", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("slots", Integer, nullable=False),
    Column("tables", Document, nullable=False),
    Column("secrets", Document, nullable=False),
    Column("doing", Document, nullable=False),
    Column("since", Moment, nullable=False),
    Column("seen", Moment, nullable=False),
    Column("lapses", Moment, nullable=False),
    Column("waits", Text, nullable=False, server_default=""),
    sqlite_autoincrement=True,
)
"""Workers on many machines, by the server's clock; whoever is heard of before it ``lapses`` lives. ``tables`` and
``secrets`` are what tells whether two of them are set up alike. ``waits`` says why one takes no work."""
