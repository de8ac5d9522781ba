"""What people do to the place while Evolink draws: the images still come, by the next way."""

from dataclasses import replace

import pytest

from sandbox.discord.permissions import Permission
from tests.acceptance.trouble import DELIVERED, End, Story, ends

ON_CARD = End("card", 19, "the images")
DIRECT = End("direct", 19)


def _channel_goes(story):
    story.studio.world.delete_channel(story.channel)


def _card_goes(story):
    story.studio.discord.platform.delete(story.card)


def _token_dies(story):
    """Discord finds it dead, whatever the bot's clock says."""
    story.interaction.created -= 16 * 60


def _silenced(story):
    world = story.studio.world
    world.overwrite(story.channel, world.bot, deny=Permission.SEND_MESSAGES)


def _hidden(story):
    world = story.studio.world
    world.overwrite(story.channel, world.bot, deny=Permission.VIEW_CHANNEL)


def _archived(story):
    story.studio.world.archive(story.channel)


def _locked(story):
    story.studio.world.archive(story.channel, locked=True)


def _closed(story):
    story.person.user.takes_dms = False


#: What happens, in this order, and how the task ends.
PLACES = {
    "the channel is deleted": ([_channel_goes], DIRECT),
    "the card is deleted": ([_card_goes], DELIVERED),
    "the token dies": ([_token_dies], DELIVERED),
    "the bot may not write any more": ([_silenced], ON_CARD),
    "the bot does not see the channel any more": ([_hidden], ON_CARD),
    "a thread is archived": ([_archived], DELIVERED),
    "a thread is locked": ([_locked], ON_CARD),
    "a thread is locked, the token dies": ([_locked, _token_dies], DIRECT),
    "the channel is deleted, the token dies": ([_channel_goes, _token_dies], DIRECT),
    "nowhere at all": ([_channel_goes, _token_dies, _closed], End("/tasks", 19)),
}


async def test_places(brisk):
    """Each of these ends as the table says."""
    brisk.evolink.behaviour.unfinished = True
    yet_to_come = set(PLACES)

    async def live(story, how):
        if "thread" in story.name:
            story.channel = story.person.channel = brisk.world.add_thread(story.channel, "thread")
        await story.asked()
        for happens in how["happens"]:
            happens(story)
        yet_to_come.discard(story.name)
        brisk.evolink.behaviour.unfinished = bool(yet_to_come)

    kinds = {name: {"happens": happens} for name, (happens, _) in PLACES.items()}
    found = await ends(brisk, kinds, live)
    locked = "a thread is locked, the token dies"
    # Nobody reaches this card any more.
    found[locked] = replace(found[locked], card="")
    assert found == {name: end for name, (_, end) in PLACES.items()}


@pytest.mark.parametrize(
    ("happens", "end"),
    [([], ON_CARD), ([_token_dies], DIRECT), ([_token_dies, _closed], End("/tasks", 19))],
)
async def test_the_bot_is_thrown_out(brisk, happens, end):
    """The images come by the token while it lives, then as a direct message; nothing is lost."""
    brisk.evolink.behaviour.unfinished = True
    story = Story(brisk, "thrown out")
    await story.asked()
    brisk.world.kick_bot(brisk.world.studio)
    for one in happens:
        one(story)
    brisk.evolink.behaviour.unfinished = False
    await brisk.quiet()
    brisk.world.join(brisk.world.studio, brisk.world.bot)

    # Without a token nobody reaches the card any more.
    ended = await story.end()
    assert (ended.where, ended.left) == (end.where, end.left)
