"""Threads, posts of forums, chats of voice channels: the result comes where it was asked for."""

import pytest

from sandbox.discord.permissions import Permission
from sandbox.discord.places import FORUM, TEXT, VOICE


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
    """Its history could not be read, so a lost post not be found: told before anything is spent."""
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
