"""Tasks can be forgotten; what is stored about somebody is found by an index."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Add the column; of none is it asked yet."""
    op.add_column("task", sa.Column("erasure", sa.String()))
    for name, columns, which in (
        ("task_to_forget", ["created_at"], "erasure IS NULL AND wake_at IS NULL"),
        ("task_erasure", ["erasure", "user_id"], "erasure IS NOT NULL"),
    ):
        where = sa.text(which)
        op.create_index(name, "task", columns, sqlite_where=where, postgresql_where=where)
    for name, table, column in (
        ("draft_of_user", "draft", "user_id"),
        ("tray_of_user", "tray", "user_id"),
        ("quota_change_about", "quota_change", "subject_id"),
        ("quota_setting_about", "quota_setting", "subject_id"),
    ):
        op.create_index(name, table, [column])
