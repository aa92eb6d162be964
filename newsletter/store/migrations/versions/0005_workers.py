"""The roll of workers: who lives on which machine, what each does, and by what they tell whether they are alike."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"

_MOMENT = sa.DateTime(timezone=True)
_SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_DOCUMENT = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "workers",
        sa.Column("id", _SERIAL, primary_key=True, autoincrement=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("name", "machine", "version")),
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("pid", "slots")),
        *(sa.Column(name, _DOCUMENT, nullable=False) for name in ("tables", "secrets", "doing")),
        *(sa.Column(name, _MOMENT, nullable=False) for name in ("since", "seen", "lapses")),
        sa.Column("waits", sa.Text, nullable=False, server_default=""),
        sqlite_autoincrement=True,
    )
