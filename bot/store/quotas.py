"""Reserving images, and the limits that admins set."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain import pixel_budget
from bot.domain.quota import Usage
from bot.domain.task import NewTask, Task
from bot.domain.upload import Upload
from bot.store import rules
from bot.store.engine import Database
from bot.store.events import write_event
from bot.store.locks import TOTALS, lock
from bot.store.rows import TASK_COLUMNS, row_of_new, task_of
from bot.store.tables import task, upload
from bot.store.tasks import CANCEL_WAITING, TASK_BY_INTERACTION

INSERT_TASK = insert(task).returning(*TASK_COLUMNS)
INSERT_UPLOAD = insert(upload)


@dataclass(frozen=True, slots=True)
class Reservation:
    """A transaction in which the usage of user, server and bot can't change."""

    _connection: AsyncConnection
    _guild_id: int
    _user_id: int

    async def existing(self, interaction_id: int) -> Task | None:
        """Return the task that this interaction has already created, if any."""
        rows = await self._connection.execute(
            TASK_BY_INTERACTION, {"interaction_id": interaction_id}
        )
        row = rows.mappings().first()
        return None if row is None else task_of(row)

    async def usage(self, *, day: int) -> Usage:
        """Return the user's usage on the day that begins at ``day``; epoch milliseconds."""
        return await rules.usage(self._connection, self._guild_id, self._user_id, day=day)

    async def pixels(self, *, since: int, now: int) -> int:
        """Return the pixels of the user's references since then, in all servers."""
        within = {"user_id": self._user_id, "since": since, "until": now}
        return (await self._connection.execute(rules.PIXELS, within)).scalar_one()

    async def insert(
        self, new: NewTask, *, now: int, owner: str, wake_at: int, estimate: int | None
    ) -> Task:
        """Insert the task and its references; the row is the reservation."""
        assert (new.guild_id, new.user_id) == (self._guild_id, self._user_id), "another's lock"
        values = row_of_new(new, now=now, owner=owner, wake_at=wake_at, estimate=estimate)
        made = task_of((await self._connection.execute(INSERT_TASK, values)).mappings().one())
        uploads = [
            asdict(
                Upload(
                    task_id=made.id,
                    position=position,
                    source=each.key,
                    pixels=pixel_budget.pixels_of(each),
                )
            )
            for position, each in enumerate(new.request.references)
        ]
        if uploads:
            await self._connection.execute(INSERT_UPLOAD, uploads)
        await write_event(self._connection, made.id, "accepted", now=now, actor=str(new.user_id))
        return made


@dataclass(frozen=True, slots=True)
class Quotas:
    """Usage is what the task rows say; a rule's user id 0 means the server's default."""

    _db: Database

    @asynccontextmanager
    async def reserving(self, guild_id: int, user_id: int) -> AsyncGenerator[Reservation]:
        """Lock usage: committed when the block ends, rolled back if it raises.

        Rows are always locked in the same order: the bot's, the server's, the user's.
        """
        async with self._db.write() as connection:
            await lock(connection, TOTALS, (guild_id, 0), (guild_id, user_id))
            yield Reservation(connection, guild_id, user_id)

    async def usage(self, guild_id: int, user_id: int, *, day: int) -> Usage:
        """Return a user's usage on the day that begins at ``day``; epoch milliseconds."""
        async with self._db.read() as connection:
            return await rules.usage(connection, guild_id, user_id, day=day)

    async def set_rule(
        self, guild_id: int, user_id: int, images: int | None, *, actor: int, now: int
    ) -> None:
        """Limit a user, or a server's members (0), to so many images a day; ``None``: no limit."""
        row = _rule(guild_id, user_id, rules.DAY, images, actor=actor, now=now)
        async with self._db.write() as connection:
            await connection.execute(rules.SET_RULE[connection.dialect.name], row)

    async def clear_rule(self, guild_id: int, user_id: int) -> bool:
        """Delete a rule; return whether there was one."""
        return await self._clear(guild_id, user_id, rules.DAY)

    async def block(self, guild_id: int, user_id: int, *, actor: int, now: int) -> None:
        """Block a user from drawing in this server, whatever the rules allow.

        Their waiting tasks are cancelled now, not at their turn, which may be days away. A request
        at this moment either comes before the block, or is refused.
        """
        row = _rule(guild_id, user_id, rules.BLOCK, 0, actor=actor, now=now)
        of = {"of_guild": guild_id, "of_user": user_id, "now": now}
        async with self._db.write() as connection:
            await lock(connection, (guild_id, user_id))
            await connection.execute(rules.SET_RULE[connection.dialect.name], row)
            for task_id in (await connection.execute(CANCEL_WAITING, of)).scalars().all():
                await write_event(
                    connection, task_id, "cancel_requested", now=now, actor=str(actor)
                )

    async def is_blocked(self, guild_id: int, user_id: int) -> bool:
        """Return whether a user is blocked from drawing in this server."""
        return bool(await self._db.rows(rules.BLOCKED, guild_id=guild_id, user_id=user_id))

    async def unblock(self, guild_id: int, user_id: int) -> bool:
        """Unblock a user; return whether they were blocked."""
        return await self._clear(guild_id, user_id, rules.BLOCK)

    async def _clear(self, guild_id: int, user_id: int, window: str) -> bool:
        subject, subject_id = _subject(guild_id, user_id)
        of = {
            "of_guild": guild_id,
            "of_subject": subject,
            "of_subject_id": subject_id,
            "of_window": window,
        }
        async with self._db.write() as connection:
            return bool((await connection.execute(rules.CLEAR_RULE, of)).rowcount)


def _subject(guild_id: int, user_id: int) -> tuple[str, int]:
    return (rules.USER, user_id) if user_id else (rules.SERVER, guild_id)


def _rule(  # noqa: PLR0913 - a row's columns
    guild_id: int, user_id: int, window: str, images: int | None, *, actor: int, now: int
) -> dict[str, Any]:
    subject, subject_id = _subject(guild_id, user_id)
    return {
        "guild_id": guild_id,
        "subject": subject,
        "subject_id": subject_id,
        "window": window,
        "images": images,
        "set_by": actor,
        "set_at": now,
    }
