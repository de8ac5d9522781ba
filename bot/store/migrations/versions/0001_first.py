"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "fact",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_fact"),
    )
    op.create_table(
        "member",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("turns", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "user_id", name="pk_member"),
    )
    op.create_table(
        "quota_rule",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("window", sa.String(), nullable=False),
        sa.Column("images", sa.Integer()),
        sa.Column("set_by", sa.BigInteger(), nullable=False),
        sa.Column("set_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "guild_id", "subject", "subject_id", "window", name="pk_quota_rule"
        ),
    )
    op.create_table(
        "task",
        sa.Column("id", _serial, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("interaction_id", sa.BigInteger(), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("token", sa.String()),
        sa.Column("card_id", sa.BigInteger()),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.Column("quality", sa.String(), nullable=False),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reserved", sa.Integer(), nullable=False),
        sa.Column("charged", sa.Integer()),
        sa.Column("charged_at", sa.BigInteger()),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("intent_at", sa.BigInteger()),
        sa.Column("remote_id", sa.String()),
        sa.Column("submitted_at", sa.BigInteger()),
        sa.Column("progress", sa.Integer(), nullable=False),
        sa.Column("estimate", sa.Integer()),
        sa.Column("wake_at", sa.BigInteger()),
        sa.Column("owner", sa.String()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("deadline", sa.BigInteger()),
        sa.Column("parent_id", _serial),
        sa.Column("upload_limit", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String()),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("drawn_ms", sa.BigInteger()),
        sa.ForeignKeyConstraint(["parent_id"], ["task.id"], name="fk_task_parent_id"),
        sa.PrimaryKeyConstraint("id", name="pk_task"),
        sa.UniqueConstraint("interaction_id", name="uq_task_interaction_id"),
        sa.UniqueConstraint("remote_id", name="uq_task_remote_id"),
    )
    op.create_index("task_created", "task", ["created_at"])
    op.create_index(
        "task_drawn",
        "task",
        ["quality", "reserved", "id"],
        sqlite_where=sa.text("drawn_ms IS NOT NULL"),
        postgresql_where=sa.text("drawn_ms IS NOT NULL"),
    )
    op.create_index(
        "task_due",
        "task",
        ["wake_at"],
        sqlite_where=sa.text("wake_at IS NOT NULL"),
        postgresql_where=sa.text("wake_at IS NOT NULL"),
    )
    op.create_index("task_in_state", "task", ["state", "user_id"])
    op.create_index("task_of_user", "task", ["guild_id", "user_id", "created_at"])
    op.create_index(
        "task_owned",
        "task",
        ["owner"],
        sqlite_where=sa.text("owner IS NOT NULL"),
        postgresql_where=sa.text("owner IS NOT NULL"),
    )
    op.create_table(
        "post",
        sa.Column("task_id", _serial, autoincrement=False, nullable=False),
        sa.Column("page", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("stop", sa.Integer(), nullable=False),
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("intent_at", sa.BigInteger()),
        sa.Column("channel_id", sa.BigInteger()),
        sa.Column("message_id", sa.BigInteger()),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name="fk_post_task_id"),
        sa.PrimaryKeyConstraint("task_id", "page", name="pk_post"),
    )
    op.create_table(
        "reference",
        sa.Column("task_id", _serial, autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("file", sa.String()),
        sa.Column("file_id", sa.String()),
        sa.Column("url", sa.String()),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name="fk_reference_task_id"),
        sa.PrimaryKeyConstraint("task_id", "position", name="pk_reference"),
    )
    op.create_table(
        "result",
        sa.Column("task_id", _serial, autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("file", sa.String()),
        sa.Column("width", sa.Integer()),
        sa.Column("height", sa.Integer()),
        sa.Column("bytes", sa.BigInteger()),
        sa.Column("sha256", sa.String()),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name="fk_result_task_id"),
        sa.PrimaryKeyConstraint("task_id", "position", name="pk_result"),
    )
    op.create_index(
        "result_stored",
        "result",
        ["task_id"],
        sqlite_where=sa.text("file IS NOT NULL"),
        postgresql_where=sa.text("file IS NOT NULL"),
    )
    op.create_table(
        "task_event",
        sa.Column("id", _serial, nullable=False),
        sa.Column("task_id", _serial, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name="fk_task_event_task_id"),
        sa.PrimaryKeyConstraint("id", name="pk_task_event"),
    )
    op.create_index("task_event_of_task", "task_event", ["task_id"])
