"""Refused wishes, for a while."""

from dataclasses import dataclass

from sqlalchemy import BigInteger, bindparam, delete, select

from bot.domain.wish import Wish
from bot.store import codec
from bot.store.engine import Database
from bot.store.tables import wish
from bot.store.upsert import replaced, upsert

KEEP = upsert(wish, replaced(wish))
FORGET = delete(wish).where(wish.c.refused_at < bindparam("before"))
WISH = select(wish.c.wish).where(
    wish.c.id == bindparam("wish_id", type_=BigInteger),
    wish.c.guild_id == bindparam("guild_id", type_=BigInteger),
    wish.c.user_id == bindparam("user_id", type_=BigInteger),
    wish.c.refused_at >= bindparam("since"),
)


@dataclass(frozen=True, slots=True)
class Wishes:
    """Only one's own, in one server."""

    _db: Database

    async def keep(  # noqa: PLR0913 - a row's columns
        self, of: Wish, wish_id: int, guild_id: int, user_id: int, *, now: int, forget: int
    ) -> None:
        """Keep a wish under an id; those refused before ``forget`` are removed."""
        row = {
            "id": wish_id,
            "guild_id": guild_id,
            "user_id": user_id,
            "wish": codec.encode_wish(of),
            "refused_at": now,
        }
        async with self._db.write() as connection:
            await connection.execute(FORGET, {"before": forget})
            await connection.execute(KEEP[connection.dialect.name], row)

    async def get(self, wish_id: int, guild_id: int, user_id: int, *, since: int) -> Wish | None:
        """Return a wish of this user that was refused since then; ``None``: there is none."""
        rows = await self._db.rows(
            WISH, wish_id=wish_id, guild_id=guild_id, user_id=user_id, since=since
        )
        return codec.decode_wish(rows[0]["wish"]) if rows else None
