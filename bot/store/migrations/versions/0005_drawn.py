"""What was drawn counts by itself: beside what its requester is charged, and from when."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

# Kept images were charged when somebody took them; what was charged had been taken.
COLLECTED = "UPDATE task SET collected_at = charged_at WHERE state = 'kept' AND charged > 0"
_LINKS = "(SELECT count(*) FROM result WHERE result.task_id = task.id AND result.url <> '')"
_RESULTS = "(SELECT count(*) FROM result WHERE result.task_id = task.id)"
_AT_MOST = "CASE WHEN {n} < reserved THEN {n} ELSE reserved END"
# Those that still waited for their requester are charged now: they could be had all the time.
CHARGED = (
    f"UPDATE task SET charged = {_AT_MOST.format(n=_LINKS)}, charged_at = ended_at "  # noqa: S608 - constants
    "WHERE state = 'kept' AND charged IS NULL"
)
DRAWN = (
    f"UPDATE task SET drawn = {_AT_MOST.format(n=_RESULTS)} "  # noqa: S608 - as above
    "WHERE EXISTS (SELECT 1 FROM result WHERE result.task_id = task.id)"
)
# Evolink said that it drew nothing; of these reasons, we only stopped asking.
FAILED = (
    "UPDATE task SET drawn = 0 WHERE state = 'failed' AND drawn IS NULL "
    "AND reason NOT IN ('gave_up', 'resource_not_found', 'no_images')"
)


def upgrade() -> None:
    """Add the columns, and fill them in for what stands."""
    op.add_column("task", sa.Column("drawn", sa.Integer()))
    op.add_column("task", sa.Column("collected_at", sa.BigInteger()))
    intended = sa.text("intent_at IS NOT NULL")
    op.create_index(
        "task_paid", "task", ["intent_at"], sqlite_where=intended, postgresql_where=intended
    )
    for statement in (COLLECTED, CHARGED, DRAWN, FAILED):
        op.execute(statement)
