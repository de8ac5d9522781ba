"""What a server's admins have switched, in the database."""

from bot.domain.server import ServerRules
from bot.services.front.servers import Servers
from tests.integration.store_kit import NOW, opened


async def test_each_switch_by_itself_in_each_server_by_itself(tmp_path):
    """What nobody has touched is on; ``None`` touches nothing; the last word counts."""
    async with opened(tmp_path) as store:
        servers = Servers(store, lambda: NOW)
        assert await servers.get(1) == ServerRules(others_images=True, private=True)
        await servers.change(1, actor=2, others_images=False, private=None)
        await servers.change(1, actor=2, private=False)
        await servers.change(1, actor=2, others_images=True)

        assert await servers.get(1) == ServerRules(others_images=True, private=False)
        assert await servers.get(9) == ServerRules()


async def test_a_switch_of_another_version(tmp_path):
    """A row that this version does not know does no harm."""
    async with opened(tmp_path) as store:
        await store.servers.set(1, {"music": False, "private": False}, actor=2, now=NOW)

        assert await Servers(store, lambda: NOW).get(1) == ServerRules(private=False)
