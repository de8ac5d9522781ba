"""Trays in the database."""

import asyncio
from typing import cast

from store_kit import NOW, opened

from bot.domain.pace import Waits
from bot.domain.reference import Reference
from bot.domain.tray import TRAY_KEEPS, Put
from bot.services.operator import Operator
from bot.services.ports import Chat
from bot.services.reference_cache import ReferenceCache
from bot.services.shelf import Shelf
from bot.services.tray import Tray
from bot.services.upkeep import Upkeep
from bot.services.viewing import Viewing

ANN, BOB = (1, 2), (1, 3)


def number(name: str) -> int:
    """The attachment's id."""
    return int.from_bytes(name.encode())


def pictures(*names: str) -> list[Reference]:
    """Pictures with a link that Discord signed."""
    return [
        Reference(
            url=f"https://cdn.discordapp.com/attachments/1/{number(name)}/{name}?ex=1",
            name=name,
            bytes=9,
        )
        for name in names
    ]


async def names(tray: Tray, whose: tuple[int, int]) -> list[str]:
    """What is in a tray."""
    return [each.reference.name for each in await tray.held(*whose)]


async def test_each_has_a_tray_of_their_own(tmp_path):
    """By server and user; taking out what is somebody else's does nothing."""
    async with opened(tmp_path) as store:
        tray = Tray(store, Viewing(store, cast("Chat", None)), lambda: NOW)
        await tray.put(*ANN, pictures("a", "b", "c"))
        await tray.put(*BOB, pictures("d"))
        first = (await tray.held(*ANN))[0]
        await tray.remove(*BOB, first.name)
        assert await names(tray, ANN) == ["a", "b", "c"]
        await tray.remove(*ANN, first.name)
        assert await names(tray, ANN) == ["b", "c"]
        await tray.clear(*ANN)

        assert await names(tray, ANN) == []
        assert await names(tray, BOB) == ["d"]
        assert await tray.held(9, 2) == ()


async def test_a_picture_is_in_it_once(tmp_path):
    """However often Discord signs its link anew."""
    async with opened(tmp_path) as store:
        tray = Tray(store, Viewing(store, cast("Chat", None)), lambda: NOW)
        await tray.put(*ANN, pictures("a"))
        url = f"https://cdn.discordapp.com/attachments/1/{number('a')}/a?ex=2"
        again = [Reference(url=url, name="a", bytes=9, attachment_id=number("a"))]

        put, _ = await tray.put(*ANN, again)
        assert put == Put(added=0, known=1, turned_away=0)
        assert await names(tray, ANN) == ["a"]


async def test_fourteen_are_the_most_at_once_too(tmp_path):
    """Whoever comes together with others finds the room that is left."""
    async with opened(tmp_path) as store:
        tray = Tray(store, Viewing(store, cast("Chat", None)), lambda: NOW)
        puts = await asyncio.gather(*(tray.put(*ANN, pictures(f"{n}", f"{n}b")) for n in range(9)))

        assert len(await tray.held(*ANN)) == 14
        assert sum(put.added for put, _ in puts) == 14
        assert sum(put.turned_away for put, _ in puts) == 4


async def test_a_day_later_it_is_forgotten(tmp_path):
    """It is not given out, makes room for others, and upkeep removes its row."""
    now = NOW
    async with opened(tmp_path) as store:
        tray = Tray(store, Viewing(store, cast("Chat", None)), lambda: now)
        await tray.put(*ANN, pictures(*map(str, range(14))))
        now += TRAY_KEEPS
        assert await names(tray, ANN) == []
        shelf = Shelf(tmp_path / "files")
        shelf.prepare()
        operator = Operator(store, cast("Chat", None), lambda: now)
        cache = ReferenceCache(store, shelf, Waits(), lambda: now, 0)
        await Upkeep(store, shelf, cache, operator, Waits(), lambda: now, 0).round()
        assert await store.trays.held(*ANN, since=0) == ()

        put, held = await tray.put(*ANN, pictures("new"))
        assert put.added == len(held) == 1
