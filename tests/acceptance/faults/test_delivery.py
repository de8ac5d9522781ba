"""Delivery when Discord or Evolink fails on the way: once, and not lost."""

import asyncio
import json

import pytest

from sandbox.faults import Fault
from tests.acceptance.studio import opened, picture

MESSAGES = r"/api/v10/channels/\d+/messages$"
RESULTS = r"^/results/"


def _lost(**more) -> Fault:
    return Fault("POST", MESSAGES, times=1, apply_then_fail=True, **more)


@pytest.mark.parametrize(
    "fault",
    [
        Fault("POST", MESSAGES, times=1, drop=True),
        _lost(drop=True),
        _lost(status=500),
        Fault("POST", MESSAGES, times=1, status=500),
        Fault("POST", MESSAGES, times=1, delay=1.0),
    ],
)
async def test_a_post_of_unknown_outcome(studio, fault):
    """It is looked for before it is posted again: the images are there once."""
    studio.discord.faults.add(fault)
    card = await studio.slash("imagine", prompt="a fox")
    await studio.results()
    await studio.until(lambda: card.deleted)

    ever = [m for m in studio.discord.books.messages if m.images and not m.ephemeral]
    assert len(ever) == 1


async def test_a_post_that_its_nonce_does_not_protect(studio):
    """Discord forgets a nonce within minutes; the page is still found in the channel's history."""
    studio.discord.behaviour.nonce_seconds = 0.001
    studio.discord.faults.add(_lost(drop=True))
    card = await studio.slash("imagine", prompt="a fox")
    await studio.results()
    await studio.until(lambda: card.deleted)

    assert len([m for m in studio.discord.books.messages if m.images]) == 1


async def test_no_edit_comes_behind_the_images(studio):
    """While images are put onto a private card, no edit of its progress takes them away."""
    studio.discord.faults.add(Fault("PATCH", "@original", delay=0.8))
    card = await studio.slash("imagine", prompt="secret", private=True)
    await studio.until(lambda: card.images)
    await asyncio.sleep(2.0)

    assert card.images


async def test_too_large_is_made_smaller(studio):
    """413: the same picture comes smaller; the user gets it."""
    body = json.dumps({"code": 40005, "message": "Request entity too large"}).encode()
    headers = {"Content-Type": "application/json"}
    studio.discord.faults.add(
        Fault("POST", MESSAGES, times=1, status=413, body=body, headers=headers)
    )
    await studio.ann.slash("imagine", prompt="a fox")
    await studio.results()


@pytest.mark.parametrize("status", [500, 503])
async def test_results_that_cannot_be_downloaded_at_once(studio, status):
    """They are downloaded later; nothing is drawn twice."""
    studio.evolink.faults.add(Fault("GET", RESULTS, times=4, status=status))
    await studio.ann.slash("imagine", prompt="a fox")
    await studio.results()

    assert len(studio.evolink.books.submissions) == 1


#: How Discord's CDN says that a file is gone for good.
CDN_GONE = b"This content is no longer available."


async def test_no_results_at_all(tmp_path):
    """Completed without an image: asked again until it is given up, then given back."""
    async with opened(tmp_path, GIVE_UP_SECONDS="3") as studio:
        studio.evolink.behaviour.images_made = 0
        card = await studio.slash("imagine", prompt="a fox")
        await studio.until(lambda: "Not charged" in card.text)


async def test_an_attachment_that_dies(studio):
    """A reference that can never be fetched ends the task; the reason has its number."""
    studio.discord.faults.add(Fault("GET", r"attachments/", status=404, body=CDN_GONE))
    card = await studio.slash("imagine", prompt="a fox", image=picture())
    await studio.until(lambda: "Not charged" in card.text)

    assert not studio.evolink.books.submissions


async def test_an_attachment_that_comes_later(studio):
    """A reference that cannot be fetched at once is fetched when its turn comes."""
    studio.discord.faults.add(Fault("GET", r"attachments/", times=4, status=503))
    await studio.ann.slash("imagine", prompt="a fox", image=picture())
    await studio.results()


async def test_a_file_service_that_refuses(studio):
    """Discord's own link is used instead."""
    studio.evolink.faults.add(Fault("POST", "/api/v1/files/upload", status=500))
    await studio.ann.slash("imagine", prompt="a fox", image=picture())
    await studio.results()

    (order,) = studio.evolink.books.submissions
    assert str(order.payload["image_urls"]).startswith(f"['{studio.discord.url}")


async def test_an_answer_that_is_lost(studio):
    """Discord took the card, and its answer was lost: the task goes on, once."""
    lost = Fault("POST", "/callback", times=1, apply_then_fail=True, drop=True)
    studio.discord.faults.add(lost)
    await studio.ann.slash("imagine", prompt="a fox")
    await studio.results()

    assert len(studio.evolink.books.submissions) == 1


async def test_a_task_that_evolink_never_finishes(tmp_path):
    """After GIVE_UP_SECONDS it is given up and given back."""
    async with opened(tmp_path, GIVE_UP_SECONDS="1") as studio:
        studio.evolink.behaviour.drawing_seconds = 600
        card = await studio.slash("imagine", prompt="a fox")
        await studio.until(lambda: "Not charged" in card.text)


async def test_private_in_several_messages(studio):
    """The card holds the first page, the rest follows for the same eyes only."""
    interaction = await studio.ann.slash("imagine", prompt="cats", count=12, private=True)
    await studio.until(lambda: interaction.followups)
    await studio.until(lambda: interaction.message.images)

    assert len(interaction.message.images) == 10
    assert len(interaction.followups[0].images) == 2
    assert interaction.followups[0].ephemeral
    assert not studio.posted()
