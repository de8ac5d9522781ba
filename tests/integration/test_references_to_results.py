"""References to results of ours: whether they may be drawn from is asked of FakeChat."""

import asyncio
from dataclasses import replace
from io import BytesIO

import pytest
from PIL import Image

from bot.domain.durations import Durations
from bot.domain.ids import ChannelId, MessageId, UserId
from bot.domain.request import Request
from bot.domain.result import Post, Result, Way
from bot.domain.source import reference_to
from bot.errors import ChatRefused, FetchFailed
from bot.refusals import BadReference
from bot.services.shared.reference_cache import ReferenceCache
from bot.services.shared.references import References
from bot.services.shared.visibility import Visibility
from tests.fakes.chat import FakeChat
from tests.fakes.evolink import UnreachableEvolink
from tests.integration.store_kit import NOW, USER, accept, opened, run

MISSING_PERMISSIONS = 50013


@pytest.fixture
def discord() -> FakeChat:
    """All messages still exist."""
    return FakeChat()


@pytest.fixture
async def references(tmp_path, storage, discord):
    """The service on a store of its own."""
    async with opened(tmp_path) as store:
        cache = ReferenceCache(
            store=store,
            storage=storage,
            durations=Durations(),
            clock=lambda: NOW,
            max_bytes=10**9,
        )
        yield References(
            store=store,
            chat=discord,
            evolink=UnreachableEvolink(),
            storage=storage,
            gate=asyncio.Semaphore(8),
            cache=cache,
            visibility=Visibility(store, discord),
        )


async def _posted(references: References, images: int) -> list[Result]:
    """Return USER's results, posted in one message, with their originals kept."""
    store, storage = references.store, references.storage
    task = await run(store)
    drawn = list[Result]()
    for position in range(images):
        out = BytesIO()
        Image.new("RGB", (64, 64), (position, 0, 0)).save(out, "PNG")
        path = storage.result(task.interaction_id, position)
        path.write_bytes(out.getvalue())
        result = Result(task_id=task.id, position=position, url="u", file=storage.name(path))
        drawn.append(result)
    task = await store.tasks.save(task.ready(NOW), "ready", now=NOW, results=drawn)
    for result in drawn:
        await store.results.save(result)
    post = Post(task_id=task.id, nonce=task.nonce(0), page=0, first=0, stop=images, way=Way.CHANNEL)
    await store.posts.save([replace(post, channel_id=ChannelId(30), message_id=MessageId(77))])
    await store.tasks.save(task.delivered(NOW, images), "delivered", now=NOW)
    return drawn


async def test_one_message_is_looked_at_once(references, discord):
    """However many of its pictures somebody else draws from: Discord allows few lookups."""
    results = await _posted(references, 3)
    request = Request(prompt="x", references=tuple(map(reference_to, results)))
    task = await accept(references.store, user=UserId(USER + 1), request=request)
    await references.collect(task)
    assert all(each.file for each in await references.store.uploads.of_task(task.id))
    assert discord.asked == [77]


async def test_that_nobody_may_look_is_no_verdict(references, discord):
    """A missing permission may return; a deleted message doesn't."""
    results = await _posted(references, 1)
    request = Request(prompt="x", references=(reference_to(results[0]),))
    task = await accept(references.store, user=UserId(USER + 1), request=request)
    discord.fails = ChatRefused(MISSING_PERMISSIONS)
    with pytest.raises(FetchFailed):
        await references.collect(task)
    discord.fails, discord.existing = None, set()
    with pytest.raises(BadReference):
        await references.collect(task)
    other = await _posted(references, 1)
    request = Request(prompt="x", references=(reference_to(other[0]),))
    mine = await accept(references.store, user=USER, request=request)
    await references.collect(mine)


@pytest.mark.parametrize("user", [USER, UserId(USER + 1)])
async def test_what_was_deleted_while_the_task_waited(references, user):
    """A copy that was fetched earlier isn't sent to Evolink."""
    store = references.store
    results = await _posted(references, 2)
    request = Request(prompt="x", references=(reference_to(results[0]),))
    task = await accept(store, user=user, request=request)
    await references.collect(task)
    await references.collect(task)
    await store.results.save(results[0].erased())
    with pytest.raises(BadReference):
        await references.collect(task)
