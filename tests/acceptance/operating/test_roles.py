"""One bot in several processes: some answer people, others draw and deliver."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg  # pyright: ignore[reportMissingTypeStubs] - it has none
import pytest
import pytest_asyncio
from sqlalchemy import make_url

from sandbox.imagine.settings import settings_for
from tests.acceptance.results_kit import answered
from tests.acceptance.studio import LATER_MS, SHORT_WAITS, Studio, picture
from tests.kit.forks import ForkedBot
from tests.kit.patience import PATIENCE, slowness

UNDER_WAY = "SELECT count(*) FROM task WHERE wake_at < $1"
GATEWAY, WORKER = ("--role", "gateway"), ("--role", "worker")


@asynccontextmanager
async def split(
    folder: Path, url: str, **settings: str
) -> AsyncGenerator[tuple[Studio, ForkedBot]]:
    """Both stand-ins, a gateway as the studio's bot, and a worker; neither runs yet."""
    studio = Studio(folder)
    await studio.open()
    every = settings_for(studio.discord, studio.evolink) | SHORT_WAITS | settings
    every |= {"DATABASE_URL": url, "DATA_DIR": str(folder / "data")}
    studio.bot = ForkedBot(every | {"INSTANCE": "gateway"}, folder / "gateway")
    worker = ForkedBot(every | {"INSTANCE": "worker"}, folder / "worker")
    try:
        yield studio, worker
    finally:
        for bot in (studio.bot, worker):
            if bot.running:
                await bot.stop()
        await studio.discord.close()
        await studio.evolink.close()


async def begin(studio: Studio, worker: ForkedBot) -> None:
    """Start both."""
    await studio.bot.start(*GATEWAY)
    await worker.start(*WORKER)
    await studio.discord.gateway.connected(timeout=30 * slowness())


async def rest(studio: Studio) -> None:
    """Wait until nothing is left to be done."""
    address = make_url(studio.bot.settings["DATABASE_URL"]).set(drivername="postgresql")
    rows = await asyncpg.connect(address.render_as_string())
    try:
        async with asyncio.timeout(PATIENCE * slowness()):
            while await rows.fetchval(UNDER_WAY, time.time() * 1000 + LATER_MS):  # noqa: ASYNC110 - as in Studio
                await asyncio.sleep(0.05)
    finally:
        await rows.close()


@pytest_asyncio.fixture(loop_scope="session")
async def house(tmp_path, postgres):
    """A gateway and a worker that run."""
    async with split(tmp_path, await postgres.database()) as (studio, worker):
        await begin(studio, worker)
        yield studio, worker


async def test_the_main_job(house):
    """A task that the gateway accepts is drawn by the worker."""
    studio, _ = house
    card = await studio.slash("imagine", prompt="a fox", count=2, image=picture())
    await studio.results()
    await studio.until(lambda: card.deleted)
    assert len(studio.evolink.books.submissions) == 1
    assert len(studio.discord.gateway.sessions) == 1
    await studio.reads(await studio.ann.slash("tasks"), "a fox")


async def test_a_press_learns_what_the_worker_did(house):
    """The worker posts private images; the gateway tells the person who pressed."""
    studio, _ = house
    asked = await studio.ann.slash("imagine", prompt="a hare", private=True)
    shown = asked.message
    assert shown is not None
    await studio.until(lambda: shown.images)
    await rest(studio)
    pressed = await studio.ann.press(shown, "Post to channel")
    (post,) = await studio.results()
    await studio.reads(pressed, "Posted to the channel")
    assert post.images


async def test_a_cancel(house):
    """The card's button cancels a waiting task, and the card says so."""
    studio, worker = house
    await worker.stop()
    card = await studio.slash("imagine", prompt="a hare")
    await studio.ann.press(card, "Cancel")
    await worker.start(*WORKER)
    await studio.until(lambda: "Cancelled" in card.text)
    assert not studio.evolink.books.submissions


async def test_a_worker_that_is_told_to_stop(tmp_path, postgres):
    """Another one gets its tasks at once, long before their leases end; nothing happens twice."""
    url = await postgres.database()
    async with split(tmp_path, url, LEASE_SECONDS="600") as (studio, worker):
        await begin(studio, worker)
        studio.evolink.behaviour.drawing_seconds = 2.0
        card = await studio.slash("imagine", prompt="a fox")
        await studio.until(lambda: studio.evolink.books.reads)
        other = ForkedBot(worker.settings | {"INSTANCE": "other"}, tmp_path / "other")
        await other.start(*WORKER)
        assert await worker.stop() == 0
        await studio.results()
        await studio.until(lambda: card.deleted)
        await other.stop()
        assert len(studio.posted()) == len(studio.evolink.books.submissions) == 1


@pytest.mark.parametrize(
    ("arguments", "database", "says"),
    [
        (("--role", "boss"), "postgres", "--role: boss is unknown"),
        (("--role", "worker"), "sqlite", "several processes need PostgreSQL"),
        (("--role", "gateway", "--shards", "4-3/8"), "postgres", "4-3/8 isn't a range"),
        (("--role", "gateway", "--shards", "0-8/8"), "postgres", "0-8/8 isn't a range"),
        (("--role", "gateway", "--shards", "all"), "postgres", "all isn't a range"),
        (("--role", "worker", "--shards", "0/1"), "postgres", "--shards needs --role gateway"),
        (("--shards", "0/1"), "postgres", "--shards needs --role gateway"),
        (("--role", "worker", "--take-over"), "postgres", "--take-over is for shards"),
        (("--take-over",), "sqlite", "--take-over: several processes need PostgreSQL"),
    ],
)
async def test_options_that_make_no_sense(tmp_path, postgres, arguments, database, says):
    """A sentence, and the exit code for a wrong setting."""
    sqlite = f"sqlite+aiosqlite:///{tmp_path}/imagine.db"
    url = sqlite if database == "sqlite" else postgres.address("none")
    async with split(tmp_path, url) as (_, bot):
        await bot.start(*arguments)
        assert await bot.ended() == 78
        last = bot.log.read_text().splitlines()[-1]
        assert says in last


async def test_places_that_another_process_has(house):
    """A sentence and the exit code of a wrong setting; the processes that have them go on."""
    studio, worker = house
    folder = studio.folder
    bots = [
        ForkedBot(worker.settings | {"INSTANCE": instance}, folder / f"{number}")
        for number, instance in enumerate(("gateway", "another", "third"))
    ]
    for bot, arguments in zip(bots, (WORKER, GATEWAY, ()), strict=True):
        await bot.start(*arguments)
    assert [await bot.ended(60) for bot in bots] == [78, 78, 78]
    said = [bot.log.read_text().splitlines()[-1] for bot in bots]
    assert "INSTANCE: another process on this database is gateway" in said[0]
    assert all("another process has all shards" in each for each in said[1:])
    await studio.slash("imagine", prompt="a fox")
    await studio.results()


async def test_a_process_that_hands_over_goes_on_drawing(tmp_path, postgres):
    """It draws what it had begun, and what its successor accepts."""
    async with split(tmp_path, await postgres.database()) as (studio, heir):
        studio.evolink.behaviour.drawing_seconds = 2.0
        await studio.bot.start()
        await studio.discord.gateway.connected(timeout=30 * slowness())
        await studio.slash("imagine", prompt="a fox")
        await studio.until(lambda: studio.evolink.books.submissions)
        await heir.start(*GATEWAY, "--take-over")
        await studio.until(lambda: "another process has taken over" in studio.log())
        await studio.until(lambda: len(studio.discord.gateway.sessions) == 1)
        await studio.slash("imagine", prompt="a hare")
        await studio.results(2)
        assert len(studio.posted()) == len(studio.evolink.books.submissions) == 2


async def test_shards(tmp_path, postgres):
    """Each gateway has its own shards, and answers the people of its servers.

    The operator can leave any server, although a gateway knows the names only of its own.
    """
    url = await postgres.database()
    async with split(tmp_path, url) as (studio, worker):
        studio.bot.settings["OPERATOR_SERVER"] = str(studio.world.studio.id)
        admin = studio.person(studio.world.admin)
        other = ForkedBot(studio.bot.settings | {"INSTANCE": "other"}, tmp_path / "other")
        await studio.bot.start(*GATEWAY, "--shards", "0-1/4")
        await other.start(*GATEWAY, "--shards", "2-3/4")
        await worker.start(*WORKER)
        try:
            gateway = studio.discord.gateway
            await studio.until(lambda: len(gateway.sessions) == 4)
            shards = sorted(each.shard for each in gateway.sessions.values())
            assert shards == [(number, 4) for number in range(4)]
            for _ in range(5):
                await studio.slash("imagine", prompt="a fox")
                await studio.results()
                studio.world.found()
            for guild in studio.world.guilds.values():
                asked = await admin.slash("imagine-owner leave", server=str(guild.id))
                await studio.reads(asked, "Leave **Studio**?")
            asked = await admin.slash("imagine-owner leave", server="1")
            await studio.reads(asked, "The bot isn't in that server.")
            shown = await answered(studio, await admin.slash("imagine-owner servers"))
            assert shown.text.count("· 1") == 5
            assert "former server" not in shown.text
        finally:
            await other.stop()
