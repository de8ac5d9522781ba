"""References kept on disk: what is reused, what goes, and that nothing goes too early."""

import asyncio
from dataclasses import replace

import pytest

from bot.domain.durations import Durations
from bot.domain.reference import Reference
from bot.domain.request import Request
from bot.domain.state import Reason
from bot.domain.task import Task
from bot.services.shared.reference_cache import ReferenceCache
from tests.integration.store_kit import NOW, accept

DAY = 24 * 60 * 60 * 1000


def picture(attachment_id: int | None, url: str = "https://example.org/a.png") -> Reference:
    """Return a picture of 100 bytes, one that Discord vouches for if it has an id."""
    return Reference(url=url, name="image.png", bytes=100, attachment_id=attachment_id)


@pytest.fixture
def cache(store, storage) -> ReferenceCache:
    """A cache with room for 1,000 bytes, at ``NOW``."""
    return ReferenceCache(
        store=store,
        storage=storage,
        durations=Durations(),
        clock=lambda: NOW,
        max_bytes=1_000,
    )


async def _task(cache: ReferenceCache, *references: Reference, **changes) -> Task:
    request = Request(prompt="x", references=references)
    return await accept(cache.store, request=request, **changes)


async def _keep(cache: ReferenceCache, task: Task, data: bytes, position: int = 0) -> str:
    """Fetch a reference for a task; return its file."""
    path = cache.storage.incoming(task.interaction_id, position)
    path.write_bytes(data)
    upload = (await cache.store.uploads.of_task(task.id))[position]
    await cache.keep(upload, path, converted=False)
    file = (await cache.store.uploads.of_task(task.id))[position].file
    assert file is not None
    return file


async def _end(cache: ReferenceCache, task: Task, at: int = NOW, reason: str = "x") -> None:
    present = await cache.store.tasks.get(task.id)
    assert present is not None
    await cache.store.tasks.save(present.failed(at, reason), "failed", now=at)


async def _take(cache: ReferenceCache, task: Task) -> bool:
    (upload,) = await cache.store.uploads.of_task(task.id)
    return await cache.reuse(task, upload, task.request.references[0])


def _files(cache: ReferenceCache) -> list[str]:
    return sorted(
        cache.storage.name(path) for path in (cache.storage.root / "references").iterdir()
    )


async def test_the_same_picture_is_kept_once(cache):
    """Whoever sent it, in one task or in several; each row names the file."""
    one = await _task(cache, picture(1), picture(2))
    other = await _task(cache, picture(3), user=21)
    kept = {
        await _keep(cache, one, b"same"),
        await _keep(cache, one, b"same", 1),
        await _keep(cache, other, b"same"),
    }
    assert _files(cache) == list(kept)


async def test_it_is_there_for_whoever_draws_with_it_again(cache):
    """It is found by the attachment's id, under any link or name; no other is taken for it."""
    task = await _task(cache, picture(1))
    file = await _keep(cache, task, b"a fox")
    await _end(cache, task)
    again = await _task(cache, picture(1, "https://cdn.discordapp.com/other"), user=21)
    other = await _task(cache, picture(2))
    assert await _take(cache, again)
    (taken,) = await cache.store.uploads.of_task(again.id)
    # It isn't decoded again.
    assert (taken.file, taken.pixels) == (file, 0)
    assert not await _take(cache, other)


async def test_what_discord_does_not_vouch_for(cache):
    """Other sites' pictures change, and links can be made up: only the same request reuses it."""
    task = await _task(cache, picture(None))
    await _keep(cache, task, b"a chart of today")
    assert not await _take(cache, await _task(cache, picture(None), user=21))
    assert await _take(cache, await _task(cache, picture(None), parent_id=task.id))


async def test_a_link_that_claims_to_be_anothers_picture(cache):
    """Making up a link to somebody's attachment doesn't give access to its cached file."""
    task = await _task(cache, picture(7))
    await _keep(cache, task, b"a secret")
    made_up = picture(None, "https://cdn.discordapp.com/attachments/1/7/a.png?ex=1&is=1&hm=1")
    assert made_up.key == picture(7).key
    assert not await _take(cache, await _task(cache, made_up, user=21))


@pytest.mark.parametrize(
    ("host", "more"),
    [
        ("media.discordapp.net", "&width=50&height=50"),
        ("media.discordapp.net", "&format=webp"),
        ("media.discordapp.net", ""),
        ("cdn.discordapp.com", "&width=50"),
        ("cdn.discordapp.com", "&%77idth=50"),
        ("cdn.discordapp.com", "&size"),
    ],
)
async def test_a_link_to_a_smaller_picture_of_an_attachment(cache, host, more):
    """A copied link may lead to another size, which isn't taken for the attachment itself."""
    signed = f"https://{host}/attachments/30/9/image.png?ex=1&is=1&hm=1"
    task = await _task(cache, picture(None, f"{signed}{more}"))
    await _keep(cache, task, b"50x50")
    assert not await _take(cache, await _task(cache, picture(9), user=21))
    # Sizes aren't mixed up within a request either.
    other = picture(None, f"{signed}{more}&width=900")
    assert not await _take(cache, await _task(cache, other, parent_id=task.id))
    again = picture(None, f"{signed}{more}".replace("ex=1", "ex=2"))
    assert await _take(cache, await _task(cache, again, parent_id=task.id))


async def test_a_link_to_the_attachment_itself(cache):
    """Copied links end in "&"; they lead to nothing but the attachment's bytes."""
    link = "https://cdn.discordapp.com/attachments/30/9/image.png?ex=1&is=1&hm=1&"
    task = await _task(cache, picture(None, link))
    await _keep(cache, task, b"all of it")
    assert await _take(cache, await _task(cache, picture(9), user=21))


async def test_a_file_that_is_missing_is_fetched_again(cache):
    """A row may name a file that a crash or the operator removed."""
    task = await _task(cache, picture(1))
    file = await _keep(cache, task, b"a fox")
    cache.storage.path(file).unlink()
    again = await _task(cache, picture(1))
    assert not await _take(cache, again)
    assert await _keep(cache, again, b"a fox") == file


@pytest.mark.parametrize(("age", "left"), [(8, 0), (6, 1)])
async def test_they_stay_as_long_as_results(cache, age, left):
    """For RESULT_DAYS after the last task that used it has ended."""
    first, last = [await _task(cache, picture(1)) for _ in range(2)]
    for task in (first, last):
        await _keep(cache, task, b"a fox")
    await _end(cache, first, NOW - 20 * DAY)
    await _end(cache, last, NOW - age * DAY)
    assert await cache.expire() == 1 - left
    assert len(_files(cache)) == left


async def test_what_an_open_task_needs_never_goes(cache):
    """Neither by age nor for lack of room, though an older task with the same picture has ended."""
    ended, still_open = [await _task(cache, picture(1)) for _ in range(2)]
    for task in (ended, still_open):
        await _keep(cache, task, b"x" * 2_000)
    await _end(cache, ended, NOW - 20 * DAY)
    assert await cache.expire() == 0
    assert not await cache.make_room()
    assert len(_files(cache)) == 1


async def test_what_was_used_longest_ago_goes_first(cache):
    """Until there is room, and no further."""
    tasks = [await _task(cache, picture(number)) for number in (1, 2, 3)]
    files = [await _keep(cache, task, bytes([task.id]) * 400) for task in tasks]
    for task, days in zip(tasks, (2, 3, 1), strict=True):
        await _end(cache, task, NOW - days * DAY)
    assert await cache.make_room()
    assert _files(cache) == sorted([files[0], files[2]])
    # Being used again makes it the newest.
    again = await _task(cache, picture(1))
    assert await _take(cache, again)
    await _end(cache, again)
    await _end(cache, extra := await _task(cache, picture(4)))
    await _keep(cache, extra, b"x" * 400)
    assert await cache.make_room()
    assert files[0] in _files(cache)
    assert files[2] not in _files(cache)


async def test_the_deleted_go_at_once(cache):
    """Deleting a task's results means that nothing of it is to be kept."""
    task = await _task(cache, picture(1))
    await _keep(cache, task, b"a fox")
    await _end(cache, task, NOW, Reason.DELETED)
    assert await cache.expire() == 1
    assert _files(cache) == []


async def test_one_of_several_is_released(cache):
    """The file stays for others who have it, and goes with the last one."""
    one, other = [await _task(cache, picture(1)) for _ in range(2)]
    for task in (one, other):
        await _keep(cache, task, b"a fox")
    for task, left in ((one, 1), (other, 0)):
        (upload,) = await cache.store.uploads.of_task(task.id)
        await cache.release(upload)
        assert len(_files(cache)) == left


async def test_taken_while_room_is_made(cache):
    """The picture is taken in time, or fetched again: no row names a missing file."""
    for number in range(20):
        ended = await _task(cache, picture(number))
        await _keep(cache, ended, bytes([number]) * 2_000)
        await _end(cache, ended, NOW - DAY)
        again = await _task(cache, picture(number), user=21)
        has_it, *_ = await asyncio.gather(
            _take(cache, again), cache.make_room(), cache.expire(), cache.make_room()
        )
        (upload,) = await cache.store.uploads.of_task(again.id)
        assert has_it == (upload.file is not None and await cache.storage.has(upload.file))
        await _end(cache, again, NOW - DAY)


async def test_an_ended_task_of_before_the_upgrade(cache):
    """Its row names no file, or one under the old name, which is removed with it."""
    task = await _task(cache, picture(1))
    (upload,) = await cache.store.uploads.of_task(task.id)
    await cache.store.uploads.save(replace(upload, file=f"references/{task.id}-0"))
    await _end(cache, task, NOW - 20 * DAY)
    assert await cache.expire() == 0
    assert await cache.store.uploads.files() == frozenset()
