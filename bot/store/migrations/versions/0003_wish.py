"""Refused wishes."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make their table."""
    op.create_table(
        "wish",
        sa.Column("id", _serial, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("wish", sa.JSON(), nullable=False),
        sa.Column("refused_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_wish"),
        sqlite_autoincrement=True,
    )
    op.create_index("wish_refused", "wish", ["refused_at"])
