"""A page is found where it was posted, and only there."""

from dataclasses import replace

import pytest

from bot.chat import history
from bot.domain.result import Way
from bot.errors import ChatUnavailable, HistoryUnreadable
from bot.ui.task_log import log_entry
from bot.ui.texts import texts
from sandbox.discord.body import Incoming
from sandbox.discord.cdn import Upload
from sandbox.discord.permissions import Permission
from sandbox.faults import told

HISTORY = r"/channels/\d+/messages$"


async def post(stage, task, page):
    """Post two pictures as the page says."""
    return await stage.chat().post(task, page, stage.pictures(task), 2, before=stage.later)


@pytest.mark.parametrize("way", [Way.CHANNEL, Way.CARD, Way.DIRECT])
async def test_posted(stage, way):
    """What was posted is found, by the ids that posting returned."""
    task = await stage.ask()
    page = stage.page(task, way)
    posted = await post(stage, task, page)
    stage.say("nice")
    assert await stage.chat().find_post(task, page) == posted


@pytest.mark.parametrize("seconds", [-3600, -70, 70, 3600])
@pytest.mark.parametrize("way", [Way.CHANNEL, Way.CARD, Way.DIRECT])
async def test_a_clock_that_is_off(stage, way, seconds):
    """Posts are found by ids, however far our clock is off Discord's, or is set."""
    stage.server.clock.step(seconds)
    task = await stage.ask()
    page = stage.page(task, way)
    posted = await post(stage, task, page)
    stage.server.clock.step(-2 * seconds)
    assert await stage.chat().find_post(task, page) == posted


async def test_an_intent_of_an_earlier_version(stage):
    """No earlier message was noted, and its files are named after its row: still, it is found."""
    task = await stage.ask()
    page = replace(stage.page(task), nonce=f"{task.id}.0", follows=None)
    posted = await post(stage, task, page)
    assert await stage.chat().find_post(task, page) == posted


async def test_another_database(stage):
    """A task with the same number, in the same channel, from before the data folder was new."""
    task = await stage.ask()
    await post(stage, task, stage.page(task))
    again = replace(await stage.ask(), id=task.id)
    page = stage.page(again)
    assert await stage.chat().find_post(again, page) is None
    posted = await post(stage, again, page)
    assert await stage.chat().find_post(again, page) == posted
    assert len([message for message in stage.messages() if message.images]) == 2


@pytest.mark.parametrize("way", [Way.CHANNEL, Way.CARD, Way.DIRECT])
async def test_not_posted(stage, way):
    """A page that wasn't posted is surely not there."""
    task = await stage.ask()
    assert await stage.chat().find_post(task, stage.page(task, way)) is None


async def test_without_an_intent(stage):
    """Nothing is looked for where nothing was sent."""
    task = await stage.ask()
    page = replace(stage.page(task), intent_at=None)
    assert await stage.chat().find_post(task, page) is None


async def test_another_page(stage):
    """The second page is not the first."""
    task = await stage.ask()
    await post(stage, task, stage.page(task))
    assert await stage.chat().find_post(task, stage.page(task, page=1)) is None


async def test_another_task(stage):
    """Task 71 isn't task 7, as when rows named the pages; nor is any other under today's names."""
    task = await stage.ask()
    other = replace(await stage.ask(), interaction_id=task.interaction_id * 10 + 1)
    await post(stage, other, stage.page(other))
    assert await stage.chat().find_post(task, stage.page(task)) is None


async def test_somebody_elses_file(stage):
    """A file of the same name that somebody else uploaded is none of ours."""
    task = await stage.ask()
    page = stage.page(task)
    stage.say("ha", Upload(f"{page.mark}0.png", b"x"))
    assert await stage.chat().find_post(task, page) is None


async def test_reference_named_like_a_page(stage):
    """A reference that our own message shows isn't taken for a page, whatever its name."""
    task = await stage.ask()
    page = stage.page(task)
    link = f"https://cdn.discordapp.com/ephemeral-attachments/1/2/{page.mark}0.png"
    gallery = {"type": 12, "items": [{"media": {"url": link}}]}
    platform = stage.server.platform
    body = platform.write(Incoming({"flags": 1 << 15, "components": [gallery]}), stage.channel, 1)
    platform.post(stage.channel, stage.server.world.bot, body)
    assert await stage.chat().find_post(task, page) is None


@pytest.mark.parametrize(
    "denied", [Permission.READ_MESSAGE_HISTORY, Permission.VIEW_CHANNEL], ids=str
)
async def test_unreadable_history(stage, denied):
    """Discord shows an empty history to those who may not read it, which proves nothing."""
    task = await stage.ask()
    page = stage.page(task)
    await post(stage, task, page)
    stage.server.world.overwrite(stage.channel, stage.server.world.bot, deny=int(denied))
    with pytest.raises(HistoryUnreadable):
        await stage.chat().find_post(task, page)


async def test_deleted_channel(stage):
    """A channel that is gone tells nothing."""
    task = await stage.ask()
    stage.server.world.delete_channel(stage.channel)
    with pytest.raises(HistoryUnreadable):
        await stage.chat().find_post(task, stage.page(task))


async def test_too_much_was_said(stage, monkeypatch):
    """If more messages came than are searched, absence is not certain."""
    monkeypatch.setattr(history, "LIMIT", 5)
    task = await stage.ask()
    page = stage.page(task)
    for _ in range(5):
        stage.say("hello")
    with pytest.raises(HistoryUnreadable):
        await stage.chat().find_post(task, page)


async def test_quiet_since(stage):
    """No message has come since, but older ones prove that the history can be read."""
    task = await stage.ask()
    page = stage.page(task)
    later = replace(page, follows=page.follows + (600_000 << 22))
    assert await stage.chat().find_post(task, later) is None


@pytest.mark.parametrize("way", [Way.CHANNEL, Way.CARD])
async def test_failing(stage, way):
    """While Discord fails, nothing is concluded."""
    task = await stage.ask()
    stage.fails("GET", "/messages", status=503)
    with pytest.raises(ChatUnavailable):
        await stage.chat(timeout=0.3).find_post(task, stage.page(task, way))


async def test_no_direct_messages(stage):
    """Where direct messages can't be opened, nothing is known of them."""
    task = await stage.ask()
    stage.fails("POST", "/users/@me/channels", **told(403, {"code": 50007, "message": "no"}))
    with pytest.raises(HistoryUnreadable):
        await stage.chat().find_post(task, stage.page(task, Way.DIRECT))


async def test_a_card_behind_a_proxys_page(stage):
    """A proxy's page in place of the card doesn't mean that it never appeared."""
    task = await stage.ask()
    for status in (403, 404):
        fault = stage.fails("GET", "/webhooks/", status=status)
        with pytest.raises(ChatUnavailable):
            await stage.chat().find_card(task)
        stage.server.faults.remove(fault)
    assert await stage.chat().find_card(task) == task.card_id


async def test_follow_up(stage):
    """A follow-up can't be looked up."""
    task = await stage.ask()
    with pytest.raises(HistoryUnreadable):
        await stage.chat().find_post(task, stage.page(task, Way.FOLLOWUP))


async def test_card_after_the_token(stage):
    """The token has died: a public card is looked up in its channel."""
    task = await stage.ask()
    page = stage.page(task, Way.CARD)
    posted = await post(stage, task, page)
    stage.kill_tokens()
    assert await stage.chat().find_post(task, page) == posted


async def test_private_card_after_the_token(stage):
    """The token has died: what a private card shows can't be known any more."""
    task = await stage.ask(private=True)
    page = stage.page(task, Way.CARD)
    await post(stage, task, page)
    stage.kill_tokens()
    with pytest.raises(HistoryUnreadable):
        await stage.chat().find_post(task, page)


async def test_deleted_card(stage):
    """Somebody deleted the card: the page is not on it."""
    task = await stage.ask()
    stage.server.platform.delete(stage.message(task.card_id))
    assert await stage.chat().find_post(task, stage.page(task, Way.CARD)) is None


async def test_an_entry_of_the_log_that_another_quotes(stage):
    """It is posted once if it isn't there itself, whatever other entries' prompts say."""
    quoted, chat = await stage.ask(), stage.chat()
    other = await stage.ask()
    number = str(quoted.interaction_id)
    words = f"a fox {number}\n-# Done · {number}"
    other = replace(other, request=replace(other.request, prompt=words), ended_at=1)
    await chat.log_task(stage.channel.id, other, log_entry(other, (), texts("en-US")), look=False)
    entry = log_entry(quoted, (), texts("en-US"))
    for _ in range(2):
        await chat.log_task(stage.channel.id, quoted, entry, look=True)
    assert [each.body.content for each in stage.messages()].count(entry) == 1
