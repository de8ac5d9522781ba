"""Wherever it was asked for: threads, forums, voice channels, direct messages, any server at all.

Where only the user has installed the bot, it has the interaction alone.
"""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from sandbox.discord.interactions import Interaction
from sandbox.discord.messages import Message
from sandbox.discord.permissions import Permission
from sandbox.discord.places import FORUM, TEXT, VOICE
from sandbox.person import Person, Refused, Upload
from tests.acceptance.results_kit import answered, left, opened_form, order
from tests.acceptance.studio import Studio, opened
from tests.kit.pictures import png


@pytest.mark.parametrize("place", ["thread", "forum post", "voice chat"])
async def test_a_result_comes_where_it_was_asked_for(studio, place):
    """As a message of its own, with the picture; a private one as the card alone."""
    world = studio.world
    kind = {"voice chat": VOICE, "forum post": FORUM}.get(place, TEXT)
    channel = world.add_channel(world.studio, place.replace(" ", "-"), kind=kind)
    if place != "voice chat":
        channel = world.add_thread(channel, "a topic")
    ann = studio.person(world.ann, channel)
    await ann.slash("imagine", prompt="a fox somewhere")
    (result,) = await studio.results(channel=channel)
    assert "a fox somewhere" in result.text
    card = await ann.slash("imagine", prompt="a fox in hiding", private=True)
    hidden = await studio.reads(card, "a fox in hiding")
    await studio.until(lambda: hidden.images)

    assert hidden.ephemeral
    assert studio.posted(channel) == [result]


async def test_a_voice_channel_without_connect(studio):
    """The bot couldn't look for a lost post there, so it says so before anything is spent."""
    world = studio.world
    channel = world.add_channel(world.studio, "talk", kind=VOICE)
    world.overwrite(channel, world.bot, deny=Permission.CONNECT)
    refused = await studio.person(world.ann, channel).slash("imagine", prompt="a silent fox")
    said = await studio.reads(refused, "Connect")

    assert said.ephemeral
    assert not studio.evolink.books.submissions


async def test_a_start_in_a_server_with_every_kind_of_channel(studio):
    """The bot comes up where they are, and draws."""
    world = studio.world
    for kind in (VOICE, FORUM):
        world.add_channel(world.studio, f"kind-{kind}", kind=kind)
    await studio.bot.stop()
    await studio.restart()
    await studio.ann.slash("imagine", prompt="a fox")

    await studio.results()


@pytest_asyncio.fixture(loop_scope="session")
async def away(tmp_path) -> AsyncIterator[Studio]:
    """A bot that users may install to themselves, and that Ann has."""
    settings = {"USER_INSTALL": "true", "CAP_IMAGES_USER_INSTALL": "16"}
    async with opened(tmp_path, **settings) as studio:
        studio.world.ann.installed = True
        yield studio
        assert not studio.discord.books.violations, studio.discord.books.violations


def elsewhere(studio: Studio, *people) -> list[Person]:
    """The first channel of a server that the bot is not in, with these people in it."""
    world = studio.world
    guild = world.add_guild("Elsewhere", members=people)
    channel = world.add_channel(guild, "lobby")
    world.kick_bot(guild)
    return [studio.person(user, channel) for user in people]


async def on_card(studio: Studio, asked: Interaction, images: int = 1) -> Message:
    """Wait until the card of a task shows so many images."""
    await studio.until(lambda: asked.message and len(asked.message.images) == images)
    assert asked.message is not None
    return asked.message


async def test_it_is_off_unless_the_operator_says_so(studio):
    """A direct message offers no drawing commands, even to those who have installed the bot."""
    studio.world.ann.installed = True
    ann = studio.person(studio.world.ann, studio.world.dm(studio.world.ann))
    assert ann.offers() == ["privacy"]
    with pytest.raises(Refused):
        await ann.slash("imagine", prompt="a fox")


async def test_drawing_in_a_direct_message(away):
    """The card becomes the result, and the rest of the images follows it."""
    dm = away.world.dm(away.world.ann)
    ann = away.person(away.world.ann, dm, locale="zh-CN")
    assert "imagine" in ann.offers()
    assert "imagine-admin" not in ann.offers()
    card = await ann.slash("imagine", prompt="十五只狐狸", count=15)
    await on_card(away, card, 10)
    await away.until(lambda: card.followups)
    assert len(card.followups[0].images) == 5
    assert [message for message in dm.messages() if message.metadata is None] == []

    again = await answered(away, await ann.slash("quota"))
    assert "5" in again.text
    assert await left(away) == 20


async def test_drawing_in_a_server_that_the_bot_is_not_in(away):
    """Ann draws from Bob's picture through the interaction alone; Bob can't press her buttons."""
    ann, bob = elsewhere(away, away.world.ann, away.world.bob)
    message = bob.say("look", files=[Upload("b.png", png(width=77))])
    form = await opened_form(away, await ann.menu("Edit with Imagine", message))
    sent = await ann.fill(form, Prompt="a guest fox")
    result = await on_card(away, sent)

    assert not result.ephemeral
    assert [each.width for each in order(away, "a guest fox").references] == [77]
    assert away.posted(ann.channel) == [result]
    forged = await answered(away, await bob.press(result, "Again (uses 1)"))
    assert "isn't yours" in forged.text
    await on_card(away, await ann.press(result, "Again (uses 1)"))


async def test_a_cap_of_its_own(away):
    """All users together outside its servers; inside, drawing goes on."""
    (ann,) = elsewhere(away, away.world.ann)
    await on_card(away, await ann.slash("imagine", prompt="fifteen foxes", count=15), 10)
    refused = await answered(away, await ann.slash("imagine", prompt="two more", count=2))
    assert "outside its servers" in refused.text
    assert refused.ephemeral
    await away.ann.slash("imagine", prompt="at home", count=2)
    await away.results()


async def test_nothing_waits_where_the_token_has_died(away):
    """After a stop of a quarter of an hour, the images go to the direct messages."""
    (ann,) = elsewhere(away, away.world.ann)
    away.evolink.behaviour.unfinished = True
    await ann.slash("imagine", prompt="a late fox")
    await away.until(lambda: away.evolink.books.submissions)
    await away.bot.stop()
    away.evolink.behaviour.unfinished = False
    away.discord.platform.behaviour.token_seconds = 0.0
    await away.restart()

    await away.until(lambda: [one for one in ann.direct_messages() if one.images])
    assert away.posted(ann.channel) == []


async def test_images_from_a_server_that_the_bot_has_left(away):
    """Their requester finds them in /tasks anywhere, and reads that they can't be posted there."""
    world = away.world
    await away.ann.slash("imagine", prompt="a public fox")
    await away.results()
    asked = await away.ann.slash("imagine", prompt="a secret fox", private=True)
    await on_card(away, asked)
    await away.quiet()
    dm = away.person(world.ann, world.dm(world.ann))
    assert "fox" not in (await answered(away, await dm.slash("tasks"))).text
    world.kick_bot(world.studio)

    async def listed() -> Message:
        page = await answered(away, await dm.slash("tasks"))
        return page if "fox" in page.text else await listed()

    page = await listed()
    assert page.text.index("a secret fox") < page.text.index("a public fox")
    assert page.buttons[:4] == ["Get images", "More…"] * 2
    fetched = await answered(away, await dm.press(page, "Get images"))
    assert len(fetched.images) == 1
    menu = await answered(away, await dm.press(page, "More…"))
    said = await answered(away, await dm.press(menu, "Post to channel"))
    assert "isn't in that server any more" in said.text


async def test_more_pages_than_it_can_carry(away):
    """An interaction carries five follow-ups: what was posted stays, once; all wait in /tasks."""
    # Eight and a half million bytes each: two to a message.
    away.evolink.behaviour.noisy, away.evolink.behaviour.side = True, 1700
    (ann,) = elsewhere(away, away.world.ann)
    away.world.ann.takes_dms = False
    card = await ann.slash("imagine", prompt="many foxes", count=15)
    await away.until(lambda: len(card.followups) == 5, 100)
    await away.quiet()

    assert card.message is not None
    pages = [card.message, *card.followups]
    assert [len(message.images) for message in pages] == [2] * 6
    every = away.discord.books.messages
    names = [image.name for message in every for image in message.images]
    assert len(names) == len(set(names)) == 12
    assert ann.direct_messages() == []

    page = await answered(away, await ann.slash("tasks"))
    assert "Ready to collect · 15 images" in page.text
    fetching = await ann.press(page, "Get images")

    def fetched() -> int:
        messages = [fetching.message, *fetching.followups]
        return sum(len(each.images) for each in messages if each is not None)

    await away.until(lambda: fetched() == 15, 100)


async def test_what_has_no_room_in_a_copy(away):
    """It is told there, too: one archive leaves four follow-ups."""
    # Eight and a half million bytes each, where a file may have ten.
    away.evolink.behaviour.noisy, away.evolink.behaviour.side = True, 1700
    (ann,) = elsewhere(away, away.world.ann)
    card = await ann.slash("imagine", prompt="two foxes", count=2)
    await away.until(lambda: card.message and len(card.message.images) == 2, 60)
    await away.quiet()
    shown = await answered(away, await ann.slash("privacy"))
    copied = await ann.press(shown, "Export")
    await away.until(lambda: any("didn't fit" in each.text for each in copied.followups), 30)
