"""The operator's own commands: in their server alone, for them alone, in force everywhere."""
# ruff: noqa: RUF001 - Chinese has its own colon

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from sandbox.discord import commands
from sandbox.discord.permissions import Permission
from sandbox.evolink.books import Submission
from sandbox.evolink.oddities import Body
from sandbox.faults import Fault, told
from tests.acceptance.results_kit import answered
from tests.acceptance.studio import Studio

OWNER = "imagine-owner"


@asynccontextmanager
async def run(folder, **settings: str) -> AsyncGenerator[Studio]:
    """A bot whose operator has a server."""
    studio = Studio(folder)
    await studio.open()
    try:
        await studio.start(OPERATOR_SERVER=str(studio.world.studio.id), **settings)
        await studio.until(lambda: offered(studio))
        yield studio
    finally:
        await studio.close()


def offered(studio: Studio) -> bool:
    """Whether the operator's server has the commands."""
    every = studio.discord.platform.commands.registered(studio.world.studio.id)
    return any(each["name"] == OWNER for each in every)


def invite_again(studio: Studio) -> None:
    """The bot leaves the operator's server, and with it its commands there, and joins again."""
    studio.world.kick_bot(studio.world.studio)
    assert not offered(studio)
    studio.world.join(studio.world.studio, studio.world.bot)


async def typed(studio: Studio, path: str, locale: str = "en-US", /, **values: object):
    """What the operator reads."""
    person = studio.person(studio.world.admin, locale=locale)
    return await answered(studio, await person.slash(f"{OWNER} {path}", **values))


async def test_they_are_nowhere_else(tmp_path):
    """Not in everybody's menu, nor in the first server once another one is set."""
    async with run(tmp_path) as studio:
        everywhere = studio.discord.platform.commands.registered()
        assert OWNER not in [each["name"] for each in everywhere]
        other = studio.world.add_guild("another")
        await studio.bot.stop()
        studio.bot.settings["OPERATOR_SERVER"] = str(other.id)
        await studio.restart()
        registered = studio.discord.platform.commands
        await studio.until(lambda: registered.registered(other.id))
        assert [each["name"] for each in registered.registered(other.id)] == [OWNER]
        assert not offered(studio)


async def test_the_bot_is_invited_after_it_was_started(tmp_path):
    """The log says what is missing; soon after the bot has joined, the commands are there."""
    async with run(tmp_path) as studio:
        other = studio.world.add_guild("another")
        studio.world.kick_bot(other)
        await studio.bot.stop()
        studio.bot.settings["OPERATOR_SERVER"] = str(other.id)
        await studio.restart()
        await studio.until(lambda: "the bot isn't in OPERATOR_SERVER yet" in studio.log())
        studio.world.join(other, studio.world.bot)
        registered = studio.discord.platform.commands
        await studio.until(lambda: registered.registered(other.id))
        assert [each["name"] for each in registered.registered(other.id)] == [OWNER]
        assert "commands could not be registered" not in studio.log()


async def test_the_bot_joins_again_while_discord_fails(tmp_path):
    """It would have waited an hour before the next try; joining again makes it try at once."""
    async with run(tmp_path) as studio:
        studio.discord.faults.add(Fault("PUT", "/commands$", **told(400, {"code": 30034})))
        invite_again(studio)
        await studio.until(lambda: "commands could not be registered" in studio.log())
        studio.discord.faults.clear()
        invite_again(studio)
        await studio.until(lambda: offered(studio))


async def test_the_bot_leaves_and_joins_again(tmp_path):
    """Discord drops a server's own commands then: they are registered again, also at a start."""
    async with run(tmp_path) as studio:
        invite_again(studio)
        await studio.until(lambda: offered(studio))
        await studio.bot.stop()
        invite_again(studio)
        await studio.restart()
        await studio.until(lambda: offered(studio))


async def test_pause_caps_credits_and_servers(tmp_path):
    """Settings hold in every server, warn if they are below current use, and outlive a kill."""
    async with run(tmp_path, CAP_IMAGES_TOTAL="50") as studio:
        world = studio.world
        guild = world.add_guild("elsewhere", members=(world.bob,))
        bob = studio.person(world.bob, world.add_channel(guild, "general"))
        await studio.ann.slash("imagine", prompt="a fox", count=3)
        await studio.results()
        await bob.slash("imagine", prompt="a cat")
        await studio.results(1, bob.channel)
        await studio.quiet()
        shown = await typed(studio, "caps")
        assert "Images today: ▱▱▱▱▱▱▱▱▱▱ 4/50" in shown.text
        assert "Images this month: 4 · no limit" in shown.text
        told = await typed(studio, "caps", month=3)
        assert "Images a month: was no limit, now 3" in told.text
        assert "At least one of these limits is already exceeded." in told.text
        await studio.bot.kill()
        await studio.restart()
        refused = await bob.slash("imagine", prompt="a dog")
        await studio.reads(refused, "monthly limit for everyone", "Not charged")
        told = await typed(studio, "caps", "zh-CN", month=0, day=5)
        assert "今天的张数：▰▰▰▰▰▰▰▰▱▱ 4/5" in told.text
        await studio.reads(
            await bob.slash("imagine", prompt="two", count=2), "daily limit for everyone"
        )
        told = await typed(studio, "caps", day=0)
        assert "Images a day: was 5, now no limit" in told.text
        admin = studio.person(world.admin)
        await studio.reads(await admin.press(told, "Undo"), "Images a day: was no limit, now 5")
        await studio.reads(await admin.press(told, "Undo"), "has been changed since")
        await typed(studio, "caps", day=0)
        assert "Paused in every server: was no, now yes" in (await typed(studio, "pause")).text
        assert "already set that way" in (await typed(studio, "pause")).text
        await studio.reads(await bob.slash("imagine", prompt="a dog"), "owner has paused")
        assert "was yes, now no" in (await typed(studio, "resume")).text
        shown = await typed(studio, "servers")
        assert f"1. {world.studio.name} (`{world.studio.id}`) · 3" in shown.text
        assert f"2. elsewhere (`{guild.id}`) · 1" in shown.text
        studio.evolink.credits = 40.5
        shown = await typed(studio, "credits", warn=100)
        assert (
            "Credits left: 40.5\nYou'll be warned below 100.\nYou're already below that."
            in shown.text
        )
        told = await typed(studio, "credits", "zh-CN", warn=0)
        assert "点数低于此数时提醒：原为100，现为关" in told.text
        assert "You'll be warned" not in (await typed(studio, "credits")).text
        log = await typed(studio, "log")
        assert log.text.count(f"<@{world.admin.id}>") == 6
        older = await answered(studio, await admin.press(log, "Older"))
        assert "Images a month: was no limit, now 3" in older.text
        # Nothing is in the log of the server, whose admins have no part in it.
        mine = await answered(studio, await admin.slash("imagine-admin quota log"))
        assert "No changes yet." in mine.text


@pytest.mark.parametrize("cap", ["credits-day", "credits-month"])
async def test_a_burst_costs_no_more_credits_than_the_cap(tmp_path, cap):
    """Running tasks count as estimated, finished ones as Evolink reports."""
    async with run(tmp_path) as studio:
        told = await typed(studio, "caps", **{cap: 9})
        assert "was no limit, now 9" in told.text
        # 2.04 credits each: four are within it.
        await asyncio.gather(*(studio.ann.slash("imagine", prompt=f"fox {n}") for n in range(8)))
        await studio.results(4)
        await studio.quiet()
        assert len(studio.evolink.books.submissions) == 4
        shown = await typed(studio, "caps", "zh-CN")
        assert "点数：▰▰▰▰▰▰▰▰▰▰ 9/9" in shown.text
        refused = await studio.ann.slash("imagine", prompt="a hare")
        await studio.reads(refused, "limit for everyone", "▰▰▰▰▰▰▰▰▰▰ 9/9", "Not charged")


async def test_a_price_that_has_risen_is_told_to_the_operator(tmp_path):
    """Evolink's number counts, and the operator reads that the setting is too low."""
    async with run(tmp_path) as studio:
        studio.evolink.behaviour.credits_per_image = 3.0
        await studio.ann.slash("imagine", prompt="two foxes", count=2)
        await studio.results()
        await studio.quiet()
        shown = await typed(studio, "caps")
        assert "Credits today: 6 · no limit" in shown.text
        log = studio.bot.log.read_text()
        assert "An image costs 3 credits at Evolink, and IMAGE_CREDITS is 2.04." in log


async def test_a_price_that_cannot_be_is_not_believed(tmp_path):
    """Believed, it would use up a cap for the whole day."""
    async with run(tmp_path) as studio:

        def twist(_task: Submission, body: Body) -> Body:
            return body | {"usage": {"credits_used": 1e12}} if "results" in body else body

        studio.evolink.behaviour.twist = twist
        await studio.ann.slash("imagine", prompt="two foxes", count=2)
        await studio.results()
        await studio.quiet()
        assert "Credits today: 5 · no limit" in (await typed(studio, "caps")).text
        log = studio.bot.log.read_text()
        assert "took 1,000,000,000,000 credits, which can't be right." in log


async def test_leaving_a_server(tmp_path):
    """It asks first; an id of no server changes nothing."""
    async with run(tmp_path) as studio:
        world, admin = studio.world, studio.person(studio.world.admin)
        guild = world.add_guild("elsewhere")

        async def known() -> list:
            return await admin.autocomplete(f"{OWNER} leave", "server", "elsew")

        while not await known():
            pass
        assert await known() == [{"name": f"elsewhere ({guild.id})", "value": str(guild.id)}]
        for wrong in ("elsewhere", "1", "9" * 30):
            told = await typed(studio, "leave", server=wrong)
            assert "The bot isn't in that server." in told.text
        question = await typed(studio, "leave", server=str(guild.id))
        assert "Leave **elsewhere**?" in question.text
        assert world.bot.id in guild.members
        await studio.reads(await admin.press(question, "Leave"), "The bot has left.")
        assert world.bot.id not in guild.members
        await studio.reads(await admin.press(question, "Leave"), "The bot isn't in that server.")
        assert f"The bot has left server `{guild.id}`." in (await typed(studio, "log")).text


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
async def test_nobody_else_decides(tmp_path, locale):
    """Neither admins of that server nor people who forge a press; the log has the attempts."""
    said = {"en-US": "Only the bot's owner can do this.", "zh-CN": "只有机器人所有者"}[locale]
    async with run(tmp_path) as studio:
        world = studio.world
        world.add_role(world.studio, "Deputies", int(Permission.MANAGE_GUILD), (world.bob,))
        bob = studio.person(world.bob, locale=locale)
        guild = world.add_guild("elsewhere")
        question = None
        while question is None or "Leave" not in question.buttons:
            question = await typed(studio, "leave", server=str(guild.id))
        servers = await typed(studio, "servers")
        for path, values in (
            ("pause", {}),
            ("resume", {}),
            ("caps", {"day": 0}),
            ("credits", {}),
            ("servers", {}),
            ("leave", {"server": str(guild.id)}),
            ("log", {}),
        ):
            told = await answered(studio, await bob.slash(f"{OWNER} {path}", **values))
            assert said in told.text
        changed = await typed(studio, "caps", day=7)
        question.only_for = servers.only_for = changed.only_for = world.bob.id
        told = await answered(studio, await bob.press(changed, "Undo"))
        assert said in told.text
        assert "/7" in (await typed(studio, "caps")).text
        told = await answered(studio, await bob.press(question, "Leave"))
        assert said in told.text
        assert world.bot.id in guild.members
        assert studio.discord.platform.commands.find(OWNER, commands.CHAT, 0) is None
        log = await studio.person(world.admin).slash("imagine-admin quota log")
        await studio.reads(log, f"<@{world.bob.id}> tried something only admins can do.")
