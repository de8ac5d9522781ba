"""Up to which row buttons name rows: later ones name the interaction that asked for the task."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Note it down; a new database has none."""
    last = op.get_bind().execute(sa.text("SELECT max(id) FROM task")).scalar()
    if last is not None:
        fact = sa.table("fact", sa.column("key", sa.String()), sa.column("value", sa.JSON()))
        op.bulk_insert(fact, [{"key": "last_numbered_task", "value": last}])
