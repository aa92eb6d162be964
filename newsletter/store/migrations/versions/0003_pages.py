"""Notices with what becomes of them, changes of address, and the limits of the pages for readers."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_MOMENT = sa.DateTime(timezone=True)
_SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_STATES = "state IN ('waiting', 'sending', 'accepted', 'refused', 'skipped', 'in doubt')"


def upgrade() -> None:
    """Make two tables, and give each notice that waits the columns of one that is sent."""
    _moves()
    op.create_table(
        "gates", sa.Column("key", sa.Text, primary_key=True), sa.Column("tat", sa.BigInteger, nullable=False)
    )
    _widen_notices()
    op.execute(
        "UPDATE notices SET state = 'waiting', not_before = queued_at, "
        "key = (SELECT key FROM subscribers WHERE subscribers.id = notices.subscriber), "
        "bulk = EXISTS (SELECT 1 FROM consents WHERE consents.id = notices.consent AND import_id IS NOT NULL)"
    )
    _hold_notices()


def _moves() -> None:
    op.create_table(
        "moves",
        sa.Column("id", _SERIAL, primary_key=True, autoincrement=True),
        sa.Column("subscriber", sa.String(32), sa.ForeignKey("subscribers.id", ondelete="CASCADE"), nullable=False),
        sa.Column("record", _SERIAL, sa.ForeignKey("consents.id"), nullable=False),
        sa.Column("before", sa.Text, nullable=False),
        sa.Column("before_key", sa.Text, nullable=False),
        sa.Column("after", sa.Text, nullable=False),
        sa.Column("after_key", sa.Text, nullable=False),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("done_at", _MOMENT),
        sa.Column("undone_at", _MOMENT),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_moves_subscriber", "moves", ["subscriber"])


def _widen_notices() -> None:
    with op.batch_alter_table("notices", table_kwargs={"sqlite_autoincrement": True}) as notices:
        notices.add_column(sa.Column("move", _SERIAL))
        notices.add_column(sa.Column("address", sa.Text))
        notices.add_column(sa.Column("key", sa.Text))
        notices.add_column(sa.Column("bulk", sa.Boolean, nullable=False, server_default=sa.false()))
        notices.add_column(sa.Column("state", sa.Text))
        notices.add_column(sa.Column("not_before", _MOMENT))
        notices.add_column(sa.Column("tries", sa.Integer, nullable=False, server_default="0"))
        notices.add_column(sa.Column("attempt", sa.String(32)))
        notices.add_column(sa.Column("expires_at", _MOMENT))
        notices.add_column(sa.Column("fingerprint", sa.String(64)))
        notices.add_column(sa.Column("ended_at", _MOMENT))
        notices.add_column(sa.Column("provider_id", sa.Text))
        notices.add_column(sa.Column("reason", sa.Text, nullable=False, server_default=""))


def _hold_notices() -> None:
    with op.batch_alter_table("notices", table_kwargs={"sqlite_autoincrement": True}) as notices:
        notices.alter_column("consent", existing_type=_SERIAL, nullable=True)
        for name, kind in (("key", sa.Text()), ("state", sa.Text()), ("not_before", _MOMENT)):
            notices.alter_column(name, existing_type=kind, nullable=False)
        notices.create_foreign_key("notices_move_fkey", "moves", ["move"], ["id"], ondelete="CASCADE")
        notices.create_check_constraint("notices_about_one", "(consent IS NULL) <> (move IS NULL)")
        notices.create_check_constraint("notices_state", _STATES)
    op.create_index("ix_notices_move", "notices", ["move"])
    op.create_index("notices_due", "notices", ["state", "bulk", "not_before"])
    op.create_index("notices_key", "notices", ["key"])
