"""*Send again* for what failed through nobody's fault, *Edit and resend* for what can be changed.

A refusal never costs the work typed.
"""

from sandbox.faults import Fault
from sandbox.person import Upload
from tests.acceptance.results_kit import (
    answered,
    drawn,
    left,
    opened_form,
    order,
    posted,
    to_delete,
)
from tests.acceptance.studio import opened, picture
from tests.acceptance.trouble import GENERATIONS


async def test_a_task_of_unknown_outcome_is_tried_again(tmp_path):
    """The press makes a new task with the same references, charged as any other."""
    async with opened(tmp_path, UNKNOWN_AFTER_SECONDS="0.5") as studio:
        studio.evolink.faults.add(Fault("POST", GENERATIONS, times=1, drop=True))
        card = await studio.ann.slash("imagine", prompt="a fox", count=2, image=picture())
        ended = await studio.reads(card, "Not charged")
        await studio.ann.press(ended, "Send again (uses 2)")
        (result,) = await studio.results()

        assert len(result.images) == 2
        (order,) = studio.evolink.books.submissions
        assert order.prompt.startswith("a fox")
        assert len(order.references) == 1
        assert "18 left" in (await studio.slash("quota")).text


async def test_whoever_presses_pays(studio):
    """Somebody else's press is their own task, on their own quota."""
    studio.evolink.behaviour.next_failures.append("service_error")
    card = await studio.ann.slash("imagine", prompt="a fox")
    await studio.reads(card, "Not charged")
    bob = studio.person(studio.world.bob)
    await bob.press(card.message, "Send again (uses 1)")
    (result,) = await studio.results()

    assert result.pinged == {studio.world.bob.id}
    assert "20 left" in (await studio.slash("quota")).text
    assert "19 left" in (await studio.reads(await bob.slash("quota"), "left")).text


async def test_nobody_tries_a_private_task_of_somebody_else(own):
    """A forged button gets "no such task", and learns nothing about it."""
    own.evolink.behaviour.next_failures.append("service_error")
    card = await own.ann.slash("imagine", prompt="secret", private=True)
    await own.reads(card, "Not charged")
    (button,) = [part for part in card.message.buttons if part.startswith("Send again")]
    assert button == "Send again (uses 1)"
    bob = own.person(own.world.bob)
    public = await bob.slash("imagine", prompt="a cat")
    forged = public.message
    forged.components[0]["components"][-1]["components"][0]["custom_id"] = "task:1:again"
    answer = await bob.press(forged, "task:1:again")

    text = (await own.reads(answer, "task")).text
    assert "secret" not in text
    await own.results()
    assert [order.prompt for order in own.evolink.books.submissions] == ["secret", "a cat"]


async def test_a_refused_draft_is_mended_and_drawn(studio):
    """Everything is as typed, references too; it is charged once, as usual."""
    had = await left(studio)
    refused = await studio.ann.slash(
        "imagine", prompt="a mended fox", size="huge", count=2, image=picture(width=77)
    )
    answer = await answered(studio, refused)
    assert "huge" in answer.text
    assert await left(studio) == had
    form = await opened_form(studio, await studio.ann.press(answer, "Edit and resend"))
    known = str(form.data)
    assert all(text in known for text in ("a mended fox", "huge", "1 reference is kept."))
    await studio.ann.fill(form, Size="16:9")
    result = await posted(studio, "a mended fox")

    assert len(result.images) == 2
    assert "16:9" in result.text
    (reference,) = order(studio, "a mended fox").references
    assert reference.width == 77
    assert await left(studio) == had - 2


async def test_it_works_after_a_restart_and_for_nobody_else(studio):
    """The draft is a row; a form that an earlier process opened still works."""
    refused = await studio.ann.slash("imagine", prompt="a late fox", size="huge", private=True)
    answer = await answered(studio, refused)
    form = await opened_form(studio, await studio.ann.press(answer, "Edit and resend"))
    await studio.bot.stop()
    await studio.restart()
    bob = studio.person(studio.world.bob, locale="zh-CN")
    bobs = await answered(studio, await bob.slash("imagine", prompt="x", size="huge"))
    number = int(str(bobs.components).split("draft:")[1].split(":")[0])
    row = bobs.components[0]["components"][-1]
    row["components"][0]["custom_id"] = f"draft:{number - 1}:fix"
    forged = await bob.press(bobs, f"draft:{number - 1}:fix")
    assert "请求已过期" in (await answered(studio, forged)).text
    stolen = await answered(studio, await bob.fill(form, Prompt="bobs own words"))
    assert "请求已过期" in stolen.text
    assert "bobs own words" in stolen.text
    assert "a late fox" not in stolen.text
    sent = await studio.ann.fill(form, Size="auto")
    await studio.until(lambda: sent.message and sent.message.images)

    assert sent.ephemeral
    assert order(studio, "a late fox")


async def test_a_form_that_is_refused_again_keeps_what_it_had(studio):
    """The second refusal has its own button, with the first one's references."""
    refused = await studio.ann.slash(
        "imagine", prompt="fox one", size="no", image=picture(width=71)
    )
    answer = await answered(studio, refused)
    form = await opened_form(studio, await studio.ann.press(answer, "Edit and resend"))
    again = await studio.ann.fill(
        form, Prompt="fox two", Size="neither", **{"More pictures": picture(width=72)}
    )
    answer = await answered(studio, again)
    assert "neither" in answer.text
    form = await opened_form(studio, await studio.ann.press(answer, "Edit and resend"))
    await studio.ann.fill(form, Size="")
    await posted(studio, "fox two")

    assert [each.width for each in order(studio, "fox two").references] == [71, 72]


async def test_too_many_references_are_chosen_from(studio):
    """With 14 references only one image is possible; the form asks which references to keep."""
    many = {f"image{n}": picture(f"{n}.png", width=60 + n) for n in range(2, 15)}
    refused = await studio.ann.slash(
        "imagine", prompt="a crowded fox", count=3, image=picture(width=61), **many
    )
    answer = await answered(studio, refused)
    form = await opened_form(studio, await studio.ann.press(answer, "Edit and resend"))
    await studio.ann.fill(form, **{"References to keep": ["0", "4", "13"]})
    await posted(studio, "a crowded fox")

    assert [each.width for each in order(studio, "a crowded fox").references] == [61, 65, 74]
    assert order(studio, "a crowded fox").n == 3


async def test_a_bad_picture_is_left_out(studio):
    """The others stay, and another can be attached in its place."""
    studio.discord.behaviour.heeds_file_types = False
    refused = await studio.ann.slash(
        "imagine",
        prompt="a picky fox",
        image=picture(width=61),
        image2=Upload("film.mp4", b"no picture"),
    )
    answer = await answered(studio, refused)
    form = await opened_form(studio, await studio.ann.press(answer, "Edit and resend"))
    await studio.ann.fill(form, **{"More pictures": picture(width=66)})
    await posted(studio, "a picky fox")

    assert [each.width for each in order(studio, "a picky fox").references] == [61, 66]


async def test_what_was_typed_outlives_what_it_was_about(studio):
    """The picture is deleted while its form is open: the words and uploads can still be sent."""
    result = await drawn(studio, "a short-lived fox")
    form = await opened_form(studio, await studio.ann.press(result, "Edit"))
    await studio.quiet()
    menu = await answered(studio, await studio.ann.press(result, "More…"))
    question = await to_delete(studio, menu)
    await studio.ann.press(question, "Delete")
    await studio.until(lambda: "Deleted." in question.text)
    sent = await studio.ann.fill(
        form, prompt="a fox of many words", **{"More pictures": picture(width=66)}
    )
    answer = await answered(studio, sent)
    assert "no longer available" in answer.text
    assert "a fox of many words" in answer.text
    form = await opened_form(studio, await studio.ann.press(answer, "Edit and resend"))
    await studio.ann.fill(form)
    await posted(studio, "a fox of many words")

    assert [each.width for each in order(studio, "a fox of many words").references] == [66]


async def test_a_task_that_failed_is_changed(tmp_path):
    """A prompt that breaks the content rules is reworded, with the same references."""
    async with opened(tmp_path) as studio:
        studio.evolink.behaviour.moderate_words.append("forbidden")
        asked = await studio.ann.slash("imagine", prompt="a forbidden fox", image=picture(width=61))
        card = await studio.reads(asked, "Not charged")
        assert card.buttons == ["Edit and resend"]
        await studio.bot.stop()
        await studio.restart()
        form = await opened_form(studio, await studio.ann.press(card, "Edit and resend"))
        await studio.ann.fill(form, Prompt="a polite fox")
        await posted(studio, "a polite fox")

        assert [each.width for each in order(studio, "a polite fox").references] == [61]


async def test_the_quota_refuses_and_the_form_takes_fewer(tmp_path):
    """Also what a quota refuses is kept."""
    async with opened(tmp_path, QUOTA_IMAGES="2") as studio:
        refused = await studio.ann.slash("imagine", prompt="five foxes", count=5)
        answer = await answered(studio, refused)
        assert "2 left today" in answer.text
        form = await opened_form(studio, await studio.ann.press(answer, "Edit and resend"))
        await studio.ann.fill(form, **{"Number of images": "2"})
        result = await posted(studio, "five foxes")

        assert len(result.images) == 2
