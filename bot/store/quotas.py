"""Reserving images, and usage."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from sqlalchemy import insert

from bot.domain import pixel_budget
from bot.domain.ids import ChannelId, InteractionId, ServerId, UserId
from bot.domain.quota import Drawn, Usage, day_of
from bot.domain.quota_settings import Policy
from bot.domain.requester import Requester
from bot.domain.task import NewTask, Task
from bot.domain.upload import Upload
from bot.domain.window import Period, Window, period
from bot.store import rules
from bot.store.engine import Connection, Database
from bot.store.events import write_event
from bot.store.facts import FACTS, OPERATOR
from bot.store.full_text import INSERT_TEXT, text_of
from bot.store.locks import TOTALS, lock, of_server, of_user
from bot.store.rows import TASK_COLUMNS, plain_row, row_of_new, task_of
from bot.store.settings_codec import operator_rules_of
from bot.store.tables import task, upload
from bot.store.task_log import log_later
from bot.store.tasks import TASK_BY_INTERACTION

T = TypeVar("T")

#: Milliseconds for which this process knows what was drawn this month.
MONTH_KNOWN = 60_000
_PLAIN = Policy()

INSERT_TASK = insert(task).returning(*TASK_COLUMNS)
INSERT_UPLOAD = insert(upload)


@dataclass(frozen=True, slots=True)
class Reservation:
    """A transaction in which the usage of user, server and bot can't change."""

    _connection: Connection
    _requester: Requester
    _drawn_before: Drawn | None

    def existing(self, interaction_id: InteractionId) -> Task | None:
        """Return the task that this interaction has already created, if any."""
        row = self._connection.first(TASK_BY_INTERACTION, {"interaction_id": interaction_id})
        return None if row is None else task_of(row)

    def usage(self, *, now: int) -> Usage:
        """Return what is set for the user, and what they have used."""
        return _usage(self._connection, self._requester, now, self._drawn_before)

    def pixels(self, *, since: int, now: int) -> int:
        """Return the pixels of the user's references since then, in all servers."""
        within = {"user_id": self._requester.user, "since": since, "until": now}
        return self._connection.rows(rules.PIXELS, within)[0]["pixels"]

    def insert(  # noqa: PLR0913 - a row's columns
        self,
        new: NewTask,
        *,
        now: int,
        owner: str,
        wake_at: int,
        estimate: int | None,
        policy: Policy = _PLAIN,
        granted: int = 0,
        credits_expected: int | None = None,
        log_channel: ChannelId | None = None,
    ) -> Task:
        """Insert the task and its references; the row is the reservation.

        ``policy``: what each image counts as; ``granted``: how many of these are from grants.
        ``credits_expected``: what it will cost, in thousandths of a credit. ``log_channel``: where
        it is to be logged.
        """
        assert new.requester == self._requester, "another's lock"
        values = row_of_new(new, now=now, owner=owner, wake_at=wake_at, estimate=estimate)
        values |= {
            "weight": policy.weight(new.request),
            "weight_4k": policy.weight_4k,
            "weight_references": policy.weight_references,
            "granted": granted,
            "log_channel": log_channel,
        }
        values["credits"] = credits_expected
        made = task_of(self._connection.rows(INSERT_TASK, values)[0])
        text = text_of(new.interaction_id, new.requester, new.request.prompt)
        self._connection.execute(INSERT_TEXT, text)
        uploads = [
            plain_row(
                Upload(
                    task_id=made.id,
                    position=position,
                    source=each.key,
                    pixels=pixel_budget.pixels_of(each),
                )
            )
            for position, each in enumerate(new.request.references)
        ]
        self._connection.execute(INSERT_UPLOAD, uploads)
        if log_channel is not None:
            log_later(self._connection, made.id, log_channel)
        write_event(self._connection, made.id, "accepted", now=now, actor=str(new.requester.user))
        return made


@dataclass(slots=True)
class _Month:
    """What was drawn this month before today, as of ``at`` (epoch milliseconds).

    ``None``: there was no monthly cap.
    """

    drawn: Drawn | None = None
    at: int = -MONTH_KNOWN


@dataclass(frozen=True, slots=True)
class Quotas:
    """Usage is computed from the task rows."""

    _db: Database
    _month: _Month = field(default_factory=_Month)

    async def reserve(
        self, requester: Requester, decide: Callable[[Reservation], T], *, now: int = 0
    ) -> T:
        """Return what ``decide`` returns while usage is locked; if it raises, nothing is written.

        It goes before other writes, as somebody is waiting for the answer. Rows are always locked
        in the same order: the bot's, the server's, the user's.
        """
        before = await self._drawn_before(now=now)

        def reserve(connection: Connection) -> T:
            lock(connection, TOTALS, of_server(requester), of_user(requester))
            return decide(Reservation(connection, requester, before))

        return await self._db.write(reserve, urgent=True)

    async def usage(self, requester: Requester, *, now: int) -> Usage:
        """Return what is set for a user, and what they have used."""
        before = await self._drawn_before(now=now)
        return await self._db.read(lambda connection: _usage(connection, requester, now, before))

    async def _drawn_before(self, *, now: int) -> Drawn | None:
        """Return what was drawn this month (UTC) before today; ``None``: no monthly cap.

        The sum for past days hardly changes, so it is computed once a minute, not for each request.
        """
        known, today = self._month, day_of(now)
        if known.at < today or not 0 <= now - known.at < MONTH_KNOWN:
            found = await self._db.rows(FACTS, keys=[OPERATOR])
            known.drawn, known.at = None, now
            if found and operator_rules_of(found[0]["value"]).caps_month:
                known.drawn = await self.drawn_in(_month_before(now))
        return known.drawn

    async def drawn_in(self, when: Period) -> Drawn:
        """Return what was or may have been drawn in a period, in all servers."""
        return await self._db.read(lambda connection: rules.drawn_in(connection, when))

    async def servers(
        self, when: Period, *, most: int, skip: int
    ) -> tuple[tuple[ServerId, int], ...]:
        """Return servers and the images drawn for them in a period, most first; 0: elsewhere."""
        of = {"since": when.since, "until": when.until}
        rows = await self._db.rows(rules.SERVERS, **of, most=most, skip=skip)
        return tuple((row["guild_id"], row["drawn"]) for row in rows)

    async def used_in(self, server: ServerId, when: Period) -> int:
        """Return the images of all of a server's members that count in a period."""
        values = {"guild_id": server, "since": when.since, "until": when.until}
        rows = await self._db.rows(rules.USED_IN, **values)
        return next(iter(rows[0].values()))

    async def above(self, server: ServerId, when: Period, images: int) -> int:
        """Return how many members have used more than ``images`` in a period."""
        of = {"guild_id": server, "since": when.since, "until": when.until}
        return (await self._db.rows(rules.ABOVE, **of, images=images))[0]["members"]

    async def members(
        self, server: ServerId, when: Period, *, most: int, skip: int
    ) -> tuple[tuple[UserId, int], ...]:
        """Return users and their images that count in a period, most first."""
        values = {"guild_id": server, "since": when.since, "until": when.until}
        rows = await self._db.rows(rules.MEMBERS, **values, most=most, skip=skip)
        return tuple((row["user_id"], row["used"]) for row in rows)


def _usage(connection: Connection, requester: Requester, now: int, before: Drawn | None) -> Usage:
    found = rules.usage(connection, requester, now=now)
    if before is None and found.operator_rules.caps_month:
        # The cap was set since this process looked, perhaps by another one: it counts at once.
        before = rules.drawn_in(connection, _month_before(now))
    return found if before is None else replace(found, before=before)


def _month_before(now: int) -> Period:
    """Return this month before today, in UTC."""
    return Period(period(Window.MONTH, now, "UTC").since, day_of(now))
