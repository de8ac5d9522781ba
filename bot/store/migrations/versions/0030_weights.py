"""Each task has what its server counts 4K images and those from pictures as, for its buttons."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    """Add the columns; what older tasks' buttons say stays."""
    for name in ("weight_4k", "weight_references"):
        op.add_column("task", sa.Column(name, sa.Integer(), nullable=False, server_default="1"))
