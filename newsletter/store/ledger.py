"""The tables of what is sent to the list, and of what is told of it later; `newsletter.store.schema` has them too."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from newsletter.store.columns import SERIAL, Document, Moment, metadata, serial

editions = Table(
    "editions",
    metadata,
    Column("fingerprint", String(64), primary_key=True),
    Column("issue", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("preheader", Text, nullable=False),
    Column("html", Document, nullable=False),
    Column("text", Document, nullable=False),
    Column("pictures", Document, nullable=False),
    Column("at", Moment, nullable=False),
)
"""What was sent: ``html`` and ``text`` as lists of pieces, a slot as a pair of field and context; of pictures the
names."""

runs = Table(
    "runs",
    metadata,
    serial(),
    Column("token", String(16), nullable=False, unique=True),
    Column("issue", Text, nullable=False, index=True),
    Column("edition", ForeignKey("editions.fingerprint"), nullable=False),
    Column("terms", Document, nullable=False),
    Column("provider", Text, nullable=False),
    Column("segment", Text),
    Column("due_at", Moment, nullable=False),
    Column("pressed_at", Moment, nullable=False),
    Column("pressed_by", Text, nullable=False),
    Column("machine", Text, nullable=False),
    Column("hold", Float, nullable=False, server_default="0"),
    Column("first", Integer),
    Column("quiet", Text, nullable=False, server_default=""),
    Column("state", Text, nullable=False),
    Column("why", Text),
    Column("sentence", Text, nullable=False, server_default=""),
    Column("until", Moment),
    Column("allowed_at", Moment, nullable=False),
    Column("frozen_at", Moment),
    Column("checked_at", Moment),
    Column("held_at", Moment),
    Column("started_at", Moment),
    Column("ended_at", Moment),
    Column("total", Integer),
    Column("told", Text, nullable=False, server_default=""),
    Column("forgiven", SERIAL, nullable=False, server_default="0"),
    CheckConstraint(
        "state IN ('scheduled', 'checking', 'sending', 'paused', 'finished', 'finished with doubts', 'cancelled', "
        "'expired')",
        name="runs_state",
    ),
    CheckConstraint("(state = 'paused') = (why IS NOT NULL)", name="runs_paused"),
    sqlite_autoincrement=True,
)
"""Sendings of an edition. ``token`` begins the ids that travel; ``told`` is what the operator was told of it last;
``forgiven`` the last event that came before he had it go on: of the earlier ones it does not pause again."""

HAD = "state IN ('waiting', 'sending', 'accepted', 'in doubt')"
"""Who has an issue, or may have it, or is about to: nobody is, twice."""

deliveries = Table(
    "deliveries",
    metadata,
    Column("run", ForeignKey("runs.id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("issue", Text, nullable=False),
    Column("subscriber", String(32), nullable=False),
    Column("address", Text),
    Column("key", Text, nullable=False),
    Column("domain", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("joined", Date),
    Column("state", Text, nullable=False),
    Column("attempt", SERIAL),
    Column("provider_id", Text),
    Column("reason", Text, nullable=False, server_default=""),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("not_before", Moment, nullable=False),
    CheckConstraint(
        "state IN ('waiting', 'sending', 'accepted', 'refused', 'skipped', 'in doubt')", name="deliveries_state"
    ),
    UniqueConstraint("subscriber", "run", name="deliveries_subscriber"),
    Index("deliveries_due", "run", "state", "not_before", "seq"),
    Index("deliveries_once", "issue", "key", unique=True, sqlite_where=text(HAD), postgresql_where=text(HAD)),
    sqlite_with_rowid=False,
)
"""The ledger: a reader a row. No foreign key to the subscriber, who may be erased: then ``address`` is NULL, ``name``
empty and ``key`` the hash of what it was. ``deliveries_due`` is a whole index, since SQLite prefers the primary key to
a partial one."""

attempts = Table(
    "attempts",
    metadata,
    serial(),
    Column("run", ForeignKey("runs.id"), nullable=False),
    Column("seqs", Text, nullable=False),
    Column("low", Integer, nullable=False),
    Column("high", Integer, nullable=False),
    Column("size", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("account", String(16), nullable=False),
    Column("worker", Text, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("note", Text, nullable=False, server_default=""),
    CheckConstraint("state IN ('open', 'answered', 'unsent', 'in doubt', 'settled')", name="attempts_state"),
    Index("attempts_state", "state", "expires_at"),
    Index("attempts_run", "run", "low"),
    sqlite_autoincrement=True,
)
"""Requests to the provider, one a row. ``seqs`` are the readers' numbers in the run as ranges, ``1-100,105``; they lie
between ``low`` and ``high``."""

answers = Table(
    "answers",
    metadata,
    serial(),
    Column("attempt", ForeignKey("attempts.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    Column("what", Text, nullable=False),
    Column("said", Text, nullable=False, server_default=""),
    Index("answers_attempt", "attempt", "seq"),
    sqlite_autoincrement=True,
)
"""What was said of one reader in a request, where it is more than “accepted”; and how a doubt was settled."""

NOTED = "note <> ''"
"""Nothing could be learnt from it."""

webhooks = Table(
    "webhooks",
    metadata,
    serial(),
    Column("provider", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("body", Text, nullable=False),
    Column("applied_at", Moment),
    Column("note", Text, nullable=False, server_default=""),
    UniqueConstraint("provider", "key", name="webhooks_once"),
    Index("webhooks_applied", "applied_at"),
    Index("webhooks_noted", "id", sqlite_where=text(NOTED), postgresql_where=text(NOTED)),
    sqlite_autoincrement=True,
)
"""What providers called with, as it came, before anything is done about it. ``key`` is their own name for the call."""

events = Table(
    "events",
    metadata,
    serial(),
    Column("webhook", ForeignKey("webhooks.id"), nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("run", ForeignKey("runs.id")),
    Column("seq", Integer),
    Column("subscriber", String(32)),
    Column("key", Text),
    Column("permanent", Boolean, nullable=False, server_default=false()),
    Column("said", Text, nullable=False, server_default=""),
    Column("alarm", Text, nullable=False, server_default=""),
    Column("acknowledged", Text, nullable=False, server_default=""),
    Index("events_delivery", "run", "seq"),
    Index("events_subscriber", "subscriber"),
    Index("events_key", "key"),
    sqlite_autoincrement=True,
)
"""What became of a mail after it was accepted. Without ``run`` and ``subscriber`` it is about nobody known; ``key`` is
that of the address it names. ``alarm`` says what cannot be true: to a reader who waits, something was delivered; once
the operator has seen to that, his words are ``acknowledged``."""

quotas = Table("quotas", metadata, Column("day", Date, primary_key=True), Column("used", Integer, nullable=False))
"""How many readers' mails were handed to the provider on a day of the newsletter's zone."""
