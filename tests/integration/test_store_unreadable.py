"""A row that cannot be read affects nobody else: others are served, and see their tasks."""

import json
from typing import Any

import pytest

from bot.domain.ids import UserId
from bot.domain.quota_change import Kind, Target
from bot.domain.quota_settings import Block, Rule
from bot.domain.requester import Requester
from bot.domain.task_query import TaskQuery
from bot.domain.window import DAY
from bot.refusals import Scope
from bot.store.engine import Connection
from bot.store.unreadable import ASIDE_FOR
from tests.integration.store_kit import (
    GUILD,
    NOW,
    USER,
    accept,
    driver_of,
    opened,
    run_sql,
    settle,
    strike,
)
from tests.kit.changes import changed_by

LEASE = 60_000
LIMITS: dict[str, Any] = {"max_running": 3, "user_running": 3, "slow_before": 0, "limit": 32}
DAMAGE = {
    "no JSON": 'request = \'{"v": 1, "prom\'',
    "empty": "request = ''",
    "a list": "request = '[]'",
    "a field less": "request = '{\"v\": 1}'",
    "an unknown quality": "request = json_set(request, '$.quality', '9K')",
    "an unknown state": "state = 'dreaming'",
}


async def by_hand(store, task_id: int, assignments: str, *values: object) -> None:
    """Change a row as somebody does who edits the file."""
    text = f"UPDATE task SET {assignments} WHERE id = ?"  # noqa: S608 - of this file
    await store._db.write(lambda it: driver_of(it).execute(text, (*values, task_id)).close())


async def found(store, task_id: int):
    """Return the row's contents in the file."""
    text = "SELECT * FROM task WHERE id = ?"

    def read(connection: Connection) -> dict[str, Any]:
        cursor = driver_of(connection).execute(text, (task_id,))
        return dict(zip([column[0] for column in cursor.description], *cursor, strict=True))

    return await store._db.read(read)


@pytest.mark.parametrize("how", DAMAGE)
async def test_what_is_due_beside_it_is_claimed(tmp_path, how) -> None:
    """It is reported once, takes nobody's place, and is read again a day later."""
    async with opened(tmp_path) as store:
        one, bad, two = [await accept(store, user=UserId(USER + each)) for each in range(3)]
        for task in (one, bad, two):
            await by_hand(store, task.id, "state = 'running', wake_at = ?, owner = NULL", NOW)
        await by_hand(store, bad.id, DAMAGE[how])

        claimed = await store.claims.due("main/1", now=NOW, until=NOW + LEASE, limit=32)
        assert [task.id for task in claimed] == [one.id, two.id]
        assert [each.task_id for each in store.unreadable.news()] == [bad.id]
        places = await store.queue.running(slow_before=0)
        assert places == {USER: 1, UserId(USER + 2): 1}

        await store.claims.renew("main/1", [one.id, two.id], until=NOW + 2 * ASIDE_FOR)
        again = NOW + ASIDE_FOR
        assert not (await store.claims.waiting(now=again - 1)).steps
        assert (await store.claims.waiting(now=again)).steps
        assert await store.claims.due("main/1", now=again, until=again + 1, limit=32) == ()
        assert store.unreadable.news() == ()


@pytest.mark.parametrize("how", [how for how in DAMAGE if how != "an unknown state"])
async def test_the_queue_goes_on_behind_it(tmp_path, how) -> None:
    """It stays queued, and is drawn once it can be read again."""
    async with opened(tmp_path) as store:
        bad, good = [await accept(store, user=UserId(USER + each)) for each in range(2)]
        for task in (bad, good):
            await by_hand(store, task.id, "card_id = 7, owner = NULL, wake_at = ?", NOW)
        request = (await found(store, bad.id))["request"]
        await by_hand(store, bad.id, DAMAGE[how])

        started = await store.turns.start("main/1", now=NOW, until=NOW + LEASE, **LIMITS)
        assert [task.id for task in started] == [good.id]
        assert (await found(store, bad.id))["state"] == "queued"
        assert bad.id not in dict(await store.queue.waiting())

        await by_hand(store, bad.id, "request = ?", request)
        later = NOW + ASIDE_FOR
        started = await store.turns.start("main/1", now=later, until=later + LEASE, **LIMITS)
        assert [task.id for task in started] == [bad.id]


@pytest.mark.parametrize("how", DAMAGE)
async def test_their_other_tasks_are_shown(tmp_path, how) -> None:
    """In /tasks, with any filter, and in what counts for the quota."""
    async with opened(tmp_path) as store:
        one, bad = [await accept(store) for _ in range(2)]
        await by_hand(store, bad.id, DAMAGE[how])
        mine = one.requester
        for search in ("", one.request.prompt[:3]):
            query = TaskQuery(search=search)
            shown = await store.history.page(mine, query, limit=9, servers=(GUILD,))
            assert [task.id for task in shown.tasks] == [one.id]
        usage = await store.quotas.usage(mine, now=0)
        assert usage.block is None


def _set_by_hand(kind: str, value: object, *, number: int = 0) -> str:
    return (
        "INSERT INTO quota_setting (guild_id, subject, subject_id, kind, number, value)"  # noqa: S608 - of this file
        f" VALUES ({GUILD}, 'user', {USER}, '{kind}', {number}, '{json.dumps(value)}')"
    )


async def test_what_a_later_version_has_set_is_read_as_far_as_it_is_known(store) -> None:
    """Unknown fields are ignored; a meaningless value stops nobody from drawing."""
    now = {"at": NOW, "until": NOW + DAY, "since": NOW, "given_at": NOW}
    told = {"by": 9, "reason": "spam", "colour": "red"}
    for kind, names in (
        ("block", ("since", "until")),
        ("grant", ("given_at", "until")),
        ("strike", ("at", "until")),
    ):
        value = {name: now[name] for name in names} | told
        if kind == "grant":
            del value["by"]
            value["images"] = 7
        text = _set_by_hand(kind, value, number=int(kind != "block"))
        await store._db.write(lambda connection, text=text: run_sql(text, connection))
    unknown = (("limit", {"images": 5, "window": "year"}), ("mood", {"is": "good"}))
    for kind, value in unknown:
        text = _set_by_hand(kind, value)
        await store._db.write(lambda connection, text=text: run_sql(text, connection))

    usage = await store.quotas.usage(Requester(GUILD, USER), now=NOW)
    assert usage.block == Block(by=UserId(9), since=NOW, reason="spam", until=NOW + DAY)
    assert [grant.images for grant in usage.grants] == [7]
    assert usage.rules == ()
    settings = await store.quota_settings.settings(GUILD)
    assert {target.kind for target, _ in settings} == {Kind.BLOCK, Kind.GRANT, Kind.STRIKE}
    struck = await strike(store, USER, changed_by(2, actor=9, at=NOW))
    assert struck.strikes == 2
    # An admin can replace what can't be read, and the log says so.
    rule = Rule(Scope.USER, 3)
    changed = await settle(store, Target.of_user(GUILD, USER, Kind.LIMIT), rule)
    assert (changed.before, changed.after) == (None, rule)
    assert (await store.quotas.usage(Requester(GUILD, USER), now=NOW)).rules == (rule,)
