"""A task keeps the model that it was asked of; durations are looked up by model."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

_drawn = sa.text("drawn_ms IS NOT NULL")


def upgrade() -> None:
    """Add the column. Until now, only Seedream 4.5 was supported."""
    model = sa.Column("model", sa.String(), nullable=False, server_default="doubao-seedream-4.5")
    op.add_column("task", model)
    op.drop_index("task_drawn", "task")
    op.create_index(
        "task_drawn",
        "task",
        ["model", "quality", "reserved", "id"],
        sqlite_where=_drawn,
        postgresql_where=_drawn,
    )
