"""References a day later, when every link is dead and others' messages come blank."""

from contextlib import asynccontextmanager

from sandbox.person import Upload
from tests.acceptance.results_kit import answered, drawn, left, opened_form, order, posted
from tests.acceptance.studio import opened, picture
from tests.kit.pictures import png

EDIT, USE = "Edit with Imagine", "Use as reference"
REFRESH = "/attachments/refresh-urls"
#: So little room that only what a task waits with is kept.
NO_ROOM = {"REFERENCE_DISK_GB": "0.000000001"}


def a_day_passes(studio) -> None:
    """Each of Discord's links is dead, what was attached to commands gone."""
    studio.discord.platform.cdn.let_a_day_pass()


def widths(studio, prompt: str) -> list[int]:
    """How wide the references were that Evolink got, the last time."""
    return [each.width for each in order(studio, prompt).references]


async def gathered(studio, prompt: str, message, person=None):
    """Draw with the pictures of a message; return the message with the result."""
    person = person or studio.ann
    tray = await answered(studio, await person.menu(USE, message))
    form = await opened_form(studio, await person.press(tray, "Draw with these…"))
    await person.fill(form, Prompt=prompt)
    return await posted(studio, prompt)


@asynccontextmanager
async def forgetful(folder):
    """A bot that keeps only what it has to."""
    async with opened(folder, **NO_ROOM) as studio:
        yield studio
        assert not studio.discord.books.violations


async def test_again_a_day_later(studio):
    """Somebody else's picture, one typed with the command and a result: by somebody else, too."""
    bob = studio.person(studio.world.bob)
    result = await drawn(studio, "an old fox")
    await answered(studio, await studio.ann.menu(USE, result))
    message = bob.say("look", files=[Upload("image.png", png(width=77))])
    both = await gathered(studio, "two foxes", message)
    typed = await drawn(studio, "a typed fox", image=picture("image.png", width=78))
    await studio.quiet()
    a_day_passes(studio)
    await bob.press(both, "Again (uses 1)")
    again = await posted(studio, "two foxes", 2)
    assert again.pinged == {bob.user.id}
    assert widths(studio, "two foxes") == [2048, 77]
    await studio.ann.press(typed, "Again (uses 1)")
    await posted(studio, "a typed fox", 2)
    assert widths(studio, "a typed fox") == [78]


async def test_the_same_picture_is_kept_once(studio):
    """Attached by two people, under two names, it is one file."""
    kept = studio.folder / "data" / "references"
    await studio.quiet()
    had = len(list(kept.iterdir()))
    await drawn(studio, "a first fox", image=picture("a.png", width=91))
    bob = studio.person(studio.world.bob)
    await drawn(studio, "a second fox", bob, image=picture("b.png", width=91))
    await studio.quiet()
    assert len(list(kept.iterdir())) == had + 1


async def test_pictures_of_one_name(studio):
    """Three pasted pictures of one message are three references, a day later as well."""
    bob = studio.person(studio.world.bob)
    files = [Upload("image.png", png(width=width)) for width in (61, 62, 63)]
    message = bob.say("look", files=files)
    tray = await answered(studio, await studio.ann.menu(USE, message))
    assert "3/14" in tray.text
    result = await gathered(studio, "three foxes", message)
    assert widths(studio, "three foxes") == [61, 62, 63]
    await studio.quiet()
    a_day_passes(studio)
    await studio.ann.press(result, "Again (uses 1)")
    await posted(studio, "three foxes", 2)
    assert widths(studio, "three foxes") == [61, 62, 63]


async def test_dead_links_are_signed_anew(tmp_path):
    """Nothing is kept and the message comes blank, but its attachments are still there."""
    async with forgetful(tmp_path) as studio:
        bob = studio.person(studio.world.bob)
        files = [Upload("image.png", png(width=width)) for width in (71, 72)]
        result = await gathered(studio, "two foxes", bob.say("look", files=files))
        await studio.quiet()
        a_day_passes(studio)
        await studio.ann.press(result, "Again (uses 1)")
        await posted(studio, "two foxes", 2)
        assert widths(studio, "two foxes") == [71, 72]
        assert len(studio.discord.books.to("POST", REFRESH)) == 2


async def test_what_is_nowhere_any_more_is_asked_for(tmp_path):
    """A command's attachment is gone for good: the bot says which, and asks for it again."""
    async with forgetful(tmp_path) as studio:
        bob = studio.person(studio.world.bob)
        first = bob.say("look", files=[Upload("a.png", png(width=71))])
        form = await opened_form(studio, await studio.ann.menu(EDIT, first))
        more = picture("b.png", width=72)
        await studio.ann.fill(form, Prompt="a lost fox", **{"More pictures": more})
        result = await posted(studio, "a lost fox")
        assert widths(studio, "a lost fox") == [71, 72]
        await studio.quiet()
        had = await left(studio)
        a_day_passes(studio)
        again = await studio.ann.press(result, "Again (uses 1)")
        card = await studio.reads(again, "Not charged")
        assert "Picture 2 is no longer available" in card.text
        assert await left(studio) == had
        form = await opened_form(studio, await studio.ann.press(card, "Edit and resend"))
        await studio.ann.fill(form, **{"More pictures": picture("c.png", width=73)})
        await posted(studio, "a lost fox", 2)
        assert widths(studio, "a lost fox") == [71, 73]


async def test_discord_signs_no_links_any_more(tmp_path):
    """The bot stops asking after the first refusal; where it may read the message, it uses that."""
    async with forgetful(tmp_path) as studio:
        studio.discord.behaviour.refreshes_links = False
        bob, bot = studio.person(studio.world.bob), studio.world.bot
        blank = bob.say("look", files=[Upload("image.png", png(width=71))])
        files = [Upload("image.png", png(width=width)) for width in (72, 73)]
        mention = bob.say(f"<@{bot.id}> look", files=files)
        results = [
            await gathered(studio, "a blank fox", blank),
            await gathered(studio, "a plain fox", mention, bob),
        ]
        await studio.quiet()
        a_day_passes(studio)
        again = await studio.ann.press(results[0], "Again (uses 1)")
        assert "is no longer available" in (await studio.reads(again, "Not charged")).text
        await bob.press(results[1], "Again (uses 1)")
        await posted(studio, "a plain fox", 2)
        assert widths(studio, "a plain fox") == [72, 73]
        assert len(studio.discord.books.to("POST", REFRESH)) == 1
        studio.discord.books.violations.clear()


async def test_links_that_die_in_the_queue(tmp_path):
    """There was no room to fetch it early; when its turn comes, its link is signed again."""
    async with opened(tmp_path, USER_RUNNING="1", **NO_ROOM) as studio:
        bob = studio.person(studio.world.bob)
        message = bob.say("look", files=[Upload("image.png", png(width=81))])
        studio.evolink.behaviour.unfinished = True
        await studio.ann.slash("imagine", prompt="a slow fox", image=picture())
        await studio.until(lambda: studio.evolink.books.submissions)
        form = await opened_form(studio, await studio.ann.menu(EDIT, message))
        card = await studio.ann.fill(form, Prompt="a late fox")
        await answered(studio, card)
        a_day_passes(studio)
        studio.evolink.behaviour.unfinished = False
        await posted(studio, "a late fox")
        assert widths(studio, "a late fox") == [81]


async def test_one_result_is_one_entry(studio):
    """Added by its button, by its message's menu, or from a forward that everybody there sees."""
    bob = studio.person(studio.world.bob)
    result = await drawn(studio, "a fox of many ways")
    menu = await answered(studio, await studio.ann.press(result, "More…"))
    assert "1/14" in (await answered(studio, await studio.ann.press(menu, USE))).text
    for message in (result, bob.forward(result), studio.ann.forward(result)):
        tray = await answered(studio, await studio.ann.menu(USE, message))
        assert "1/14" in tray.text
        assert "Already added" in tray.text


async def test_a_picture_that_is_named_like_a_result(studio):
    """Somebody changed a result and posted it under its old name: that is another picture."""
    bob = studio.person(studio.world.bob)
    result = await drawn(studio, "a fox to change")
    changed = bob.say("mine", files=[Upload(result.images[0].name, png(width=33))])
    await gathered(studio, "a fox by name only", bob.forward(changed), bob)
    assert widths(studio, "a fox by name only") == [33]


async def test_forwards_where_others_pictures_are_off(studio):
    """A forward is the picture of whoever wrote it, wherever it was forwarded from."""
    admin, bob = studio.person(studio.world.admin), studio.person(studio.world.bob)
    result = await drawn(studio, "everybody's fox")
    anns = studio.ann.say("mine", files=[Upload("image.png", png(width=51))])
    bobs = bob.say("mine", files=[Upload("image.png", png(width=52))])
    hidden = studio.person(studio.world.bob, studio.world.no_bots)
    unseen = hidden.say("mine", files=[Upload("image.png", png(width=53))])
    await answered(studio, await admin.slash("imagine-admin settings", others=False))
    # Each of these has the bot look up a message: Discord allows five in five seconds.
    for message, name in ((studio.ann.forward(bobs), EDIT), (bob.forward(unseen), USE)):
        told = await answered(studio, await studio.ann.menu(name, message))
        assert "other people's pictures" in told.text
    for number, message in enumerate((bob.forward(anns), bob.forward(result)), start=1):
        tray = await answered(studio, await studio.ann.menu(USE, message))
        assert f"{number}/14" in tray.text
