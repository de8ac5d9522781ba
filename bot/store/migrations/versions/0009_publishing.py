"""A task knows that it was asked to be posted for everybody."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add it; of none is it asked yet."""
    publishing = sa.Column("publishing", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("task", publishing)
