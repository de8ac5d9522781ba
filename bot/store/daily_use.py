"""Sums of the images of each of the last days."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Integer,
    and_,
    bindparam,
    case,
    column,
    func,
    literal_column,
    select,
    values,
)

from bot.domain.daily_use import BUSIEST, DAYS
from bot.domain.ids import NOBODY, ServerId, UserId
from bot.domain.requester import Requester
from bot.domain.window import Period
from bot.store.engine import Database
from bot.store.rows import key_of
from bot.store.rules import IMAGES, MEMBERS
from bot.store.tables import task


def _begins(day: int) -> BindParameter[int]:
    return bindparam(f"day_{day}", type_=BigInteger)


# A row for each day, as the days of a time zone differ in length; so an index finds the rows of
# each day.
_day = (
    values(
        column("number", Integer),
        column("since", BigInteger),
        column("until", BigInteger),
        name="day",
    )
    .data([(literal_column(str(day)), _begins(day), _begins(day + 1)) for day in range(DAYS)])
    .cte("day")
)
_of_day = and_(
    task.c.guild_id == bindparam("guild_id", type_=BigInteger),
    task.c.created_at >= _day.c.since,
    task.c.created_at < _day.c.until,
)
_who = case(
    (task.c.user_id.in_(bindparam("busiest", expanding=True)), task.c.user_id),
    else_=literal_column("0"),
).label("who")
_used = func.sum(IMAGES).label("used")
OF_SERVER = (
    select(_day.c.number, _who, _used).join_from(_day, task, _of_day).group_by(_day.c.number, _who)
)
# SQLite would read all members' tasks of these days from the index that covers the sum, so we ask
# for a column that only the row has.
_own = (
    select(func.coalesce(func.sum(IMAGES), 0))
    .where(
        _of_day,
        task.c.user_id == bindparam("user_id", type_=BigInteger),
        task.c.granted >= literal_column("0"),
    )
    .correlate(_day)
    .scalar_subquery()
)
OF_MEMBER = select(_day.c.number, _own.label("used"))


@dataclass(frozen=True, slots=True)
class DailyUses:
    """Images as they count towards quotas. ``begins``: when each day begins, and the one after."""

    _db: Database

    async def of_server(
        self, server: ServerId, begins: Sequence[int]
    ) -> tuple[tuple[UserId, tuple[int, ...]], ...]:
        """Return the busiest users with their images per day, then all others as user 0."""
        when = Period(begins[0], begins[-1])
        of = {"guild_id": server, "since": when.since, "until": when.until}
        busiest = await self._db.rows(MEMBERS, **of, most=BUSIEST, skip=0)
        users: list[UserId] = [row["user_id"] for row in busiest]
        rows = await self._db.rows(OF_SERVER, guild_id=server, busiest=users, **_named(begins))
        by = {(row["who"], row["number"]): row["used"] for row in rows}
        days = range(len(begins) - 1)
        return tuple(
            (who, tuple(by.get((who, day), 0) for day in days)) for who in (*users, NOBODY)
        )

    async def of_member(self, requester: Requester, begins: Sequence[int]) -> tuple[int, ...]:
        """Return a user's images per day."""
        rows = await self._db.rows(OF_MEMBER, **key_of(requester), **_named(begins))
        by = {row["number"]: row["used"] for row in rows}
        return tuple(by.get(day, 0) for day in range(len(begins) - 1))


def _named(begins: Sequence[int]) -> dict[str, int]:
    return {f"day_{number}": begin for number, begin in enumerate(begins)}
