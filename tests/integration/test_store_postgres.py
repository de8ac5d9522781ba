"""PostgreSQL: several processes on one database, connections that go, and values it can't store."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import String, bindparam, func, select
from sqlalchemy.exc import DBAPIError

import bot.store.opening
import bot.store.postgres
from bot.domain.ids import UserId
from bot.domain.quota_settings import Limits
from bot.domain.request import Request
from bot.domain.requester import Requester
from bot.domain.task_query import TaskQuery
from bot.errors import StartError, StoreUnavailable
from bot.roles import EVERYTHING
from bot.store.facts import PUT
from bot.store.locks import TOTALS, lock
from bot.store.store import Store
from tests.integration.store_kit import GUILD, USER, accept, opened_at, queue, run_sql, start
from tests.integration.test_store_quotas import ask
from tests.kit.patience import until


@pytest.fixture
async def stores(postgres) -> AsyncIterator[tuple[Store, Store]]:
    """Two processes' stores on one database."""
    url = await postgres.database()
    async with opened_at(url) as one, opened_at(url) as other:
        yield one, other


async def test_two_processes_start_on_an_empty_database(postgres) -> None:
    """One of them makes the tables, the other finds them there."""
    url = await postgres.empty()
    stores = await asyncio.gather(*[Store.open(url) for _ in range(4)])
    queued = await queue(stores[0])
    assert await stores[3].tasks.get(queued.id) == queued
    for store in stores:
        await store.close()


async def test_a_quota_holds_for_all_processes(stores) -> None:
    """A burst that reaches two processes gets what the quota gives, which is less than twenty.

    So many transactions are under way at once: unlocked, they would all be let through.
    """
    limits = Limits(images=7, open_tasks=100)
    asked = [ask(store, limits) for _ in range(48) for store in stores]
    assert sum(await asyncio.gather(*asked)) == 7


async def test_a_cancel_between_reading_and_starting(stores) -> None:
    """The cancelled task isn't started; the others of the batch are."""
    one, other = stores
    tasks = [await queue(one, user=UserId(USER + number)) for number in range(3)]
    assert tasks[1].requester.user == 21
    locked = asyncio.Event()

    def cancel(connection: Any) -> None:
        connection.core.exec_driver_sql(
            "UPDATE task SET cancel_requested = true WHERE user_id = 21"
        )
        locked.set()
        connection.core.exec_driver_sql("SELECT pg_sleep(0.3)")

    holding = asyncio.create_task(other._db.write(cancel))
    await until(locked.is_set)
    started = await start(one)
    await holding
    assert [each.id for each in started] == [tasks[0].id, tasks[2].id]


async def test_two_that_wait_for_each_other(stores) -> None:
    """A deadlock ends one of the two transactions, which is then repeated."""
    one, other = stores
    await one.facts.put("a", 0)
    await one.facts.put("b", 0)
    tries = 0

    def body(first: str, second: str, mine: int) -> Any:
        def write(connection: Any) -> None:
            nonlocal tries
            tries += 1
            connection.execute(PUT, {"key": first, "value": mine})
            connection.core.exec_driver_sql("SELECT pg_sleep(0.2)")
            connection.execute(PUT, {"key": second, "value": mine})

        return write

    await asyncio.gather(one._db.write(body("a", "b", 0)), other._db.write(body("b", "a", 1)))
    facts = await one.facts.several("a", "b")
    assert tries == 3
    assert facts["a"] == facts["b"]


async def test_a_connection_that_goes(postgres) -> None:
    """What was under way fails and may be tried again; later statements get a new connection."""
    url = await postgres.database()
    async with opened_at(url) as store:
        began = asyncio.Event()

        def slow(connection: Any) -> None:
            began.set()
            connection.core.exec_driver_sql("SELECT pg_sleep(60)")

        under_way = asyncio.create_task(store._db.write(slow))
        await until(began.is_set)
        await asyncio.sleep(0.1)
        await postgres.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'test%'"
        )
        with pytest.raises(StoreUnavailable):
            await under_way
        assert await store.facts.get("opened_by") is not None
        assert await queue(store)


async def test_a_cancelled_write_has_ended(stores) -> None:
    """Once a cancelled writer continues, nothing is under way any more."""
    store, other = stores
    began = asyncio.Event()

    def write(connection: Any) -> None:
        began.set()
        connection.core.exec_driver_sql("SELECT pg_sleep(0.3)")
        connection.execute(PUT, {"key": "late", "value": 1})

    writing = asyncio.create_task(store._db.write(write))
    await until(began.is_set)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert await other.facts.get("late") == 1


async def test_values_that_it_cannot_store(stores) -> None:
    """NUL is left out of a text, half a surrogate pair replaced."""
    store, _ = stores
    made = await accept(store, token="a\0b", locale="\udfff")
    assert (made.token, made.locale) == ("ab", "?")
    await store.facts.put("name", {"of \udfff": "a\udfff, a\0, 小猫"})
    assert await store.facts.get("name") == {"of ?": "a?, a\0, 小猫"}


async def test_an_error_does_not_quote_what_somebody_typed(stores) -> None:
    """It is logged, with its traceback."""
    store, _ = stores
    prompt = bindparam("prompt", type_=String)
    fails = select(1 / (func.length(prompt) - len("a fox")))
    with pytest.raises(DBAPIError, match="division by zero") as failed:
        await store._db.write(lambda connection: connection.rows(fails, {"prompt": "a fox"}))
    assert "a fox" not in str(failed.value)


@pytest.mark.parametrize(
    ("search", "found"),
    [("кошка", 1), ("Sur la", 1), ("小猫", 1), ("猫小", 0), ("it's", 1), ("pap boa", 1), ("!", 0)],
)
async def test_search(stores, search, found) -> None:
    """The same words are found as with SQLite: by beginnings, in any script."""
    store, _ = stores
    for prompt in ("Кошка sur la lune", "一只小猫在睡觉", "it's a paper boat"):
        await accept(store, request=Request(prompt=prompt))
    page = await store.history.page(Requester(GUILD, USER), TaskQuery(search=search), limit=9)
    assert len(page.tasks) == found


@pytest.mark.parametrize("letter", ["a", "\u044f", "\ufb03", "\U00010400"])
async def test_a_word_as_long_as_a_prompt(stores, letter) -> None:
    """It is found by its beginning and as a whole, as with SQLite."""
    store, _ = stores
    prompt = letter * 2000
    await accept(store, request=Request(prompt=prompt))
    for search in (letter * 3, prompt):
        page = await store.history.page(Requester(GUILD, USER), TaskQuery(search=search), limit=9)
        assert len(page.tasks) == 1


async def test_a_database_of_a_later_version(postgres) -> None:
    """It is not touched."""
    url = await postgres.database()
    await postgres.run("UPDATE alembic_version SET version_num = '9999'", url.rpartition("/")[2])
    with pytest.raises(StartError, match="is from a later version of the bot"):
        await Store.open(url)


async def test_a_database_that_is_not_there(postgres) -> None:
    """The sentence says so."""
    with pytest.raises(StartError) as caught:
        await Store.open(postgres.address("nowhere"))
    assert 'database "nowhere" does not exist' in caught.value.sentence


async def test_a_server_without_tls(postgres) -> None:
    """If TLS is preferred, it connects without; if required, it doesn't."""
    url = await postgres.database()
    store = await Store.open(f"{url}?sslmode=prefer")
    await store.peers.join("a", EVERYTHING, woken=print, hurried=print)
    await store.close()
    with pytest.raises(StartError, match="rejected SSL upgrade"):
        await Store.open(f"{url}?sslmode=require")


async def test_commits_outlive_a_crash_whatever_the_default(postgres) -> None:
    """A server that answers before its log is written is told to write it for the bot."""
    url = await postgres.database()
    await postgres.run(f"ALTER DATABASE {url.rpartition('/')[2]} SET synchronous_commit = off")
    shown = list[str]()

    def show(connection: Any) -> None:
        shown.append(connection.core.exec_driver_sql("SHOW synchronous_commit").scalar())

    async with opened_at(url) as store:
        await store._db.write(show)
    assert shown == ["on"]


async def test_a_connection_that_is_cut(stores) -> None:
    """Even without a word from the server, the write may be retried, and then succeeds."""
    store, _ = stores

    def cut(connection: Any) -> None:
        connection.core.connection.driver_connection.terminate()
        run_sql("SELECT 1", connection)

    with pytest.raises(StoreUnavailable):
        await store._db.write(cut)
    assert await queue(store)


@pytest.mark.parametrize("moment", ["before a statement", "before COMMIT"])
async def test_a_process_that_is_frozen_with_a_lock(postgres, monkeypatch, moment) -> None:
    """It holds others up only briefly; when it continues, its write has failed, to be retried."""
    monkeypatch.setattr(bot.store.postgres, "IDLE", 1)
    url, reserved = await postgres.database(), list[bool]()

    async def meanwhile() -> bool:
        async with opened_at(url) as other:
            return await ask(other, Limits(images=5))

    def freeze() -> None:
        # Not awaited: this process's event loop stands still.
        with ThreadPoolExecutor() as elsewhere:
            reserved.append(elsewhere.submit(asyncio.run, meanwhile()).result())

    def write(connection: Any) -> None:
        lock(connection, TOTALS)
        if moment == "before a statement":
            freeze()
        connection.execute(PUT, {"key": "late", "value": 1})

    def numbered(body: Any) -> Any:
        def execute(core: Any) -> Any:
            written = present(body)(core)
            if body is write and moment == "before COMMIT":
                freeze()
            return written

        return execute

    present = bot.store.postgres._numbered
    monkeypatch.setattr(bot.store.postgres, "_numbered", numbered)
    async with opened_at(url) as frozen:
        with pytest.raises(StoreUnavailable):
            await frozen._db.write(write)
        assert reserved == [True]  # before its own patience was over
        assert await frozen.facts.get("late") is None
        assert await queue(frozen)


async def test_a_machine_that_is_gone(stores) -> None:
    """The server ends its connections after seconds, not hours."""
    store, _ = stores

    def seconds(connection: Any) -> list[int]:
        sql = "SELECT setting FROM pg_settings WHERE name LIKE 'tcp_keepalives%' ORDER BY name"
        return [int(setting) for (setting,) in connection.core.exec_driver_sql(sql)]

    count, idle, interval = await store._db.read(seconds)
    assert 0 < idle + count * interval < 15


async def test_a_migration_that_takes_long(postgres, monkeypatch) -> None:
    """It may take longer than any other statement."""
    url = await postgres.database()
    monkeypatch.setattr(bot.store.postgres, "STATEMENT", 2)
    monkeypatch.setattr(
        bot.store.opening, "migrate", lambda core: core.exec_driver_sql("SELECT pg_sleep(3)")
    )
    async with opened_at(url) as store:
        assert await queue(store)
