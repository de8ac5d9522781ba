"""The table ``server_setting``: what admins have set in their servers."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import BigInteger, bindparam, select

from bot.store.engine import Database
from bot.store.tables import server_setting
from bot.store.upsert import replaced, upsert

SETTINGS = select(server_setting.c.name, server_setting.c.value).where(
    server_setting.c.guild_id == bindparam("of_guild", type_=BigInteger)
)
SET = upsert(server_setting, replaced(server_setting))


@dataclass(frozen=True, slots=True)
class Servers:
    """JSON values by server and name."""

    _db: Database

    async def get(self, guild_id: int) -> Mapping[str, bool]:
        """Return a server's settings; those that were never set are missing."""
        rows = await self._db.rows(SETTINGS, of_guild=guild_id)
        return {row["name"]: row["value"] for row in rows}

    async def set(self, guild_id: int, values: Mapping[str, bool], *, actor: int, now: int) -> None:
        """Write settings in one transaction."""
        of = {"guild_id": guild_id, "set_by": actor, "set_at": now}
        rows = [{**of, "name": name, "value": value} for name, value in values.items()]
        await self._db.write(lambda connection: connection.execute(SET, rows))
