"""Subscribers, what is known of them and why, and the imports they came by."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None

_MOMENT = sa.DateTime(timezone=True)
_SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_DOCUMENT = sa.JSON().with_variant(JSONB(), "postgresql")
_STATUS = (
    "CASE WHEN complained_at IS NOT NULL OR bounced_at IS NOT NULL OR blocked_at IS NOT NULL "
    "THEN 'suppressed' ELSE consent END"
)
_KEPT = ("id", "subscriber", "at", "what", "source", "text", "import_id")
_PERSONAL = ("line", "origin", "note")


def upgrade() -> None:
    """Make the tables, and see to it that nothing alters a consent record."""
    _subscribers()
    _imports()
    _consents()
    op.create_table(
        "erased", sa.Column("hash", sa.String(64), primary_key=True), sa.Column("at", _MOMENT, nullable=False)
    )
    op.create_table("facts", sa.Column("name", sa.Text, primary_key=True), sa.Column("value", sa.Text, nullable=False))
    if op.get_bind().dialect.name == "sqlite":
        _guard_on_sqlite()
    else:
        _guard_on_postgresql()


def _subscribers() -> None:
    op.create_table(
        "subscribers",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False, unique=True),
        sa.Column("domain", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False, server_default=""),
        sa.Column("language", sa.Text),
        sa.Column("joined", sa.Date),
        sa.Column(
            "consent", sa.Text, sa.CheckConstraint("consent IN ('pending', 'confirmed', 'left')"), nullable=False
        ),
        sa.Column("complained_at", _MOMENT),
        sa.Column("bounced_at", _MOMENT),
        sa.Column("blocked_at", _MOMENT),
        sa.Column("status", sa.Text, sa.Computed(_STATUS, persisted=True), nullable=False),
        sa.Column("paused_until", sa.Date),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("fields", _DOCUMENT, nullable=False, server_default="{}"),
    )
    op.create_index("subscribers_status", "subscribers", ["status"])
    op.create_table(
        "tags",
        sa.Column("subscriber", sa.String(32), sa.ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("tag", sa.Text, primary_key=True),
    )
    op.create_index("tags_tag", "tags", ["tag"])


def _imports() -> None:
    op.create_table(
        "consent_texts",
        sa.Column("id", _SERIAL, primary_key=True, autoincrement=True),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False, unique=True),
    )
    counts = ("done", "new", "changed", "unchanged", "stayed", "rejected", "taken_back")
    op.create_table(
        "imports",
        sa.Column("id", _SERIAL, primary_key=True, autoincrement=True),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("origin", sa.Text),
        sa.Column("text", _SERIAL, sa.ForeignKey("consent_texts.id")),
        sa.Column("state", sa.Text, sa.CheckConstraint("state IN ('open', 'done', 'undone')"), nullable=False),
        sa.Column("started_at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT),
        sa.Column("lines", sa.Integer, nullable=False),
        *(sa.Column(name, sa.Integer, nullable=False, server_default="0") for name in counts),
        sa.Column("pruned_at", _MOMENT),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "import_changes",
        sa.Column("import_id", _SERIAL, sa.ForeignKey("imports.id"), primary_key=True),
        sa.Column("subscriber", sa.String(32), sa.ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("before", _DOCUMENT, nullable=False),
        sa.Column("after", _DOCUMENT, nullable=False),
    )
    op.create_index("import_changes_subscriber", "import_changes", ["subscriber"])


def _consents() -> None:
    op.create_table(
        "consents",
        sa.Column("id", _SERIAL, primary_key=True, autoincrement=True),
        sa.Column("subscriber", sa.String(32), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("text", _SERIAL, sa.ForeignKey("consent_texts.id")),
        sa.Column("import_id", _SERIAL, sa.ForeignKey("imports.id")),
        sa.Column("line", sa.Integer),
        sa.Column("origin", sa.Text),
        sa.Column("note", sa.Text),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_consents_subscriber", "consents", ["subscriber"])
    op.create_index("consents_import", "consents", ["import_id"])


def _guard_on_sqlite() -> None:
    """Nothing is deleted, nothing altered; what tells of a person may be taken out."""
    altered = " OR ".join(
        [f"NEW.{c} IS NOT OLD.{c}" for c in _KEPT]
        + [f"(NEW.{c} IS NOT OLD.{c} AND NEW.{c} IS NOT NULL)" for c in _PERSONAL]
    )
    refusal = "BEGIN SELECT RAISE(ABORT, 'a consent record is never altered'); END"
    op.execute(f"CREATE TRIGGER consents_stay BEFORE UPDATE ON consents WHEN {altered} {refusal}")
    op.execute(f"CREATE TRIGGER consents_remain BEFORE DELETE ON consents {refusal}")


def _guard_on_postgresql() -> None:
    """The same, in PostgreSQL's own language."""
    altered = " OR ".join(
        [f"NEW.{c} IS DISTINCT FROM OLD.{c}" for c in _KEPT]
        + [f"(NEW.{c} IS DISTINCT FROM OLD.{c} AND NEW.{c} IS NOT NULL)" for c in _PERSONAL]
    )
    op.execute(
        "CREATE FUNCTION refuse_to_alter_consent() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'a consent record is never altered'; END $$"
    )
    refusal = "EXECUTE FUNCTION refuse_to_alter_consent()"
    op.execute(f"CREATE TRIGGER consents_stay BEFORE UPDATE ON consents FOR EACH ROW WHEN ({altered}) {refusal}")
    op.execute(f"CREATE TRIGGER consents_remain BEFORE DELETE ON consents FOR EACH ROW {refusal}")
