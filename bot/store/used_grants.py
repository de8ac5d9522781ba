"""Grants that are used up: they are deleted as those that have ended are.

What is left of a grant follows from the tasks that used it, and what was used of one that is gone
counts as used of the user's others. So all of a user's grants go together, or none.
"""

from sqlalchemy import BigInteger, bindparam, delete, select

from bot.domain.grants import Grant, left_of
from bot.domain.quota_change import Kind
from bot.refusals import Scope
from bot.store.engine import Connection, Database, Row
from bot.store.locks import lock
from bot.store.rules import GRANTED
from bot.store.settings_codec import settings_of
from bot.store.tables import quota_setting, task

_before = bindparam("before", type_=BigInteger)
_is_grant = (
    quota_setting.c.subject == Scope.USER.value,
    quota_setting.c.kind == Kind.GRANT.value,
)
_of_user = (
    *_is_grant,
    quota_setting.c.guild_id == bindparam("guild_id", type_=BigInteger),
    quota_setting.c.subject_id == bindparam("user_id", type_=BigInteger),
)
#: Users who have any.
WITH_GRANTS = (
    select(quota_setting.c.guild_id, quota_setting.c.subject_id.label("user_id"))
    .where(*_is_grant)
    .distinct()
)
GRANTS = select(*quota_setting.c).where(*_of_user)
#: What may still be given back doesn't count as used.
USED_BEFORE = GRANTED.where(task.c.charged.is_not(None), task.c.created_at < _before)
DELETE_GRANTS = delete(quota_setting).where(*_of_user)


async def delete_used(db: Database, before: int) -> int:
    """Delete the grants of users who had none left at that time, and got none since."""
    whose = await db.rows(WITH_GRANTS)
    return sum([await db.write(lambda on, of=of: _delete_used(on, of, before)) for of in whose])


def _delete_used(connection: Connection, of: Row, before: int) -> int:
    lock(connection, (of["guild_id"], of["user_id"]))
    rows = connection.rows(GRANTS, of)
    grants = [each for _, each in settings_of(of["guild_id"], rows) if isinstance(each, Grant)]
    used = connection.rows(USED_BEFORE, {**of, "before": before})
    uses = [(row["created_at"], row["used"]) for row in used]
    is_new = any(grant.given_at >= before for grant in grants)
    if is_new or len(grants) < len(rows) or left_of(grants, uses, before):
        return 0
    return connection.execute(DELETE_GRANTS, of)
