"""Commands, buttons and forms at a Discord that others have written."""

import discord
import pytest
from simcord.backend.errors import SetupError

from tests.foreign.conftest import images, labels, picture, text, typed
from tests.kit.patience import until


async def test_imagine_becomes_a_message_with_the_image(place):
    """The card goes; a message with one image and its buttons mentions the requester."""
    card = await place.ann.slash(place.channel, "imagine", prompt="a cat")
    assert "> a cat" in text(card.response)
    message = await place.result()

    assert len(images(message)) == 1
    assert place.ann.mention in text(message)
    await until(lambda: card.response is None)
    assert [order.prompt for order in place.evolink.books.submissions] == ["a cat"]


async def test_a_private_task_is_for_nobody_else(place):
    """Its images come on the card, which only the requester sees."""
    card = await place.ann.slash(place.channel, "imagine", prompt="a secret", private=True)
    assert card.ephemeral
    await until(lambda: images(card.response))
    assert place.results() == []


async def test_refusals_cost_nothing_and_come_with_a_form(place):
    """A size that can't be drawn is refused; what was typed is kept, fixed in a form, and drawn."""
    refused = await place.ann.slash(place.channel, "imagine", prompt="a cat", size="16:999")
    assert refused.ephemeral
    (fix,) = labels(refused.response)
    form = await place.ann.click(refused.response, label=fix)
    assert form.modal is not None

    await place.ann.submit_modal(form, _filled(form, size="16:9"))
    await place.result()
    (order,) = place.evolink.books.submissions
    assert (order.prompt, order.payload["size"]) == ("a cat", "16:9")


async def test_an_image_is_changed_in_a_form(place):
    """Edit opens a form; its prompt is drawn from the image, as the presser's own task."""
    card = await place.ann.slash(place.channel, "imagine", prompt="a cat")
    # The images are seen before their task is settled.
    await until(lambda: card.response is None)
    form = await place.bob.click(await place.result(), label="Edit")
    answer = await place.bob.submit_modal(form, _filled(form, prompt="a dog instead"))
    assert "> a dog instead" in text(answer.response)

    await until(lambda: len(place.results()) == 2)
    assert place.bob.mention in text(place.results()[-1])
    assert len(place.evolink.books.submissions[-1].payload["image_urls"]) == 1


async def test_the_same_again_is_a_task_of_the_presser(place):
    """Again draws the same prompt for whoever presses, and mentions them."""
    await place.ann.slash(place.channel, "imagine", prompt="a cat")
    message = await place.result()
    (again,) = [label for label in labels(message) if label.startswith("Again")]
    await place.bob.click(message, label=again)

    await until(lambda: len(place.results()) == 2)
    assert place.bob.mention in text(place.results()[-1])


async def test_only_the_requester_deletes(place):
    """Bob's press takes nothing away; Ann's does, once she has confirmed it."""
    await place.ann.slash(place.channel, "imagine", prompt="a cat")
    message = await place.result()
    more = await place.ann.click(message, label="More…")
    (delete,) = [label for label in labels(more.response) if label.startswith("Delete")]

    others = await place.bob.click(message, label="More…")
    assert delete not in labels(others.response)
    asked = await place.ann.click(more.response, label=delete)
    assert place.results()
    await place.ann.click(asked.response, label="Delete")
    await until(lambda: not place.results())


async def test_a_waiting_task_is_cancelled_by_its_requester_alone(place):
    """Bob is told that it is not his; Ann's press ends it, and nothing is drawn."""
    await place.max.slash(place.channel, "imagine-admin settings")
    place.evolink.credits = 0.0
    card = await place.ann.slash(place.channel, "imagine", prompt="a cat")
    # A press while the request is under way is no Cancel: Evolink may have taken it.
    await until(lambda: "out of credits" in text(card.response))
    refused = await place.bob.click(card.response, label="Cancel")
    assert refused.ephemeral
    await place.ann.click(card.response, label="Cancel")

    await until(lambda: "Cancelled" in text(card.response))
    assert place.evolink.books.submissions == []


async def test_pictures_of_a_message_are_collected(place):
    """A message's menu collects its pictures; the form to draw with them opens."""
    sent = await place.bob.send(place.channel, "look", attachments=[picture("image.png")])
    tray = await place.bob.context_menu(place.channel, "Use as reference", sent)
    assert tray.ephemeral
    form = await place.bob.click(tray.response, label="Draw with these…")
    assert form.modal is not None


async def test_lists_and_quota_answer(place):
    """/tasks lists the task and its images; /quota counts it."""
    await place.ann.slash(place.channel, "imagine", prompt="a cat", count=2)
    await place.result()
    tasks = await place.ann.slash(place.channel, "tasks")
    assert "a cat" in text(tasks.response)
    quota = await place.ann.slash(place.channel, "quota")
    assert "18 left" in text(quota.response)
    assert "20 left" in text((await place.bob.slash(place.channel, "quota")).response)


async def test_admins_alone_reach_the_admin_commands(place):
    """Discord shows them to members who manage the server; Bob cannot even type them."""
    with pytest.raises(SetupError):
        await place.bob.slash(place.channel, "imagine-admin block", user=place.ann)
    await place.max.slash(place.channel, "imagine-admin block", user=place.ann)
    refused = await place.ann.slash(place.channel, "imagine", prompt="a cat")
    assert refused.ephemeral
    assert place.evolink.books.submissions == []


async def test_a_channel_in_which_the_bot_may_not_attach_files_is_told_first(place):
    """Nothing is drawn that could not be posted."""
    nothing = discord.PermissionOverwrite(attach_files=False)
    bare = place.guild.create_text_channel("bare", overwrites={place.guild.me: nothing})
    refused = await place.ann.slash(bare, "imagine", prompt="a cat")
    assert "Attach Files" in text(refused.response)
    assert place.evolink.books.submissions == []


@pytest.mark.parametrize("typed", ["16", "x" * 101, "\u200b", "4" * 310])
async def test_anything_may_be_typed_into_size(place, typed):
    """Each key gets an answer of at most 25 choices that Discord takes."""
    choices = await place.ann.autocomplete(place.channel, "imagine", "size", typed, prompt="a cat")
    assert len(choices) <= 25


def _filled(form, **values):
    """Fill a form by its fields' names, as people do; other fields stay as they are."""
    return typed(form.modal) | values
