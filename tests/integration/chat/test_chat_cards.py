"""The card is found, edited and taken away: by its token, then by the channel."""

import asyncio
from dataclasses import replace

import pytest

from bot.domain.queue_status import QueueStatus
from bot.domain.state import State
from bot.domain.task import Task
from bot.errors import AnsweredElsewhere, ChatRefused, ChatUnavailable
from bot.interactions.answers import refuse_in_reply
from sandbox.discord.permissions import Permission
from tests.integration.chat.conftest import now
from tests.kit.patience import until


async def test_edit(stage):
    """The card tells the task's state, and pings nobody."""
    task = await stage.ask()
    bob = stage.server.world.bob
    task = replace(task, request=replace(task.request, prompt=f"{bob.mention}, a fox"))
    await stage.chat().edit_card(task, QueueStatus(position=3), before=stage.later)
    card = stage.message(task.card_id)
    assert "a fox" in card.text
    assert len(card.edits) == 2
    assert card.mentions() == frozenset()


async def test_edit_private(stage):
    """An ephemeral card is edited by its token."""
    task = await stage.ask(private=True)
    await stage.chat().edit_card(task, QueueStatus(), before=stage.later)
    assert "a fox" in stage.message(task.card_id).text


@pytest.mark.parametrize("erased", [False, True])
async def test_edit_after_the_token(stage, erased):
    """With a dead or erased token, the channel's route is used."""
    task = await stage.ask()
    stage.kill_tokens()
    task = replace(task, state=State.RUNNING, token=None if erased else task.token)
    await stage.chat().edit_card(task, QueueStatus(), before=stage.later)
    assert "a fox" in stage.message(task.card_id).text


async def test_a_dead_token_is_tried_once(stage):
    """Discord counts such refusals; only Discord knows when the fifteen minutes are over."""
    task = await stage.ask()
    stage.kill_tokens()
    chat = stage.chat()
    for _ in range(3):
        await chat.edit_card(task, QueueStatus(), before=stage.later)
    assert len(stage.server.books.to("PATCH", "/webhooks/")) == 1
    assert len(stage.message(task.card_id).edits) == 4


@pytest.mark.parametrize("hours", [-25, 25])
async def test_a_clock_that_is_a_day_off(stage, hours):
    """A live token is used, whatever our clock says: a private card can't be reached otherwise."""
    stage.server.clock.step(hours * 3600)
    task = await stage.ask(private=True)
    await stage.chat().edit_card(task, QueueStatus(), before=stage.later)
    assert "a fox" in stage.message(task.card_id).text
    await stage.chat().delete_card(task)
    assert stage.message(task.card_id).deleted


async def test_edit_private_after_the_token(stage):
    """Nothing reaches an ephemeral card any more; no channel route is tried in vain."""
    task = await stage.ask(private=True)
    stage.kill_tokens()
    with pytest.raises(ChatRefused):
        await stage.chat().edit_card(task, QueueStatus(), before=stage.later)
    assert stage.server.books.to("PATCH", "/channels/") == []


async def test_edit_of_a_deleted_card(stage):
    """Somebody deleted it."""
    task = await stage.ask()
    stage.server.platform.delete(stage.message(task.card_id))
    with pytest.raises(ChatRefused) as refused:
        await stage.chat().edit_card(task, QueueStatus(), before=stage.later)
    assert refused.value.code == 10008


@pytest.mark.parametrize(
    ("how", "may_arrive"),
    [({"drop": True}, True), ({"status": 503}, True), ({"status": 429}, False)],
)
async def test_edit_while_discord_fails(stage, how, may_arrive):
    """It can be retried later; Discord may have received this one, and still apply it."""
    task = await stage.ask()
    stage.fails("PATCH", "@original", **how)
    with pytest.raises(ChatUnavailable) as caught:
        await stage.chat(timeout=0.3).edit_card(task, QueueStatus(), before=stage.later)
    assert caught.value.may_arrive is may_arrive


async def test_an_edit_that_arrives_after_its_connection_has_gone(stage):
    """Its result is lost, but it takes effect."""
    task = await stage.ask()
    late = stage.fails("PATCH", "@original", times=1, outlasts=True)
    card = stage.message(task.card_id)
    before = len(card.edits)
    with pytest.raises(ChatUnavailable) as caught:
        await stage.chat(timeout=0.3).edit_card(task, QueueStatus(), before=stage.later)
    assert caught.value.may_arrive
    await until(lambda: len(card.edits) > before)
    assert late.met == 1


@pytest.mark.parametrize("token", [True, False], ids=["by token", "by channel"])
async def test_an_edit_that_leaves_too_late(stage, token):
    """A request that discord.py held back until another process may have the task isn't sent."""
    task = await stage.ask()
    task = task if token else replace(task, token=None)
    held = stage.holds_back("PATCH", "/messages/", seconds=0.3)
    with pytest.raises(ChatUnavailable) as caught:
        await stage.chat().edit_card(task, QueueStatus(), before=stage.soon(200))
    assert not caught.value.may_arrive
    assert (held.met, len(stage.message(task.card_id).edits)) == (1, 1)


async def test_edit_with_the_bot_locked_out(stage):
    """The bot's own token was withdrawn, which isn't the card's fault, so it waits."""
    task = replace(await stage.ask(), token=None)
    stage.fails("PATCH", "/channels/", status=401)
    with pytest.raises(ChatUnavailable) as caught:
        await stage.chat().edit_card(task, QueueStatus(), before=stage.later)
    assert not caught.value.may_arrive


@pytest.mark.parametrize("private", [False, True])
async def test_delete(stage, private):
    """The card goes; taken away once more, it does no harm."""
    task = await stage.ask(private=private)
    await stage.chat().delete_card(task)
    assert stage.message(task.card_id).deleted
    await stage.chat().delete_card(task)


async def test_delete_after_the_token(stage):
    """The channel's route deletes it; deleting it twice does no harm."""
    task = await stage.ask()
    stage.kill_tokens()
    await stage.chat().delete_card(task)
    assert stage.messages() == []
    await stage.chat().delete_card(task)


async def test_delete_with_its_channel(stage):
    """A card that went with its channel is gone."""
    task = replace(await stage.ask(), token=None)
    stage.server.world.delete_channel(stage.channel)
    await stage.chat().delete_card(task)


async def test_delete_private_after_the_token(stage):
    """Nothing reaches an ephemeral card any more."""
    task = await stage.ask(private=True)
    stage.kill_tokens()
    with pytest.raises(ChatRefused):
        await stage.chat().delete_card(task)


@pytest.mark.parametrize("private", [False, True])
async def test_find(stage, private):
    """The card is found by the token alone."""
    task = await stage.ask(private=private)
    assert await stage.chat().find_card(replace(task, card_id=None)) == task.card_id


def old(task: Task) -> Task:
    """Return it as accepted so long ago that its card exists by now, or never will."""
    return replace(task, created_at=task.created_at - 11_000)


async def test_find_what_never_appeared(stage):
    """An interaction that was never answered has no card, though others have."""
    await stage.ask()
    task = old(await stage.ask(answered=False))
    assert await stage.chat().find_card(task) is None


async def test_find_what_may_be_on_its_way(stage):
    """Another process may look while the one that accepted the task is still answering."""
    task = await stage.ask(answered=False)
    for _ in range(2):
        with pytest.raises(ChatUnavailable):
            await stage.chat().find_card(task)
        stage.kill_tokens()


async def test_find_a_deleted_card(stage):
    """A card that was deleted is not there."""
    task = await stage.ask()
    stage.server.platform.delete(stage.message(task.card_id))
    assert await stage.chat().find_card(old(replace(task, card_id=None))) is None


async def test_find_after_the_token(stage):
    """The channel's history tells which message answers the interaction."""
    await stage.ask()
    task = await stage.ask()
    await stage.ask()
    stage.kill_tokens()
    assert await stage.chat().find_card(replace(task, card_id=None)) == task.card_id


async def test_find_after_the_token_unreadable(stage):
    """With neither token nor history, it counts as never shown."""
    task = await stage.ask()
    stage.kill_tokens()
    world = stage.server.world
    world.overwrite(stage.channel, world.bot, deny=int(Permission.READ_MESSAGE_HISTORY))
    assert await stage.chat().find_card(old(replace(task, card_id=None))) is None


async def test_find_private_after_the_token(stage):
    """An ephemeral card is in no history."""
    task = await stage.ask(private=True)
    stage.kill_tokens()
    assert await stage.chat().find_card(old(replace(task, card_id=None))) is None
    assert stage.server.books.to("GET", "/channels/") == []


async def test_find_while_discord_fails(stage):
    """A card isn't given up because it can't be looked up right now."""
    task = await stage.ask()
    stage.fails("GET", "@original", drop=True)
    with pytest.raises(ChatUnavailable):
        await stage.chat().find_card(replace(task, card_id=None))


async def test_views_are_not_kept(stage):
    """discord.py keeps no views of edited cards, of which there are thousands a day."""
    task = await stage.ask()
    await stage.chat().edit_card(task, QueueStatus(position=1), before=stage.later)
    await stage.chat().edit_card(
        replace(task, token=None), QueueStatus(position=2), before=stage.later
    )
    assert list(stage.client.persistent_views) == []
    assert stage.client._connection._view_store._views == {}


async def test_operator_is_told(stage):
    """The operator's channel gets the text, cut to a message, and nobody is pinged."""
    stage.operator_channel_id = stage.server.world.art.id
    bob = stage.server.world.bob
    await stage.chat().tell_operator(f"credits are out {bob.mention}" + "!" * 3000)
    told = stage.server.world.art.messages()
    assert [message.content[:15] for message in told] == ["credits are out"]
    assert told[0].mentions() == frozenset()


async def test_operator_without_a_channel(stage):
    """Without a channel, only the log has it."""
    await stage.chat().tell_operator("credits are out")
    assert stage.server.books.to("POST", "/messages") == []


async def test_operator_out_of_reach(stage):
    """A channel that the bot can't see raises nothing."""
    stage.operator_channel_id = stage.server.world.no_bots.id
    await stage.chat().tell_operator("credits are out")
    assert stage.server.world.no_bots.messages() == []


async def test_a_channel_that_is_gone_is_done_with(stage):
    """A deleted channel isn't retried forever; an unreachable one gets its messages later."""
    world = stage.server.world
    world.delete_channel(world.art)
    assert await stage.chat().tell(world.art.id, "75 %")
    assert await stage.chat().tell(world.no_bots.id, "75 %")
    stage.fails("POST", "/messages", status=503)
    assert not await stage.chat().tell(world.general.id, "75 %")


@pytest.mark.parametrize("dead", [False, True])
async def test_only_a_card_of_this_very_task_is_found(stage, dead):
    """Another process with the same token has answered: we don't draw for its card."""
    task = await stage.ask()
    if dead:
        stage.kill_tokens()
    with pytest.raises(AnsweredElsewhere):
        await stage.chat().find_card(replace(task, card_mark=1_234_567))


async def test_a_sentence_is_no_card(stage):
    """Somebody read that it failed, so nothing is drawn; it doesn't mean another process."""
    task = replace(await stage.refused(), card_mark=1_234_567)
    assert await stage.chat().find_card(task) is None


async def test_a_card_is_found_by_its_mark(stage):
    """Discord keeps the mark through every edit."""
    task = replace(await stage.ask(), card_mark=1_234_567)
    await stage.chat().edit_card(task, QueueStatus(), before=stage.later)
    assert await stage.chat().find_card(task) == task.card_id


async def test_what_is_only_announced_may_be_somebody_elses(stage):
    """Another process would fill in its "thinking" shortly; an old one was this task's own."""
    asked = await stage.announced()
    with pytest.raises(ChatUnavailable):
        await stage.chat().find_card(asked)
    before = replace(asked, created_at=asked.created_at - 20_000)
    assert await stage.chat().find_card(before) is not None
    # Or the clock has been set back since.
    ahead = replace(asked, created_at=asked.created_at + 3_600_000)
    assert await stage.chat().find_card(ahead) is not None


async def _mentioned(stage) -> Task:
    """Return the task of a message that mentions the bot; its card is not posted yet."""
    asked = stage.say("a fox")
    task = await stage.ask(answered=False)
    return replace(task, interaction_id=asked.id, token="", card_mark=6_000_000)


async def test_a_reply_is_the_card_of_a_message(stage):
    """It pings nobody, exists once, and is found, edited and deleted through the channel."""
    task, chat = await _mentioned(stage), stage.chat()
    card_id = await chat.reply_card(task, QueueStatus(), before=stage.later)
    again = await chat.reply_card(task, QueueStatus(), before=stage.later)
    card = stage.message(card_id)

    assert card.reply_to == task.interaction_id
    assert not card.pinged
    assert again == card_id == await chat.find_card(task)
    shown = replace(task, card_id=card_id, state=State.RUNNING, progress=25)
    await chat.edit_card(shown, QueueStatus(), before=stage.later)
    assert "25%" in card.text
    await chat.delete_card(shown)
    assert card.deleted


async def test_the_reply_of_another_process(stage):
    """Discord returns it for the same nonce; the mark shows whose it is."""
    task, chat = await _mentioned(stage), stage.chat()
    await chat.reply_card(task, QueueStatus(), before=stage.later)
    other = replace(task, card_mark=7_000_000)
    with pytest.raises(AnsweredElsewhere):
        await chat.reply_card(other, QueueStatus(), before=stage.later)
    with pytest.raises(AnsweredElsewhere):
        await chat.find_card(other)


async def test_a_reply_that_may_be_on_its_way(stage):
    """A young message may still get its reply; an old one without a reply never will."""
    task, chat = await _mentioned(stage), stage.chat()
    with pytest.raises(ChatUnavailable):
        await chat.find_card(replace(task, created_at=now()))
    assert await chat.find_card(replace(task, created_at=now() - 11_000)) is None
    # Or the clock was set back since.
    assert await chat.find_card(replace(task, created_at=now() + 3_600_000)) is None


async def test_a_reply_that_leaves_too_late(stage):
    """Another process may have the task by now: nothing is posted."""
    task = await _mentioned(stage)
    with pytest.raises(ChatUnavailable):
        await stage.chat().reply_card(task, QueueStatus(), before=stage.soon(-1))
    assert len(stage.messages()) == 1


async def test_a_reply_to_a_message_that_is_gone(stage):
    """Discord refuses it."""
    task = await _mentioned(stage)
    stage.server.platform.delete(stage.message(task.interaction_id))
    with pytest.raises(ChatRefused):
        await stage.chat().reply_card(task, QueueStatus(), before=stage.later)
    stage.server.books.violations.clear()


async def test_the_refusal_of_a_message_goes_after_a_minute(stage, monkeypatch):
    """A minute by the event loop's clock, which is moved ahead here; until then it stays."""
    asked = stage.say("a fox")
    channel = stage.client.get_partial_messageable(stage.channel.id)
    await refuse_in_reply(await channel.fetch_message(asked.id), "No.")
    (told,) = [each for each in stage.messages() if each.reply_to == asked.id]
    loop, ahead = asyncio.get_running_loop(), 0.0
    time = loop.time
    monkeypatch.setattr(loop, "time", lambda: time() + ahead)
    await asyncio.sleep(0)  # its minute begins
    ahead = 50.0
    await asyncio.sleep(0.1)
    assert not told.deleted
    ahead = 61.0
    await until(lambda: told.deleted)
