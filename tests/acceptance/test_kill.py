"""``kill -9`` at the worst moments: the next process goes on, and nothing happens twice."""

import asyncio

import pytest
from conftest import opened, picture

from sandbox.faults import Fault
from sandbox.person import InteractionFailed

GENERATIONS = r"^/v1/images/generations$"
MESSAGES = r"/api/v10/channels/\d+/messages$"


async def _killed_at(studio, fault: Fault) -> None:
    """Kill the bot while the request that meets the fault is under way, and start it again."""
    await studio.until(lambda: fault.met)
    await studio.bot.kill()
    await studio.restart()


async def test_while_evolink_draws(studio):
    """The images are delivered once, the card is gone, one submission is charged."""
    studio.evolink.behaviour.drawing_seconds = 2.0
    card = await studio.slash("imagine", prompt="a fox", image=picture())
    await studio.until(lambda: "Stop waiting" in card.buttons)
    await studio.bot.kill()
    await studio.restart()
    await studio.results()
    await studio.until(lambda: card.deleted)

    assert len(studio.evolink.books.submissions) == 1
    assert len([m for m in studio.discord.books.messages if m.images]) == 1


async def test_while_it_is_submitted(tmp_path):
    """Whether Evolink took it is not known: the card says so, it is not sent again, all is back."""
    async with opened(tmp_path, UNKNOWN_AFTER_SECONDS="8") as studio:
        fault = studio.evolink.faults.add(Fault("POST", GENERATIONS, times=1, delay=0.7))
        interaction = await studio.ann.slash("imagine", prompt="a fox")
        await _killed_at(studio, fault)
        await studio.reads(interaction, "looked up")
        await studio.reads(interaction, "given back")

        assert len(studio.evolink.books.submissions) <= 1
        assert "for the operator" in studio.log()
        quota = await studio.ann.slash("quota")
        await studio.reads(quota, "20 left")


async def test_while_it_is_submitted_with_trusted_keys(tmp_path):
    """The same key finds the task: it is drawn and charged once."""
    async with opened(tmp_path, EVOLINK_IDEMPOTENCY="trusted") as studio:
        fault = studio.evolink.faults.add(Fault("POST", GENERATIONS, times=1, delay=0.7))
        await studio.ann.slash("imagine", prompt="a fox", image=picture())
        await _killed_at(studio, fault)
        await studio.results()

        assert len(studio.evolink.books.submissions) == 1


async def test_while_the_images_are_posted(studio):
    """A page that came through is found, and not posted again."""
    fault = studio.discord.faults.add(Fault("POST", MESSAGES, times=1, delay=0.7))
    card = await studio.slash("imagine", prompt="a fox")
    await _killed_at(studio, fault)
    await studio.results()
    await studio.until(lambda: card.deleted)

    assert len([m for m in studio.discord.books.messages if m.images]) == 1


async def test_before_the_card_is_confirmed(studio):
    """A card that came through is found by its token, and the task goes on."""
    lost = Fault("POST", "/callback", times=1, apply_then_fail=True, drop=True)
    fault = studio.discord.faults.add(lost)
    asking = asyncio.create_task(studio.ann.slash("imagine", prompt="a fox"))
    await _killed_at(studio, fault)
    card = (await asking).message
    await studio.results()
    await studio.until(lambda: card.deleted)

    assert len(studio.evolink.books.submissions) == 1


async def test_a_card_that_never_was(studio):
    """Where no card appeared, nothing is drawn and the quota is given back."""
    fault = studio.discord.faults.add(Fault("POST", "/callback", delay=0.7, drop=True))
    asking = asyncio.create_task(studio.ann.slash("imagine", prompt="a fox"))
    await studio.until(lambda: fault.met)
    await studio.bot.kill()
    studio.discord.faults.clear()
    await studio.restart()
    with pytest.raises(InteractionFailed):
        await asking
    quota = await studio.ann.slash("quota")

    await studio.reads(quota, "20 left")
    assert not studio.evolink.books.submissions


@pytest.mark.parametrize("waits", [1, 3])
async def test_again_and_again(studio, waits):
    """However often it is killed, the user gets the images once."""
    studio.evolink.behaviour.drawing_seconds = 1.0
    card = await studio.slash("imagine", prompt="a fox", count=waits)
    for _ in range(3):
        await studio.bot.kill()
        await studio.restart()
    await studio.results()
    await studio.until(lambda: card.deleted)

    assert len([m for m in studio.discord.books.messages if m.images]) == 1
    assert len(studio.evolink.books.submissions) == 1
