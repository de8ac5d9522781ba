"""Servers with a policy are found by an index, for the notices about their caps."""

from alembic import op
from sqlalchemy import text

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Create it."""
    is_policy = text("kind = 'policy'")
    op.create_index(
        "quota_policy",
        "quota_setting",
        ["kind"],
        sqlite_where=is_policy,
        postgresql_where=is_policy,
    )
