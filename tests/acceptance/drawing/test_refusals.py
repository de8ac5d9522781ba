"""Refusals through the wire: told to the user alone, with the prompt, and nothing is spent."""

import sqlite3
from contextlib import closing
from io import BytesIO

import pytest
from PIL import Image

from sandbox.discord.permissions import Permission
from sandbox.person import Upload
from tests.acceptance.results_kit import opened_form, posted
from tests.acceptance.studio import opened, picture
from tests.kit.pictures import png


async def _refused(studio, interaction, *texts: str, prompt: str = "a fox") -> None:
    message = await studio.reads(interaction, *texts)
    assert message.ephemeral
    assert prompt in message.text
    assert not studio.evolink.books.submissions


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"size": "huge"}, "huge"),
        ({"size": "100x100"}, "2560x1440"),
        ({"size": "2560x1440", "quality": "4K"}, "Quality doesn't apply"),
        ({"image": picture("a.txt")}, "a.txt"),
        ({"image": Upload("b.png", png(10, 100))}, "b.png"),
        ({"image": Upload("c.png", png(20, 2000))}, "c.png"),
        ({"image": picture(), "image2": picture("d.png"), "count": 14}, "15"),
    ],
)
async def test_what_evolink_would_not_take(studio, options, says):
    """Every bad combination gets a sentence that says what to change."""
    # An older client offers any file.
    studio.discord.behaviour.heeds_file_types = False
    if "count" not in options and says == "a.txt":
        options = {"image": Upload("a.txt", b"no picture")}
    interaction = await studio.ann.slash("imagine", prompt="a fox", **options)

    await _refused(studio, interaction, says)
    quota = await studio.ann.slash("quota")
    await studio.reads(quota, "20 left")


async def test_a_prompt_that_is_too_long_with_its_count(studio):
    """The words that ask Evolink for several images count; the user is told what still fits."""
    prompt = "x" * 2000
    interaction = await studio.ann.slash("imagine", prompt=prompt, count=2)

    await _refused(studio, interaction, "1971", prompt=prompt[:100])


async def test_a_prompt_that_shows_nothing(studio):
    """By command, by form, and by *Again* of an old task: it is refused, and nothing is drawn."""
    unseen = "\u3164\u200b\U000e0041"
    typed = await studio.ann.slash("imagine", prompt=unseen)
    refused = await studio.reads(typed, "The prompt is empty")
    form = await opened_form(studio, await studio.ann.press(refused, "Edit and resend"))
    sent = await studio.ann.fill(form, Prompt="\u2800")
    await studio.reads(sent, "The prompt is empty")
    assert not studio.evolink.books.submissions

    await studio.ann.slash("imagine", prompt="a fox")
    (result,) = await studio.results()
    with closing(sqlite3.connect(studio.folder / "data" / "imagine.db")) as rows:
        rows.execute(
            "UPDATE task SET request = json_set(request, '$.prompt', ?) "
            "WHERE id = (SELECT max(id) FROM task)",
            [unseen],
        )
        rows.commit()
    again = await studio.ann.press(result, "Again (uses 1)")
    await studio.reads(again, "The prompt is empty")
    assert len(studio.evolink.books.submissions) == 1
    assert "Traceback" not in studio.log()


async def test_what_nobody_can_store(studio):
    """NUL and lone surrogates are left out of prompts, names and search words."""
    card = await studio.ann.slash(
        "imagine", prompt="a\x00 fox\ud800", image=Upload("c\ud800at.png", png())
    )
    await studio.results()
    assert card.message
    (submission,) = studio.evolink.books.submissions
    assert submission.prompt == "a fox"
    listed = await studio.slash_until("tasks", lambda answer: "a fox" in answer.text)
    form = await opened_form(studio, await studio.ann.press(listed, "Search…"))
    await studio.ann.fill(form, **{"Words in the prompt": "fo\x00x\ud800"})
    await studio.until(lambda: "with “fox”" in listed.text)
    assert "Traceback" not in studio.log()


async def test_bytes_that_are_no_picture(studio):
    """A file that lies about its type is found out when fetched: the task fails, at no cost."""
    lying = Upload("e.png", b"\x89PNG\r\n\x1a\n but not really")
    card = await studio.ann.slash("imagine", prompt="a fox", image=lying)

    await studio.reads(card, "1")
    await studio.until(lambda: "fox" in card.message.text and "Not charged" in card.message.text)
    assert not studio.evolink.books.submissions


async def test_a_channel_where_the_bot_may_not_post(studio):
    """It is told before anything is spent, with the permissions that are missing."""
    world = studio.world
    ann = studio.person(world.ann, world.art)
    world.overwrite(world.art, world.bot, deny=Permission.ATTACH_FILES)
    interaction = await ann.slash("imagine", prompt="a fox")

    await _refused(studio, interaction, "Attach Files")


async def test_caps_of_the_operator(tmp_path):
    """No server admin can lift the daily cap."""
    async with opened(tmp_path, CAP_IMAGES_TOTAL="2") as studio:
        await studio.ann.slash("imagine", prompt="one", count=2)
        await studio.results()
        admin = studio.person(studio.world.admin)
        await admin.slash("imagine-admin quota user", user=studio.world.ann, images="unlimited")
        interaction = await studio.ann.slash("imagine", prompt="a fox")

        message = await studio.reads(interaction, "a fox")
        assert message.ephemeral
        assert len(studio.evolink.books.submissions) == 1


@pytest.mark.parametrize(
    ("setting", "says"),
    [("QUOTA_OPEN_TASKS", "No more than 1 of your tasks"), ("QUEUE_LIMIT", "The queue is full")],
)
async def test_too_many_tasks(tmp_path, setting, says):
    """With one open task of one's own, or one waiting in all, the next is refused, and told why."""
    async with opened(tmp_path, MAX_RUNNING="1", **{setting: "1"}) as studio:
        studio.evolink.behaviour.unfinished = True
        await studio.ann.slash("imagine", prompt="first")
        await studio.until(lambda: studio.evolink.books.submissions)
        if setting == "QUEUE_LIMIT":
            await studio.ann.slash("imagine", prompt="second")
        refused = await studio.ann.slash("imagine", prompt="a fox")

        message = await studio.reads(refused, says, "a fox")
        assert message.ephemeral
        assert len(studio.evolink.books.submissions) == 1
        studio.evolink.behaviour.unfinished = False
        await studio.results(2 if setting == "QUEUE_LIMIT" else 1)
        await studio.ann.press(message, "Send again (uses 1)")
        await posted(studio, "a fox")


async def test_a_server_that_is_not_allowed(tmp_path):
    """With ALLOWED_SERVERS set, other servers are told so."""
    async with opened(tmp_path, ALLOWED_SERVERS="1") as studio:
        interaction = await studio.ann.slash("imagine", prompt="a fox")

        await _refused(studio, interaction, "server")


async def test_an_admin_sets_and_clears_a_quota(studio):
    """The member hits the new limit at once; clearing it lifts it at once."""
    admin = studio.person(studio.world.admin)
    answer = await admin.slash("imagine-admin quota user", user=studio.world.ann, images="1")
    await studio.reads(answer, "Limit: was 20 images a day, now 1 image a day", "1 left today")
    interaction = await studio.ann.slash("imagine", prompt="a fox", count=2)
    await _refused(studio, interaction, "1")

    answer = await admin.slash("imagine-admin quota clear", user=studio.world.ann)
    await studio.reads(answer, "Limit: was 1 image a day, now 20 images a day")
    quota = await studio.ann.slash("quota")
    await studio.reads(quota, "20 left")


async def test_block_and_unblock(studio):
    """A blocked member can't draw here until the block is lifted."""
    admin = studio.person(studio.world.admin)
    await admin.slash("imagine-admin block", user=studio.world.ann)
    interaction = await studio.ann.slash("imagine", prompt="a fox")
    await _refused(studio, interaction, "blocked you from drawing")

    await admin.slash("imagine-admin unblock", user=studio.world.ann)
    await studio.ann.slash("imagine", prompt="a fox")
    await studio.results()


async def test_a_block_cancels_at_once_what_waits(tmp_path):
    """In a pause it would wait for its turn, maybe for days. What is being drawn is delivered."""
    async with opened(tmp_path, MAX_RUNNING="1") as studio:
        admin, bob = studio.person(studio.world.admin), studio.person(studio.world.bob)
        studio.evolink.behaviour.unfinished = True
        await bob.slash("imagine", prompt="the first")
        await studio.until(lambda: studio.evolink.books.submissions)
        waiting = await bob.slash("imagine", prompt="never", image=picture())
        await studio.reads(waiting, "next in line")
        await everywhere(studio, "Pause")
        await admin.slash("imagine-admin block", user=studio.world.bob)
        card = await studio.reads(waiting, "Cancelled", "blocked you", "Not charged")
        assert card.buttons == []

        await admin.slash("imagine-admin unblock", user=studio.world.bob)
        await everywhere(studio, "Resume")
        studio.evolink.behaviour.unfinished = False
        (first,) = await studio.results()
        assert "the first" in first.text
        await studio.quiet()
        assert len(studio.evolink.books.submissions) == 1


async def everywhere(studio, what):
    """Pause or resume all servers, with the button in the command's answer."""
    operator = studio.person(studio.world.admin)
    await operator.slash(f"imagine-admin {what.lower()}")

    def offered():
        return [each for each in studio.discord.books.messages if "OPERATOR_SERVER" in each.text]

    await studio.until(
        lambda: f"{what} everywhere" in offered()[-1:][0].buttons if offered() else 0
    )
    pressed = await operator.press(offered()[-1], f"{what} everywhere")
    now = "was no, now yes" if what == "Pause" else "was yes, now no"
    await studio.reads(pressed, f"Paused in every server: {now}")
    return offered()[-1]


async def test_only_the_operator_pauses_everywhere(studio):
    """An admin pauses their server, the operator all; resuming lets the next task through."""
    world = studio.world
    offered = await everywhere(studio, "Pause")
    interaction = await studio.ann.slash("imagine", prompt="a fox")
    await _refused(studio, interaction, "pause")
    world.add_role(world.studio, "Deputies", int(Permission.MANAGE_GUILD), (world.bob,))
    bob = studio.person(world.bob)
    # Only a forged press gets there.
    offered.only_for = world.bob.id
    await studio.reads(await bob.press(offered, "Pause everywhere"), "Only the bot's owner")
    await studio.reads(await bob.slash("imagine-admin resume"), "was yes, now no")
    await _refused(studio, await studio.ann.slash("imagine", prompt="a fox"), "owner has paused")
    await everywhere(studio, "Resume")
    await studio.ann.slash("imagine", prompt="a fox")
    await studio.results()


async def test_a_bmp_and_a_tiff_are_converted(studio):
    """Evolink's file service takes neither, so they arrive as PNG."""
    tiff = BytesIO()
    Image.new("CMYK", (40, 40)).save(tiff, "TIFF")
    await studio.ann.slash(
        "imagine",
        prompt="a fox",
        image=Upload("a.bmp", png(kind="BMP")),
        image2=Upload("b.tiff", tiff.getvalue()),
    )
    await studio.results()

    kinds = {upload.mime_type for upload in studio.evolink.books.uploads}
    assert kinds == {"image/png"}


async def test_looking_gives_nothing(studio):
    """Without a number the admin only looks; "no limit" has to be asked for by name."""
    admin, path = studio.person(studio.world.admin), "imagine-admin quota user"
    await admin.slash(path, user=studio.world.ann, images="5")
    for _ in range(2):
        answer = await admin.slash(path, user=studio.world.ann)
        assert "was" not in (await studio.reads(answer, "5 left today", "5 images a day")).text
    answer = await admin.slash(path, user=studio.world.ann, images="many")
    await studio.reads(answer, "“many” isn't a limit I know")
    await studio.reads(await studio.ann.slash("quota"), "5 left today")
    answer = await admin.slash(path, user=studio.world.ann, images="Unlimited")
    await studio.reads(answer, "was 5 images a day, now no limit")
    chinese = studio.person(studio.world.admin, locale="zh-CN")
    await chinese.slash(path, user=studio.world.ann, images="\uff17")
    answer = await chinese.slash(path, user=studio.world.ann, images="不限")
    await studio.reads(answer, "原为每天 7 张")

    choices = await admin.autocomplete(path, "images", "un", user=studio.world.ann)
    assert [choice["value"] for choice in choices] == ["unlimited"]
    choices = await admin.autocomplete(path, "images", "12", user=studio.world.ann)
    assert [(each["name"], each["value"]) for each in choices] == [("12 images a day", "12")]


async def test_who_is_blocked_while_waiting_is_not_drawn(tmp_path):
    """Nor is a server's that the operator has taken out; what is being drawn is delivered."""
    async with opened(tmp_path, MAX_RUNNING="1") as studio:
        bob, admin = studio.person(studio.world.bob), studio.person(studio.world.admin)
        studio.evolink.behaviour.unfinished = True
        await studio.ann.slash("imagine", prompt="the first")
        await studio.until(lambda: studio.evolink.books.submissions)
        blocked = await bob.slash("imagine", prompt="never", image=picture())
        out = await studio.ann.slash("imagine", prompt="neither")
        await studio.reads(out, "number 2 in line")
        told = await admin.slash("imagine-admin block", user=studio.world.bob)
        await studio.reads(told, "Their waiting tasks are cancelled")
        await studio.bot.stop()
        await studio.start(MAX_RUNNING="1", ALLOWED_SERVERS=str(studio.world.studio.id))
        studio.evolink.behaviour.unfinished = False
        (first, last) = await studio.results(2)
        card = await studio.reads(blocked, "Cancelled", "blocked you", "Not charged")
        assert card.buttons == []
        assert "the first" in first.text
        assert "neither" in last.text

        studio.evolink.behaviour.unfinished = True
        await studio.ann.slash("imagine", prompt="the last")
        await studio.until(lambda: len(studio.evolink.books.submissions) == 3)
        out = await studio.ann.slash("imagine", prompt="too late")
        await studio.reads(out, "next in line")
        await studio.bot.stop()
        await studio.start(MAX_RUNNING="1", ALLOWED_SERVERS="1")
        studio.evolink.behaviour.unfinished = False
        await studio.results(3)
        await studio.reads(out, "Cancelled", "isn't enabled for this server", "Not charged")
        assert len(studio.evolink.books.submissions) == 3


async def test_the_log_does_not_say_what_was_refused(studio):
    """By command or by form, private or not: it names only the kind of refusal."""
    typed = await studio.ann.slash("imagine", prompt="a fox --of Jane Doe", private=True)
    refused = await studio.reads(typed, "Jane Doe")
    form = await opened_form(studio, await studio.ann.press(refused, "Edit and resend"))
    sent = await studio.ann.fill(form, Prompt="a fox", Size="Jane Doe")
    await studio.reads(sent, "“Jane Doe” isn't a size")

    log = studio.log()
    assert "UnknownFlags" in log
    assert "SizeNotUnderstood" in log
    assert "Jane Doe" not in log
