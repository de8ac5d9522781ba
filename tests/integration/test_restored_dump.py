"""PostgreSQL's own backup, and ``python -m bot restore`` after it."""

import asyncio
import time

import pytest

from bot.errors import StartError
from bot.roles import EVERYTHING
from bot.store.backup import Contents, restore
from bot.store.facts import RESTORED
from bot.store.restored_dump import note_restored
from tests.integration.store_kit import opened_at, queue, run


async def test_a_dump_is_put_back(tmp_path, postgres) -> None:
    """Rows are as they were then; whatever was posted since is looked for from now on."""
    url, file = await postgres.database(), tmp_path / "imagine.dump"
    async with opened_at(url) as store:
        drawn, waiting = await run(store), await queue(store, user=21)
        await asyncio.to_thread(postgres.dump, url, file)
        late = await queue(store, user=22)
    new = await postgres.empty()
    await asyncio.to_thread(postgres.restore, file, new)
    assert await note_restored(new) == Contents(tasks=2, waiting=1)
    async with opened_at(new) as store:
        assert [await store.tasks.get(each.id) for each in (drawn, waiting)] == [drawn, waiting]
        assert await store.tasks.get(late.id) is None
        assert abs((await store.facts.get(RESTORED) or 0) - time.time() * 1000) < 60_000
        # New rows get unused numbers.
        assert (await queue(store, user=23)).id > waiting.id


async def test_what_was_not_restored(tmp_path, postgres) -> None:
    """A running bot, an empty database and a useless file each get a sentence."""
    url = await postgres.database()
    async with opened_at(url) as store:
        await store.peers.join("a", EVERYTHING, woken=print, hurried=print)
        with pytest.raises(StartError, match="stop the bot first") as caught:
            await note_restored(url)
        assert caught.value.exit_code == 69
        assert await store.facts.get(RESTORED) is None
    with pytest.raises(StartError, match="isn't a database of this bot"):
        await note_restored(await postgres.empty())
    with pytest.raises(StartError, match="without a file"):
        restore(url, tmp_path / "backup.db")
