"""References are kept with results, and found by their pictures."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the indices that they are found by."""
    kept = sa.text("file IS NOT NULL")
    for name, column in (("reference_picture", "source"), ("reference_file", "file")):
        op.create_index(name, "reference", [column], sqlite_where=kept, postgresql_where=kept)
    op.create_index("post_message", "post", ["message_id"])
