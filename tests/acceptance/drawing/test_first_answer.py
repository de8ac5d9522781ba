"""A card that Discord surely refuses: the user reads so at once, in words that pass, at no cost."""

import pytest

from sandbox.discord.interactions import Interaction
from sandbox.discord.messages import Message
from sandbox.faults import Fault, limited
from sandbox.person import InteractionFailed
from tests.acceptance.results_kit import answered, drawn, left, opened_form, posted
from tests.acceptance.studio import Studio, opened
from tests.kit.patience import slowness


async def told(studio: Studio, asked: Interaction) -> Message:
    """What the requester reads instead of the card."""
    await studio.until(lambda: asked.followups or (asked.message and not asked.message.loading))
    return (asked.followups or [await answered(studio, asked)])[0]


@pytest.mark.parametrize("seconds", ["2", "0.001"], ids=["at once", "after “thinking”"])
async def test_moderation_of_the_server(tmp_path, seconds):
    """AutoMod blocks what quotes the prompt: the answer doesn't, and offers a form to change it."""
    async with opened(tmp_path, ANSWER_SECONDS=seconds) as studio:
        studio.discord.behaviour.blocked_words.append("forbidden")
        had = await left(studio)
        asked = await studio.ann.slash("imagine", prompt="a forbidden fox")
        said = await told(studio, asked)
        assert said.ephemeral
        assert "moderation blocked" in said.text
        assert "Not charged" in said.text
        assert await left(studio) == had
        form = await opened_form(studio, await studio.ann.press(said, "Edit and resend"))
        assert "a forbidden fox" in str(form.data)
        await studio.ann.fill(form, Prompt="a welcome fox")
        await posted(studio, "a welcome fox")
        await studio.quiet()

        assert [each.prompt for each in studio.evolink.books.submissions] == ["a welcome fox"]
        # The refused card doesn't replace the sentence later.
        assert "moderation blocked" in said.text
        assert not [each for each in studio.world.general.messages() if "forbidden" in each.text]


async def test_moderation_of_what_is_pressed(studio):
    """The word was forbidden after the first drawing: *Again* is answered like a command."""
    result = await drawn(studio, "a fox of yesterday")
    studio.discord.behaviour.blocked_words.append("yesterday")
    said = await told(studio, await studio.ann.press(result, "Again (uses 1)"))

    assert said.ephemeral
    assert "moderation blocked" in said.text
    assert len(studio.evolink.books.submissions) == 1


async def test_a_card_that_comes_after_its_task_has_ended(tmp_path):
    """The rate limit lets it through only after a worker has found no card and ended the task.

    It used to be sent all the same: a card that offered to cancel what had ended.
    """
    lease = slowness()
    async with opened(tmp_path, LEASE_SECONDS=str(lease)) as studio:
        studio.discord.behaviour.ack_seconds = 3 * lease
        studio.discord.faults.add(Fault("POST", "/callback$", times=1, **limited(2 * lease)))
        with pytest.raises(InteractionFailed):
            await studio.ann.slash("imagine", prompt="a fox")
        await studio.quiet()

        assert not studio.evolink.books.submissions
        assert "Cancel" not in [each for m in studio.world.general.messages() for each in m.buttons]
        assert await left(studio) == 20
