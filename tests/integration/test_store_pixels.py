"""How many pixels of one user's pictures are decoded: photographs pass, floods don't."""

from dataclasses import replace

from bot.domain import pixel_budget
from bot.domain.ids import ServerId, UserId
from bot.domain.pixel_budget import WINDOW
from bot.domain.reference import Reference
from bot.domain.request import Request
from bot.refusals import TooManyPixels
from bot.store.quotas import Reservation
from tests.integration.store_kit import GUILD, NOW, OWNER, USER, new


def pictures(count: int, side: int | None, *, source: str = "") -> tuple[Reference, ...]:
    """Return square pictures; without a side, Discord does not know it."""
    return tuple(
        Reference(
            url=f"https://cdn.example/{number}.png",
            name="a.png",
            bytes=8_000,
            width=side,
            height=side,
            source=source and f"{source}:{number}",
        )
        for number in range(count)
    )


async def ask(store, references, *, now: int = NOW, server: ServerId = GUILD, user: UserId = USER):
    """Ask as /imagine does; return the task, or ``None`` if the pictures are too large together."""
    request = Request(prompt="x", references=references)
    wanted = new(server=server, user=user, request=request)

    def decide(book: Reservation):
        spent = book.pixels(since=now - WINDOW, now=now)
        pixel_budget.check(references, spent)
        return book.insert(wanted, now=now, owner=OWNER, wake_at=now, estimate=None)

    try:
        return await store.quotas.reserve(wanted.requester, decide)
    except TooManyPixels:
        return None


async def passing(store, references, tasks: int, **changes) -> int:
    """Ask so many times; return how many tasks were let through."""
    asked = [await ask(store, references, **changes) for _ in range(tasks)]
    return sum(each is not None for each in asked)


async def test_photographs_pass(store):
    """Six tasks of fourteen photographs of 30 megapixels."""
    assert await passing(store, pictures(14, 5_477), 6) == 6


async def test_a_hundred_of_64_megapixels_do_not(store):
    """Neither from one server nor from several; others can draw, and the user can without them."""
    bombs = pictures(1, 8_000)
    assert (
        await passing(store, bombs, 50) + await passing(store, bombs, 50, server=ServerId(11)) == 42
    )
    assert await ask(store, (), server=ServerId(11))
    assert await ask(store, bombs, user=UserId(USER + 1))


async def test_ten_minutes_later(store):
    """Pictures sent ten minutes ago no longer count, nor those dated by a clock that was ahead."""
    bombs = pictures(14, 8_000)
    assert await passing(store, bombs, 4) == 3
    assert await ask(store, bombs, now=NOW + WINDOW - 1) is None
    assert await passing(store, bombs, 4, now=NOW + WINDOW) == 3
    assert await passing(store, bombs, 4, now=NOW - 1) == 3


async def test_unknown_ones_count_most_until_they_are_looked_at(store):
    """A photograph that Discord doesn't measure; our own results have a known maximum."""
    photos = pictures(14, None)
    first = await ask(store, photos)
    assert first is not None
    assert await passing(store, photos, 3) == 2
    for upload in await store.uploads.of_task(first.id):
        await store.uploads.save(replace(upload, pixels=12_000_000))
    assert await ask(store, pictures(11, None))
    assert await ask(store, pictures(1, None)) is None
    assert await passing(store, pictures(14, None, source="result"), 12, user=21) == 11


def test_absurd_sizes_count_as_the_largest():
    """Anything with more pixels is never decoded."""
    assert sum(map(pixel_budget.pixels_of, pictures(2, 10**9))) == 128_000_000
