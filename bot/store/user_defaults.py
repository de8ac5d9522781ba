"""The table ``user_default``: users' own defaults for options that they leave out."""

from dataclasses import asdict, dataclass, fields

from sqlalchemy import BigInteger, bindparam, delete, select

from bot.domain.defaults import Defaults
from bot.domain.ids import UserId
from bot.store.engine import Database
from bot.store.tables import user_default
from bot.store.upsert import replaced, upsert

_user = bindparam("of_user", type_=BigInteger)

DEFAULTS = select(user_default.c.defaults).where(user_default.c.user_id == _user)
SET_DEFAULTS = upsert(user_default, replaced(user_default))
RESET_DEFAULTS = delete(user_default).where(user_default.c.user_id == _user)


@dataclass(frozen=True, slots=True)
class UserDefaults:
    """By user, in all servers alike."""

    _db: Database

    async def get(self, user_id: UserId) -> Defaults:
        """Return a user's defaults."""
        rows = await self._db.rows(DEFAULTS, of_user=user_id)
        if not rows:
            return Defaults()
        # Another version may have written the row: fields may be missing or unknown.
        names = {field.name for field in fields(Defaults)}
        stored = rows[0]["defaults"]
        return Defaults(**{name: value for name, value in stored.items() if name in names})

    async def set(self, user_id: UserId, defaults: Defaults, *, now: int) -> None:
        """Write a user's defaults."""
        row = {"user_id": user_id, "defaults": asdict(defaults), "set_at": now}
        await self._db.change(SET_DEFAULTS, **row)

    async def reset(self, user_id: UserId) -> None:
        """Return a user to the model's defaults."""
        await self._db.change(RESET_DEFAULTS, of_user=user_id)
