"""The table ``quota_change``: a server's log of its admins' changes, and of denied attempts."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import BigInteger, bindparam, delete, insert, select, update

from bot.domain.ids import InteractionId, ServerId
from bot.domain.quota_change import By, Change, Kind, Target
from bot.domain.quota_settings import Setting
from bot.domain.snowflakes import first_id, time_of
from bot.store.engine import Connection, Database, Row
from bot.store.settings_codec import UNREADABLE, columns_of, decode, encode, target_of
from bot.store.tables import UNTOLD, quota_change
from bot.store.upsert import insert_absent

log = structlog.get_logger()

#: Milliseconds within which somebody's attempts are noted only once, by Discord's clock.
QUIET = 60 * 60 * 1000

_guild = bindparam("of_guild_id", type_=BigInteger)
INSERT_CHANGE = insert(quota_change)
# An interaction that arrives twice is noted once.
NOTE = insert_absent(quota_change)
_change_id = bindparam("of_id", type_=BigInteger)
CHANGE = select(*quota_change.c).where(
    quota_change.c.id == _change_id, quota_change.c.guild_id == _guild
)
CHANGES = (
    select(*quota_change.c)
    .where(quota_change.c.guild_id == _guild, quota_change.c.id < bindparam("before"))
    .order_by(quota_change.c.id.desc())
    .limit(bindparam("most"))
)
UNTOLD_CHANGES = (
    select(*quota_change.c)
    .where(UNTOLD, quota_change.c.guild_id.not_in(bindparam("but", expanding=True)))
    .order_by(quota_change.c.id)
    .limit(bindparam("most"))
)
MARK_TOLD = update(quota_change).where(quota_change.c.id == _change_id).values(told=True)
DENIED_SINCE = select(quota_change.c.id).where(
    quota_change.c.guild_id == _guild,
    quota_change.c.id > bindparam("after", type_=BigInteger),
    quota_change.c.actor == bindparam("actor", type_=BigInteger),
    quota_change.c.kind == Kind.DENIED.value,
)
# By the id, which begins with the time and has an index.
PRUNE = delete(quota_change).where(
    quota_change.c.id.in_(
        select(quota_change.c.id)
        .where(
            quota_change.c.id < bindparam("before_id", type_=BigInteger),
            quota_change.c.at < bindparam("before", type_=BigInteger),
        )
        .order_by(quota_change.c.id)
        .limit(bindparam("most"))
    )
)
MARK_UNDONE = update(quota_change).where(quota_change.c.id == _change_id).values(undone=True)


@dataclass(frozen=True, slots=True)
class QuotaChanges:
    """Read page by page, reported in a channel, and deleted when old."""

    _db: Database

    async def note(self, target: Target, by: By) -> None:
        """Note in a server's log what was done to a user; no setting changes."""
        row = row_of(Change(by=by, target=target, before=None, after=None))
        await self._db.write(lambda connection: connection.execute(NOTE, row))

    async def note_denied(self, server: ServerId, by: By) -> None:
        """Note that somebody tried something that isn't allowed; once in ``QUIET``."""
        target = Target.of_user(server, by.actor, Kind.DENIED)
        row = row_of(Change(by=by, target=target, before=None, after=None))
        after = first_id(time_of(by.id) - QUIET)
        since = {"of_guild_id": server, "after": after, "actor": by.actor}

        def note(connection: Connection) -> None:
            if connection.first(DENIED_SINCE, since) is None:
                connection.execute(INSERT_CHANGE, row)

        await self._db.write(note)

    async def prune(self, before: int) -> int:
        """Delete changes from before then (epoch milliseconds); return how many."""
        values = {"before_id": first_id(before), "before": before}
        return await self._db.change_in_batches(PRUNE, **values)

    async def changes(
        self, server: ServerId, *, before: InteractionId, limit: int
    ) -> tuple[Change, ...]:
        """Return a server's changes before the one of this id, newest first."""
        rows = await self._db.rows(CHANGES, of_guild_id=server, before=before, most=limit)
        return _readable(rows)

    async def untold(self, *, but: Collection[ServerId], limit: int) -> tuple[Change, ...]:
        """Return changes that are still to be reported, of servers ``but`` these, oldest first."""
        rows = await self._db.rows(UNTOLD_CHANGES, but=sorted(but), most=limit)
        found = _readable(rows)
        for unreadable in {row["id"] for row in rows} - {change.by.id for change in found}:
            await self.told(unreadable)
        return found

    async def told(self, change: InteractionId) -> None:
        """Note that a change was reported, or never will be."""
        await self._db.change(MARK_TOLD, of_id=change)


def row_of(change: Change) -> dict[str, Any]:
    """Return the row of a change that hasn't been reported yet."""
    return columns_of(change.target) | {
        "id": change.by.id,
        "before": None if change.before is None else encode(change.before),
        "after": None if change.after is None else encode(change.after),
        "actor": change.by.actor,
        "at": change.by.at,
        "reason": change.by.reason,
        "told": False,
    }


def change_of(row: Row) -> Change:
    """Return the change that a row describes; it may raise one of ``UNREADABLE``."""
    target = target_of(row["guild_id"], row)
    return Change(
        by=By(id=row["id"], actor=row["actor"], at=row["at"], reason=row["reason"]),
        target=target,
        before=_decoded(target, row["before"]),
        after=_decoded(target, row["after"]),
        undone=row["undone"],
    )


def _readable(rows: Iterable[Row]) -> tuple[Change, ...]:
    """Return these changes, without those that only a later version can read."""
    found = list[Change]()
    for row in rows:
        try:
            found.append(change_of(row))
        except UNREADABLE as error:
            log.warning("a change can't be read", change=row["id"], error=repr(error))
    return tuple(found)


def _decoded(target: Target, value: dict[str, Any] | None) -> Setting | None:
    return None if value is None else decode(target, value)
