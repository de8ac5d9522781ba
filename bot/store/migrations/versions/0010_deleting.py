"""A task knows that its images are to be deleted."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add it; of none is it asked yet."""
    deleting = sa.Column("deleting", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("task", deleting)
