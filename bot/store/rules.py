"""Quota rules, and a user's usage by the task rows."""

from collections.abc import Sequence

from sqlalchemy import (
    BigInteger,
    Connection,
    RowMapping,
    and_,
    bindparam,
    case,
    delete,
    func,
    or_,
    select,
    true,
)

from bot.domain import quota
from bot.domain.quota import Rule, Usage
from bot.domain.requester import Requester
from bot.domain.state import OPEN, UNPAID, State
from bot.refusals import Scope
from bot.store.facts import PAUSED
from bot.store.rows import key_of
from bot.store.tables import fact, quota_rule, task, upload
from bot.store.upsert import replaced, upsert

USER, SERVER = "user", "server"
DAY, BLOCK = "day", "block"

_guild = bindparam("guild_id", type_=BigInteger)
_user = bindparam("user_id", type_=BigInteger)
_of_guild = task.c.guild_id == _guild
_of_user = and_(_of_guild, task.c.user_id == _user)
_is_open = task.c.state.in_(sorted(state.value for state in OPEN))
_open = and_(_of_user, _is_open)
# Bounded at both ends: a clock that was ahead has left rows with dates in the future.
_day, _next_day = bindparam("day", type_=BigInteger), bindparam("next_day", type_=BigInteger)
_asked_today = and_(task.c.created_at >= _day, task.c.created_at < _next_day)
_paid_today = and_(task.c.intent_at >= _day, task.c.intent_at < _next_day)
# A waiting task with an intent of an earlier day is sent again with the same key, and drawn today.
_is_waiting = task.c.state.in_(sorted(state.value for state in UNPAID))
_unpaid = and_(_is_open, or_(task.c.intent_at.is_(None), _is_waiting))

# A user's usage is what they are charged for; until that is settled, what is reserved.
_charged = func.coalesce(task.c.charged, task.c.reserved)
_mine = (
    select(
        func.coalesce(func.sum(_charged), 0).label("used"),
        func.coalesce(func.sum(case((_is_open, _charged), else_=0)), 0).label("drawing"),
    )
    .where(_of_user, _asked_today)
    .subquery()
)
# The operator's caps count what Evolink drew or may have drawn today, and what is still waiting to
# be drawn, whenever it was asked for. So no day costs more than its cap, not even the one after an
# outage.
_drawn = case((_unpaid, task.c.reserved), else_=func.coalesce(task.c.drawn, task.c.reserved))
_everybodys = (
    select(
        func.coalesce(func.sum(case((_of_guild, _drawn), else_=0)), 0).label("used_server"),
        func.coalesce(func.sum(_drawn), 0).label("used_total"),
    )
    .where(or_(_paid_today, _unpaid))
    .subquery()
)
USAGE = select(
    _mine.c.used,
    _mine.c.drawing,
    _everybodys.c.used_server,
    _everybodys.c.used_total,
    select(func.count()).select_from(task).where(_open).scalar_subquery().label("open_tasks"),
    select(func.count())
    .select_from(task)
    .where(task.c.state == State.QUEUED.value)
    .scalar_subquery()
    .label("queued"),
    select(fact.c.value).where(fact.c.key == PAUSED).scalar_subquery().label("paused"),
).select_from(_mine.join(_everybodys, true()))
# Bounded at both ends, as above.
PIXELS = (
    select(func.coalesce(func.sum(upload.c.pixels), 0))
    .join_from(upload, task)
    .where(
        task.c.user_id == _user,
        task.c.created_at > bindparam("since", type_=BigInteger),
        task.c.created_at <= bindparam("until", type_=BigInteger),
    )
)
RULES = select(quota_rule.c.subject, quota_rule.c.window, quota_rule.c.images).where(
    quota_rule.c.guild_id == _guild,
    or_(
        and_(quota_rule.c.subject == USER, quota_rule.c.subject_id == _user),
        and_(quota_rule.c.subject == SERVER, quota_rule.c.subject_id == _guild),
    ),
)
BLOCKED = select(quota_rule.c.set_at).where(
    quota_rule.c.guild_id == _guild,
    quota_rule.c.subject == USER,
    quota_rule.c.subject_id == _user,
    quota_rule.c.window == BLOCK,
)
SET_RULE = upsert(quota_rule, replaced(quota_rule))
CLEAR_RULE = delete(quota_rule).where(
    quota_rule.c.guild_id == bindparam("of_guild_id"),
    quota_rule.c.subject == bindparam("of_subject"),
    quota_rule.c.subject_id == bindparam("of_subject_id"),
    quota_rule.c.window == bindparam("of_window"),
)


def usage(connection: Connection, requester: Requester, *, day: int) -> Usage:
    """Return a user's usage on the day that begins at ``day``; epoch milliseconds."""
    of = key_of(requester)
    days = {"day": day, "next_day": day + quota.DAY}
    sums = connection.execute(USAGE, of | days).mappings().one()
    rules = connection.execute(RULES, of).mappings().all()
    return Usage(
        rules=_rules(rules),
        used=sums["used"],
        drawing=sums["drawing"],
        open_tasks=sums["open_tasks"],
        used_server=sums["used_server"],
        used_total=sums["used_total"],
        queued=sums["queued"],
        blocked=any(row["window"] == BLOCK for row in rules),
        paused=bool(sums["paused"]),
    )


def _rules(rows: Sequence[RowMapping]) -> tuple[Rule, ...]:
    scopes = {USER: Scope.USER, SERVER: Scope.SERVER}
    return tuple(
        Rule(scopes[row["subject"]], row["images"]) for row in rows if row["window"] == DAY
    )
