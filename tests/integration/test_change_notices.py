"""What admins change is told in a channel: in order, and never lost."""

import pytest

from bot.domain.quota import Policy, Rule
from bot.domain.quota_change import Kind, Target
from bot.refusals import Scope
from bot.services.work.change_notices import NEWS, SETTLED, ChangeNotices
from tests.fakes.channels import FakeChannels
from tests.integration.store_kit import GUILD, NOW, USER, settle

LOG = 77


def notices_of(store, channels: FakeChannels, now: int = NOW + SETTLED) -> ChangeNotices:
    """Notices as a process that starts now sends them."""
    return ChangeNotices(store=store, chat=channels, clock=lambda: now)


async def limit(store, images: int, server: int = GUILD, now: int = NOW) -> None:
    """Change somebody's limit."""
    target = Target.of_user(server, USER, Kind.LIMIT)
    await settle(store, target, Rule(Scope.USER, images), now=now, reason="because")


@pytest.fixture
async def channels(store) -> FakeChannels:
    """The channel of a server, from before which nothing is told."""
    there = FakeChannels()
    await limit(store, 1)
    await notices_of(store, there).run_once()
    await settle(store, Target.of_server(GUILD, Kind.POLICY), Policy(log=LOG))
    return there


async def test_each_change_is_told_once(store, channels: FakeChannels) -> None:
    """Whichever process comes next; another server's, and what was before the first time, not."""
    for images in (2, 3):
        await limit(store, images)
        await limit(store, images, server=GUILD + 1)
        for _ in range(2):
            await notices_of(store, channels).run_once()
    assert [text.splitlines()[0].partition(": ")[2] for _, text in channels.notices] == [
        f"was not set, now <#{LOG}>",
        "was 1 image a day, now 2 images a day",
        "was 2 images a day, now 3 images a day",
    ]
    assert {channel for channel, _ in channels.notices} == {LOG}
    assert channels.notices[-1][1].endswith("because")


async def test_what_could_not_be_told_comes_later(store, channels: FakeChannels) -> None:
    """In its order; a day later it is no news any more."""
    channels.is_reachable = False
    await limit(store, 2)
    await limit(store, 3)
    await notices_of(store, channels).run_once()
    assert channels.notices == []
    channels.is_reachable = True
    await notices_of(store, channels).run_once()
    assert len(channels.notices) == 3
    await limit(store, 4)
    channels.is_reachable = False
    await notices_of(store, channels, NOW + NEWS + SETTLED).run_once()
    channels.is_reachable = True
    await notices_of(store, channels).run_once()
    assert len(channels.notices) == 3


async def test_a_change_that_is_on_its_way_is_waited_for(store, channels: FakeChannels) -> None:
    """One that began later must not be told first: those before it would be passed over."""
    await limit(store, 2, now=NOW + 1)
    await notices_of(store, channels).run_once()
    assert len(channels.notices) == 1
    await notices_of(store, channels, NOW + SETTLED + 1).run_once()
    assert len(channels.notices) == 2
