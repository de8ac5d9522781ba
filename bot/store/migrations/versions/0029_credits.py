"""Each task has what it cost at Evolink, or is expected to, for caps in credits."""

import time

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"

#: Thousandths of a credit that an image cost in October 2026; and milliseconds.
_PRICE, _MONTH = 2040, 32 * 24 * 60 * 60 * 1000


def upgrade() -> None:
    """Add the column; what a present month counts is assumed to have cost as much as it did."""
    op.add_column("task", sa.Column("credits", sa.BigInteger()))
    task = sa.table(
        "task",
        *(sa.column(name) for name in ("credits", "drawn", "reserved", "created_at", "wake_at")),
    )
    since = time.time() * 1000 - _MONTH
    op.execute(
        sa.update(task)
        .where(sa.or_(task.c.created_at >= since, task.c.wake_at.is_not(None)))
        .values(credits=sa.func.coalesce(sa.func.nullif(task.c.drawn, 0), task.c.reserved) * _PRICE)
    )
