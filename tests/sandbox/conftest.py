"""A sandbox Discord and someone in it, and a sandbox Evolink."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from sandbox.clock import Clock
from sandbox.discord.server import Discord
from sandbox.evolink.behaviour import Behaviour
from sandbox.evolink.server import Evolink
from sandbox.person import Person
from tests.kit.patience import PATIENCE


@pytest.fixture
async def discord_server() -> AsyncIterator[Discord]:
    """A fresh sandbox without rate limits, whose application may take as long as it likes."""
    server = Discord()
    server.behaviour.rate_limits = False
    server.behaviour.ack_seconds = PATIENCE
    await server.start()
    yield server
    await server.close()


@pytest.fixture
def ann(discord_server: Discord) -> Person:
    """Ann, in #general."""
    return Person(discord_server, discord_server.world.ann, discord_server.world.general)


@pytest.fixture
async def http(discord_server: Discord) -> AsyncIterator[aiohttp.ClientSession]:
    """A session that is logged in as the bot; paths are relative to the API."""
    async with aiohttp.ClientSession(
        discord_server.api_url + "/", headers={"Authorization": "Bot sandbox-token"}
    ) as session:
        yield session


@pytest.fixture
async def evolink() -> AsyncIterator[Evolink]:
    """A stand-in whose seconds last five milliseconds."""
    behaviour = Behaviour(cheap_pictures=True, callbacks_to_loopback=True)
    evolink = Evolink(clock=Clock(speed=200), behaviour=behaviour)
    await evolink.start()
    yield evolink
    await evolink.close()
