"""Sending to the list: editions, runs, the ledger of deliveries, and what providers tell."""

import secrets

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0003"

_MOMENT = sa.DateTime(timezone=True)
_SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_DOCUMENT = sa.JSON().with_variant(JSONB(), "postgresql")
_HAD = sa.text("state IN ('waiting', 'sending', 'accepted', 'in doubt')")


def upgrade() -> None:
    """Make the tables; nobody was sent anything before."""
    _editions()
    _runs()
    _deliveries()
    _attempts()
    _events()
    _name()
    op.create_table(
        "quotas", sa.Column("day", sa.Date, primary_key=True), sa.Column("used", sa.Integer, nullable=False)
    )


def _name() -> None:
    """Give the database a name for itself, drawn at random, which its backups have too."""
    facts = sa.table("facts", sa.column("name", sa.Text), sa.column("value", sa.Text))
    op.bulk_insert(facts, [{"name": "identity", "value": secrets.token_hex(16)}])


def _id() -> sa.Column[int]:
    return sa.Column("id", _SERIAL, primary_key=True, autoincrement=True)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _words(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def _editions() -> None:
    op.create_table(
        "editions",
        sa.Column("fingerprint", sa.String(64), primary_key=True),
        *(_text(name) for name in ("issue", "language", "subject", "preheader")),
        *(sa.Column(name, _DOCUMENT, nullable=False) for name in ("html", "text", "pictures")),
        sa.Column("at", _MOMENT, nullable=False),
    )


def _runs() -> None:
    op.create_table(
        "runs",
        _id(),
        sa.Column("token", sa.String(16), nullable=False, unique=True),
        _text("issue"),
        sa.Column("edition", sa.String(64), sa.ForeignKey("editions.fingerprint"), nullable=False),
        sa.Column("terms", _DOCUMENT, nullable=False),
        _text("provider"),
        sa.Column("segment", sa.Text),
        sa.Column("due_at", _MOMENT, nullable=False),
        sa.Column("pressed_at", _MOMENT, nullable=False),
        _text("pressed_by"),
        _text("machine"),
        sa.Column("hold", sa.Float, nullable=False, server_default="0"),
        sa.Column("first", sa.Integer),
        _words("quiet"),
        _text("state"),
        sa.Column("why", sa.Text),
        _words("sentence"),
        sa.Column("until", _MOMENT),
        sa.Column("allowed_at", _MOMENT, nullable=False),
        *(sa.Column(f"{name}_at", _MOMENT) for name in ("frozen", "checked", "held", "started", "ended")),
        sa.Column("total", sa.Integer),
        _words("told"),
        sa.Column("forgiven", _SERIAL, nullable=False, server_default="0"),
        sa.CheckConstraint(
            "state IN ('scheduled', 'checking', 'sending', 'paused', 'finished', 'finished with doubts', 'cancelled', "
            "'expired')",
            name="runs_state",
        ),
        sa.CheckConstraint("(state = 'paused') = (why IS NOT NULL)", name="runs_paused"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_runs_issue", "runs", ["issue"])


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("run", _SERIAL, sa.ForeignKey("runs.id"), primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True),
        _text("issue"),
        sa.Column("subscriber", sa.String(32), nullable=False),
        sa.Column("address", sa.Text),
        *(_text(name) for name in ("key", "domain", "name")),
        sa.Column("joined", sa.Date),
        _text("state"),
        sa.Column("attempt", _SERIAL),
        sa.Column("provider_id", sa.Text),
        _words("reason"),
        sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
        sa.Column("not_before", _MOMENT, nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'sending', 'accepted', 'refused', 'skipped', 'in doubt')", name="deliveries_state"
        ),
        sa.UniqueConstraint("subscriber", "run", name="deliveries_subscriber"),
        sqlite_with_rowid=False,
    )
    op.create_index("deliveries_due", "deliveries", ["run", "state", "not_before", "seq"])
    op.create_index(
        "deliveries_once", "deliveries", ["issue", "key"], unique=True, sqlite_where=_HAD, postgresql_where=_HAD
    )


def _attempts() -> None:
    op.create_table(
        "attempts",
        _id(),
        sa.Column("run", _SERIAL, sa.ForeignKey("runs.id"), nullable=False),
        _text("seqs"),
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("low", "high", "size")),
        _text("state"),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("account", sa.String(16), nullable=False),
        _text("worker"),
        sa.Column("opened_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT),
        _words("note"),
        sa.CheckConstraint("state IN ('open', 'answered', 'unsent', 'in doubt', 'settled')", name="attempts_state"),
        sqlite_autoincrement=True,
    )
    op.create_index("attempts_state", "attempts", ["state", "expires_at"])
    op.create_index("attempts_run", "attempts", ["run", "low"])
    op.create_table(
        "answers",
        _id(),
        sa.Column("attempt", _SERIAL, sa.ForeignKey("attempts.id"), nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        _text("what"),
        _words("said"),
        sqlite_autoincrement=True,
    )
    op.create_index("answers_attempt", "answers", ["attempt", "seq"])


def _events() -> None:
    op.create_table(
        "webhooks",
        _id(),
        _text("provider"),
        _text("key"),
        sa.Column("at", _MOMENT, nullable=False),
        _text("body"),
        sa.Column("applied_at", _MOMENT),
        _words("note"),
        sa.UniqueConstraint("provider", "key", name="webhooks_once"),
        sqlite_autoincrement=True,
    )
    op.create_index("webhooks_applied", "webhooks", ["applied_at"])
    noted = sa.text("note <> ''")
    op.create_index("webhooks_noted", "webhooks", ["id"], sqlite_where=noted, postgresql_where=noted)
    op.create_table(
        "events",
        _id(),
        sa.Column("webhook", _SERIAL, sa.ForeignKey("webhooks.id"), nullable=False),
        _text("kind"),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("run", _SERIAL, sa.ForeignKey("runs.id")),
        sa.Column("seq", sa.Integer),
        sa.Column("subscriber", sa.String(32)),
        sa.Column("key", sa.Text),
        sa.Column("permanent", sa.Boolean, nullable=False, server_default=sa.false()),
        _words("said"),
        _words("alarm"),
        _words("acknowledged"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_events_webhook", "events", ["webhook"])
    op.create_index("events_delivery", "events", ["run", "seq"])
    op.create_index("events_subscriber", "events", ["subscriber"])
    op.create_index("events_key", "events", ["key"])
