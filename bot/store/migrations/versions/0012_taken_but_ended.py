"""What ended as if Evolink had not taken it, and was never closed, is followed: it was drawn."""

from alembic import op

revision = "0012"
down_revision = "0011"

# Evolink's id had come while its end was being written. What was given back stays so.
FOLLOW = (
    "UPDATE task SET state = 'submitting', reason = NULL, ended_at = NULL, owner = NULL, "
    "failures = 0, drawn = NULL, intent_at = coalesce(intent_at, submitted_at, created_at), "
    "version = version + 1 "
    "WHERE state IN ('cancelled', 'unknown') AND remote_id IS NOT NULL AND wake_at IS NOT NULL"
)


def upgrade() -> None:
    """Follow it; what was closed has told its end."""
    op.execute(FOLLOW)
