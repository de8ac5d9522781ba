"""``python -m bot copy``: what isn't copied, and when."""

import sqlite3
from contextlib import closing

import pytest

from bot.errors import StartError
from bot.roles import EVERYTHING
from bot.store.copying import copy
from bot.store.postgres import EXCLUDE
from bot.store.store import Store
from tests.integration.copy_kit import connected, refused, rows_of, starts
from tests.integration.store_kit import address, opened, queue


async def test_not_while_a_bot_runs(tmp_path, postgres) -> None:
    """Neither side may have a running bot, and none can start meanwhile."""
    async with opened(tmp_path) as store:
        await queue(store)
        error = await refused(address(tmp_path), await postgres.empty())
        assert ("stop the bot first" in error.sentence, error.exit_code) == (True, 69)

    url = await postgres.database()
    store = await Store.open(url)
    await store.peers.join("a", EVERYTHING, woken=print, hurried=print)
    error = await refused(address(tmp_path), url)
    assert ("stop the bot first" in error.sentence, error.exit_code) == (True, 69)
    error = await refused(url, address(tmp_path / "new"))
    assert ("stop the bot first" in error.sentence, error.exit_code) == (True, 69)
    await store.close()

    late = await Store.open(url)
    async with connected(url) as server:
        assert await server.fetchval(EXCLUDE)
        for start in (
            Store.open(url),
            late.peers.join("b", EVERYTHING, woken=print, hurried=print),
        ):
            with pytest.raises(StartError, match="python -m bot copy is using") as caught:
                await start
            assert caught.value.exit_code == 69
    await late.close()
    await copy(address(tmp_path), url)


async def test_databases_that_are_not_copied(tmp_path, postgres) -> None:
    """Each gets a sentence, and both databases stay as they were."""
    old, url = address(tmp_path), await postgres.database()
    new = address(tmp_path / "new")
    assert "no database at" in (await refused(old, url)).sentence
    async with opened(tmp_path) as store:
        await queue(store)
    before = await rows_of(old)

    async def said(source: str, target: str, code: int = 78) -> str:
        error = await refused(source, target)
        assert error.exit_code == code
        return error.sentence

    assert "both SQLite" in await said(old, new)
    assert "both PostgreSQL" in await said(url, await postgres.empty())
    assert "FROM isn't a database address" in await said("nonsense", url)
    assert "TO: the driver mysql" in await said(old, "mysql://a/b")
    assert "can't be reached" in await said(old, "postgresql://a@127.0.0.1:1/a", 69)
    assert 'database "nowhere" does not exist' in await said(old, postgres.address("nowhere"))
    assert "isn't a database of this bot" in await said(await postgres.empty(), new)

    others, later, earlier, used = [await postgres.database() for _ in range(4)]
    for database, statement in (
        (others, "DROP TABLE alembic_version"),
        (later, "UPDATE alembic_version SET version_num = '9999'"),
        (earlier, "UPDATE alembic_version SET version_num = '0024'"),
        (used, "INSERT INTO member VALUES (1, 2, 3)"),
    ):
        await postgres.run(statement, database.rpartition("/")[2])
    for database, words in (
        (others, "isn't a database of this bot"),
        (later, "is from a later version"),
        (earlier, "is from an earlier version"),
    ):
        assert words in await said(old, database)
        assert words in await said(database, new)
    assert "isn't empty" in await said(old, used)

    junk = tmp_path / "junk.db"
    junk.write_bytes(b"somebody's notes" * 100)
    assert "damaged or not" in await said(f"sqlite+aiosqlite:///{junk}", url)
    assert "damaged or not" in await said(url, f"sqlite+aiosqlite:///{junk}")
    (tmp_path / "left.db-wal").write_bytes(b"a")
    left = f"sqlite+aiosqlite:///{tmp_path}/left.db"
    assert "left of another database" in await said(url, left)
    assert "can't be created" in await said(url, f"sqlite+aiosqlite:///{junk}/a.db")

    assert not [path for path in (tmp_path / "new").rglob("*") if path.is_file()]
    assert await rows_of(old) == before
    assert await starts(old)
    assert await starts(url)


async def test_a_row_that_is_not_json(tmp_path, postgres) -> None:
    """The row is named; PostgreSQL couldn't store it."""
    async with opened(tmp_path) as store:
        await queue(store)
    with closing(sqlite3.connect(tmp_path / "data" / "imagine.db")) as db, db:
        db.execute("UPDATE task SET request = '{'")
    error = await refused(address(tmp_path), await postgres.empty())
    assert "the table task has a row that can't be read" in error.sentence
