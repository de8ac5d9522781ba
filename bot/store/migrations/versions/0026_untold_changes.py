"""Each change of what admins set says whether its server's channel was told."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    """Add the column; what was changed before is no news."""
    told = sa.Column("told", sa.Boolean(), nullable=False, server_default=sa.true())
    op.add_column("quota_change", told)
    op.create_index(
        "quota_change_untold",
        "quota_change",
        ["id"],
        sqlite_where=sa.text("told IS 0"),
        postgresql_where=sa.text("told IS false"),
    )
