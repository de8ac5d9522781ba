"""If images can't be posted, their requester is told by direct message, once."""

from sandbox.discord.permissions import Permission
from sandbox.faults import Fault
from tests.acceptance.results_kit import answered
from tests.acceptance.studio import Studio


async def unposted(studio: Studio, prompt: str, locale: str = "en-US") -> None:
    """Have images drawn whose post has an unknown outcome."""
    world = studio.world
    studio.evolink.behaviour.unfinished = True
    ann = studio.person(world.ann, locale=locale)
    card = await ann.slash("imagine", prompt=prompt, count=2)
    await studio.until(lambda: card.message and len(card.message.buttons) == 1)
    world.overwrite(world.general, world.bot, deny=Permission.READ_MESSAGE_HISTORY)
    path = rf"/channels/{world.general.id}/messages$"
    studio.discord.faults.add(Fault("POST", path, times=1, drop=True))
    studio.evolink.behaviour.unfinished = False


def told(studio: Studio) -> list:
    """What Ann was told by direct message."""
    return [each for each in studio.ann.direct_messages() if not each.images]


async def test_told_once_and_collected_there(studio):
    """The message says where they were wanted and how long they are kept; its button works."""
    await unposted(studio, "a fox that went nowhere")
    await studio.until(lambda: told(studio))
    await studio.quiet()
    (message,) = told(studio)
    assert "a fox that went nowhere" in message.text
    assert f"couldn't post them in <#{studio.world.general.id}>" in message.text
    there = studio.person(studio.world.ann, studio.world.dm(studio.world.ann))
    fetched = await answered(studio, await there.press(message, "Get images"))

    assert len(fetched.images) == 2
    assert studio.posted() == []


async def test_in_their_language(studio):
    """The message is in the card's language."""
    await unposted(studio, "a fox of another language", locale="zh-CN")
    await studio.until(lambda: told(studio))

    assert "但机器人无法发到" in told(studio)[0].text
    await studio.quiet()


async def test_killed_while_it_is_told(own):
    """The message that came through is found, and not sent again."""
    dm = own.world.dm(own.world.ann)
    fault = own.discord.faults.add(
        Fault("POST", rf"/channels/{dm.id}/messages$", times=1, delay=0.7)
    )
    await unposted(own, "a fox and a death")
    await own.until(lambda: fault.met)
    await own.bot.kill()
    await own.restart()
    await own.quiet()
    await own.until(lambda: told(own))

    assert len(told(own)) == 1


async def test_who_takes_no_messages(studio):
    """The images wait in /tasks all the same."""
    studio.world.ann.takes_dms = False
    await unposted(studio, "a fox for a hermit")
    await studio.slash_until("tasks", lambda page: "Get images" in page.buttons)
    await studio.quiet()
    studio.world.ann.takes_dms = True

    assert told(studio) == []
