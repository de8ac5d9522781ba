"""Events are pruned by age; the hash of a result, which nothing read, is gone."""

from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Drop the column, and index the time."""
    op.create_index("task_event_at", "task_event", ["at"])
    op.drop_column("result", "sha256")
