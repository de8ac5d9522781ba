"""Absurd answers of Discord's: what was posted is found once, and nothing waits for ever."""

import asyncio
import json
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web

from bot.chat.limits import MAX_SLEEP
from bot.domain.queue_status import QueueStatus
from bot.domain.result import Way
from bot.domain.text import LARGEST_ID
from bot.errors import ChatUnavailable, HistoryUnreadable, PostUnknown
from bot.host_limits import LONGEST
from sandbox.discord.oddities import LIMITS, UNUSABLE, USABLE, Odd
from sandbox.faults import told
from tests.kit.patience import slowness

#: To a test, a year is as good as forever.
AT_ONCE = 5.0
POST = r"/channels/\d+/messages$"


def twist(stage, method: str, path: str, odd: Odd) -> None:
    """Make the answers to such requests odd."""

    def change(request: web.Request, body: Any) -> object:
        asked = request.method == method and path in request.path
        return odd(body) if asked else body

    stage.server.behaviour.twist = change


def untwist(stage) -> None:
    """Discord is itself again."""
    stage.server.behaviour.twist = None


#: How each way sends.
WAYS = {
    Way.CHANNEL: ("POST", "/messages"),
    Way.DIRECT: ("POST", "/messages"),
    Way.CARD: ("PATCH", "/messages/@original"),
    Way.FOLLOWUP: ("POST", "/webhooks/"),
}


@pytest.mark.parametrize("way", WAYS)
async def test_posting(stage, way):
    """The message may be there, so it is looked for, and found: in a history, or as the card."""
    for name, odd in UNUSABLE.items():
        task = await stage.ask()
        page = stage.page(task, way)
        twist(stage, *WAYS[way], odd)
        with pytest.raises(PostUnknown):
            await stage.chat().post(task, page, stage.pictures(task), 1, before=stage.later)
        if way is Way.FOLLOWUP:
            with pytest.raises(HistoryUnreadable):
                await stage.chat().find_post(task, page)
            continue
        twist(stage, "GET", "/messages", odd)
        with pytest.raises((ChatUnavailable, HistoryUnreadable)):
            await stage.chat().find_post(task, page)
        untwist(stage)
        found = await stage.chat().find_post(task, page)
        assert found is not None, name
        assert 0 < found.message_id <= LARGEST_ID


@pytest.mark.parametrize("way", WAYS)
async def test_posting_with_odd_surroundings(stage, way):
    """The id is found, and nothing else matters."""
    for odd in USABLE.values():
        task = await stage.ask()
        twist(stage, *WAYS[way], odd)
        posted = await stage.chat().post(
            task, stage.page(task, way), stage.pictures(task), 1, before=stage.later
        )
        assert stage.message(posted.message_id).images


async def test_the_card(stage):
    """The card is looked for again; an edit may have worked, and repeating it does no harm."""
    chat, task = stage.chat(), await stage.ask()
    for odd in UNUSABLE.values():
        twist(stage, "GET", "/messages/@original", odd)
        with pytest.raises(ChatUnavailable):
            await chat.find_card(task)
        twist(stage, "PATCH", "/messages/@original", odd)
        with suppress(ChatUnavailable):
            await chat.edit_card(task, QueueStatus(), before=stage.later)
    untwist(stage)
    assert await chat.find_card(task) == task.card_id


@pytest.mark.parametrize("name", ["nothing", "an empty object", "null", "a page"])
async def test_a_history_that_is_none(stage, name):
    """In direct messages an empty history says "not there", and it would be posted twice."""
    task = await stage.ask()
    page = stage.page(task, Way.DIRECT)
    await stage.chat().post(task, page, stage.pictures(task), 1, before=stage.later)
    twist(stage, "GET", "/messages", UNUSABLE[name])
    with pytest.raises(ChatUnavailable):
        await stage.chat().find_post(task, page)


@pytest.mark.parametrize("everywhere", [False, True], ids=["here", "global"])
@pytest.mark.parametrize("name", LIMITS)
async def test_a_limit_of_absurd_length(stage, name, everywhere):
    """Neither this nor a later request waits for it, and it is retried within the hour."""
    task = await stage.ask()
    body = {"message": "limited", "retry_after": LIMITS[name], "global": everywhere}
    await _is_limited(stage, task, told(429, body))


@pytest.mark.parametrize("body", [[], 7, None, "later", {}])
async def test_a_limit_that_is_none(stage, body):
    """Discord says that there were too many requests, and otherwise nonsense."""
    await _is_limited(stage, await stage.ask(), told(429, body))


async def test_a_global_limit_that_outlasts_the_request(stage):
    """A wait that is cut off must not leave all later requests waiting for its end."""
    body = {"message": "limited", "retry_after": MAX_SLEEP - 1, "global": True}
    await _is_limited(stage, await stage.ask(), told(429, body), patience=0.5)


async def _is_limited(stage, task, how, patience: float = 5.0) -> None:
    page = stage.page(task)
    stage.fails("POST", POST, times=1, **how)
    stage.fails("PATCH", "/messages/@original", times=1, **how)
    chat = stage.chat(patience * slowness())
    async with asyncio.timeout(AT_ONCE * slowness()):
        with pytest.raises(ChatUnavailable) as limited:
            await chat.post(task, page, stage.pictures(task), 1, before=stage.later)
        assert 0 < limited.value.retry_after <= LONGEST
        with pytest.raises(ChatUnavailable):
            await chat.edit_card(task, QueueStatus(), before=stage.later)
        await chat.post(task, page, stage.pictures(task), 1, before=stage.later)
        await chat.edit_card(replace(task, reserved=1), QueueStatus(), before=stage.later)
    assert sum(bool(message.images) for message in stage.messages()) == 1


@pytest.mark.parametrize("seconds", ["1e9", "nan", "inf", "-1", "soon", ""])
async def test_a_pause_of_absurd_length(stage, seconds):
    """Even after a success: what was posted is found, and the next request leaves at once."""
    task = await stage.ask()
    page = stage.page(task)
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Limit": "5"}
    how = told(200, {}, **headers, **{"X-RateLimit-Reset-After": seconds})
    for method, path in (("POST", POST), ("PATCH", "/messages/@original")):
        stage.fails(method, path, times=1, apply_then_fail=True, **how)
    chat = stage.chat()
    async with asyncio.timeout(AT_ONCE * slowness()):
        with pytest.raises(PostUnknown):
            await chat.post(task, page, stage.pictures(task), 1, before=stage.later)
        assert await chat.find_post(task, page)
        with pytest.raises(ChatUnavailable):
            await chat.edit_card(task, QueueStatus(), before=stage.later)
        await chat.edit_card(task, QueueStatus(), before=stage.later)


@pytest.mark.parametrize("body", [[], {"code": 10**30}, {"code": [1], "errors": [1]}, "no", None])
async def test_a_refusal_that_makes_no_sense(stage, body):
    """It is no verdict, or a plain one; no task ends because of it."""
    task = await stage.ask()
    for status in (403, 404):
        stage.fails("PATCH", "/messages/@original", times=1, **told(status, body))
        try:
            await stage.chat().edit_card(task, QueueStatus(), before=stage.later)
        except ChatUnavailable:
            continue
        except Exception as error:  # noqa: BLE001 - looked at below
            assert json.dumps(str(error))  # noqa: PT017 - any refusal may be
            assert "ChatRefused" in type(error).__name__  # noqa: PT017 - as above
