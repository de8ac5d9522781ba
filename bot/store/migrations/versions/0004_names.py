"""Pages know what they are called at Discord: earlier ones by their rows, as they were posted."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add it, and what a page follows."""
    op.add_column("post", sa.Column("nonce", sa.String(), nullable=False, server_default=""))
    op.add_column("post", sa.Column("follows", sa.BigInteger()))
    op.execute("UPDATE post SET nonce = task_id || '.' || page")
