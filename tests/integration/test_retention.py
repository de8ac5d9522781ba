"""What the settings' days are over for goes: by an index, and a little at a time."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy.dialects import sqlite

from bot.domain.durations import Durations
from bot.domain.erasure import Erasure
from bot.domain.grants import Grant, left_of
from bot.domain.ids import UserId
from bot.domain.moderation import Strike
from bot.domain.quota_change import Kind, Target
from bot.domain.quota_settings import Block, Policy, Rule
from bot.domain.request import Quality, Request
from bot.domain.requester import Requester
from bot.domain.snowflakes import first_id
from bot.domain.window import DAY
from bot.files import FileStorage
from bot.refusals import Scope
from bot.services.work.cleanup import Cleanup
from bot.store import engine, erasures, quota_changes
from bot.store.engine import Body, Connection
from bot.store.store import Store
from tests.integration.store_kit import (
    GUILD,
    NOW,
    USER,
    cleanup_of,
    driver_of,
    new,
    opened,
    run,
    run_sql,
    settle,
)
from tests.kit.changes import changed_by

OLD, MANY = NOW - 90 * DAY, 20_000
#: Many copies of a past row, each a minute younger than the one before.
COPY = """
WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < {many})
INSERT INTO task ({columns}) SELECT {values} FROM task, number WHERE task.id = {task}
"""


def _cleanup(store: Store, storage: FileStorage, **days: int) -> Cleanup:
    kept: dict[str, Any] = {name: each * DAY for name, each in days.items()}
    return replace(cleanup_of(store, storage), durations=Durations(**kept))


async def _past(store: Store) -> None:
    """Fill the table with closed tasks of ninety days, and some of a hundred users."""
    task = await run(store, now=OLD, request=Request(prompt="an old zeppelin"))
    ready = await store.tasks.save(task.ready(OLD, drawn=1), "ready", now=OLD)
    ended = await store.tasks.save(ready.delivered(OLD, 1), "delivered", now=OLD)
    await store.tasks.save(ended.closed(), "closed", now=OLD)

    def copy(connection: Connection) -> None:
        columns: list[str] = [
            row[1] for row in driver_of(connection).execute("PRAGMA table_info(task)")
        ]
        columns.remove("id")
        changed: dict[str, str] = {
            "interaction_id": "interaction_id + 1000000 * n",
            "remote_id": "remote_id || '-' || n",
            "user_id": "100 + n % 100",
            "created_at": f"created_at + n * {90 * DAY // MANY}",
        }
        values = ", ".join(changed.get(name, name) for name in columns)
        text = COPY.format(many=MANY, columns=", ".join(columns), values=values, task=task.id)
        run_sql(text, connection)

    await store._db.write(copy)


async def _count(store: Store, where: str) -> int:
    def count(connection: Connection) -> int:
        text = f"SELECT count(*) FROM task WHERE {where}"  # noqa: S608 - a test's own
        return driver_of(connection).execute(text).fetchone()[0]

    return await store._db.read(count)


async def test_old_tasks_of_a_big_table_are_forgotten(tmp_path, storage, monkeypatch) -> None:
    """Sixty of ninety days: in short transactions, all of them in the end, and none younger."""
    changed = list[int]()
    async with opened(tmp_path) as store:
        await _past(store)
        cleanup = _cleanup(store, storage, keep_prompts=30)
        due = await _count(store, f"created_at < {NOW - 30 * DAY}")
        assert MANY // 2 < due < MANY
        write = type(store._db).write

        async def counted(self, body, **more):
            def counting(connection):
                before = driver_of(connection).total_changes
                result = body(connection)
                changed.append(driver_of(connection).total_changes - before)
                return result

            return await write(self, counting, **more)

        monkeypatch.setattr(type(store._db), "write", counted)
        assert await cleanup.forget() == due
        assert max(changed) <= engine.BATCH
        assert await cleanup.forget() == 0
        assert await _count(store, "erasure = 'asked'") == due
        assert await _count(store, "erasure IS NULL") == MANY + 1 - due

        # The first few steps, each of which is followed by another.
        assert await store.erasures.go_on(now=NOW) == erasures.AT_ONCE
        for _ in range(3):
            for task in await store.claims.due("main/b", now=NOW, until=NOW + 60_000, limit=99):
                assert task.erasure == Erasure.ASKED
                await store.erasures.erase(task, now=NOW)
        assert await _count(store, "erasure = 'done'") == 3 * erasures.AT_ONCE
        assert await _count(store, "wake_at IS NOT NULL") == erasures.AT_ONCE


async def test_without_the_settings_everything_stays(tmp_path, storage) -> None:
    """As before the settings existed."""
    target = Target.of_server(GUILD, Kind.LIMIT)
    async with opened(tmp_path) as store:
        await _past(store)
        await store.quota_settings.change(
            target, Rule(Scope.SERVER, 1), changed_by(1, actor=1, at=OLD)
        )
        assert await _cleanup(store, storage).forget() == 0
        await settle(
            store,
            Target.of_user(GUILD, USER, Kind.BLOCK),
            Block(by=UserId(1), since=OLD, until=OLD),
        )
        assert await _cleanup(store, storage).forget() == 0
        assert await _cleanup(store, storage, keep_log=30).forget() == 2


async def test_the_log_of_admins_goes_after_its_days(store) -> None:
    """Settings stay; only who changed them, and when, is forgotten."""
    target = Target.of_server(GUILD, Kind.LIMIT)
    for number, days in enumerate((400, 300, 10)):
        at = NOW - days * DAY
        by = changed_by(first_id(at), actor=1, at=at, reason="why")
        await store.quota_settings.change(target, Rule(Scope.SERVER, number + 1), by)
    assert await store.quota_changes.prune(NOW - 365 * DAY) == 1
    assert await store.quota_changes.prune(NOW - 30 * DAY) == 1
    assert len(await store.quota_changes.changes(GUILD, before=2**62, limit=9)) == 1
    assert await store.quota_settings.get(target) == Rule(Scope.SERVER, 3)


async def test_what_is_over_goes_with_the_log(store) -> None:
    """Blocks, strikes and grants, but nothing that still holds or has no end."""
    none, ended, recent = None, NOW - 90 * DAY, NOW - 10 * DAY
    for number, until in enumerate((none, ended, recent)):
        user = UserId(USER + number)
        block = Block(by=UserId(1), since=OLD, until=until)
        await settle(store, Target.of_user(GUILD, user, Kind.BLOCK), block)
        given = Strike(by=UserId(1), at=OLD - DAY, until=until or NOW + DAY)
        await settle(store, Target.of_user(GUILD, user, Kind.STRIKE, 1), given)
        grant = Grant(images=5, given_at=OLD - DAY, until=until)
        await settle(store, Target.of_user(GUILD, user, Kind.GRANT, 1), grant)
    await settle(store, Target.of_user(GUILD, USER, Kind.LIMIT), Rule(Scope.USER, 3))
    assert await store.quota_settings.prune(NOW - 30 * DAY) == 3
    left = [target.id for target, _ in await store.quota_settings.settings(GUILD)]
    assert sorted(left) == [USER] * 4 + [UserId(USER + 2)] * 3


async def _granted(store: Store, user: UserId, now: int) -> None:
    """Write a task of an image that counts as four, all from grants."""
    wanted = new(user=user, request=Request(prompt="x", quality=Quality.K4))
    policy = Policy(weight_4k=4)
    await store.quotas.reserve(
        wanted.requester,
        lambda book: book.insert(
            wanted, now=now, wake_at=now, owner="main/a", estimate=None, granted=4, policy=policy
        ),
    )


async def test_what_is_left_of_grants_stays_when_others_that_are_over_go(store) -> None:
    """What was used of one grant is never counted towards another that lasts longer."""
    grants = (
        # The second could have been used instead of the first, the third instead of the second.
        (USER, [(-100, -80), (-90, -60), (-70, None)], 3),
        (UserId(USER + 1), [(-100, -80), (-80, -60), (-60, None)], 1),
        (UserId(USER + 2), [(-100, -80), (-90, -60)], 0),
    )
    for user, times, _ in grants:
        for number, (since, until) in enumerate(times):
            end = None if until is None else NOW + until * DAY
            grant = Grant(images=5, given_at=NOW + since * DAY, until=end)
            await settle(store, Target.of_user(GUILD, user, Kind.GRANT, number), grant)
        await _granted(store, user, NOW - 65 * DAY)

    async def left(user: UserId) -> int:
        usage = await store.quotas.usage(Requester(GUILD, user), now=NOW)
        return sum(each.images for each in left_of(usage.grants, usage.granted, NOW))

    before = [await left(user) for user, *_ in grants]
    for _ in grants:
        await store.quota_settings.prune(NOW - 30 * DAY)
    assert [await left(user) for user, *_ in grants] == before == [5, 5, 0]
    settings = await store.quota_settings.settings(GUILD)
    for user, _, stay in grants:
        assert sum(target.id == user for target, _ in settings) == stay


async def test_grants_that_are_used_up_go_too(store) -> None:
    """If any of a user's grants has something left, or may get it back, all of them stay."""
    used, partly, given_since, may_come_back, used_before = users = [
        UserId(USER + number) for number in range(5)
    ]
    grants = [(user, 4 + (user == partly), -90) for user in users]
    grants += [(given_since, 4, -20), (used_before, 4, -70)]
    for number, (user, images, day) in enumerate(grants):
        grant = Grant(images=images, given_at=NOW + day * DAY)
        await settle(store, Target.of_user(GUILD, user, Kind.GRANT, number), grant)
    for user in users:
        await _granted(store, user, NOW - 80 * DAY)
    text = f"UPDATE task SET charged = 1 WHERE user_id <> {may_come_back}"  # noqa: S608 - our own
    await store._db.write(lambda connection: run_sql(text, connection))
    assert await store.quota_settings.prune(NOW - 85 * DAY) == 0
    assert await store.quota_settings.prune(NOW - 30 * DAY) == 1
    left = [target.id for target, _ in await store.quota_settings.settings(GUILD)]
    assert sorted(left) == sorted(user for user, *_ in grants if user != used)


def _plans() -> Iterator[tuple[object, str]]:
    yield erasures.ASK_OLD, "task_to_forget (created_at<?)"
    yield erasures.UNCOUNTED, "task_erasure (erasure=? AND user_id>?)"
    yield erasures.WAKE_ANY, "task_erasure (erasure=? AND user_id>?)"
    yield erasures.WAKE_THEIRS, "task_erasure (erasure=? AND user_id=?)"
    yield quota_changes.PRUNE, "sqlite_autoindex_quota_change_1 (id<?)"


async def test_the_job_goes_by_an_index(tmp_path) -> None:
    """However many rows the tables have, it reads only those that are due."""
    async with opened(tmp_path) as store:

        def plan(statement: Any) -> Body[str]:
            text = re.sub(
                r"__\[POSTCOMPILE_\w+\]", "?", str(statement.compile(dialect=sqlite.dialect()))
            )

            def explain(connection: Connection) -> str:
                rows = driver_of(connection).execute(
                    f"EXPLAIN QUERY PLAN {text}", [None] * text.count("?")
                )
                return " ".join(detail for *_, detail in rows)

            return explain

        for statement, expected in _plans():
            assert expected in await store._db.read(plan(statement)), str(statement)
