"""*Remove image*, where somebody else deletes the same images at that moment."""

import asyncio

import pytest

from bot.domain.quota_change import By
from bot.errors import Stale
from bot.refusals import ImagesGone
from bot.services.front import removal
from bot.services.front.deletion import Deletion
from bot.services.front.removal import Removal
from tests.fakes.channels import FakeChannels
from tests.integration.store_kit import GUILD, NOW, run


def idle() -> None:
    """No worker is there to be woken."""


async def test_who_comes_second_gives_no_strike(store, monkeypatch) -> None:
    """They read that the images are gone; while they aren't, that something changes the task."""
    monkeypatch.setattr(removal, "RETRY_SECONDS", 0.01)
    chat = FakeChannels()
    deletion = Deletion(store, lambda: NOW, idle)
    removing = Removal(store=store, deletion=deletion, chat=chat, clock=lambda: NOW, nudge=idle)
    task = await run(store)
    task = await store.tasks.save(task.ready(NOW, drawn=1), "ready", now=NOW)
    task = await store.tasks.save(task.delivered(NOW, 1), "delivered", now=NOW)
    asked = await store.tasks.save(task.to_delete(NOW), "delete", now=NOW)
    # Both have read the task before.
    for seen in (task, asked):
        with pytest.raises(Stale):
            await removing.remove(seen, By(id=1, actor=9, at=NOW), strike=True)
    monkeypatch.setattr(removal, "TRIES", 10**9)
    second = asyncio.create_task(removing.remove(asked, By(id=2, actor=9, at=NOW), strike=True))
    await asyncio.sleep(0.05)
    await store.tasks.save(asked.deleted(NOW), "deleted", now=NOW)
    with pytest.raises(ImagesGone):
        await second
    assert await store.quota_settings.settings(GUILD) == ()
    assert chat.notices == []
