"""What the operator has set is one fact, so that a change of it has one before and one after."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"

_fact = sa.table("fact", sa.column("key", sa.String), sa.column("value", sa.JSON))
_PAUSED, _CAPS, _WARNING = "paused", "caps", "credits_warning"


def upgrade() -> None:
    """Join them."""
    bind = op.get_bind()
    of_old = _fact.c.key.in_((_PAUSED, _CAPS, _WARNING))
    old = {key: value for key, value in bind.execute(sa.select(_fact).where(of_old)).all() if value}
    if old:
        owner = {"paused": _PAUSED in old, "warn_below": old.get(_WARNING, 0)}
        caps = old.get(_CAPS)
        if isinstance(caps, dict):
            owner |= caps
        bind.execute(_fact.insert().values(key="owner", value=owner))
    bind.execute(_fact.delete().where(of_old))
