"""``python -m bot copy``: from a SQLite file to PostgreSQL and back, also interrupted."""

import asyncio
import signal
import sqlite3
import sys
from collections.abc import Generator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from bot.domain.reference import Reference
from bot.domain.request import Request
from bot.domain.requester import Requester
from bot.domain.task_query import TaskQuery
from bot.errors import StartError
from bot.store import copied_rows, copying
from bot.store.backup import back_up, restore
from bot.store.copied_rows import Side, compare
from bot.store.copying import copy
from bot.store.store import Store
from tests.integration.copy_kit import connected, every_kind, of_version, refused, rows_of, starts
from tests.integration.store_kit import (
    GUILD,
    NOW,
    USER,
    accept,
    address,
    opened,
    queue,
    run,
)

HERE = Path(__file__).parents[2]


async def found(store: Store, search: str) -> int:
    """Count the tasks that a search finds."""
    query = TaskQuery(search=search)
    return len((await store.history.page(Requester(GUILD, USER), query, limit=9)).tasks)


@pytest.mark.parametrize("dump", ["version_0_1.sql", "schema_0015.sql", ""])
async def test_every_row_there_and_back(tmp_path, postgres, dump) -> None:
    """Whatever is in a database is in its copy: dates, JSON, booleans, NULLs, the largest ids."""
    text = Path(__file__).with_name(dump).read_text("utf-8") if dump else ""
    source = await of_version(tmp_path, text) if dump else every_kind(tmp_path)
    before = await rows_of(source)
    assert dump or all(len(rows) == 2 for rows in before.values())

    url, back = await postgres.empty(), address(tmp_path / "new")
    counts = await copy(source, url)
    assert counts == {table: len(rows) for table, rows in before.items()}
    assert await rows_of(url) == before
    await copy(url, back)
    assert await rows_of(back) == before


async def test_the_bot_goes_on_with_the_copy(tmp_path, postgres) -> None:
    """Open tasks go on, searches work, and new rows get unused numbers."""
    async with opened(tmp_path) as store:
        await accept(store, request=Request(prompt="一只小猫在睡觉"))
        running = await run(store)
        picture = Reference(url="u", name="a.png", bytes=9, attachment_id=7)
        await store.trays.add(Requester(GUILD, USER), [picture], now=NOW, forget=0)
        (held,) = await store.trays.items(Requester(GUILD, USER), since=0)
        await store.trays.clear(Requester(GUILD, USER))
    url = await postgres.empty()
    await copy(address(tmp_path), url)
    store = await Store.open(url)
    for _ in range(2):
        assert await store.tasks.get(running.id) == running
        assert await found(store, "小猫") == 1
        more = await queue(store, request=Request(prompt="a paper boat"))
        assert more.id > running.id
        await store.trays.add(Requester(GUILD, USER), [picture], now=NOW, forget=0)
        (again,) = await store.trays.items(Requester(GUILD, USER), since=0)
        assert again.id > held.id
        held = again
        await store.trays.clear(Requester(GUILD, USER))
        await store.close()
        if not (tmp_path / "new").exists():
            await copy(url, address(tmp_path / "new"))
            store = await Store.open(address(tmp_path / "new"))
            assert await found(store, "pap boa") == 1


class Death(BaseException):
    """Ends the process."""


@contextmanager
def dying(monkeypatch, step: int) -> Generator[None]:
    """End a copy before or after a transaction: at the given one of all such steps."""
    steps = count(1)
    whole = Side.transaction

    @contextmanager
    def counted(side: Side) -> Generator[Any]:
        if next(steps) == step:
            raise Death
        with whole(side) as core:
            yield core
            if next(steps) == step:
                raise Death

    with monkeypatch.context() as patch:
        patch.setattr(Side, "transaction", counted)
        patch.setattr(copied_rows, "BATCH", 1)
        yield


@pytest.fixture
def ends(tmp_path, postgres) -> Any:
    """Databases to copy: from the first to the second."""

    async def made(direction: str) -> tuple[str, str]:
        source = every_kind(tmp_path)
        if direction == "to PostgreSQL":
            return source, await postgres.empty()
        url = await postgres.empty()
        await copy(source, url)
        return url, address(tmp_path / "new")

    return made


@pytest.mark.parametrize("direction", ["to PostgreSQL", "to SQLite"])
async def test_interrupted_anywhere(monkeypatch, ends, direction) -> None:
    """Run again, it continues; in between, a bot starts on at most one of the two."""
    source, target = await ends(direction)
    assert await starts(source)
    before = await rows_of(source)
    step = 0
    for step in count(1, 8):
        try:
            with dying(monkeypatch, step):
                await copy(source, target)
        except Death:
            # Its first steps only look at the databases.
            assert step == 1 or not (await starts(source) and await starts(target))
        else:
            break
    assert step > 200
    assert await rows_of(target) == before
    assert (await starts(source), await starts(target)) == (False, True)


@pytest.mark.parametrize("direction", ["to PostgreSQL", "to SQLite"])
async def test_interrupted_before_its_last_step(monkeypatch, ends, direction) -> None:
    """The original has been given up, and the copy not yet released; running it again does that."""
    source, target = await ends(direction)
    before = await rows_of(source)
    with ExitStack() as until, monkeypatch.context() as patch:

        def compared(*sides: Side) -> dict[str, int]:
            counts = compare(*sides)
            # The first of the two remaining transactions is committed, the second hasn't begun.
            until.enter_context(dying(monkeypatch, 3))
            return counts

        patch.setattr(copying, "compare", compared)
        with pytest.raises(Death):
            await copy(source, target)
    assert (await starts(source), await starts(target)) == (False, False)
    await copy(source, target)
    assert await rows_of(target) == before
    assert (await starts(source), await starts(target)) == (False, True)


KILLED = """
import asyncio, os, signal, sys
from bot.store import copied_rows, copying
from bot.store.backup import back_up, restore
from bot.store.copying import copy

step = int(sys.argv[3])
rows = copied_rows._rows

def counted(*given):
    global step
    step -= 1
    if step == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return rows(*given)

copied_rows._rows, copied_rows.BATCH = counted, 1
asyncio.run(copy(sys.argv[1], sys.argv[2]))
"""


@pytest.mark.parametrize("direction", ["to PostgreSQL", "to SQLite"])
async def test_killed_in_the_middle(ends, direction) -> None:
    """It leaves no lock behind, and the next one finishes it."""
    source, target = await ends(direction)
    before = await rows_of(source)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED, source, target, "25", cwd=HERE
    )
    assert await process.wait() == -signal.SIGKILL
    assert not await starts(target)
    await copy(source, target)
    assert await rows_of(target) == before


@pytest.mark.parametrize("direction", ["to PostgreSQL", "to SQLite"])
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE member SET turns = 7 WHERE user_id = 1",
        "INSERT INTO member (guild_id, user_id, turns) VALUES (0, 0, 5)",
        "DELETE FROM quota_change WHERE id = 1",
        "UPDATE tray SET id = 9 WHERE id = 1",
    ],
)
async def test_the_bot_ran_between_two_tries(monkeypatch, ends, direction, change) -> None:
    """Rows already copied that were changed, added or deleted since are up to date."""
    source, target = await ends(direction)
    with pytest.raises(Death), dying(monkeypatch, 280):
        await copy(source, target)
    if source.startswith("sqlite"):
        with closing(sqlite3.connect(source.partition("///")[2])) as db, db:
            db.execute(change)
    else:
        async with connected(source) as server:
            await server.execute(change)
    before = await rows_of(source)
    await copy(source, target)
    assert await rows_of(target) == before


async def test_moved_and_back(tmp_path, postgres) -> None:
    """The old one isn't started by mistake; on the way back, the new one's rows replace its own."""
    async with opened(tmp_path) as store:
        await queue(store)
    old, url = address(tmp_path), await postgres.empty()
    await copy(old, url)
    with pytest.raises(StartError, match=r"was copied to test_\d+ on 127.0.0.1; use that"):
        await Store.open(old)
    assert "was copied to" in (await refused(old, await postgres.empty())).sentence

    store = await Store.open(url)
    await queue(store)
    await store.close()
    before = await rows_of(url)
    await copy(url, old)
    assert await rows_of(old) == before
    assert (await starts(old), await starts(url)) == (True, False)


async def test_a_backup_of_what_was_moved(tmp_path, postgres) -> None:
    """Restored on purpose, it can be used again."""
    async with opened(tmp_path) as store:
        await queue(store)
    await copy(address(tmp_path), await postgres.empty())
    back_up(address(tmp_path), tmp_path / "backup.db")
    restore(address(tmp_path), tmp_path / "backup.db")
    assert await starts(address(tmp_path))


async def test_an_order_that_is_not_that_of_bytes(tmp_path, postgres) -> None:
    """A server that sorts by a language's rules gets every row, whatever the keys are."""
    await postgres.run(
        "CREATE DATABASE sorted TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en'"
    )
    async with opened(tmp_path) as store:
        for key in ("a", "B", "_c", "é", "Z", "小", "b a", "b_a", "ba"):
            await store.facts.put(key, key)
    before = await rows_of(address(tmp_path))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(copied_rows, "BATCH", 2)
        await copy(address(tmp_path), postgres.address("sorted"))
        await copy(postgres.address("sorted"), address(tmp_path / "new"))
    assert await rows_of(address(tmp_path / "new")) == before


async def test_what_postgres_cannot_store(tmp_path, postgres) -> None:
    """NUL is left out, as when the bot writes it."""
    async with opened(tmp_path) as store:
        task = await accept(store, token="a\0b")
    url = await postgres.empty()
    await copy(address(tmp_path), url)
    store = await Store.open(url)
    assert await store.tasks.get(task.id) == replace(task, token="ab")
    await store.close()
