"""What admins set; each change of it is written to their log."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    and_,
    bindparam,
    cast,
    delete,
    exists,
    not_,
    or_,
    select,
    tuple_,
)

from bot.domain.ids import NO_SERVER, NOBODY, InteractionId, ServerId, UserId
from bot.domain.moderation import Moderation, Strike, Struck
from bot.domain.quota_change import EVERYWHERE, By, Change, Kind, Target
from bot.domain.quota_settings import Block, OperatorRules, Policy, Setting
from bot.domain.requester import Requester
from bot.domain.task import Task
from bot.domain.window import DAY
from bot.refusals import ChangedSince, NotAllowed, Scope
from bot.store.engine import Connection, Database
from bot.store.events import write_event
from bot.store.facts import FACTS, OPERATOR, PUT
from bot.store.locks import lock
from bot.store.quota_changes import CHANGE, INSERT_CHANGE, MARK_UNDONE, NOTE, change_of, row_of
from bot.store.settings_codec import columns_of, encode, operator_rules_of, settings_of
from bot.store.tables import IS_POLICY, quota_setting
from bot.store.tasks import CANCEL_WAITING
from bot.store.upsert import replaced, upsert
from bot.store.used_grants import delete_used

_guild = bindparam("of_guild_id", type_=BigInteger)
_at = and_(
    quota_setting.c.guild_id == _guild,
    quota_setting.c.subject == bindparam("of_subject"),
    quota_setting.c.subject_id == bindparam("of_subject_id", type_=BigInteger),
    quota_setting.c.kind == bindparam("of_kind"),
    quota_setting.c.number == bindparam("of_number", type_=BigInteger),
)
SETTING = select(*quota_setting.c).where(_at)
SERVER_SETTINGS = (
    select(*quota_setting.c)
    .where(quota_setting.c.guild_id == _guild)
    .order_by(quota_setting.c.subject, quota_setting.c.subject_id)
)
POLICIES = select(*quota_setting.c).where(IS_POLICY)
SET = upsert(quota_setting, replaced(quota_setting))
CLEAR = delete(quota_setting).where(_at)
STRIKES = select(*quota_setting.c).where(
    quota_setting.c.guild_id == _guild,
    quota_setting.c.subject == Scope.USER.value,
    quota_setting.c.subject_id == bindparam("of_subject_id", type_=BigInteger),
    quota_setting.c.kind == Kind.STRIKE.value,
)


def _moment(setting: FromClause, name: str) -> ColumnElement[int]:
    return cast(setting.c.value[name].as_string(), BigInteger)


_until, _longer = _moment(quota_setting, "until"), quota_setting.alias()
# Another grant could have been used instead: what was used of this one would count against it.
_stands_in = exists().where(
    quota_setting.c.kind == Kind.GRANT.value,
    *(_longer.c[name] == quota_setting.c[name] for name in ("guild_id", "subject_id", "kind")),
    _moment(_longer, "given_at") < _until,
    or_(_moment(_longer, "until").is_(None), _moment(_longer, "until") > _until),
)
_key = tuple_(*quota_setting.primary_key)
DELETE_ENDED = delete(quota_setting).where(
    _key.in_(
        select(*quota_setting.primary_key)
        .where(
            quota_setting.c.kind.in_([Kind.BLOCK.value, Kind.GRANT.value, Kind.STRIKE.value]),
            _until < bindparam("before", type_=BigInteger),
            not_(_stands_in),
        )
        .limit(bindparam("most"))
    )
)


@dataclass(frozen=True, slots=True)
class QuotaSettings:
    """What is set for members, roles and servers."""

    _db: Database

    async def block_of(self, requester: Requester, *, now: int) -> Block | None:
        """Return the block of a user in this server, if there is one."""
        found = await self.get(
            Target.of_user(requester.server or NO_SERVER, requester.user, Kind.BLOCK)
        )
        return found if isinstance(found, Block) and not found.is_over(now) else None

    async def get(self, target: Target) -> Setting | None:
        """Return what is set; ``None``: nothing."""
        return await self._db.read(lambda connection: _current(connection, target))

    async def policy(self, server: ServerId | None) -> Policy:
        """Return a server's policy; ``None``: a direct message, which has the defaults."""
        if server is None:
            return Policy()
        found = await self.get(Target.of_server(server, Kind.POLICY))
        return found if isinstance(found, Policy) else Policy()

    async def moderation(self, server: ServerId) -> Moderation:
        """Return a server's moderation settings."""
        found = await self.get(Target.of_server(server, Kind.MODERATION))
        return found if isinstance(found, Moderation) else Moderation()

    async def settings(self, server: ServerId) -> tuple[tuple[Target, Setting], ...]:
        """Return everything that is set in a server."""
        rows = await self._db.rows(SERVER_SETTINGS, of_guild_id=server)
        return tuple(settings_of(server, rows))

    async def policies(self) -> tuple[tuple[ServerId, Policy], ...]:
        """Return the policies that servers have set, without those that can't be read."""
        rows = await self._db.rows(POLICIES)
        found = [each for row in rows for each in settings_of(row["guild_id"], [row])]
        return tuple((of.server, each) for of, each in found if isinstance(each, Policy))

    async def prune(self, before: int) -> int:
        """Delete blocks, strikes and grants that ended, or were used up, before then.

        A grant stays as long as there is one that was given before it ended and lasts longer.
        Returns how many.
        """
        ended = await self._db.change_in_batches(DELETE_ENDED, before=before)
        return ended + await delete_used(self._db, before)

    async def change(self, target: Target, setting: Setting | None, by: By) -> Change:
        """Set something, or with ``None`` remove it, and note the change.

        A block cancels the user's waiting tasks now, not when their turn comes, which may be days
        away. A request at this moment either precedes the change or follows it.
        """

        def change(connection: Connection) -> Change:
            return _change(connection, target, setting, by)

        return await self._db.write(change, urgent=True)

    async def revise(
        self, target: Target, revised: Callable[[Setting | None], Setting], by: By
    ) -> Change:
        """Set what ``revised`` returns for what is set; nobody changes it in between."""

        def change(connection: Connection) -> Change:
            _lock(connection, target)
            return _change(connection, target, revised(_current(connection, target)), by)

        return await self._db.write(change, urgent=True)

    async def note_removal(self, task: Task, by: By, *, strike: bool) -> Struck | None:
        """Do what the function ``note_removal`` does, in a transaction of its own."""
        of = (task.requester, task.interaction_id, by)
        return await self._db.write(
            lambda connection: note_removal(connection, *of, strike=strike), urgent=True
        )

    async def undo(
        self,
        change_id: InteractionId,
        server: ServerId,
        by: By,
        *,
        kept: frozenset[Kind] = frozenset(),
    ) -> Change:
        """Undo a change of this server, and return the undo, which is a change, too.

        Raises:
            NotAllowed: it is of a kind that is to be ``kept``.
            ChangedSince: what it set was changed again, or it was undone already, or it only noted
                what was done without setting anything, or it isn't this server's.
        """

        def undo(connection: Connection) -> Change:
            one = {"of_id": change_id, "of_guild_id": server}
            found = connection.first(CHANGE, one)
            if found is None:
                raise ChangedSince
            _lock(connection, change_of(found).target)
            again = connection.first(CHANGE, {"of_id": by.id, "of_guild_id": server})
            if again is not None:
                return change_of(again)
            # Read again, now that nobody else can change it.
            (row,) = connection.rows(CHANGE, one)
            done = change_of(row)
            if done.target.kind in kept:
                raise NotAllowed("manage_guild")
            if done.before == done.after or done.undone:
                raise ChangedSince
            setting = done.undone_from(_current(connection, done.target))
            connection.execute(MARK_UNDONE, {"of_id": change_id})
            return _change(connection, done.target, setting, by)

        return await self._db.write(undo, urgent=True)


def note_removal(
    connection: Connection, requester: Requester, about: int, by: By, *, strike: bool
) -> Struck | None:
    """Note in a server's log that a task's images are to be removed, and give a strike for it.

    ``about``: the task's interaction; another strike for the same task replaces the first one.
    By the server's rule, strikes block their user; a block that lasts longer stays as it is.
    """
    server, user = requester.server or NO_SERVER, requester.user
    if not strike:
        target = Target.of_user(server, user, Kind.REMOVAL)
        connection.execute(NOTE, row_of(Change(by=by, target=target, before=None, after=None)))
        return None
    found = _current(connection, Target.of_server(server, Kind.MODERATION))
    rule = found if isinstance(found, Moderation) else Moderation()
    given = Strike(by=by.actor, at=by.at, until=by.at + rule.strike_days * DAY, reason=by.reason)
    target = Target.of_user(server, user, Kind.STRIKE, about)
    _change(connection, target, given, by)
    rows = connection.rows(STRIKES, {"of_guild_id": server, "of_subject_id": user})
    strikes = [each for _, each in settings_of(server, rows)]
    count = sum(isinstance(each, Strike) and not each.is_over(by.at) for each in strikes)
    block = None
    if rule.strikes is not None and count >= rule.strikes:
        block = _block(connection, Target.of_user(server, user, Kind.BLOCK), rule, by)
    return Struck(count, rule.strikes, block)


def _lock(connection: Connection, target: Target) -> None:
    """Keep others from changing what is set for somebody until the transaction ends."""
    user = UserId(target.id) if target.scope is Scope.USER else NOBODY
    lock(connection, (target.server, user))


def _change(connection: Connection, target: Target, setting: Setting | None, by: By) -> Change:
    _lock(connection, target)
    row = connection.first(CHANGE, {"of_id": by.id, "of_guild_id": target.server})
    if row is not None:
        return change_of(row)
    before = _current(connection, target)
    change = Change(by=by, target=target, before=before, after=setting)
    if before == setting:
        return change
    if isinstance(setting, OperatorRules):
        connection.execute(PUT, {"key": OPERATOR, "value": encode(setting)})
    elif setting is None:
        connection.execute(CLEAR, columns_of(target, "of_"))
    else:
        connection.execute(SET, columns_of(target) | {"value": encode(setting)})
    connection.execute(INSERT_CHANGE, row_of(change))
    if change.blocks:
        of = {"of_guild": target.server, "of_user": target.id, "now": by.at}
        for found in connection.rows(CANCEL_WAITING, of):
            write_event(connection, found["id"], "cancel_requested", now=by.at, actor=str(by.actor))
    return change


def _block(connection: Connection, target: Target, rule: Moderation, by: By) -> int | None:
    """Block a user for strikes; return until when, unless they are blocked for longer anyway."""
    until, present = by.at + rule.block_days * DAY, _current(connection, target)
    if isinstance(present, Block) and (present.until is None or present.until >= until):
        return None
    block = Block(by=by.actor, since=by.at, reason=by.reason, until=until)
    # The strike has the interaction's id; Discord uses the next id for something else.
    _change(connection, target, block, replace(by, id=InteractionId(by.id + 1)))
    return until


def _current(connection: Connection, target: Target) -> Setting | None:
    if target == EVERYWHERE:
        # Stored as a fact, because every submission reads it. What isn't set has its default.
        fact = connection.first(FACTS, {"keys": [OPERATOR]})
        return operator_rules_of(fact and fact["value"])
    rows = connection.rows(SETTING, columns_of(target, "of_"))
    return next((each for _, each in settings_of(target.server, rows)), None)
