"""A reference knows how many pixels are decoded for it."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Add it; what came before costs nothing any more."""
    op.add_column(
        "reference", sa.Column("pixels", sa.Integer(), nullable=False, server_default="0")
    )
