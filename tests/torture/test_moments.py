"""Moments that the loop has found to matter, each by itself."""

import asyncio

from torture import weather
from torture.loop import Plan, opened

from sandbox.faults import Fault
from sandbox.person import Person


async def test_killed_while_the_operator_is_told(tmp_path):
    """Of an unknown outcome the operator's channel is told after the restart, too."""
    plan = Plan(tasks=1, kills=1, seed=1)
    async with opened(plan, tmp_path) as loop:
        channel = loop.discord.world.channels[loop.operator_id]
        dies = Fault("POST", rf"/channels/{channel.id}/messages$", times=1, drop=True)
        dies.then = loop.bot.strike
        loop.discord.faults.add(dies)
        loop.evolink.faults.add(Fault("POST", weather.GENERATION.path, times=1, drop=True))
        await loop.start()
        world = loop.discord.world
        await Person(loop.discord, world.ann, world.general).slash("imagine", prompt="a fox")
        async with asyncio.timeout(20):
            while loop.bot.running:  # noqa: ASYNC110 - what is awaited is another process
                await asyncio.sleep(0.02)
        await loop.start()
        await loop.rest()

        assert ["a fox" for message in channel.messages() if "not known" in message.text]
