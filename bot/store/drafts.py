"""The table ``draft``: refused drafts, for a day."""

from dataclasses import dataclass

from sqlalchemy import BigInteger, bindparam, delete, func, literal_column, select

from bot.domain.draft import Draft
from bot.domain.ids import InteractionId, ServerId, UserId
from bot.domain.requester import Requester
from bot.store import codec
from bot.store.engine import Connection, Database
from bot.store.rows import key_of
from bot.store.tables import draft
from bot.store.upsert import replaced, upsert

KEEP = upsert(draft, replaced(draft))
FORGET = delete(draft).where(draft.c.refused_at < bindparam("before"))
DRAFT = select(draft.c.draft).where(
    draft.c.id == bindparam("draft_id", type_=BigInteger),
    draft.c.guild_id == bindparam("guild_id", type_=BigInteger),
    draft.c.user_id == bindparam("user_id", type_=BigInteger),
    draft.c.refused_at >= bindparam("since"),
)
_times = func.count().label("times")
REFUSALS = (
    select(draft.c.reason, _times)
    .where(
        draft.c.guild_id == bindparam("of_guild", type_=BigInteger),
        draft.c.refused_at >= bindparam("since", type_=BigInteger),
    )
    .group_by(draft.c.reason)
    .order_by(_times.desc(), draft.c.reason)
)
REFUSED = (
    select(draft.c.user_id, _times)
    .where(
        draft.c.guild_id == bindparam("of_guild", type_=BigInteger),
        draft.c.refused_at >= bindparam("since", type_=BigInteger),
        draft.c.reason != literal_column("''"),
    )
    .group_by(draft.c.user_id)
    .order_by(_times.desc(), draft.c.user_id)
    .limit(bindparam("most"))
    .offset(bindparam("skip"))
)


@dataclass(frozen=True, slots=True)
class Drafts:
    """Drafts; only their author can read them, in the same server."""

    _db: Database

    async def save(  # noqa: PLR0913 - a row's columns
        self,
        of: Draft,
        draft_id: InteractionId,
        requester: Requester,
        *,
        now: int,
        forget: int,
        reason: str = "",
    ) -> None:
        """Write a draft, and delete those refused before ``forget``.

        ``reason``: the name of the error.
        """
        row = {
            "id": draft_id,
            **key_of(requester),
            "draft": codec.encode_draft(of),
            "refused_at": now,
            "reason": reason,
        }

        def save(connection: Connection) -> None:
            connection.execute(FORGET, {"before": forget})
            connection.execute(KEEP, row)

        await self._db.write(save)

    async def forget(self, before: int) -> None:
        """Delete those refused before then."""
        await self._db.change(FORGET, before=before)

    async def refusals(self, server: ServerId, *, since: int) -> tuple[tuple[str, int], ...]:
        """Return how often something was refused in a server, by the error's name; most first."""
        rows = await self._db.rows(REFUSALS, of_guild=server, since=since)
        return tuple((row["reason"], row["times"]) for row in rows if row["reason"])

    async def refused(
        self, server: ServerId, *, since: int, most: int, skip: int
    ) -> tuple[tuple[UserId, int], ...]:
        """Return users and how often they were refused something in a server; most first."""
        rows = await self._db.rows(REFUSED, of_guild=server, since=since, most=most, skip=skip)
        return tuple((row["user_id"], row["times"]) for row in rows)

    async def get(
        self, draft_id: InteractionId, requester: Requester, *, since: int
    ) -> Draft | None:
        """Return a draft of this user that was refused since then, if there is one."""
        rows = await self._db.rows(DRAFT, draft_id=draft_id, **key_of(requester), since=since)
        return codec.decode_draft(rows[0]["draft"]) if rows else None
