"""What a server's admins have switched, in the database."""

import pytest

from bot.domain.server import ServerRules
from bot.refusals import NotAllowed, PrivateOff
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


async def test_private_results(tmp_path):
    """They are refused where the admins have switched them off, and nowhere else."""
    async with opened(tmp_path) as store:
        servers = Servers(store, lambda: NOW)
        await servers.change(1, actor=2, private=False)
        with pytest.raises(PrivateOff):
            await servers.check_private(1)
        for elsewhere in (0, 9):
            await servers.check_private(elsewhere)


@pytest.mark.parametrize(("author", "allowed"), [(3, True), (4, True), (5, False), (None, False)])
async def test_other_peoples_pictures(tmp_path, author, allowed):
    """Switched off, one's own and the bot's are left; an unknown author may be anybody."""
    asked = 0

    async def author_of() -> int | None:
        nonlocal asked
        asked += 1
        return author

    async with opened(tmp_path) as store:
        servers = Servers(store, lambda: NOW)
        await servers.check_pictures(1, author_of, free={3, 4})
        assert not asked, "Discord is asked only where it matters"
        await servers.change(1, actor=2, others_images=False)
        if allowed:
            await servers.check_pictures(1, author_of, free={3, 4})
        else:
            with pytest.raises(NotAllowed):
                await servers.check_pictures(1, author_of, free={3, 4})
        await servers.check_pictures(9, author_of, free={3, 4})
