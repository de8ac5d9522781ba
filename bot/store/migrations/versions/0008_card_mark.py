"""A card is known by a number of its own: another process may have answered the interaction."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the column; the cards that are there have none."""
    op.add_column("task", sa.Column("card_mark", sa.BigInteger()))
