"""Trays in the database."""

import asyncio
import time
from dataclasses import replace

from bot.domain.ids import ChannelId, ServerId, UserId
from bot.domain.reference import Reference
from bot.domain.requester import Requester
from bot.domain.result import Post, Result, Way
from bot.domain.source import reference_to
from bot.domain.tray import TRAY_KEEPS, TrayChange
from bot.files import FileStorage
from bot.services.front.tray import Tray
from bot.services.shared.visibility import Visibility
from bot.store.store import Store
from tests.fakes.post_lookup import FakePostLookup
from tests.integration.store_kit import NOW, cleanup_of, opened, run
from tests.kit.patience import slowness

ANN, BOB = Requester(ServerId(1), UserId(2)), Requester(ServerId(1), UserId(3))


def number(name: str) -> int:
    """The attachment's id."""
    return int.from_bytes(name.encode())


def pictures(*names: str) -> list[Reference]:
    """Return pictures with links signed by Discord."""
    return [
        Reference(
            url=f"https://cdn.discordapp.com/attachments/1/{number(name)}/{name}?ex=1",
            name=name,
            bytes=9,
        )
        for name in names
    ]


async def names(tray: Tray, whose: Requester) -> list[str]:
    """What is in a tray."""
    return [each.reference.name for each in await tray.items(whose)]


async def test_each_has_a_tray_of_their_own(tmp_path):
    """By server and user; removing somebody else's picture does nothing."""
    async with opened(tmp_path) as store:
        tray = Tray(store, Visibility(store, FakePostLookup()), lambda: NOW)
        await tray.add(ANN, pictures("a", "b", "c"))
        await tray.add(BOB, pictures("d"))
        first = (await tray.items(ANN))[0]
        await tray.remove(BOB, first.name)
        assert await names(tray, ANN) == ["a", "b", "c"]
        await tray.remove(ANN, first.name)
        assert await names(tray, ANN) == ["b", "c"]
        await tray.clear(ANN)

        assert await names(tray, ANN) == []
        assert await names(tray, BOB) == ["d"]
        assert await tray.items(Requester(ServerId(9), UserId(2))) == ()


async def test_a_picture_is_in_it_once(tmp_path):
    """However often Discord signs its link again."""
    async with opened(tmp_path) as store:
        tray = Tray(store, Visibility(store, FakePostLookup()), lambda: NOW)
        await tray.add(ANN, pictures("a"))
        url = f"https://cdn.discordapp.com/attachments/1/{number('a')}/a?ex=2"
        again = [Reference(url=url, name="a", bytes=9, attachment_id=number("a"))]

        put, _ = await tray.add(ANN, again)
        assert put == TrayChange(added=0, known=1, turned_away=0)
        assert await names(tray, ANN) == ["a"]


async def test_fourteen_are_the_most_at_once_too(tmp_path):
    """Pictures that arrive together get the room that is left."""
    async with opened(tmp_path) as store:
        tray = Tray(store, Visibility(store, FakePostLookup()), lambda: NOW)
        puts = await asyncio.gather(*(tray.add(ANN, pictures(f"{n}", f"{n}b")) for n in range(9)))

        assert len(await tray.items(ANN)) == 14
        assert sum(put.added for put, _ in puts) == 14
        assert sum(put.turned_away for put, _ in puts) == 4


async def test_a_day_later_it_is_forgotten(tmp_path):
    """It isn't returned, makes room for others, and cleanup removes its row."""
    now = NOW
    async with opened(tmp_path) as store:
        tray = Tray(store, Visibility(store, FakePostLookup()), lambda: now)
        await tray.add(ANN, pictures(*map(str, range(14))))
        now += TRAY_KEEPS
        assert await names(tray, ANN) == []
        storage = FileStorage(tmp_path / "files")
        storage.prepare()
        await cleanup_of(store, storage, now=now, max_bytes=0).run_once()
        assert await store.trays.items(ANN, since=0) == ()

        put, held = await tray.add(ANN, pictures("new"))
        assert put.added == len(held) == 1


async def _results(store: Store, count: int) -> list[Reference]:
    """Results that were posted in one channel, a message each."""
    found = list[Reference]()
    for number in range(count):
        task = await run(store, server=ANN.server, user=BOB.user)
        result = Result(task_id=task.id, position=0, url="u")
        task = await store.tasks.save(task.ready(NOW), "ready", now=NOW, results=[result])
        post = Post(task_id=task.id, nonce=task.nonce(0), page=0, first=0, stop=1, way=Way.CHANNEL)
        await store.posts.save([replace(post, channel_id=ChannelId(30), message_id=7_000 + number)])
        await store.tasks.save(task.delivered(NOW, 1), "delivered", now=NOW)
        found.append(reference_to(result))
    return found


async def test_presses_on_a_tray_of_others_results(tmp_path):
    """Discord wants an answer within three seconds; pictures that couldn't be checked stay."""
    async with opened(tmp_path) as store:
        tray = Tray(store, Visibility(store, FakePostLookup(quick=5)), lambda: NOW)
        results = await _results(store, 8)
        await store.trays.add(ANN, results, now=NOW, forget=0)
        first = (await store.trays.items(ANN, since=0))[0]

        began = time.monotonic()
        await tray.remove(ANN, first.name)
        assert len(await tray.items(ANN)) == 7
        assert time.monotonic() - began < 2 * slowness()
        began = time.monotonic()
        assert len((await tray.draft(ANN)).references) == 7
        assert time.monotonic() - began < 2 * slowness()
