"""*Remove image*, where somebody else deletes the same images at that moment."""

import asyncio

import pytest

from bot.domain.ids import ChannelId, MessageId
from bot.domain.moderation import Strike, Struck
from bot.domain.task import Task
from bot.domain.task_events import DeleteEvent
from bot.errors import ChatRefused, Stale
from bot.refusals import ImagesGone
from bot.services.front import removal
from bot.services.front.deletion import Deleted, Deletion
from bot.services.front.removal import Removal
from bot.ui.quota_changes import change_told
from bot.ui.texts import texts
from tests.fakes.channels import FakeChannels
from tests.fakes.posting import FakePosting
from tests.integration.store_kit import GUILD, NOW, run
from tests.kit.changes import changed_by

THERE = (ChannelId(1), MessageId(2))


def idle() -> None:
    """Wake no worker, as there is none."""


async def test_who_comes_second_gives_no_strike(store, monkeypatch) -> None:
    """They read that the images are gone or, until they are, that the task is being changed."""
    monkeypatch.setattr(removal, "RETRY_SECONDS", 0.01)
    chat = FakeChannels()
    deletion = Deletion(store, lambda: NOW, idle)
    removing = Removal(store=store, deletion=deletion, chat=chat, posting=FakePosting())
    task = await _delivered(store)
    asked = await store.tasks.save(task.to_delete(NOW), "delete", now=NOW)
    # Both read the task before this.
    for seen in (task, asked):
        with pytest.raises(Stale):
            await removing.remove(seen, THERE, changed_by(1, actor=9, at=NOW), strike=True)
    monkeypatch.setattr(removal, "TRIES", 10**9)
    second = asyncio.create_task(
        removing.remove(asked, THERE, changed_by(2, actor=9, at=NOW), strike=True)
    )
    await asyncio.sleep(0.05)
    await store.tasks.save(asked.deleted(NOW), "deleted", now=NOW)
    with pytest.raises(ImagesGone):
        await second
    assert await store.quota_settings.settings(GUILD) == ()
    assert chat.notices == []


async def test_a_strike_stands_where_the_bot_may_not_delete(store) -> None:
    """The member reads of the strike, but not that images are gone; a second try adds no strike."""
    chat = FakeChannels()
    deletion = Deletion(store, lambda: NOW, idle)
    removing = Removal(store=store, deletion=deletion, chat=chat, posting=FakePosting())
    task = await _delivered(store)
    for number in (1, 2):
        by = changed_by(number, actor=9, at=NOW, reason="spam")
        asked = asyncio.create_task(removing.remove(task, THERE, by, strike=True))
        while not task.deleting:
            await asyncio.sleep(0.01)
            task = await _read(store, task.id)
        stays = task.request_ended(NOW, None)
        task = await store.tasks.save(stays, DeleteEvent.REFUSED, now=NOW, detail="50013 0 1")
        removed = await asked
        assert isinstance(removed.outcome, ChatRefused)
        assert removed.struck == Struck(1, None, None)
    for _, text in chat.notices:
        assert "给你记了一次违规" in text
        assert "移除" not in text
    ((target, strike),) = await store.quota_settings.settings(GUILD)
    assert isinstance(strike, Strike)
    assert target.number == task.interaction_id


async def test_who_reads_of_it_before_its_end_is_not_told_that_it_is_done(store) -> None:
    """Discord may still refuse it."""
    chat = FakeChannels()
    deletion = Deletion(store, lambda: NOW, idle, timeout=0.05)
    removing = Removal(store=store, deletion=deletion, chat=chat, posting=FakePosting())
    task = await _delivered(store)
    removed = await removing.remove(task, THERE, changed_by(1, actor=9, at=NOW), strike=False)
    assert removed.outcome is Deleted.LATER
    ((_, text),) = chat.notices
    assert "正在移除" in text
    (entry,) = await store.quota_changes.changes(GUILD, before=2**62, limit=9)
    assert "请求移除" in change_told(entry, texts("zh-CN"))


async def _delivered(store) -> Task:
    task = await run(store)
    task = await store.tasks.save(task.ready(NOW, drawn=1), "ready", now=NOW)
    return await store.tasks.save(task.delivered(NOW, 1), "delivered", now=NOW)


async def _read(store, task_id: int) -> Task:
    task = await store.tasks.get(task_id)
    assert task is not None
    return task
