"""Two tables get the names that everything else has: ``draft`` and ``upload``."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

_Serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_kept = sa.text("file IS NOT NULL")


def upgrade() -> None:
    """Copy the rows: SQLite renames a table, but neither its constraints nor its indexes."""
    op.create_table(
        "draft",
        sa.Column("id", _Serial, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("draft", sa.JSON(), nullable=False),
        sa.Column("refused_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_draft"),
        sqlite_autoincrement=True,
    )
    op.execute(
        "INSERT INTO draft (id, guild_id, user_id, draft, refused_at)"
        " SELECT id, guild_id, user_id, wish, refused_at FROM wish"
    )
    op.drop_table("wish")
    op.create_index("draft_refused", "draft", ["refused_at"])
    op.create_table(
        "upload",
        sa.Column("task_id", _Serial, autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("pixels", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("file", sa.String()),
        sa.Column("file_id", sa.String()),
        sa.Column("url", sa.String()),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name="fk_upload_task_id"),
        sa.PrimaryKeyConstraint("task_id", "position", name="pk_upload"),
    )
    op.execute(
        "INSERT INTO upload (task_id, position, source, pixels, file, file_id, url)"
        " SELECT task_id, position, source, pixels, file, file_id, url FROM reference"
    )
    op.drop_table("reference")
    for name, column in (("upload_picture", "source"), ("upload_file", "file")):
        op.create_index(name, "upload", [column], sqlite_where=_kept, postgresql_where=_kept)
