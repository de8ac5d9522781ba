"""Forgetting somebody's tasks: words, pictures and messages go; the numbers stay.

Quotas and caps are sums over the rows of tasks, so no row is deleted. Only a task that is closed
and that nobody works on is forgotten, under its lease like every other step. The row says so before
anything is deleted, and from then on nothing of it is shown, posted or resumed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    String,
    Update,
    and_,
    bindparam,
    delete,
    exists,
    func,
    not_,
    select,
    update,
)

from bot.domain.erasure import PENDING, Erased, Erasure
from bot.domain.ids import InteractionId, UserId
from bot.domain.quota_change import Kind
from bot.domain.task import Task
from bot.errors import Stale
from bot.refusals import Scope
from bot.store import codec
from bot.store.engine import BATCH, Connection, Database, Row
from bot.store.events import write_event
from bot.store.facts import FACTS, FORGOTTEN, PUT
from bot.store.full_text import forget_text, text_of
from bot.store.locks import lock
from bot.store.tables import (
    TO_FORGET,
    draft,
    member,
    post,
    quota_change,
    quota_setting,
    result,
    task,
    task_event,
    tray,
    upload,
    user_default,
)
from bot.store.upsert import replaced, upsert

#: Tasks that are woken first; each wakes the next, so that other work gets its turn.
AT_ONCE = 4
#: Tasks that are anonymised in one transaction; each has about ten events.
UNCOUNTED_AT_ONCE = 100

_user = bindparam("of_user", type_=BigInteger)
_id = bindparam("of_task", type_=BigInteger)
_now = bindparam("now", type_=BigInteger)
_before = bindparam("before", type_=BigInteger)
_pending = task.c.erasure.in_(sorted(PENDING))
#: Closed, and nobody works on it or has asked for more.
IDLE = and_(
    task.c.ended_at.is_not(None),
    task.c.token.is_(None),
    task.c.owner.is_(None),
    not_(task.c.publishing),
    not_(task.c.deleting),
    task.c.removing.is_(None),
)
_asked = {
    "erasure": bindparam("how", type_=String),
    "wake_at": None,
    # Whatever others have read of it is now stale.
    "version": task.c.version + 1,
}
ASK = update(task).where(task.c.user_id == _user, task.c.erasure.is_(None), IDLE).values(_asked)
# Requested earlier without the posts, and not done yet.
ASK_FOR_POSTS = (
    update(task)
    .where(task.c.user_id == _user, task.c.erasure == Erasure.ASKED.value)
    .values(erasure=Erasure.WITH_POSTS.value, version=task.c.version + 1)
)
LEFT = (
    select(func.count().label("tasks"))
    .select_from(task)
    .where(task.c.user_id == _user, task.c.erasure.is_(None))
)
ASK_OLD = (
    update(task)
    .where(
        task.c.id.in_(
            select(task.c.id)
            .where(TO_FORGET, task.c.created_at < _before, IDLE)
            .order_by(task.c.created_at)
            .limit(bindparam("most"))
        )
    )
    .values(_asked)
)

_these = task.c.interaction_id.in_(bindparam("ids", expanding=True))
ASK_THESE = update(task).where(_these, task.c.erasure.is_(None), IDLE).values(_asked)
STILL_KNOWN = select(task.c.interaction_id).where(_these, task.c.erasure.is_(None))


def _wake(whose: ColumnElement[bool]) -> Update:
    asleep = (
        select(task.c.id).where(_pending, whose, task.c.wake_at.is_(None)).limit(bindparam("most"))
    )
    return update(task).where(task.c.id.in_(asleep)).values(wake_at=_now)


WAKE_THEIRS, WAKE_ANY = _wake(task.c.user_id == _user), _wake(task.c.user_id >= 0)
ERASE = (
    update(task)
    .where(task.c.id == _id, task.c.version == bindparam("read_version"))
    .values(
        request=bindparam("blank", type_=task.c.request.type),
        erasure=Erasure.DONE.value,
        locale="",
        owner=None,
        wake_at=None,
        failures=0,
        version=task.c.version + 1,
    )
)
# The rows stay, so that a download or a cleanup that was under way writes no new ones.
ERASE_RESULTS = (
    update(result)
    .where(result.c.task_id == _id)
    .values(url="", file=None, width=None, height=None, bytes=None, deleted=True)
)
ERASE_POSTS = delete(post).where(post.c.task_id == _id)
# Their pixels still count for some minutes.
ERASE_UPLOADS = (
    update(upload)
    .where(upload.c.task_id == _id)
    .values(source="", file=None, file_id=None, url=None)
)
FORGET_DRAFTS = delete(draft).where(draft.c.user_id == _user)
FORGET_TRAYS = delete(tray).where(tray.c.user_id == _user)
FORGET_DEFAULTS = delete(user_default).where(user_default.c.user_id == _user)
SETTINGS_ABOUT = select(*quota_setting.c).where(
    quota_setting.c.subject_id == _user, quota_setting.c.subject == Scope.USER.value
)
CHANGES_ABOUT = (
    select(*quota_change.c)
    .where(quota_change.c.subject_id == _user, quota_change.c.subject == Scope.USER.value)
    .order_by(quota_change.c.id)
)
SET = upsert(quota_setting, replaced(quota_setting))
FORGET_WORDS = (
    update(quota_change)
    .where(quota_change.c.id == bindparam("change", type_=BigInteger))
    .values(
        before=bindparam("was", type_=quota_change.c.before.type),
        after=bindparam("is", type_=quota_change.c.after.type),
        reason=bindparam("why", type_=String),
    )
)
# What is left of a grant follows from the rows that used it, so those keep their user.
_may_be_granted = and_(
    task.c.granted > 0,
    exists().where(
        quota_setting.c.guild_id == task.c.guild_id,
        quota_setting.c.subject == Scope.USER.value,
        quota_setting.c.subject_id == task.c.user_id,
        quota_setting.c.kind == Kind.GRANT.value,
    ),
)
UNCOUNTED = (
    select(task.c.id, task.c.guild_id, task.c.user_id)
    .where(
        task.c.erasure == Erasure.DONE.value,
        task.c.user_id > 0,
        task.c.created_at < _before,
        not_(_may_be_granted),
    )
    .limit(bindparam("most"))
)
_ids = bindparam("ids", type_=BigInteger, expanding=True)
ANONYMISE = update(task).where(task.c.id.in_(_ids)).values(user_id=0, channel_id=0)
# They name who did what.
FORGET_EVENTS = delete(task_event).where(task_event.c.task_id.in_(_ids))
PLACES = select(member.c.guild_id, member.c.user_id).where(member.c.user_id == _user)
LEAVE = delete(member).where(
    member.c.guild_id == bindparam("of_guild", type_=BigInteger),
    member.c.user_id == _user,
    ~exists().where(task.c.guild_id == member.c.guild_id, task.c.user_id == member.c.user_id),
)


@dataclass(frozen=True, slots=True)
class Erasures:
    """Requested by people or by the settings; done by the worker, one task at a time."""

    _db: Database

    async def ask(self, user_id: UserId, how: Erasure, *, now: int) -> Erased:
        """Request that all closed tasks of a user are forgotten, in one transaction.

        It deletes their drafts, trays and defaults, and admins' words about them in the logs; what
        admins have set stays, with the words of what is in force.
        """

        def ask(connection: Connection) -> Erased:
            of = {"of_user": user_id}
            for statement in (FORGET_DRAFTS, FORGET_TRAYS, FORGET_DEFAULTS):
                connection.execute(statement, of)
            _forget_words(connection, of, now)
            tasks = connection.execute(ASK, {**of, "how": how.value})
            if how is Erasure.WITH_POSTS:
                tasks += connection.execute(ASK_FOR_POSTS, of)
            connection.execute(WAKE_THEIRS, {**of, "now": now, "most": AT_ONCE})
            (left,) = connection.rows(LEFT, of)
            # Last: requests for images wait for its locks, and a user's past may be long.
            _leave(connection, connection.rows(PLACES, of))
            return Erased(tasks, left["tasks"])

        return await self._db.write(ask, urgent=True)

    async def ask_old(self, before: int) -> int:
        """Request that closed tasks from before then are forgotten; return how many."""
        return await self._db.change_in_batches(ASK_OLD, before=before, how=Erasure.ASKED.value)

    async def ask_again(self) -> int:
        """Have tasks that a restored backup brought back forgotten again; return how many.

        Those that aren't closed yet are left for the next time.
        """
        found = await self._db.rows(FACTS, keys=[FORGOTTEN])
        again: list[int] = found[0]["value"] if found else []
        asked, left = 0, list[int]()
        for some in (again[at : at + BATCH] for at in range(0, len(again), BATCH)):
            asked += await self._db.change(ASK_THESE, ids=some, how=Erasure.ASKED.value)
            rows = await self._db.rows(STILL_KNOWN, ids=some)
            left += [row["interaction_id"] for row in rows]
        if left != again:
            await self._db.change(PUT, key=FORGOTTEN, value=left)
        return asked

    async def knows(self, interaction_id: InteractionId) -> bool:
        """Tell whether there is such a task, and nobody has asked to forget it."""
        return bool(await self._db.rows(STILL_KNOWN, ids=[interaction_id]))

    async def go_on(self, *, now: int) -> int:
        """Wake some of the tasks that wait to be forgotten; return how many."""
        return await self._db.change(WAKE_ANY, now=now, most=AT_ONCE)

    async def erase(self, read: Task, *, now: int) -> None:
        """Forget a task whose files are gone, and wake the next one, the same person's first.

        Raises:
            Stale: somebody else has the task by now.
        """
        bare = replace(read.request, prompt="", references=(), instruction="", added_words="")
        blank = codec.encode(replace(bare, made_from=None))
        text = text_of(read.interaction_id, read.requester, read.request.prompt)

        def erase(connection: Connection) -> bool:
            of = {"of_task": read.id}
            values = {**of, "read_version": read.version, "blank": blank}
            if not connection.execute(ERASE, values):
                return False
            for statement in (ERASE_RESULTS, ERASE_POSTS, ERASE_UPLOADS):
                connection.execute(statement, of)
            forget_text(connection, text)
            write_event(connection, read.id, "erased", now=now)
            following = {"now": now, "most": 1}
            theirs = {**following, "of_user": read.requester.user}
            if not connection.execute(WAKE_THEIRS, theirs):
                connection.execute(WAKE_ANY, following)
            return True

        if not await self._db.write(erase):
            raise Stale

    async def anonymise(self, before: int) -> int:
        """Remove the user from forgotten tasks that no quota counts any more; return how many."""

        def anonymise(connection: Connection) -> int:
            rows = connection.rows(UNCOUNTED, {"before": before, "most": UNCOUNTED_AT_ONCE})
            ids = {"ids": [row["id"] for row in rows]}
            connection.execute(ANONYMISE, ids)
            connection.execute(FORGET_EVENTS, ids)
            _leave(connection, rows)
            return len(rows)

        total, some = 0, UNCOUNTED_AT_ONCE
        while some == UNCOUNTED_AT_ONCE:
            some = await self._db.write(anonymise)
            total += some
        return total


def _leave(connection: Connection, rows: Iterable[Row]) -> None:
    """Forget that users were in servers where no task names them any more."""
    places = sorted({(row["guild_id"], row["user_id"]) for row in rows})
    # A request for images there at this moment comes before or after.
    lock(connection, *places)
    connection.execute(LEAVE, [{"of_guild": guild, "of_user": user} for guild, user in places])


def _forget_words(connection: Connection, of: Mapping[str, int], now: int) -> None:
    """Remove what admins have written about somebody, except about what is in force."""
    in_force = dict[tuple[int, str, int], dict[str, Any]]()
    for row in connection.rows(SETTINGS_ABOUT, of):
        until = row["value"].get("until")
        if until is None or until > now:
            in_force[_key(row)] = row["value"]
        else:
            connection.execute(SET, {**row, "value": _wordless(row["value"])})
    for row in connection.rows(CHANGES_ABOUT, of):
        present = in_force.get(_key(row))
        before, after = (
            row[name] if row[name] == present else _wordless(row[name])
            for name in ("before", "after")
        )
        reason = row["reason"] if after is not None and after == present else ""
        changed = {"change": row["id"], "was": before, "is": after, "why": reason}
        connection.execute(FORGET_WORDS, changed)


def _key(row: Row) -> tuple[int, str, int]:
    return row["guild_id"], row["kind"], row["number"]


def _wordless(value: dict[str, Any] | None) -> dict[str, Any] | None:
    return {**value, "reason": ""} if value is not None and "reason" in value else value
