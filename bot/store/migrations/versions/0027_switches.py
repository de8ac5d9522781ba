"""What admins turn on and off is part of their server's policy, whose changes are in the log."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"

_switch = sa.table(
    "server_setting",
    sa.column("guild_id", sa.BigInteger),
    sa.column("name", sa.String),
    sa.column("value", sa.JSON),
)
_setting = sa.table(
    "quota_setting",
    sa.column("guild_id", sa.BigInteger),
    sa.column("subject", sa.String),
    sa.column("subject_id", sa.BigInteger),
    sa.column("kind", sa.String),
    sa.column("number", sa.BigInteger),
    sa.column("value", sa.JSON),
)
_NAMES = ("others_images", "private", "mentions")


def upgrade() -> None:
    """Move them; settings of earlier versions go."""
    bind = op.get_bind()
    for server, name, value in bind.execute(sa.select(_switch)).all():
        if name not in _NAMES or not isinstance(value, bool):
            continue
        key = {
            "guild_id": server,
            "subject": "server",
            "subject_id": server,
            "kind": "policy",
            "number": 0,
        }
        of_server = sa.and_(*(_setting.c[column] == each for column, each in key.items()))
        policy = bind.execute(sa.select(_setting.c.value).where(of_server)).scalar()
        if policy is None:
            bind.execute(_setting.insert().values(**key, value={name: value}))
        else:
            merged = {**policy, name: value}
            bind.execute(_setting.update().where(of_server).values(value=merged))
    op.drop_table("server_setting")
