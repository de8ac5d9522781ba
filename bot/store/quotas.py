"""Reserving images, and the limits that admins set."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain import pixel_budget
from bot.domain.quota import Usage
from bot.domain.requester import Requester
from bot.domain.task import NewTask, Task
from bot.domain.upload import Upload
from bot.store import rules
from bot.store.engine import Database
from bot.store.events import write_event
from bot.store.locks import TOTALS, lock, of_server, of_user
from bot.store.rows import TASK_COLUMNS, key_of, row_of_new, task_of
from bot.store.tables import task, upload
from bot.store.tasks import CANCEL_WAITING, TASK_BY_INTERACTION

INSERT_TASK = insert(task).returning(*TASK_COLUMNS)
INSERT_UPLOAD = insert(upload)


@dataclass(frozen=True, slots=True)
class Reservation:
    """A transaction in which the usage of user, server and bot can't change."""

    _connection: AsyncConnection
    _requester: Requester

    async def existing(self, interaction_id: int) -> Task | None:
        """Return the task that this interaction has already created, if any."""
        rows = await self._connection.execute(
            TASK_BY_INTERACTION, {"interaction_id": interaction_id}
        )
        row = rows.mappings().first()
        return None if row is None else task_of(row)

    async def usage(self, *, day: int) -> Usage:
        """Return the user's usage on the day that begins at ``day``; epoch milliseconds."""
        return await rules.usage(self._connection, self._requester, day=day)

    async def pixels(self, *, since: int, now: int) -> int:
        """Return the pixels of the user's references since then, in all servers."""
        within = {"user_id": self._requester.user, "since": since, "until": now}
        return (await self._connection.execute(rules.PIXELS, within)).scalar_one()

    async def insert(
        self, new: NewTask, *, now: int, owner: str, wake_at: int, estimate: int | None
    ) -> Task:
        """Insert the task and its references; the row is the reservation."""
        assert new.requester == self._requester, "another's lock"
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
        await write_event(
            self._connection, made.id, "accepted", now=now, actor=str(new.requester.user)
        )
        return made


@dataclass(frozen=True, slots=True)
class Quotas:
    """Usage is computed from the task rows. Rules are a user's in one server, or a server's own."""

    _db: Database

    @asynccontextmanager
    async def reserving(self, requester: Requester) -> AsyncGenerator[Reservation]:
        """Lock usage: committed when the block ends, rolled back if it raises.

        Rows are always locked in the same order: the bot's, the server's, the user's.
        """
        async with self._db.write() as connection:
            await lock(connection, TOTALS, of_server(requester), of_user(requester))
            yield Reservation(connection, requester)

    async def usage(self, requester: Requester, *, day: int) -> Usage:
        """Return a user's usage on the day that begins at ``day``; epoch milliseconds."""
        async with self._db.read() as connection:
            return await rules.usage(connection, requester, day=day)

    async def set_rule(
        self, subject: Requester | int, images: int | None, *, actor: int, now: int
    ) -> None:
        """Limit a user, or a server's members, to so many images a day; ``None``: no limit."""
        row = _rule(subject, rules.DAY, images, actor=actor, now=now)
        async with self._db.write() as connection:
            await connection.execute(rules.SET_RULE[connection.dialect.name], row)

    async def clear_rule(self, subject: Requester | int) -> bool:
        """Delete a rule; return whether there was one."""
        return await self._clear(subject, rules.DAY)

    async def block(self, requester: Requester, *, actor: int, now: int) -> None:
        """Block a user from drawing in this server, whatever the rules allow.

        Their waiting tasks are cancelled now, not at their turn, which may be days away. A request
        at this moment either comes before the block, or is refused.
        """
        row = _rule(requester, rules.BLOCK, 0, actor=actor, now=now)
        of = {"of_guild": requester.server or 0, "of_user": requester.user, "now": now}
        async with self._db.write() as connection:
            await lock(connection, of_user(requester))
            await connection.execute(rules.SET_RULE[connection.dialect.name], row)
            for task_id in (await connection.execute(CANCEL_WAITING, of)).scalars().all():
                await write_event(
                    connection, task_id, "cancel_requested", now=now, actor=str(actor)
                )

    async def is_blocked(self, requester: Requester) -> bool:
        """Return whether a user is blocked from drawing in this server."""
        return bool(await self._db.rows(rules.BLOCKED, **key_of(requester)))

    async def unblock(self, requester: Requester) -> bool:
        """Unblock a user; return whether they were blocked."""
        return await self._clear(requester, rules.BLOCK)

    async def _clear(self, subject: Requester | int, window: str) -> bool:
        of = {f"of_{name}": value for name, value in _subject(subject).items()}
        async with self._db.write() as connection:
            cleared = await connection.execute(rules.CLEAR_RULE, {**of, "of_window": window})
        return bool(cleared.rowcount)


def _subject(subject: Requester | int) -> dict[str, Any]:
    """Return whom a rule is for: a user in a server, or the server of this id."""
    if isinstance(subject, int):
        return {"guild_id": subject, "subject": rules.SERVER, "subject_id": subject}
    guild_id = subject.server or 0
    return {"guild_id": guild_id, "subject": rules.USER, "subject_id": subject.user}


def _rule(
    subject: Requester | int, window: str, images: int | None, *, actor: int, now: int
) -> dict[str, Any]:
    values = {"window": window, "images": images, "set_by": actor, "set_at": now}
    return _subject(subject) | values
