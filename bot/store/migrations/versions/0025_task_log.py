"""Tasks can be logged for their server's admins."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"

_Serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add where, and those that still are to be."""
    op.add_column("task", sa.Column("log_channel", sa.BigInteger()))
    op.create_table(
        "task_log",
        sa.Column("task_id", _Serial, autoincrement=False, nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("intent_at", sa.BigInteger()),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name="fk_task_log_task_id"),
        sa.PrimaryKeyConstraint("task_id", name="pk_task_log"),
    )
    op.create_index("task_log_of_channel", "task_log", ["channel_id", "task_id"])
