"""Every way in which the gateway can fail: work goes on, and later commands are answered.

Cards and posts need only REST, so a task that is being drawn isn't affected.
"""

import pytest

from sandbox.faults import Fault
from sandbox.person import InteractionFailed
from tests.kit.patience import PATIENCE, slowness


async def _asked_again(studio) -> int:
    """Type /quota until it is answered."""
    studio.discord.behaviour.ack_seconds = PATIENCE
    answer = await studio.slash("quota")
    return int(answer.text.partition(" left today")[0].split()[-1])


def _reconnect(gateway):
    gateway.reconnect()


def _invalid(gateway):
    gateway.invalid_session(resumable=True)


def _drop(gateway):
    gateway.drop()


@pytest.mark.parametrize("happens", [_reconnect, _invalid, _drop])
async def test_a_connection_that_goes(studio, happens):
    """A task that is drawn meanwhile is posted once; the next command is answered."""
    studio.evolink.behaviour.drawing_seconds = 0.8
    await studio.ann.slash("imagine", prompt="a fox")
    connections = studio.discord.gateway.identifies + studio.discord.gateway.resumes
    happens(studio.discord.gateway)
    await studio.until(
        lambda: studio.discord.gateway.identifies + studio.discord.gateway.resumes > connections
    )
    await studio.results()
    await studio.quiet()

    assert len(studio.posted()) == 1
    assert await _asked_again(studio) == 19


async def test_events_that_come_late(studio):
    """A command that reached the bot too late is not drawn: its card never appeared."""
    studio.discord.behaviour.ack_seconds = 0.5
    studio.discord.gateway.delay = 1.0
    with pytest.raises(InteractionFailed):
        await studio.ann.slash("imagine", prompt="too late")
    studio.discord.gateway.delay = 0.0
    studio.discord.behaviour.ack_seconds = PATIENCE
    await studio.until(lambda: "Unknown interaction" in studio.log())
    await studio.quiet()

    assert not studio.evolink.books.submissions
    assert await _asked_again(studio) == 20


async def test_told_to_stop_while_it_connects_anew(own):
    """It stops, though Discord leaves the new connection unanswered."""
    silent = own.discord.faults.add(Fault("GET", "^/gateway", delay=30.0))
    own.discord.gateway.reconnect()
    await own.until(lambda: silent.met)

    assert await own.bot.stop(seconds=min(25.0, 10 * slowness())) == 0
