"""/privacy through the wire: what is stored, a copy, the deletion, and a kill in the middle."""

import io
import json
import re
import zipfile

from sandbox.discord.messages import Message
from sandbox.person import Person
from tests.acceptance.results_kit import answered, drawn, forged, left, posted
from tests.acceptance.studio import Studio, picture


async def _shown(studio: Studio, person: Person) -> Message:
    """What somebody reads about themselves."""
    return await answered(studio, await person.slash("privacy"))


async def _pressed(studio: Studio, person: Person, card: Message, *labels: str) -> Message:
    """Press one button after the other; each answer replaces the one before."""
    for label in labels:
        before = card.text
        await person.press(card, label)
        await studio.until(lambda before=before: card.text != before)
    return card


async def _exported(studio: Studio, person: Person) -> zipfile.ZipFile:
    """What somebody's *Export* hands them, and them alone."""
    answer = await answered(studio, await person.press(await _shown(studio, person), "Export"))
    assert answer.ephemeral
    (file,) = answer.body.files.values()
    assert file.name == "imagine-privacy-1.zip"
    return zipfile.ZipFile(io.BytesIO(file.read()))


async def test_what_is_stored_is_told_in_plain_words(studio):
    """Only the person who asks sees it, in a server or a direct message, in their language."""
    assert "Nothing." in (await _shown(studio, studio.person(studio.world.bob))).text
    await drawn(studio, "a secret fox", image=picture())
    await studio.quiet()
    shown = await _shown(studio, studio.ann)
    assert shown.ephemeral
    for line in ("1 task with its prompt", "1 picture you attached", "1 image drawn for you"):
        assert line in shown.text
    there = studio.person(studio.world.ann, studio.world.dm(studio.world.ann), locale="zh-CN")
    told = await _shown(studio, there)
    assert "1 个任务及其提示词" in told.text
    assert told.buttons == ["导出", "删除我的数据…"]


async def test_the_export_is_a_private_file(studio):
    """With the prompt, the picture and the drawing; nobody else's, and no token."""
    await drawn(studio, "a fox \N{FOX FACE} “in” 雪", image=picture())
    await drawn(studio, "bob's boat", studio.person(studio.world.bob))
    await studio.quiet()
    archive = await _exported(studio, studio.ann)
    (task,) = json.loads(archive.read("tasks.json"))
    kinds = sorted(name.partition("/")[0] for name in archive.namelist())
    assert task["request"]["prompt"] == "a fox \N{FOX FACE} “in” 雪"
    assert "token" not in task
    assert kinds == ["about.json", "images", "references", "tasks.json"]
    incoming = studio.folder / "data" / "incoming"
    await studio.until(lambda: not list(incoming.iterdir()))


async def test_somebody_elses_picture_is_in_nobody_elses_export(studio):
    """*Again* draws from it, but neither the file nor a link to it is handed to the presser."""
    bob, admin = studio.person(studio.world.bob), studio.person(studio.world.admin)
    lent = await drawn(studio, "a lent fox", image=picture(width=54))
    again = next(label for label in lent.buttons if label.startswith("Again"))
    await bob.press(lent, again)
    of_bob = await posted(studio, "a lent fox", 2)
    await bob.press(of_bob, again)
    await posted(studio, "a lent fox", 3)
    await studio.quiet()
    await answered(studio, await admin.slash("imagine-admin block", user=studio.world.bob))
    # Refused, so it is kept as a draft.
    await answered(studio, await bob.press(lent, again))
    shown = await _shown(studio, bob)
    assert not re.search(r"\d pictures? you attached", shown.text)
    archive = await _exported(studio, bob)
    assert not [name for name in archive.namelist() if name.startswith("references/")]
    for name in ("about.json", "tasks.json"):
        text = archive.read(name).decode()
        assert "a lent fox" in text
        assert "attachments/" not in text
    own = await _exported(studio, studio.ann)
    assert [name for name in own.namelist() if name.startswith("references/")]
    assert "attachments/" in own.read("tasks.json").decode()


async def test_what_is_deleted_is_gone_and_frees_no_quota(studio):
    """It is gone from lists and disk; the post stays, but its buttons find nothing any more."""
    bob = studio.person(studio.world.bob)
    post = await drawn(studio, "a shy fox", image=picture())
    other = await drawn(studio, "bob's boat", bob)
    await studio.quiet()
    had, files = await left(studio), len(studio.originals())
    card = await _shown(studio, studio.ann)
    question = await _pressed(studio, studio.ann, card, "Delete my data…")
    for word in ("Gone for good", "Stays", "Posts", "Your quota isn't refunded"):
        assert word in question.text
    assert "1 task with its prompt" in (await _pressed(studio, studio.ann, card, "Keep")).text
    said = await _pressed(studio, studio.ann, card, "Delete my data…", "Delete")
    assert "Deleted. Your quota isn't refunded." in said.text
    await studio.quiet(studio.world.ann.id)
    assert await left(studio) == had
    assert "a shy fox" not in (await studio.slash("tasks")).text
    shown = await _shown(studio, studio.ann)
    assert "1 deleted task, of which only numbers are left" in shown.text
    assert not re.search(r"tasks? with", shown.text)
    assert post in studio.posted()
    for person in (studio.ann, bob):
        told = await answered(studio, await person.press(post, "More…"))
        assert "isn't yours or no longer exists" in told.text
    assert "Delete" in str((await answered(studio, await bob.press(other, "More…"))).buttons)
    assert len(studio.originals()) == files - 1


async def test_an_attached_picture_is_gone_whoever_drew_from_it(studio):
    """Nobody can draw from it again, at no charge; what others attached themselves stays."""
    bob = studio.person(studio.world.bob)
    references = studio.folder / "data" / "references"
    await drawn(studio, "bob's own fox", bob, image=picture(width=57))
    await studio.quiet()
    had = set(references.iterdir())
    lent = await drawn(studio, "a withdrawn fox", image=picture(width=55))
    again = next(label for label in lent.buttons if label.startswith("Again"))
    await bob.press(lent, again)
    drawn_before = await posted(studio, "a withdrawn fox", 2)
    await studio.quiet()
    studio.evolink.behaviour.unfinished = True
    await bob.press(drawn_before, again)
    await studio.until(lambda: len(studio.evolink.books.submissions) == 4)
    card = await _shown(studio, studio.ann)
    await _pressed(studio, studio.ann, card, "Delete my data…", "Delete")
    await studio.quiet(studio.world.ann.id)
    assert set(references.iterdir()) > had
    studio.evolink.behaviour.unfinished = False
    # It was already sent; its copy goes once it is drawn.
    await posted(studio, "a withdrawn fox", 3)
    await studio.quiet()
    assert set(references.iterdir()) == had
    before = await left(studio, bob)
    told = await studio.reads(await bob.press(drawn_before, again), "Not charged")
    assert "Picture 1 is no longer available" in told.text
    assert await left(studio, bob) == before


async def test_the_posts_go_where_that_is_asked_for(studio):
    """All pages go; a forged button that somebody else presses deletes only their own data."""
    bob = studio.person(studio.world.bob)
    await drawn(studio, "two foxes", count=2)
    other = await drawn(studio, "bob's boat", bob)
    await studio.quiet()
    button = "privacy:delete:posts"
    told = await answered(studio, await studio.ann.press(forged(other, button), button))
    assert told.ephemeral
    await studio.until(lambda: not [each for each in studio.posted() if "two foxes" in each.text])
    assert "bob's boat" in (await answered(studio, await bob.slash("tasks"))).text


async def test_what_is_not_finished_stays_and_is_told(studio):
    """A paid drawing is still delivered; once it is closed, it can be deleted, too."""
    studio.evolink.behaviour.unfinished = True
    await studio.ann.slash("imagine", prompt="a slow fox")
    await studio.until(lambda: studio.evolink.books.submissions)
    card = await _shown(studio, studio.ann)
    question = await _pressed(studio, studio.ann, card, "Delete my data…")
    assert "1 task isn't finished, so it stays" in question.text
    said = await _pressed(studio, studio.ann, card, "Delete")
    assert "1 task isn't finished, so it stays" in said.text
    studio.evolink.behaviour.unfinished = False
    await posted(studio, "a slow fox")


async def test_a_kill_after_the_answer_changes_nothing(own):
    """What was said to be deleted is gone when the bot is back, though it died at once."""
    for number in range(6):
        await drawn(own, f"fox number {number}", image=picture())
    await own.quiet()
    card = await _shown(own, own.ann)
    await _pressed(own, own.ann, card, "Delete my data…", "Delete posts too")
    await own.bot.kill()
    await own.restart()
    await own.until(lambda: not own.posted())
    await own.quiet()
    shown = await _shown(own, own.ann)
    assert "6 deleted tasks" in shown.text
    assert not re.search(r"tasks? with", shown.text)
    assert own.originals() == []
    assert not list((own.folder / "data" / "references").iterdir())
