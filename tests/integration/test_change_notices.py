"""Admins' changes are announced in a channel: in order, and never lost."""

import pytest
from typing_extensions import override

from bot.domain.ids import ChannelId, ServerId, UserId
from bot.domain.quota_change import Kind, Target
from bot.domain.quota_settings import Block, Policy, Rule
from bot.refusals import Scope
from bot.services.work.change_notices import NEWS, ChangeNotices
from tests.fakes.channels import FakeChannels
from tests.integration.store_kit import GUILD, NOW, USER, run_sql, settle, strike
from tests.kit.changes import changed_by

LOG, ANOTHER = ChannelId(77), ChannelId(78)


def notices_of(store, channels: FakeChannels, now: int = NOW) -> ChangeNotices:
    """Return the notices of a process that starts now."""
    return ChangeNotices(store=store, chat=channels, clock=lambda: now)


async def limit(store, images: int, server: ServerId = GUILD, now: int = NOW) -> None:
    """Change somebody's limit."""
    target = Target.of_user(server, USER, Kind.LIMIT)
    await settle(store, target, Rule(Scope.USER, images), now=now, reason="because")


@pytest.fixture
async def channels(store) -> FakeChannels:
    """A server's channel; changes from before it was set aren't announced."""
    there = FakeChannels()
    await limit(store, 1)
    await notices_of(store, there).run_once()
    await settle(store, Target.of_server(GUILD, Kind.POLICY), Policy(log=LOG))
    return there


async def test_each_change_is_told_once(store, channels: FakeChannels) -> None:
    """By whichever process runs next; not another server's, nor what came before the first time."""
    for images in (2, 3):
        await limit(store, images)
        await limit(store, images, server=ServerId(GUILD + 1))
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
    """In order; after a day it is no longer news."""
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
    await notices_of(store, channels, NOW + NEWS + 1).run_once()
    channels.is_reachable = True
    await notices_of(store, channels).run_once()
    assert len(channels.notices) == 3


class Faltering(FakeChannels):
    """Discord fails once."""

    @override
    async def tell(self, channel_id: ChannelId, text: str) -> bool:
        is_told = await super().tell(channel_id, text)
        self.is_reachable = True
        return is_told


async def test_one_that_fails_is_told_before_those_that_follow(
    store, channels: FakeChannels
) -> None:
    """Within one server: the last setting comes last."""
    there = Faltering(is_reachable=False)
    await limit(store, 2)
    await notices_of(store, there).run_once()
    assert there.notices == []
    await notices_of(store, there).run_once()
    await notices_of(store, channels).run_once()
    assert ["now 2 images" in text for _, text in there.notices] == [False, True]
    assert channels.notices == []


async def test_a_change_that_is_written_late_is_told_late(store, channels: FakeChannels) -> None:
    """Its interaction is older than one already announced: *Remove image* deletes first."""
    early = changed_by(1, actor=1, at=NOW)
    await limit(store, 2)
    await notices_of(store, channels).run_once()
    await strike(store, USER, early)
    await notices_of(store, channels).run_once()
    assert "strike" in channels.notices[-1][1]


async def test_a_process_whose_clock_is_ahead_has_its_changes_told(
    store, channels: FakeChannels
) -> None:
    """By whichever process has the duty; hosts' clocks may differ by minutes."""
    await limit(store, 2, now=NOW + 5 * 60_000)
    await limit(store, 3)
    await notices_of(store, channels).run_once()
    await notices_of(store, channels, NOW + 10 * 60_000).run_once()
    assert len(channels.notices) == 3


async def test_a_channel_that_fails_holds_up_no_other_server(store, channels: FakeChannels) -> None:
    """It gets its own changes in order, once it is back."""
    await settle(store, Target.of_server(ServerId(GUILD + 1), Kind.POLICY), Policy(log=ANOTHER))
    channels.failing.add(LOG)
    await limit(store, 2)
    await limit(store, 2, server=ServerId(GUILD + 1))
    await notices_of(store, channels).run_once()
    assert [channel for channel, _ in channels.notices] == [ANOTHER, ANOTHER]
    channels.failing.clear()
    await notices_of(store, channels).run_once()
    assert [channel for channel, _ in channels.notices[2:]] == [LOG, LOG]


async def test_without_a_channel_nothing_is_told(store, channels: FakeChannels) -> None:
    """Not even later, when there is a channel again."""
    target = Target.of_server(GUILD, Kind.POLICY)
    await settle(store, target, Policy(paused=True))
    await limit(store, 2)
    await notices_of(store, channels).run_once()
    await settle(store, target, Policy(paused=True, log=LOG))
    await notices_of(store, channels).run_once()
    ((_, text),) = channels.notices
    assert f"was not set, now <#{LOG}>" in text


async def test_a_change_that_cannot_be_read_silences_nobody(
    store, channels: FakeChannels, monkeypatch
) -> None:
    """A later version may have written it, or the server's settings."""
    # Only one change is read at a time.
    monkeypatch.setattr("bot.services.work.change_notices.MOST", 1)
    await settle(store, Target.of_server(ServerId(GUILD + 1), Kind.POLICY), Policy(log=ANOTHER))
    text = """UPDATE quota_setting SET value = '{"cap_window": []}' WHERE guild_id = 11"""
    await store._db.write(lambda connection: run_sql(text, connection))
    await limit(store, 2)
    text = """UPDATE quota_change SET "after" = '{"x": 1}' WHERE kind = 'limit'"""
    await store._db.write(lambda connection: run_sql(text, connection))
    await limit(store, 3, server=ServerId(GUILD + 1))
    await settle(store, Target.of_user(GUILD, USER, Kind.BLOCK), Block(by=UserId(1), since=NOW))
    for _ in range(2):
        await notices_of(store, channels).run_once()
    assert len(channels.notices) == 2
    assert "blocked" in channels.notices[-1][1]
