"""Notices that wait to be sent, and the files that were written with addresses in them."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_MOMENT = sa.DateTime(timezone=True)
_SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the two tables."""
    op.create_table(
        "notices",
        sa.Column("id", _SERIAL, primary_key=True, autoincrement=True),
        sa.Column("subscriber", sa.String(32), sa.ForeignKey("subscribers.id", ondelete="CASCADE"), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("consent", _SERIAL, sa.ForeignKey("consents.id"), nullable=False),
        sa.Column("queued_at", _MOMENT, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_notices_subscriber", "notices", ["subscriber"])
    op.create_table(
        "files",
        sa.Column("id", _SERIAL, primary_key=True, autoincrement=True),
        sa.Column("path", sa.Text, nullable=False, unique=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sqlite_autoincrement=True,
    )
