"""Moments that the loop has shown to matter, one by one."""

from sandbox.faults import Fault
from sandbox.person import Person
from tests.kit.patience import until
from tests.torture import mishaps
from tests.torture.stage import opened


async def test_killed_while_the_operator_is_told(tmp_path):
    """The operator's channel is told of an unknown outcome even after a restart."""
    async with opened(tmp_path) as stage:
        # The operator mustn't be told of anything else, such as a clock that differs.
        stage.discord.clock.offset = 0.0
        channel = stage.discord.world.channels[stage.operator_id]
        dies = Fault("POST", rf"/channels/{channel.id}/messages$", times=1, drop=True)
        dies.then = stage.bot.strike
        stage.discord.faults.add(dies)
        stage.evolink.faults.add(Fault("POST", mishaps.GENERATION.path, times=1, drop=True))
        await stage.start()
        world = stage.discord.world
        await Person(stage.discord, world.ann, world.general).slash("imagine", prompt="a fox")
        await until(lambda: not stage.bot.running)
        await stage.start()
        await stage.rest()

        assert any("isn't known" in message.text for message in channel.messages())
