"""Reserving images, and the limits that admins set."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, insert

from bot.domain import pixel_budget
from bot.domain.quota import Usage
from bot.domain.requester import Requester
from bot.domain.task import NewTask, Task
from bot.domain.upload import Upload
from bot.store import rules
from bot.store.engine import Database, execute
from bot.store.events import write_event
from bot.store.full_text import INSERT_TEXT, text_of
from bot.store.locks import TOTALS, lock, of_server, of_user
from bot.store.rows import TASK_COLUMNS, key_of, row_of_new, task_of
from bot.store.tables import task, upload
from bot.store.tasks import CANCEL_WAITING, TASK_BY_INTERACTION

T = TypeVar("T")

INSERT_TASK = insert(task).returning(*TASK_COLUMNS)
INSERT_UPLOAD = insert(upload)


@dataclass(frozen=True, slots=True)
class Reservation:
    """A transaction in which the usage of user, server and bot can't change."""

    _connection: Connection
    _requester: Requester

    def existing(self, interaction_id: int) -> Task | None:
        """Return the task that this interaction has already created, if any."""
        rows = self._connection.execute(TASK_BY_INTERACTION, {"interaction_id": interaction_id})
        row = rows.mappings().first()
        return None if row is None else task_of(row)

    def usage(self, *, day: int) -> Usage:
        """Return the user's usage on the day that begins at ``day``; epoch milliseconds."""
        return rules.usage(self._connection, self._requester, day=day)

    def pixels(self, *, since: int, now: int) -> int:
        """Return the pixels of the user's references since then, in all servers."""
        within = {"user_id": self._requester.user, "since": since, "until": now}
        return self._connection.execute(rules.PIXELS, within).scalar_one()

    def insert(
        self, new: NewTask, *, now: int, owner: str, wake_at: int, estimate: int | None
    ) -> Task:
        """Insert the task and its references; the row is the reservation."""
        assert new.requester == self._requester, "another's lock"
        values = row_of_new(new, now=now, owner=owner, wake_at=wake_at, estimate=estimate)
        made = task_of(self._connection.execute(INSERT_TASK, values).mappings().one())
        text = text_of(new.interaction_id, new.requester, new.request.prompt)
        self._connection.execute(INSERT_TEXT, text)
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
            self._connection.execute(INSERT_UPLOAD, uploads)
        write_event(self._connection, made.id, "accepted", now=now, actor=str(new.requester.user))
        return made


@dataclass(frozen=True, slots=True)
class Quotas:
    """Usage is computed from the task rows. Rules are a user's in one server, or a server's own."""

    _db: Database

    async def reserve(self, requester: Requester, decide: Callable[[Reservation], T]) -> T:
        """Return what ``decide`` returns while usage is locked; if it raises, nothing is written.

        It goes before other writes, as somebody waits for the answer. Rows are always locked in the
        same order: the bot's, the server's, the user's.
        """

        def reserve(connection: Connection) -> T:
            lock(connection, TOTALS, of_server(requester), of_user(requester))
            return decide(Reservation(connection, requester))

        return await self._db.write(reserve, urgent=True)

    async def usage(self, requester: Requester, *, day: int) -> Usage:
        """Return a user's usage on the day that begins at ``day``; epoch milliseconds."""
        return await self._db.read(lambda connection: rules.usage(connection, requester, day=day))

    async def set_rule(
        self, subject: Requester | int, images: int | None, *, actor: int, now: int
    ) -> None:
        """Limit a user, or a server's members, to so many images a day; ``None``: no limit."""
        row = _rule(subject, rules.DAY, images, actor=actor, now=now)
        await self._db.change(rules.SET_RULE, **row)

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

        def block(connection: Connection) -> None:
            lock(connection, of_user(requester))
            execute(connection, rules.SET_RULE, row)
            for task_id in connection.execute(CANCEL_WAITING, of).scalars().all():
                write_event(connection, task_id, "cancel_requested", now=now, actor=str(actor))

        await self._db.write(block)

    async def is_blocked(self, requester: Requester) -> bool:
        """Return whether a user is blocked from drawing in this server."""
        return bool(await self._db.rows(rules.BLOCKED, **key_of(requester)))

    async def unblock(self, requester: Requester) -> bool:
        """Unblock a user; return whether they were blocked."""
        return await self._clear(requester, rules.BLOCK)

    async def _clear(self, subject: Requester | int, window: str) -> bool:
        of = {f"of_{name}": value for name, value in _subject(subject).items()}
        return bool(await self._db.change(rules.CLEAR_RULE, **of, of_window=window))


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
