"""Stand-ins for a bot that is only started, and for one that runs to its end."""

import pytest_asyncio

from tests.acceptance.studio import Studio


@pytest_asyncio.fixture(loop_scope="session")
async def stand_ins(tmp_path):
    """Both stand-ins, and no bot yet."""
    studio = Studio(tmp_path)
    await studio.open()
    yield studio
    await studio.discord.close()
    await studio.evolink.close()
