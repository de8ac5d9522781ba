"""The bot posts only for people who may write there: Discord checks that only for commands."""

import pytest

from sandbox.discord.interactions import Interaction
from sandbox.discord.messages import Message
from sandbox.discord.permissions import Permission
from sandbox.discord.places import Channel
from sandbox.person import Person, Refused
from tests.acceptance.results_kit import answered, drawn, left, opened_form, posted
from tests.acceptance.studio import Studio

MUTED = "You can't write in the channel"


async def only_reads(studio: Studio, press: Interaction, said: str = MUTED) -> None:
    """The press is answered to its presser alone, with a refusal."""
    await studio.until(lambda: press.followups or (press.message and not press.message.loading))
    messages = [each for each in (press.message, *press.followups) if each and not each.deleted]
    assert all(message.ephemeral for message in messages)
    assert any(said in message.text for message in messages), [m.text for m in messages]


def muted_place(studio: Studio, kind: str) -> tuple[Channel, Channel]:
    """A place, and where it is said who may write in it."""
    world = studio.world
    channel = world.add_channel(world.studio, f"own-{kind}")
    return (channel, channel) if kind == "channel" else (world.add_thread(channel, kind), channel)


def mute(studio: Studio, kind: str, place: Channel, above: Channel, person: Person) -> None:
    """Let somebody read there, and no more."""
    if kind == "locked thread":
        studio.world.archive(place, archived=False, locked=True)
        return
    lost = Permission.SEND_MESSAGES if kind == "channel" else Permission.SEND_MESSAGES_IN_THREADS
    studio.world.overwrite(above, person.user, deny=int(lost))


async def result_in(studio: Studio, person: Person, prompt: str) -> Message:
    """Have somebody draw where they are."""
    await person.slash("imagine", prompt=prompt)
    await studio.until(lambda: any(prompt in m.text for m in studio.posted(person.channel)))
    return next(m for m in studio.posted(person.channel) if prompt in m.text)


@pytest.mark.parametrize("kind", ["channel", "thread", "locked thread"])
async def test_buttons_of_those_who_only_read(studio, kind):
    """*Again*, *Edit*, forms, *Redraw*, the tray and the menus: every way to a public card."""
    place, above = muted_place(studio, kind)
    ann, bob = studio.person(studio.world.ann, place), studio.person(studio.world.bob, place)
    result = await result_in(studio, ann, "a loud fox")
    menu = await answered(studio, await bob.press(result, "More…"))
    form = await opened_form(studio, await bob.press(result, "Edit"))
    tray = await answered(studio, await bob.press(menu, "Use as reference"))
    draw = await opened_form(studio, await bob.press(tray, "Draw with these…"))
    had = await left(studio, bob)
    mute(studio, kind, place, above, bob)
    there = len(place.messages())

    await only_reads(studio, await bob.press(result, "Again (uses 1)"))
    await only_reads(studio, await bob.press(result, "Edit"))
    await only_reads(studio, await bob.press(result, "Remix"))
    await only_reads(studio, await bob.press(result, "Vary (uses 4)"))
    await only_reads(studio, await bob.press(menu, "4K (uses 1)"))
    await only_reads(studio, await bob.fill(form, prompt="a louder fox"))
    await only_reads(studio, await bob.fill(draw, Prompt="a louder fox"))
    assert (await answered(studio, await bob.press(menu, "Original file"))).images
    await studio.quiet()

    assert len(place.messages()) == there
    assert len(studio.evolink.books.submissions) == 1
    assert await left(studio, studio.person(studio.world.bob)) == had


async def test_commands_are_guarded_by_discord_itself(studio):
    """Where they may not write, people are offered none."""
    studio.world.overwrite(studio.world.art, studio.world.bob, deny=Permission.SEND_MESSAGES)
    bob = studio.person(studio.world.bob, studio.world.art)

    assert bob.offers() == []
    with pytest.raises(Refused):
        await bob.slash("imagine", prompt="a fox")


async def hidden(studio: Studio, prompt: str) -> Message:
    """A private result of Ann's."""
    asked = await studio.ann.slash("imagine", prompt=prompt, private=True)
    await studio.until(lambda: asked.message and asked.message.images)
    await studio.quiet()
    return await answered(studio, asked)


async def test_what_is_private_again_stays_so(studio):
    """Those who may not write can draw for themselves alone: nobody else sees anything of it."""
    shown = await hidden(studio, "a mute fox")
    studio.world.overwrite(studio.world.general, studio.world.ann, deny=Permission.SEND_MESSAGES)
    again = await studio.ann.press(shown, "Again (uses 1)")
    await studio.until(lambda: again.message and again.message.images)

    assert again.message.ephemeral
    assert not studio.world.general.messages()


async def test_post_to_channel(studio):
    """The channel where it would be posted decides, wherever the button is pressed."""
    world = studio.world
    shown = await hidden(studio, "a fox to show")
    world.overwrite(world.general, world.ann, deny=Permission.SEND_MESSAGES)
    await only_reads(studio, await studio.ann.press(shown, "Post to channel"))
    elsewhere = studio.person(world.ann, world.art)
    listed = await answered(studio, await elsewhere.slash("tasks"))
    menu = await answered(studio, await elsewhere.press(listed, "More…"))
    await only_reads(studio, await elsewhere.press(menu, "Post to channel"))
    assert not studio.posted()
    # The task's channel counts, not the one where it is pressed.
    world.overwrite(world.general, world.ann)
    await answered(studio, await elsewhere.press(menu, "Post to channel"))

    await posted(studio, "a fox to show")


async def test_post_to_channel_by_somebody_blocked(studio):
    """Ann was blocked after it was drawn: it stays hers, but isn't posted."""
    shown = await hidden(studio, "a blocked fox")
    admin = studio.person(studio.world.admin)
    await answered(studio, await admin.slash("imagine-admin block", user=studio.world.ann))
    await only_reads(studio, await studio.ann.press(shown, "Post to channel"), "blocked you")
    await only_reads(studio, await studio.ann.press(shown, "Again (uses 1)"), "blocked you")

    assert not studio.world.general.messages()


async def test_an_interaction_without_what_is_optional(studio):
    """Without the member's permissions, the bot works them out; without a channel, it says so."""
    result = await drawn(studio, "a bare fox")
    studio.discord.behaviour.omitted = frozenset({"member.permissions"})
    bob = studio.person(studio.world.bob)
    await bob.press(result, "Again (uses 1)")
    await posted(studio, "a bare fox", 2)
    studio.world.overwrite(studio.world.general, studio.world.bob, deny=Permission.SEND_MESSAGES)
    await only_reads(studio, await bob.press(result, "Again (uses 1)"))
    studio.world.overwrite(studio.world.general, studio.world.bob)
    studio.discord.behaviour.omitted = frozenset({"channel", "channel_id"})
    await only_reads(studio, await bob.slash("imagine", prompt="a fox nowhere"), "Discord")
