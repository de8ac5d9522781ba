"""Notices about a server's own cap: once per level, whatever dies or is unreachable meanwhile."""

import pytest

from bot.domain.ids import ChannelId, ServerId
from bot.domain.quota_change import Kind, Target
from bot.domain.quota_settings import Policy, Setting
from bot.domain.request import Request
from bot.domain.window import DAY, Window
from bot.services.work.cap_notices import CapNotices
from tests.fakes.channels import FakeChannels
from tests.integration.store_kit import GUILD, NOW, accept, run_sql, settle

CHANNEL = ChannelId(77)


def notices_of(store, channels: FakeChannels, now: int = NOW) -> CapNotices:
    """Return the notices of a process that starts now."""
    return CapNotices(store=store, chat=channels, clock=lambda: now)


async def limit(store, policy: Setting) -> None:
    """Set how the server counts."""
    await settle(store, Target.of_server(GUILD, Kind.POLICY), policy)


async def draw(store, count: int, now: int = NOW) -> None:
    """Use so many images."""
    await accept(store, request=Request(prompt="x", count=count), now=now)


async def test_each_level_is_told_once(store) -> None:
    """Only the highest level reached, even after a restart; a new day starts over."""
    channels = FakeChannels()
    await limit(store, Policy(cap=20, cap_window=Window.DAY, notices=CHANNEL))
    for count in (14, 1, 2, 1, 1, 1, 1):
        await draw(store, count)
        for _ in range(2):
            await notices_of(store, channels).run_once()
    assert [(channel, text.splitlines()[0].split()[-1]) for channel, text in channels.notices] == [
        (CHANNEL, "15/20"),
        (CHANNEL, "18/20"),
        (CHANNEL, "20/20"),
    ]
    assert "Nobody can draw until it resets" in channels.notices[-1][1]
    await draw(store, 16, now=NOW + DAY)
    await notices_of(store, channels, NOW + DAY).run_once()
    assert channels.notices[-1][1].endswith("16/20")


async def test_a_channel_that_is_away_is_told_later(store) -> None:
    """A level isn't recorded as announced before it was; without a channel or a cap, none is."""
    channels = FakeChannels(is_reachable=False)
    await draw(store, 9)
    for policy in (Policy(cap=10), Policy(notices=CHANNEL)):
        await limit(store, policy)
        await notices_of(store, channels).run_once()
    await limit(store, Policy(cap=10, notices=CHANNEL, locale="zh-CN"))
    await notices_of(store, channels).run_once()
    channels.is_reachable = True
    await notices_of(store, channels).run_once()
    ((channel, text),) = channels.notices
    assert (channel, text.split()[-1]) == (CHANNEL, "9/10")
    assert "\u5168\u4f53\u6210\u5458" in text


async def test_a_rolling_cap_is_told_again_once_it_has_emptied(store) -> None:
    """Going back and forth around a level announces it once; a lower cap is a new cap."""
    channels = FakeChannels()
    await limit(store, Policy(cap=10, cap_window=Window.LAST_DAY, notices=CHANNEL))
    await draw(store, 8)
    for at in (NOW, NOW + DAY - 1, NOW + DAY):
        await notices_of(store, channels, at).run_once()
    assert len(channels.notices) == 1
    await draw(store, 8, now=NOW + DAY)
    await notices_of(store, channels, NOW + DAY).run_once()
    assert len(channels.notices) == 2
    await limit(store, Policy(cap=8, cap_window=Window.LAST_DAY, notices=CHANNEL))
    await notices_of(store, channels, NOW + DAY).run_once()
    assert (
        channels.notices[-1][1].splitlines()[-1] == "Nobody can draw until some images come back."
    )


@pytest.mark.parametrize(
    "value", ['{"cap": 4, "cap_window": "fortnight"}', '{"cap": "x", "notices": 1}', "[]", '"x"']
)
async def test_one_servers_unreadable_row_silences_no_other(store, value) -> None:
    """A later version, or a manual edit of the database, may leave such a row."""
    channels = FakeChannels()
    await settle(
        store, Target.of_server(ServerId(GUILD - 1), Kind.POLICY), Policy(cap=1, notices=CHANNEL)
    )
    await store._db.write(
        lambda connection: run_sql(
            f"UPDATE quota_setting SET value = '{value}'",  # noqa: S608 - the test's own
            connection,
        )
    )
    await limit(store, Policy(cap=10, notices=CHANNEL))
    await draw(store, 9)
    await notices_of(store, channels).run_once()
    assert [text.split()[-1] for _, text in channels.notices] == ["9/10"]
