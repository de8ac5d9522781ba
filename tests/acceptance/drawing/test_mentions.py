"""Messages that mention the bot are drawn as ``/imagine`` is, where owner and admins allow it."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing

import pytest
import pytest_asyncio
from aiohttp import web

from bot.interactions.mentions import AT_ONCE, REFUSALS
from sandbox.discord.messages import Message
from sandbox.discord.permissions import Permission
from sandbox.faults import Fault
from sandbox.person import Person, Upload
from tests.acceptance.conftest import House
from tests.acceptance.results_kit import answered, drawn, left, number_of, order, posted
from tests.acceptance.studio import Studio, opened
from tests.kit.pictures import png

#: How a switch reads when it is off, or on.
WORDS = ("off", "on")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def mentioned_house(tmp_path_factory) -> AsyncIterator[House]:
    """A bot that receives messages."""
    house = House(tmp_path_factory.mktemp("mentioned"), lambda _: {"MENTIONS": "true"})
    yield house
    await house.close()


@pytest_asyncio.fixture(loop_scope="session")
async def studio(mentioned_house) -> AsyncIterator[Studio]:
    """As everywhere, in a server whose admins have allowed mentions."""
    studio = await mentioned_house.enter()
    await allow(studio)
    yield studio
    await mentioned_house.leave()


async def allow(studio: Studio, *, mentions: bool = True) -> None:
    """Turn the server's switch."""
    admin = studio.person(studio.world.admin)
    shown = await answered(studio, await admin.slash("imagine-admin settings", mentions=mentions))
    assert f"mention the bot: was {WORDS[not mentions]}, now {WORDS[mentions]}" in shown.text


def ask(studio: Studio, text: str, person: Person | None = None, **more) -> Message:
    """Write a message that begins by mentioning the bot."""
    return (person or studio.ann).say(f"<@{studio.world.bot.id}> {text}", **more)


def replies(studio: Studio, to: Message) -> list[Message]:
    """What the bot has replied to a message, whether it is still there or not."""
    every = studio.discord.books.messages
    return [m for m in every if m.author_id == studio.world.bot.id and m.reply_to == to.id]


def lost_reply(studio: Studio) -> Fault:
    """Have the next post appear, but lose its answer."""
    return Fault(
        path=rf"^/api/v10/channels/{studio.world.general.id}/messages$",
        method="POST",
        answers_after=60.0,
        drop=True,
        apply_then_fail=True,
        times=1,
    )


async def refused(studio: Studio, asked: Message, *said: str) -> Message:
    """Wait for the refusal; nothing was drawn or charged."""
    await studio.until(lambda: replies(studio, asked))
    (told,) = replies(studio, asked)
    assert all(each in told.text for each in said), told.text
    assert not told.buttons
    assert not told.pinged
    return told


async def test_words_alone(studio):
    """The card is a reply that pings nobody; it goes when the images are posted, as always."""
    had = await left(studio)
    asked = ask(studio, "a mentioned fox --n 2")
    result = await posted(studio, "a mentioned fox")
    (card,) = replies(studio, asked)

    assert "a mentioned fox" in card.edits[0].text
    assert not card.pinged
    await studio.until(lambda: card.deleted)
    assert len(result.images) == 2
    assert result.pinged == {studio.world.ann.id}
    assert await left(studio) == had - 2
    assert number_of(result) == asked.id


async def test_with_pictures(studio):
    """They are its references, in their order."""
    files = [Upload("sofa.png", png()), Upload("cat.png", png())]
    asked = ask(studio, "the mentioned cat on the sofa", files=files)
    await posted(studio, "the mentioned cat on the sofa")

    assert "1 sofa.png · 2 cat.png" in replies(studio, asked)[0].edits[0].text
    assert len(order(studio, "the mentioned cat").references) == 2


async def test_a_reply_to_a_result(studio):
    """The new image uses it; of several, the user names one or is asked. The source is linked."""
    one = await drawn(studio, "a fox to reply to")
    ask(studio, "make the fox snowy", reply_to=one.id)
    edited = await posted(studio, "make the fox snowy")
    assert f"/{one.id})" in edited.text
    assert len(order(studio, "make the fox snowy").references) == 1

    four = await drawn(studio, "four foxes to reply to", count=4)
    asked = ask(studio, "make it foggy", reply_to=four.id)
    await refused(studio, asked, "There are 4 images", "image 2")
    asked = ask(studio, "make image 9 foggy", reply_to=four.id)
    await refused(studio, asked, "There are 4 images")
    ask(studio, "make image 3 foggy", reply_to=four.id)
    await posted(studio, "make image 1 foggy")
    ask(studio, "put image 1 beside image 4", reply_to=four.id)
    await posted(studio, "put image 1 beside image 2")
    assert len(order(studio, "put image 1 beside").references) == 2


async def test_somebody_elses_result(studio):
    """Anybody may use public results; the new image belongs to the person who asks."""
    bob = studio.person(studio.world.bob)
    theirs = await drawn(studio, "bobs fox", bob)
    had = await left(studio)
    ask(studio, "bobs fox in rain", reply_to=theirs.id)
    result = await posted(studio, "bobs fox in rain")

    assert result.pinged == {studio.world.ann.id}
    assert await left(studio) == had - 1


async def test_a_reply_to_somebody_elses_picture(studio):
    """Discord hides that message, so the answer names the menu; one's own picture is used."""
    bob = studio.person(studio.world.bob)
    theirs = bob.say("mine", files=[Upload("bobs.png", png())])
    asked = ask(studio, "bobs picture as a drawing", reply_to=theirs.id)
    await refused(studio, asked, "Apps → Edit with Imagine")
    ask(studio, "my own beside it", files=[Upload("own.png", png())], reply_to=theirs.id)
    await posted(studio, "my own beside it")
    assert len(order(studio, "my own beside it").references) == 1


async def test_a_message_that_both_mention(studio):
    """Discord shows that message; its pictures are somebody else's, which admins can forbid."""
    bob = studio.person(studio.world.bob)
    theirs = ask(studio, "", bob, files=[Upload("bobs.png", png())])
    await refused(studio, theirs, "prompt is empty")
    admin = studio.person(studio.world.admin)
    await answered(studio, await admin.slash("imagine-admin settings", others=False))
    asked = ask(studio, "the shown picture", reply_to=theirs.id)
    await refused(studio, asked, "other people's pictures")
    mine = ask(studio, "", files=[Upload("own.png", png())])
    await refused(studio, mine, "prompt is empty")
    ask(studio, "my own picture", reply_to=mine.id)
    await posted(studio, "my own picture")
    await answered(studio, await admin.slash("imagine-admin settings", others=True))
    ask(studio, "the allowed picture", reply_to=theirs.id)
    await posted(studio, "the allowed picture")
    assert len(order(studio, "the allowed picture").references) == 1


async def test_talk_is_not_drawn(studio):
    """A mention further back, a reply's ping alone, another bot and other servers: all ignored."""
    result = await drawn(studio, "a fox to talk about")
    bot = studio.world.bot
    said = [
        studio.ann.say(f"I like what <@{bot.id}> draws"),
        studio.ann.say("how nice", reply_to=result.id),
        studio.ann.say(f"<@{studio.world.bob.id}> <@{bot.id}> look"),
        studio.person(bot).say(f"<@{bot.id}> a fox of its own"),
    ]
    asked = ask(studio, "the fox after the talk")
    await posted(studio, "the fox after the talk")

    assert replies(studio, asked)
    assert not [each for message in said for each in replies(studio, message)]


async def test_switched_off(studio):
    """The server's switch is off at first; then nobody is answered."""
    await allow(studio, mentions=False)
    asked = ask(studio, "a silent fox")
    await answered(studio, await studio.ann.slash("quota"))
    await allow(studio)
    # A message that comes later is answered later.
    ask(studio, "a heard fox")
    await posted(studio, "a heard fox")
    assert not replies(studio, asked)


async def test_unless_the_operator_wants_it(tmp_path):
    """Without MENTIONS the bot receives no messages at all."""
    async with opened(tmp_path) as studio:
        await allow(studio)
        asked = ask(studio, "an unheard fox")
        await answered(studio, await studio.ann.slash("quota"))
        assert not replies(studio, asked)
        assert all(each.intents == 1 for each in studio.discord.platform.gateway.sessions.values())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "The prompt is empty"),
        ("a fox --style raw", "--style raw"),
        ("a fox --n 99", "1 to 15"),
        ("a fox https://example.com/a.png", "can't open links"),
    ],
)
async def test_what_cannot_be_drawn(studio, text, said):
    """It is told in a reply without buttons, which pings nobody."""
    await refused(studio, ask(studio, text), said)


async def test_admins_see_what_was_refused(studio):
    """Like refusals of /imagine: how many, why, and whose."""
    for number in range(3):
        await refused(studio, ask(studio, f"a fox --nope{number}"), "--nope")
    admin = studio.person(studio.world.admin)
    page = await answered(studio, await admin.slash("imagine-admin overview"))
    assert "Refused today: unknown options 3" in page.text
    await admin.choose(page, "overview-order", ["refused"])
    await studio.until(lambda: f"1. <@{studio.world.ann.id}> ▰▰▰▰▰▰▰▰▰▰ 3/3" in page.text)


async def test_who_is_blocked(studio):
    """The channel reads only that they are; only they read the admin's reason, in /quota."""
    admin = studio.person(studio.world.admin)
    await answered(
        studio,
        await admin.slash("imagine-admin block", user=studio.world.ann, reason="too many foxes"),
    )
    told = await refused(studio, ask(studio, "a blocked fox"), "blocked you")
    assert "too many foxes" not in told.text
    assert "too many foxes" in (await answered(studio, await studio.ann.slash("quota"))).text


async def test_where_commands_may_not_be_used(studio):
    """A channel whose admins allow no commands allows no mentions."""
    place = studio.world.add_channel(studio.world.studio, "quiet")
    everyone = studio.world.studio.roles[studio.world.studio.id]
    studio.world.overwrite(place, everyone, deny=Permission.USE_APPLICATION_COMMANDS)
    asked = ask(studio, "a fox in quiet", studio.person(studio.world.ann, place))
    await refused(studio, asked, "can't use commands in this channel")


async def test_where_the_bot_may_not_attach(studio):
    """The missing permission is named; where it may not write, nobody is answered or drawn for."""
    place = studio.world.add_channel(studio.world.studio, "no files")
    studio.world.overwrite(place, studio.world.bot, deny=Permission.ATTACH_FILES)
    ann = studio.person(studio.world.ann, place)
    await refused(studio, ask(studio, "a fox without files", ann), "**Attach Files**")
    studio.world.overwrite(place, studio.world.bot, deny=Permission.SEND_MESSAGES)
    mute = ask(studio, "a mute fox", ann)
    await studio.until(lambda: "can't be answered" in studio.log())
    assert not replies(studio, mute)


async def test_in_a_thread(studio):
    """Card and images appear there."""
    thread = studio.world.add_thread(studio.world.general, "foxes")
    asked = ask(studio, "a fox in a thread", studio.person(studio.world.ann, thread))
    (result,) = await studio.results(channel=thread)
    assert "a fox in a thread" in result.text
    assert replies(studio, asked)[0].channel_id == thread.id


async def test_in_a_thread_that_is_not_known_yet(studio, monkeypatch):
    """The mention adds the bot to it, and may arrive first, so the bot asks Discord."""
    monkeypatch.setattr(studio.world, "_announce", lambda *_: None)
    thread = studio.world.add_thread(studio.world.general, "unknown foxes")
    monkeypatch.undo()
    ask(studio, "a fox in an unknown thread", studio.person(studio.world.ann, thread))
    (result,) = await studio.results(channel=thread)
    assert "a fox in an unknown thread" in result.text


@pytest.mark.parametrize("applied", [False, True])
async def test_killed_while_it_replies(tmp_path, applied):
    """The author still waits: the card is found, or posted now, and the task goes on."""
    async with opened(tmp_path, MENTIONS="true", COVERAGE_PROCESS_START="") as studio:
        await allow(studio)
        had = await left(studio)
        fault = studio.discord.faults.add(
            Fault(
                path=rf"^/api/v10/channels/{studio.world.general.id}/messages$",
                method="POST",
                outlasts=not applied,
                answers_after=60.0 * applied,
                drop=True,
                apply_then_fail=applied,
                times=1,
            )
        )
        asked = ask(studio, "a fox and a death")
        await studio.until(lambda: fault.met and len(replies(studio, asked)) == applied)
        await studio.bot.kill()
        await studio.restart()
        await posted(studio, "a fox and a death")
        await studio.quiet()

        assert len(replies(studio, asked)) == 1
        assert await left(studio) == had - 1
        assert len(studio.evolink.books.submissions) == 1


async def test_cancelled_before_its_card_was_recorded(tmp_path):
    """The card that the process died on says so in the end, and has no button to stop it."""
    async with opened(tmp_path, MENTIONS="true", COVERAGE_PROCESS_START="") as studio:
        await allow(studio)
        fault = studio.discord.faults.add(lost_reply(studio))
        asked = ask(studio, "a fox that nobody wants")
        await studio.until(lambda: fault.met and replies(studio, asked))
        await studio.bot.kill()
        with closing(sqlite3.connect(studio.folder / "data" / "imagine.db")) as rows, rows:
            rows.execute("UPDATE task SET cancel_requested = 1")
        await studio.restart()
        (card,) = replies(studio, asked)
        await studio.until(lambda: "Cancelled" in card.text)

        assert "Cancel" not in card.buttons
        assert not studio.evolink.books.submissions


async def test_more_mentions_than_discord_takes_replies(tmp_path):
    """Each gets its card, however long Discord makes them wait: none goes unanswered."""
    async with opened(tmp_path, MENTIONS="true", QUOTA_OPEN_TASKS="20") as studio:
        await allow(studio)
        studio.evolink.behaviour.unfinished = True
        had, waiting, may_post = await left(studio), list[web.Request](), asyncio.Event()

        async def held_back(request: web.Request) -> bool:
            waiting.append(request)
            await may_post.wait()
            return False

        path = rf"^/api/v10/channels/{studio.world.general.id}/messages$"
        studio.discord.faults.add(Fault("POST", path, about=held_back))
        asked = [ask(studio, f"fox number {number}") for number in range(12)]
        await studio.until(lambda: waiting)
        # By the third answer, everything that doesn't have to wait its turn has been accepted.
        assert min([await left(studio) for _ in range(3)]) >= had - AT_ONCE
        may_post.set()
        await studio.until(lambda: all(replies(studio, each) for each in asked), 60)
        assert all(len(replies(studio, each)) == 1 for each in asked)


async def test_in_direct_messages(studio):
    """The bot receives none."""
    ann = studio.person(studio.world.ann, studio.world.dm(studio.world.ann))
    ask(studio, "a direct fox", ann)
    ask(studio, "a fox in the server")
    await posted(studio, "a fox in the server")
    assert len(ann.channel_messages()) == 1


async def test_delivered_twice(studio):
    """A gateway that is resumed may send a message again: one card, one charge, one refusal."""
    had, gateway = await left(studio), studio.discord.platform.gateway
    dispatch = gateway.dispatch

    def twice(kind, payload, guild=None, *args):
        if kind == "MESSAGE_CREATE":
            dispatch(kind, payload, guild, *args)
        return dispatch(kind, payload, guild, *args)

    gateway.dispatch = twice
    try:
        asked, bad = ask(studio, "a doubled fox"), ask(studio, "a fox --nope")
    finally:
        gateway.dispatch = dispatch
    await posted(studio, "a doubled fox")
    await studio.until(lambda: replies(studio, bad))
    await studio.quiet()

    assert len(replies(studio, asked)) == len(replies(studio, bad)) == 1
    assert await left(studio) == had - 1
    orders = [s for s in studio.evolink.books.submissions if s.prompt.startswith("a doubled fox")]
    assert len(orders) == 1


async def test_delivered_again_when_it_would_be_refused(studio):
    """A task that is being drawn isn't refused: its author would believe it, ask and pay again."""
    studio.evolink.behaviour.unfinished = True
    place = studio.world.add_channel(studio.world.studio, "changing")
    gateway, sent = studio.discord.platform.gateway, []
    dispatch = gateway.dispatch

    def noted(kind, *args):
        if kind == "MESSAGE_CREATE":
            sent.append((kind, *args))
        return dispatch(kind, *args)

    gateway.dispatch = noted
    try:
        asked = ask(studio, "a fox that is drawn", studio.person(studio.world.ann, place))
    finally:
        gateway.dispatch = dispatch
    await studio.until(lambda: studio.evolink.books.submissions)
    studio.world.overwrite(place, studio.world.bot, deny=Permission.ATTACH_FILES)
    dispatch(*sent[0])
    other = ask(studio, "a fox that is not drawn", studio.person(studio.world.ann, place))
    await refused(studio, other, "**Attach Files**")
    assert len(replies(studio, asked)) == 1
    studio.world.overwrite(place, studio.world.bot)
    studio.evolink.behaviour.unfinished = False
    await studio.quiet()


async def test_whoever_is_refused_again_and_again(studio):
    """Nobody can have the bot write endlessly: it would get to nothing else in that channel."""
    said = [ask(studio, f"a fox --nope{number}") for number in range(9)]

    def told() -> int:
        return sum(len(replies(studio, message)) for message in said)

    await studio.until(lambda: told() >= REFUSALS)
    theirs = ask(studio, "a fox --nope", studio.person(studio.world.bob))
    await refused(studio, theirs, "--nope")
    ask(studio, "a fox after nine mistakes")
    await posted(studio, "a fox after nine mistakes")
    assert told() == REFUSALS < len(said)


async def test_a_refusal_does_not_outlast_the_bot(tmp_path):
    """It would stay forever: nobody would delete it after its minute."""
    async with opened(tmp_path, MENTIONS="true") as studio:
        await allow(studio)
        told = await refused(studio, ask(studio, "a fox --nope"), "--nope")
        assert not told.deleted
        assert await studio.bot.stop() == 0
        assert told.deleted


async def test_edited_and_deleted_messages(studio):
    """Editing a mention in does nothing. What is deleted before its card appears isn't drawn."""
    message = studio.ann.say("nothing yet")
    platform = studio.discord.platform
    platform.edit(
        message, platform.write_text(f"<@{studio.world.bot.id}> late fox", studio.ann.channel)
    )
    had = await left(studio)
    gateway = studio.discord.gateway
    gateway.delay = 0.3
    asked = ask(studio, "a regretted fox")
    platform.delete(asked)
    await studio.until(lambda: "Unknown message" in studio.log() or "50035" in studio.log())
    gateway.delay = 0.0
    await studio.quiet()

    assert not replies(studio, message)
    assert not replies(studio, asked)
    assert await left(studio) == had
    # Discord refuses both replies to a deleted message: the card, and why there is none.
    assert len(studio.discord.books.violations) == 2
    studio.discord.books.violations.clear()


async def test_the_cards_answer_is_lost(studio):
    """The worker finds the reply in the channel, and the task goes on."""
    studio.discord.faults.add(
        Fault(
            path=rf"^/api/v10/channels/{studio.world.general.id}/messages$",
            method="POST",
            drop=True,
            apply_then_fail=True,
            times=1,
        )
    )
    asked = ask(studio, "a fox whose card is lost")
    await posted(studio, "a fox whose card is lost")
    assert len(replies(studio, asked)) == 1


async def test_cancelled_from_its_card(studio):
    """The reply's button works as a card's."""
    studio.evolink.behaviour.unfinished = True
    asked = ask(studio, "a fox to stop")
    await studio.until(
        lambda: replies(studio, asked) and "Stop waiting" in replies(studio, asked)[0].buttons
    )
    (card,) = replies(studio, asked)
    told = await answered(studio, await studio.ann.press(card, "Stop waiting"))
    assert "Stopped waiting" in told.text
    studio.evolink.behaviour.unfinished = False
    await studio.slash_until("tasks", lambda page: "Get images" in page.buttons)
    assert card.deleted
