"""``kill -9`` at the worst moments: the next process goes on, and nothing happens twice."""

import asyncio
import signal

import pytest

from sandbox.faults import Fault, limited
from sandbox.person import InteractionFailed
from tests.acceptance.studio import opened, picture
from tests.acceptance.trouble import GENERATIONS

MESSAGES = r"/api/v10/channels/\d+/messages$"


async def _killed_at(studio, fault: Fault) -> None:
    """Kill the bot while the request that meets the fault is under way, and start it again."""
    await studio.until(lambda: fault.met)
    await studio.bot.kill()
    await studio.restart()


async def test_while_evolink_draws(own):
    """The images are delivered once, the card is gone, one submission is charged."""
    own.evolink.behaviour.drawing_seconds = 2.0
    card = await own.slash("imagine", prompt="a fox", image=picture())
    await own.until(lambda: own.evolink.books.reads)
    await own.bot.kill()
    await own.restart()
    await own.results()
    await own.until(lambda: card.deleted)

    assert len(own.evolink.books.submissions) == 1
    assert len([m for m in own.discord.books.messages if m.images]) == 1


async def test_while_it_is_submitted(tmp_path):
    """Nobody knows whether Evolink accepted it: the card says so, it is refunded and not resent."""
    async with opened(tmp_path, UNKNOWN_AFTER_SECONDS="8") as studio:
        fault = studio.evolink.faults.add(Fault("POST", GENERATIONS, times=1, delay=0.7))
        interaction = await studio.ann.slash("imagine", prompt="a fox")
        await _killed_at(studio, fault)
        await studio.reads(interaction, "Checking whether it went through")
        await studio.reads(interaction, "Not charged")

        assert len(studio.evolink.books.submissions) <= 1
        await studio.until(lambda: "for the operator" in studio.log())
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


async def test_while_the_images_are_posted(own):
    """A page that came through is found, and not posted again."""
    fault = own.discord.faults.add(Fault("POST", MESSAGES, times=1, delay=0.7))
    card = await own.slash("imagine", prompt="a fox")
    await _killed_at(own, fault)
    await own.results()
    await own.until(lambda: card.deleted)

    assert len([m for m in own.discord.books.messages if m.images]) == 1


async def test_before_the_card_is_confirmed(own):
    """A card that came through is found by its token, and the task goes on."""
    lost = Fault("POST", "/callback", times=1, apply_then_fail=True, drop=True)
    fault = own.discord.faults.add(lost)
    asking = asyncio.create_task(own.ann.slash("imagine", prompt="a fox"))
    await _killed_at(own, fault)
    card = (await asking).message
    await own.results()
    await own.until(lambda: card.deleted)

    assert len(own.evolink.books.submissions) == 1


async def test_a_card_that_never_was(own):
    """If no card appeared, nothing is drawn and the quota is given back."""
    fault = own.discord.faults.add(Fault("POST", "/callback", delay=0.7, drop=True))
    asking = asyncio.create_task(own.ann.slash("imagine", prompt="a fox"))
    await own.until(lambda: fault.met)
    await own.bot.kill()
    own.discord.faults.clear()
    await own.restart()
    with pytest.raises(InteractionFailed):
        await asking
    await own.slash_until("quota", lambda answer: "20 left" in answer.text)

    assert not own.evolink.books.submissions


async def test_again_and_again(own):
    """However often it is killed, the user gets the images once."""
    own.evolink.behaviour.drawing_seconds = 1.0
    card = await own.slash("imagine", prompt="a fox", count=3)
    await own.until(lambda: own.evolink.books.reads)
    for _ in range(3):
        await own.bot.kill()
        await own.restart()
    await own.results()
    await own.until(lambda: card.deleted)

    assert len([m for m in own.discord.books.messages if m.images]) == 1
    assert len(own.evolink.books.submissions) == 1


async def test_a_machine_that_is_suspended(tmp_path):
    """A page that a rate limit holds back beyond its lease is posted by the next step instead.

    Discord answers 429 instead of posting, so nothing has to be looked for.
    """
    async with opened(tmp_path, LEASE_SECONDS="1") as studio:
        held = studio.discord.faults.add(Fault("POST", MESSAGES, times=1, **limited(0.5)))
        await studio.ann.slash("imagine", prompt="a fox")
        await studio.until(lambda: held.met)
        studio.bot.strike(signal.SIGSTOP)
        await asyncio.sleep(1.5)
        studio.bot.strike(signal.SIGCONT)
        await studio.results()
        await studio.quiet()

        here = f"/channels/{studio.world.general.id}/messages"
        asked = [one.method for one in studio.discord.books.requests if here in one.path]
        assert asked == ["POST", "POST"]
        assert len(studio.posted()) == 1
