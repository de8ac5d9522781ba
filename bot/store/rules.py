"""What is set for a user, and their usage: a sum over task rows."""

from dataclasses import replace
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    bindparam,
    case,
    func,
    not_,
    or_,
    select,
    true,
    union_all,
)

from bot.domain.grants import Grant
from bot.domain.ids import NO_SERVER
from bot.domain.moderation import Moderation
from bot.domain.quota import Drawn, Usage, cap_period, day_of, period_of
from bot.domain.quota_settings import Block, Policy, Rule
from bot.domain.requester import Requester
from bot.domain.state import OPEN, UNPAID, State
from bot.domain.window import DAY, Period
from bot.refusals import Scope
from bot.store.engine import Connection
from bot.store.facts import OPERATOR
from bot.store.rows import key_of
from bot.store.settings_codec import operator_rules_of, settings_of
from bot.store.tables import IS_GRANTED, IS_OPEN, fact, member, quota_setting, task, upload

_guild = bindparam("guild_id", type_=BigInteger)
_user = bindparam("user_id", type_=BigInteger)
_of_guild = task.c.guild_id == _guild
_of_user = and_(_of_guild, task.c.user_id == _user)
_is_open = task.c.state.in_(sorted(state.value for state in OPEN))
_open = and_(_of_user, IS_OPEN)
# Bounded at both ends: a clock that was ahead has left rows with dates in the future.
_day, _next_day = bindparam("day", type_=BigInteger), bindparam("next_day", type_=BigInteger)
_since, _until = bindparam("since", type_=BigInteger), bindparam("until", type_=BigInteger)
_paid_today = and_(task.c.intent_at >= _day, task.c.intent_at < _next_day)
# A waiting task with an intent of an earlier day is sent again with the same key, and drawn today.
_is_waiting = task.c.state.in_(sorted(state.value for state in UNPAID))
_unpaid = and_(_is_open, or_(task.c.intent_at.is_(None), _is_waiting))

# A user's usage is what they are charged for; until that is settled, what is reserved. What was
# reserved beyond the allowance is the first to be given back.
#: How many images a task counts as.
IMAGES = func.coalesce(task.c.charged, task.c.reserved) * task.c.weight
_allowed = task.c.reserved * task.c.weight - task.c.granted
_from_grants = case((_allowed < IMAGES, IMAGES - _allowed), else_=0)
_own = IMAGES - _from_grants
_mine = (
    select(
        func.coalesce(func.sum(_own), 0).label("used"),
        func.coalesce(func.sum(case((_is_open, _own), else_=0)), 0).label("drawing"),
        func.min(case((_own > 0, task.c.created_at))).label("oldest"),
    )
    .where(_of_user, task.c.created_at >= _since, task.c.created_at < _until)
    .subquery()
)
_members = (
    select(func.coalesce(func.sum(IMAGES), 0).label("used_cap"))
    .where(
        _of_guild,
        task.c.created_at >= bindparam("cap_since", type_=BigInteger),
        task.c.created_at < bindparam("cap_until", type_=BigInteger),
    )
    .subquery()
)
# The operator's caps count what Evolink drew or may have drawn today, and what is still waiting to
# be drawn, whenever it was asked for. So no day costs more than its cap, not even the one after an
# outage.
_drawn = case((_unpaid, task.c.reserved), else_=func.coalesce(task.c.drawn, task.c.reserved))
# A task that drew nothing cost nothing, whatever was expected.
_credits = case((and_(not_(_unpaid), task.c.drawn == 0), 0), else_=task.c.credits)
_everybodys = (
    select(
        func.coalesce(func.sum(case((_of_guild, _drawn), else_=0)), 0).label("used_server"),
        func.coalesce(func.sum(_drawn), 0).label("used_total"),
        func.coalesce(func.sum(_credits), 0).label("used_credits"),
    )
    .where(or_(_paid_today, _unpaid))
    .subquery()
)
USAGE = select(
    _mine.c.used,
    _mine.c.drawing,
    _mine.c.oldest,
    _members.c.used_cap,
    _everybodys.c.used_server,
    _everybodys.c.used_total,
    _everybodys.c.used_credits,
    select(func.count()).select_from(task).where(_open).scalar_subquery().label("open_tasks"),
    select(func.count())
    .select_from(task)
    .where(task.c.state == State.QUEUED.value)
    .scalar_subquery()
    .label("queued"),
    select(fact.c.value).where(fact.c.key == OPERATOR).scalar_subquery().label("operator_rules"),
).select_from(_mine.join(_everybodys, true()).join(_members, true()))
# Bounded at both ends, as above. ``member`` names the user's servers, so that an index leads to
# their recent tasks, and older ones aren't read.
PIXELS = (
    select(func.coalesce(func.sum(upload.c.pixels), 0).label("pixels"))
    .join_from(upload, task)
    .where(
        task.c.guild_id.in_(select(member.c.guild_id).where(member.c.user_id == _user)),
        task.c.user_id == _user,
        task.c.created_at > bindparam("since", type_=BigInteger),
        task.c.created_at <= bindparam("until", type_=BigInteger),
    )
)
_of_subject = [quota_setting.c.subject, quota_setting.c.subject_id]
_COLUMNS = [*_of_subject, quota_setting.c.kind, quota_setting.c.number, quota_setting.c.value]


def _set_for(scope: Scope, ids: ColumnElement[bool]) -> Select[Any]:
    return select(*_COLUMNS).where(
        quota_setting.c.guild_id == _guild, quota_setting.c.subject == scope.value, ids
    )


# Three searches: for an OR, SQLite reads the settings of all of a server's users.
APPLICABLE = union_all(
    _set_for(Scope.USER, quota_setting.c.subject_id == _user),
    _set_for(Scope.ROLE, quota_setting.c.subject_id.in_(bindparam("roles", expanding=True))),
    _set_for(Scope.SERVER, quota_setting.c.subject_id == _guild),
)
GRANTED = (
    select(task.c.created_at, _from_grants.label("used"))
    .where(_of_user, IS_GRANTED)
    .order_by(task.c.created_at, task.c.id)
)
_member_used = func.sum(IMAGES).label("used")
_between = and_(_of_guild, task.c.created_at >= _since, task.c.created_at < _until)
# What was or may have been drawn, except what still waits.
DRAWN_IN = select(
    func.coalesce(func.sum(_drawn), 0).label("drawn"),
    func.coalesce(func.sum(_credits), 0).label("credits"),
).where(task.c.intent_at >= _since, task.c.intent_at < _until, not_(_unpaid))
_by_server = func.sum(_drawn).label("drawn")
SERVERS = (
    select(task.c.guild_id, _by_server)
    .where(task.c.intent_at >= _since, task.c.intent_at < _until)
    .group_by(task.c.guild_id)
    .order_by(_by_server.desc(), task.c.guild_id)
    .limit(bindparam("most"))
    .offset(bindparam("skip"))
)
# Members who have used more than ``images``.
_above = (
    select(task.c.user_id)
    .where(_between)
    .group_by(task.c.user_id)
    .having(_member_used > bindparam("images", type_=BigInteger))
    .subquery()
)
ABOVE = select(func.count().label("members")).select_from(_above)
USED_IN = select(func.coalesce(func.sum(IMAGES), 0)).where(_between)
MEMBERS = (
    select(task.c.user_id, _member_used)
    .where(_between)
    .group_by(task.c.user_id)
    .having(_member_used > 0)
    .order_by(_member_used.desc(), task.c.user_id)
    .limit(bindparam("most"))
    .offset(bindparam("skip"))
)


def usage(connection: Connection, requester: Requester, *, now: int) -> Usage:
    """Return what is set for a user, and what they and their server have used."""
    known = _settings(connection, requester, now)
    mine, today = period_of(known.rules, known.policy, now), day_of(now)
    cap = Period(0, 0) if known.policy.cap is None else cap_period(known.policy, now)
    values = key_of(requester) | {
        "since": mine.since,
        "until": mine.until,
        "cap_since": cap.since,
        "cap_until": cap.until,
        "day": today,
        "next_day": today + DAY,
    }
    (sums,) = connection.rows(USAGE, values)
    granted = connection.rows(GRANTED, key_of(requester)) if known.grants else ()
    return replace(
        known,
        granted=tuple((row["created_at"], row["used"]) for row in granted),
        used=sums["used"],
        drawing=sums["drawing"],
        oldest=sums["oldest"],
        used_cap=sums["used_cap"],
        open_tasks=sums["open_tasks"],
        used_server=sums["used_server"],
        used_total=sums["used_total"],
        used_credits=int(sums["used_credits"]),
        queued=sums["queued"],
        operator_rules=operator_rules_of(sums["operator_rules"]),
    )


def _settings(connection: Connection, requester: Requester, now: int) -> Usage:
    """Return the part of ``Usage`` that admins set."""
    server = requester.server or NO_SERVER
    values = key_of(requester) | {"roles": sorted(requester.roles)}
    every = [setting for _, setting in settings_of(server, connection.rows(APPLICABLE, values))]
    blocks = [each for each in every if isinstance(each, Block) and not each.is_over(now)]
    return Usage(
        rules=tuple(each for each in every if isinstance(each, Rule)),
        policy=next((each for each in every if isinstance(each, Policy)), Policy()),
        moderation=next((each for each in every if isinstance(each, Moderation)), Moderation()),
        block=blocks[0] if blocks else None,
        grants=tuple(each for each in every if isinstance(each, Grant)),
    )


def drawn_in(connection: Connection, when: Period) -> Drawn:
    """Return what was or may have been drawn in a period, in all servers."""
    (row,) = connection.rows(DRAWN_IN, {"since": when.since, "until": when.until})
    return Drawn(int(row["drawn"]), int(row["credits"]))
