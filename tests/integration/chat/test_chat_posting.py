"""Each way of posting, and each way of failing at it."""

import asyncio
from dataclasses import replace
from pathlib import Path

import discord.http
import pytest

from bot.domain.result import Way
from bot.errors import ChatRefused, ChatUnavailable, PostUnknown, TooLarge
from sandbox.discord.permissions import Permission
from sandbox.faults import front, told
from tests.kit.patience import slowness

POST = r"/channels/\d+/messages$"


def names(message) -> list[str]:
    """The names of the pictures that a message shows."""
    return [image.name for image in message.images]


def opened_files() -> set[Path]:
    """Return the files that this process holds open (Linux)."""
    return {handle.resolve() for handle in Path("/proc/self/fd").iterdir()}


async def test_channel(stage):
    """A new message in the channel: files found by name, described, that pings the requester."""
    task = await stage.ask()
    posted = await stage.chat().post(
        task, stage.page(task), stage.pictures(task), 1, before=stage.later
    )

    message = stage.messages()[-1]
    assert (posted.channel_id, posted.message_id) == (stage.channel.id, message.id)
    assert names(message) == [f"{task.name}-0-0.png", f"{task.name}-0-1.png"]
    assert {image.description for image in message.images} == {"a fox"}
    assert message.mentions() == {task.requester.user}


async def test_channel_second_page(stage):
    """Only the first page pings."""
    task = await stage.ask()
    page = stage.page(task, page=1)
    posted = await stage.chat().post(task, page, stage.pictures(task), 2, before=stage.later)
    assert stage.message(posted.message_id).mentions() == frozenset()


async def test_prompt_that_names_others(stage):
    """A prompt's mentions ping nobody."""
    task = await stage.ask()
    bob = stage.server.world.bob
    task = replace(task, request=replace(task.request, prompt=f"{bob.mention} @everyone"))
    posted = await stage.chat().post(
        task, stage.page(task), stage.pictures(task), 1, before=stage.later
    )
    assert stage.message(posted.message_id).mentions() == {task.requester.user}


async def test_long_prompt(stage):
    """Alt texts are cut to Discord's limit."""
    task = await stage.ask()
    task = replace(task, request=replace(task.request, count=1, prompt="a" * 2000))
    posted = await stage.chat().post(
        task, stage.page(task), stage.pictures(task, 1), 1, before=stage.later
    )
    described = stage.message(posted.message_id).images[0].description
    assert len(described) == 1024
    assert described.startswith("a" * 1000)


async def test_card(stage):
    """The card itself becomes the result; repeated, it is still one message with these files."""
    task = await stage.ask()
    for _ in range(2):
        page = stage.page(task, Way.CARD)
        posted = await stage.chat().post(task, page, stage.pictures(task), 1, before=stage.later)
        assert posted.message_id == task.card_id
    assert [names(message) for message in stage.messages()] == [
        [f"{task.name}-0-0.png", f"{task.name}-0-1.png"]
    ]


async def test_private_card(stage):
    """An ephemeral card becomes the result, and nobody else sees it."""
    task = await stage.ask(private=True)
    posted = await stage.chat().post(
        task, stage.page(task, Way.CARD), stage.pictures(task), 1, before=stage.later
    )
    assert stage.message(posted.message_id).only_for == task.requester.user
    assert stage.messages() == []


async def test_follow_up(stage):
    """A message that only the requester sees, with prompt, buttons, and why nobody else does."""
    task = await stage.ask()
    page = stage.page(task, Way.FOLLOWUP)
    posted = await stage.chat().post(task, page, stage.pictures(task), 1, before=stage.later)

    message = stage.message(posted.message_id)
    assert message.only_for == task.requester.user
    assert message.body.flags & 1 << 15, "components"
    assert "a fox" in message.text
    assert f"Only you can see this: it couldn't be posted in <#{task.channel_id}>." in message.text
    assert "More…" in message.buttons
    assert names(message) == [f"{task.name}-0-0.png", f"{task.name}-0-1.png"]
    assert {file.description for file in message.images} == {"a fox"}
    assert message.images[0].read() == stage.pictures(task)[0].path.read_bytes()


async def test_a_follow_up_whose_prompt_is_blocked(stage):
    """The server's moderation blocks the prompt, not the images: only the requester sees them."""
    task = await stage.ask()
    stage.server.behaviour.blocked_words = ["a fox"]
    page = stage.page(task, Way.FOLLOWUP)
    posted = await stage.chat().post(task, page, stage.pictures(task), 1, before=stage.later)

    message = stage.message(posted.message_id)
    assert len(message.images) == 2
    assert "fox" not in message.text
    assert "Only you can see this" in message.text


async def test_direct(stage):
    """A direct message to the requester, which says why it is one."""
    task = await stage.ask()
    page = stage.page(task, Way.DIRECT)
    posted = await stage.chat().post(task, page, stage.pictures(task), 1, before=stage.later)
    messages = stage.ann.direct_messages()
    assert [(message.channel_id, message.id) for message in messages] == [
        (posted.channel_id, posted.message_id)
    ]
    assert names(messages[0]) == [f"{task.name}-0-0.png", f"{task.name}-0-1.png"]
    assert "Only you can see this: it couldn't be posted in" in messages[0].text


@pytest.mark.parametrize("way", Way)
async def test_too_large(stage, way):
    """Every way tells a file over the limit apart from other refusals."""
    task = await stage.ask()
    before = len(stage.server.books.messages)
    with pytest.raises(TooLarge):
        await stage.chat().post(
            task, stage.page(task, way), stage.heavy(task), 1, before=stage.later
        )
    assert len(stage.server.books.messages) == before


@pytest.mark.parametrize("way", [Way.CHANNEL, Way.DIRECT])
async def test_answer_lost(stage, way):
    """Posted, but the answer is lost: unknown; it is found, and repeating it adds nothing."""
    task = await stage.ask()
    fault = stage.fails("POST", POST, apply_then_fail=True, drop=True, times=1)
    page = stage.page(task, way)
    with pytest.raises(PostUnknown):
        await stage.chat().post(task, page, stage.pictures(task), 1, before=stage.later)
    assert fault.met == 1

    found = await stage.chat().find_post(task, page)
    again = await stage.chat().post(task, page, stage.pictures(task), 1, before=stage.later)
    assert found == again
    assert len(stage.server.books.messages) == 2


async def test_request_lost(stage):
    """Cut before it took effect: unknown as well, and surely not found."""
    task = await stage.ask()
    stage.fails("POST", POST, drop=True, times=1)
    page = stage.page(task)
    with pytest.raises(PostUnknown):
        await stage.chat().post(task, page, stage.pictures(task), 1, before=stage.later)
    assert await stage.chat().find_post(task, page) is None
    assert len(stage.messages()) == 1


async def test_card_answer_lost(stage):
    """An edit whose answer was lost is found on the card."""
    task = await stage.ask()
    stage.fails("PATCH", "@original", apply_then_fail=True, drop=True, times=1)
    page = stage.page(task, Way.CARD)
    with pytest.raises(PostUnknown):
        await stage.chat().post(task, page, stage.pictures(task), 1, before=stage.later)
    found = await stage.chat().find_post(task, page)
    assert found is not None
    assert found.message_id == task.card_id


async def test_server_error(stage):
    """503, which discord.py does not repeat: unknown."""
    task = await stage.ask()
    stage.fails("POST", POST, status=503)
    with pytest.raises(PostUnknown):
        await stage.chat().post(task, stage.page(task), stage.pictures(task), 1, before=stage.later)


async def test_too_slow(stage):
    """No answer in time: unknown."""
    task = await stage.ask()
    stage.fails("POST", POST, delay=30.0)
    with pytest.raises(PostUnknown):
        # It has to leave in that time, on a busy machine as well.
        await stage.chat(timeout=0.5 * slowness()).post(
            task, stage.page(task), stage.pictures(task), 1, before=stage.later
        )


async def test_refused_after_a_server_error(stage):
    """A 502 that took effect, then no connection: the last failure alone doesn't decide."""
    task = await stage.ask()
    stage.fails("POST", POST, apply_then_fail=True, status=502, times=1)
    stage.fails("POST", POST, **front(429, "0"))
    page = stage.page(task)
    with pytest.raises(PostUnknown):
        await stage.chat().post(task, page, stage.pictures(task), 1, before=stage.later)
    assert await stage.chat().find_post(task, page) is not None


@pytest.mark.parametrize("way", Way)
@pytest.mark.parametrize("status", [500, 502, 503])
async def test_a_failing_server_is_asked_once(stage, way, status):
    """It took effect, and discord.py would repeat it up to five times: unknown, and one message."""
    task = await stage.ask()
    before = len(stage.server.books.messages)
    fault = stage.fails("POST|PATCH", "/messages|/webhooks/", apply_then_fail=True, status=status)
    with pytest.raises(PostUnknown):
        await stage.chat().post(
            task, stage.page(task, way), stage.pictures(task), 1, before=stage.later
        )
    assert fault.met == 1
    assert len(stage.server.books.messages) == before + (way is not Way.CARD)


@pytest.mark.parametrize("way", Way)
async def test_a_dropped_connection_is_asked_once(stage, way):
    """It took effect before the connection broke: unknown, and one message."""
    task = await stage.ask()
    before = len(stage.server.books.messages)
    fault = stage.fails("POST|PATCH", "/messages|/webhooks/", apply_then_fail=True, drop=True)
    with pytest.raises(PostUnknown):
        await stage.chat().post(
            task, stage.page(task, way), stage.pictures(task), 1, before=stage.later
        )
    assert fault.met == 1
    assert len(stage.server.books.messages) == before + (way is not Way.CARD)


async def test_a_failing_server_until_the_lease_has_run_out(stage):
    """A retry that would come too late says nothing about the request before it."""
    task = await stage.ask()
    stage.fails("POST", POST, apply_then_fail=True, status=502)
    page = stage.page(task)
    with pytest.raises(PostUnknown):
        await stage.chat().post(task, page, stage.pictures(task), 1, before=stage.soon(500))


@pytest.mark.parametrize("way", Way)
async def test_a_limit_that_is_soon_over(stage, way):
    """Discord did nothing at a 429: discord.py waits and repeats it, which counts as once."""
    task = await stage.ask()
    before = len(stage.server.books.messages)
    held = stage.holds_back("POST|PATCH", "/messages|/webhooks/", seconds=0.05)
    posted = await stage.chat().post(
        task, stage.page(task, way), stage.pictures(task), 1, before=stage.later
    )
    assert held.met == 1
    assert len(stage.message(posted.message_id).images) == 2
    assert len(stage.server.books.messages) == before + (way is not Way.CARD)


@pytest.mark.parametrize("way", Way)
async def test_a_limit_and_then_a_failing_server(stage, way):
    """After the 429 it was sent again, and may have taken effect."""
    task = await stage.ask()
    stage.holds_back("POST|PATCH", "/messages|/webhooks/", seconds=0.05)
    fault = stage.fails("POST|PATCH", "/messages|/webhooks/", apply_then_fail=True, status=500)
    with pytest.raises(PostUnknown):
        await stage.chat().post(
            task, stage.page(task, way), stage.pictures(task), 1, before=stage.later
        )
    assert fault.met == 1


@pytest.mark.parametrize("way", Way)
@pytest.mark.parametrize("status", [302, 307])
async def test_another_address(stage, way, status):
    """A proxy redirects: surely not posted, and nothing is sent there."""
    task = await stage.ask()
    elsewhere = stage.server.api_url + "/elsewhere"
    fault = stage.fails(
        "POST|PATCH", "/messages|/webhooks/", status=status, headers={"Location": elsewhere}
    )
    with pytest.raises(ChatUnavailable):
        await stage.chat().post(
            task, stage.page(task, way), stage.pictures(task), 1, before=stage.later
        )
    assert fault.met == 1
    assert not [one for one in stage.server.books.requests if one.path.endswith("/elsewhere")]


async def test_follow_up_with_an_odd_answer(stage):
    """Taken, but the answer is no message: unknown."""
    task = await stage.ask()
    stage.fails("POST", "/webhooks/", apply_then_fail=True, status=200, body=b"<html>")
    page = stage.page(task, Way.FOLLOWUP)
    with pytest.raises(PostUnknown):
        await stage.chat().post(task, page, stage.pictures(task), 1, before=stage.later)


@pytest.mark.parametrize("way", Way)
async def test_rate_limited(stage, way):
    """A 429 that discord.py doesn't wait for: surely not posted, retried later."""
    task = await stage.ask()
    stage.fails("POST|PATCH", "/messages|/webhooks/", status=429)
    with pytest.raises(ChatUnavailable):
        await stage.chat().post(
            task, stage.page(task, way), stage.pictures(task), 1, before=stage.later
        )


@pytest.mark.parametrize("way", Way)
@pytest.mark.parametrize("status", [302, 401, 403, 404, 405])
async def test_a_page_of_a_proxy(stage, way, status):
    """It is no verdict on any way: surely not posted, retried later."""
    task = await stage.ask()
    stage.fails("POST|PATCH", "/messages|/webhooks/", status=status)
    with pytest.raises(ChatUnavailable):
        await stage.chat().post(
            task, stage.page(task, way), stage.pictures(task), 1, before=stage.later
        )


async def test_a_code_of_another_program(stage):
    """JSON with a code that Discord doesn't have comes from a proxy as well."""
    task = await stage.ask()
    for code in (403, "forbidden", None):
        fault = stage.fails("POST", POST, **told(403, {"code": code, "message": "no"}))
        with pytest.raises(ChatUnavailable):
            await stage.chat().post(
                task, stage.page(task), stage.pictures(task), 1, before=stage.later
            )
        stage.server.faults.remove(fault)


@pytest.mark.parametrize("way", Way)
@pytest.mark.parametrize("via", [{}, {"Via": "1.1 google"}], ids=["no Via", "Via"])
async def test_shut_out_by_the_front(stage, way, via):
    """Cloudflare's 1015 says how long: until then, nothing is sent to Discord at all."""
    task = await stage.ask()
    page = front(429, "40")
    page["headers"] |= via
    fault = stage.fails("POST|PATCH", "/messages|/webhooks/", **page)
    for _ in range(2):
        with pytest.raises(ChatUnavailable) as raised:
            await stage.chat().post(
                task, stage.page(task, way), stage.pictures(task), 1, before=stage.later
            )
        assert 38 < raised.value.retry_after <= 40
    asked = len(stage.server.books.requests)
    with pytest.raises(ChatUnavailable):
        await stage.chat().find_card(task)
    assert (fault.met, len(stage.server.books.requests)) == (1, asked)


@pytest.mark.parametrize("way", Way)
async def test_a_lease_that_has_run_out(stage, way):
    """Another process may have the task by now: surely not posted."""
    task = await stage.ask()
    page = stage.page(task, way)
    with pytest.raises(ChatUnavailable):
        await stage.chat().post(task, page, stage.pictures(task), 1, before=stage.soon(0))
    assert not [one for one in stage.server.books.messages if one.images]


async def test_a_lease_that_runs_out_while_the_library_waits(stage):
    """A request held back after a 429, as in a frozen process, isn't sent again."""
    task = await stage.ask()
    page, held = stage.page(task), stage.holds_back("POST", POST, seconds=0.3)
    with pytest.raises(ChatUnavailable):
        await stage.chat().post(task, page, stage.pictures(task), 1, before=stage.soon(200))
    assert (held.met, len(stage.messages())) == (1, 1)


@pytest.mark.parametrize("way", Way)
async def test_out_of_reach(stage, way, monkeypatch):
    """Nobody listens at Discord's address: surely not posted, again later."""
    task = await stage.ask()
    nowhere = "http://127.0.0.1:1/api/v10"
    monkeypatch.setattr(discord.http.Route, "BASE", nowhere)
    chat = stage.chat(api_url=nowhere)
    with pytest.raises(ChatUnavailable):
        await chat.post(task, stage.page(task, way), stage.pictures(task), 1, before=stage.later)


@pytest.mark.parametrize("way", Way)
async def test_a_proxy_that_is_out_of_reach(stage, way):
    """Every way leads through the client's proxy, also those of an interaction's token."""
    task = await stage.ask()
    asked = len(stage.server.books.requests)
    stage.client.http.proxy = "http://127.0.0.1:1"
    with pytest.raises(ChatUnavailable):
        await stage.chat().post(
            task, stage.page(task, way), stage.pictures(task), 1, before=stage.later
        )
    assert len(stage.server.books.requests) == asked


async def test_stale_connection(stage, monkeypatch):
    """Discord closed a kept-alive connection: whether it read the request can't be known."""
    task = await stage.ask()

    async def at_once(work, *arguments):
        return work(*arguments)

    # While a thread reads the files, the client would notice that the connection is closed.
    monkeypatch.setattr(asyncio, "to_thread", at_once)
    await stage.server.close()
    with pytest.raises(PostUnknown):
        await stage.chat().post(task, stage.page(task), stage.pictures(task), 1, before=stage.later)


async def test_forbidden(stage):
    """No permission to send: refused with Discord's code, and nothing is posted."""
    task = await stage.ask()
    world = stage.server.world
    world.overwrite(stage.channel, world.bot, deny=int(Permission.SEND_MESSAGES))
    with pytest.raises(ChatRefused) as refused:
        await stage.chat().post(task, stage.page(task), stage.pictures(task), 1, before=stage.later)
    assert refused.value.code == 50013
    assert len(stage.messages()) == 1


async def test_deleted_channel(stage):
    """The channel is gone."""
    task = await stage.ask()
    stage.server.world.delete_channel(stage.channel)
    with pytest.raises(ChatRefused) as refused:
        await stage.chat().post(task, stage.page(task), stage.pictures(task), 1, before=stage.later)
    assert refused.value.code == 10003


async def test_closed_direct_messages(stage):
    """The requester takes no direct messages."""
    task = await stage.ask()
    stage.server.world.ann.takes_dms = False
    with pytest.raises(ChatRefused) as refused:
        await stage.chat().post(
            task, stage.page(task, Way.DIRECT), stage.pictures(task), 1, before=stage.later
        )
    assert refused.value.code == 50007


@pytest.mark.parametrize("way", [Way.CARD, Way.FOLLOWUP])
async def test_dead_token(stage, way):
    """Once the token is dead or erased, its ways are closed."""
    task = await stage.ask()
    stage.kill_tokens()
    for one in (task, replace(task, token=None)):
        with pytest.raises(ChatRefused) as refused:
            await stage.chat().post(
                one, stage.page(one, way), stage.pictures(one), 1, before=stage.later
            )
        assert refused.value.code == 50027


@pytest.mark.parametrize("way", Way)
async def test_files_are_closed(stage, way):
    """No handle stays open, whether it was posted or refused."""
    task = await stage.ask()
    pictures = [*stage.pictures(task, 1), *stage.heavy(task)]
    await stage.chat().post(task, stage.page(task, way), pictures[:1], 1, before=stage.later)
    with pytest.raises(TooLarge):
        await stage.chat().post(
            task, stage.page(task, way, page=1), pictures, 2, before=stage.later
        )
    assert opened_files().isdisjoint(picture.path for picture in pictures)
