"""Quotas by role and window, grants, what a server sets for itself, and a log of every change."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

_SUBJECT = ("subject", "subject_id", "kind", "number")


def upgrade() -> None:
    """Create the tables, and bring every rule and block along."""
    settings = op.create_table(
        "quota_setting",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("guild_id", *_SUBJECT, name="pk_quota_setting"),
    )
    op.create_table(
        "quota_change",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("before", sa.JSON()),
        sa.Column("after", sa.JSON()),
        sa.Column("actor", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("undone", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.PrimaryKeyConstraint("id", name="pk_quota_change"),
    )
    op.create_index("quota_change_of_server", "quota_change", ["guild_id", "id"])
    rows = op.get_bind().execute(
        sa.text(
            "SELECT guild_id, subject, subject_id, window, images, set_by, set_at FROM quota_rule"
        )
    )
    brought = [_setting(*row) for row in rows]
    if brought:
        op.bulk_insert(settings, brought)
    op.drop_table("quota_rule")
    for name, default in (("weight", "1"), ("granted", "0")):
        op.add_column("task", sa.Column(name, sa.Integer(), nullable=False, server_default=default))
    op.create_index(
        "task_of_server",
        "task",
        ["guild_id", "created_at", "user_id", "weight", "reserved", "charged"],
    )
    granted = sa.text("granted > 0")
    columns = ["guild_id", "user_id", "created_at"]
    op.create_index("task_granted", "task", columns, sqlite_where=granted, postgresql_where=granted)


def _setting(  # noqa: PLR0913, PLR0917 - a row
    guild_id: int,
    subject: str,
    subject_id: int,
    window: str,
    images: int | None,
    set_by: int,
    set_at: int,
) -> dict[str, object]:
    is_block = window == "block"
    value = {"by": set_by, "since": set_at} if is_block else {"images": images, "window": window}
    return {
        "guild_id": guild_id,
        "subject": subject,
        "subject_id": subject_id,
        "kind": "block" if is_block else "limit",
        "number": 0,
        "value": value,
    }
