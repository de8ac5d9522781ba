"""What a server's admins have switched off."""

import pytest

from bot.domain.ids import ServerId, UserId
from bot.domain.quota_change import Kind, Target
from bot.domain.quota_settings import Policy
from bot.refusals import NotAllowed, PrivateOff
from bot.services.front.servers import Servers
from tests.integration.store_kit import opened, settle

SERVER, ELSEWHERE = ServerId(1), ServerId(9)
ANN, BOB, BOT = UserId(3), UserId(5), UserId(4)
POLICY = Target.of_server(SERVER, Kind.POLICY)


async def test_private_results(tmp_path):
    """They are refused where the admins have switched them off, and nowhere else."""
    async with opened(tmp_path) as store:
        servers = Servers(store)
        await settle(store, POLICY, Policy(private=False))
        with pytest.raises(PrivateOff):
            await servers.check_private(SERVER)
        for elsewhere in (None, ELSEWHERE):
            await servers.check_private(elsewhere)


@pytest.mark.parametrize(
    ("author", "allowed"), [(ANN, True), (BOT, True), (BOB, False), (None, False)]
)
async def test_other_peoples_pictures(tmp_path, author, allowed):
    """Switched off, one's own and the bot's are left; an unknown author may be anybody."""
    asked = 0

    async def author_of() -> UserId | None:
        nonlocal asked
        asked += 1
        return author

    async with opened(tmp_path) as store:
        servers = Servers(store)
        await servers.check_pictures(SERVER, author_of, free={ANN, BOT})
        assert not asked, "Discord is asked only where it matters"
        await settle(store, POLICY, Policy(others_images=False))
        if allowed:
            await servers.check_pictures(SERVER, author_of, free={ANN, BOT})
        else:
            with pytest.raises(NotAllowed):
                await servers.check_pictures(SERVER, author_of, free={ANN, BOT})
        await servers.check_pictures(ELSEWHERE, author_of, free={ANN, BOT})
