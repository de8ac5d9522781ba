"""Refused drafts keep why they were refused, for the overview of a server."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Those of before, which are at most a day old, have no reason."""
    op.add_column("draft", sa.Column("reason", sa.String(), nullable=False, server_default=""))
    op.create_index("draft_of_server", "draft", ["guild_id", "refused_at", "reason"])
