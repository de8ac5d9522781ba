"""One image of several can be deleted: its task knows which, and the result that it was."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Add the columns. Of tasks whose images were deleted, the task itself says so."""
    op.add_column("task", sa.Column("removing", sa.Integer()))
    deleted = sa.Column("deleted", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("result", deleted)
