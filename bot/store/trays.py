"""The table ``tray``: the references that users collect."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import BigInteger, and_, bindparam, delete, insert, select

from bot.domain.reference import Reference
from bot.domain.requester import Requester
from bot.domain.tray import TRAY_LIMIT, TrayChange, TrayItem
from bot.store import codec
from bot.store.engine import Connection, Database
from bot.store.locks import lock, of_user
from bot.store.rows import key_of
from bot.store.tables import tray

_whose = and_(
    tray.c.guild_id == bindparam("guild_id", type_=BigInteger),
    tray.c.user_id == bindparam("user_id", type_=BigInteger),
)
_since = tray.c.put_at > bindparam("since", type_=BigInteger)

HELD = select(tray).where(_whose, _since).order_by(tray.c.id)
PUT = insert(tray)
CLEAR = delete(tray).where(_whose)
REMOVE = delete(tray).where(_whose, tray.c.id == bindparam("tray_id", type_=BigInteger))
FORGET = delete(tray).where(tray.c.put_at <= bindparam("until", type_=BigInteger))


@dataclass(frozen=True, slots=True)
class Trays:
    """One tray for each user in each server."""

    _db: Database

    async def items(self, requester: Requester, *, since: int) -> tuple[TrayItem, ...]:
        """Return the pictures added after ``since``, oldest first."""
        rows = await self._db.rows(HELD, **key_of(requester), since=since)
        return tuple(
            TrayItem(row["id"], codec.decode_reference(row["reference"]), row["put_at"])
            for row in rows
        )

    async def add(
        self,
        requester: Requester,
        references: Sequence[Reference],
        *,
        now: int,
        forget: int,
    ) -> TrayChange:
        """Add pictures while there is room.

        Those added until ``forget`` are deleted first, from any tray.
        """
        of = key_of(requester)

        def add(connection: Connection) -> TrayChange:
            added = known = turned_away = 0
            lock(connection, of_user(requester))
            connection.execute(FORGET, {"until": forget})
            rows = connection.rows(HELD, {**of, "since": forget})
            keys = {row["picture"] for row in rows}
            for reference in references:
                key = reference.key
                if key in keys:
                    known += 1
                elif len(keys) >= TRAY_LIMIT:
                    turned_away += 1
                else:
                    row = {"picture": key, "reference": asdict(reference), "put_at": now}
                    connection.execute(PUT, {**of, **row})
                    keys.add(key)
                    added += 1
            return TrayChange(added, known, turned_away)

        return await self._db.write(add)

    async def remove(self, requester: Requester, tray_id: int) -> None:
        """Remove a picture from a tray, if it is there."""
        await self._db.change(REMOVE, **key_of(requester), tray_id=tray_id)

    async def clear(self, requester: Requester) -> None:
        """Empty a tray."""
        await self._db.change(CLEAR, **key_of(requester))

    async def forget(self, until: int) -> None:
        """Delete what was added to any tray until then."""
        await self._db.change(FORGET, until=until)
