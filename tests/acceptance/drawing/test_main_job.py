"""The main job through the wire: /imagine to finished images."""

from tests.acceptance.studio import opened, picture

PROMPT = "a fox in the snow, *wide* shot"


async def test_text_to_image(studio):
    """A prompt becomes one image, in a new message that names the requester; the card is gone."""
    card = await studio.ann.slash("imagine", prompt=PROMPT)
    (result,) = await studio.results()
    await studio.until(lambda: card.message.deleted)

    assert f"<@{studio.world.ann.id}>" in result.text
    assert "a fox in the snow" in result.text
    assert result.pinged == {studio.world.ann.id}
    assert [(image.width, image.height) for image in result.images] == [(2048, 2048)]
    (order,) = studio.evolink.books.submissions
    assert order.prompt == PROMPT
    assert order.payload["n"] == 1


async def test_fourteen_references(studio):
    """All fourteen pictures reach Evolink, in their order, and are deleted there afterwards."""
    colours = ["red", "green", "blue", "white", "black", "gray", "pink"] * 2
    attached = {
        "image" if n == 1 else f"image{n}": picture(f"{n}.png", colour=colour)
        for n, colour in enumerate(colours, start=1)
    }
    await studio.ann.slash("imagine", prompt="all of these", **attached)
    await studio.results()

    (order,) = studio.evolink.books.submissions
    assert len(order.payload["image_urls"]) == 14
    uploads = studio.evolink.books.uploads
    await studio.until(lambda: all(upload.deleted_at for upload in uploads))
    assert len(uploads) == 14


async def test_fifteen_images_in_two_messages(studio):
    """Ten images in the first message, five in the second; one ping, one charge of fifteen."""
    card = await studio.slash("imagine", prompt="cats", count=15)
    first, second = await studio.results(2)
    await studio.until(lambda: card.deleted)

    assert [len(first.images), len(second.images)] == [10, 5]
    assert first.pinged == {studio.world.ann.id}
    assert not second.pinged
    names = [image.name for message in (first, second) for image in message.images]
    assert len(set(names)) == 15
    (order,) = studio.evolink.books.submissions
    assert order.payload["n"] == 15
    quota = await studio.ann.slash("quota")
    assert "5 left" in (await studio.reads(quota, "left")).text


async def test_big_pictures_are_posted_within_the_limit(own):
    """A 4K picture of 50 MB is posted at the same pixels, within 10 MiB; the original is kept."""
    own.evolink.behaviour.cheap_pictures = False
    own.evolink.behaviour.noisy = True
    await own.ann.slash("imagine", prompt="noise", size="1:1", quality="4K")
    await own.until(own.posted, seconds=90)
    (result,) = own.posted()
    (image,) = result.images

    assert (image.width, image.height) == (4096, 4096)
    assert image.size <= 10 * 1024 * 1024
    (original,) = own.originals()
    assert original.stat().st_size > 40_000_000


async def test_a_private_task_is_seen_by_nobody_else(studio):
    """The card is ephemeral and becomes the result; nothing is posted to the channel."""
    card = await studio.ann.slash("imagine", prompt="secret", private=True)
    assert card.ephemeral
    await studio.until(lambda: card.message.images)

    assert not studio.posted()
    bob = studio.person(studio.world.bob)
    assert not [m for m in bob.channel_messages() if m.author_id == studio.world.bot.id]


async def test_chinese(studio):
    """A Chinese user gets a Chinese card; the prompt reaches Evolink unchanged."""
    ann = studio.person(studio.world.ann, locale="zh-CN")
    card = await ann.slash("imagine", prompt="雪地里的狐狸", size="16\uff1a9")
    text = card.message.text
    await studio.results()

    assert "雪地里的狐狸" in text
    assert "等待" in text or "排队" in text
    (order,) = studio.evolink.books.submissions
    assert order.prompt == "雪地里的狐狸"
    assert order.payload["size"] == "16:9"


async def test_two_users_in_turn(tmp_path):
    """With one place, a second user's task comes before the first user's second."""
    async with opened(tmp_path, MAX_RUNNING="1") as studio:
        studio.evolink.behaviour.unfinished = True
        bob = studio.person(studio.world.bob)
        await studio.ann.slash("imagine", prompt="ann one")
        await studio.until(lambda: studio.evolink.books.submissions)
        await studio.ann.slash("imagine", prompt="ann two")
        await studio.ann.slash("imagine", prompt="ann three")
        waiting = await bob.slash("imagine", prompt="bob one")
        await studio.reads(waiting, "1")
        studio.evolink.behaviour.unfinished = False
        await studio.results(4)

        order = [submission.prompt for submission in studio.evolink.books.submissions]
        assert order.index("bob one") < order.index("ann three")


async def test_fewer_images_than_asked_are_charged_as_drawn(studio):
    """Evolink draws two of four: two are charged, two are given back."""
    studio.evolink.behaviour.images_made = 2
    card = await studio.slash("imagine", prompt="four", count=4)
    (result,) = await studio.results()
    await studio.until(lambda: card.deleted)

    assert len(result.images) == 2
    quota = await studio.ann.slash("quota")
    assert "18 left" in (await studio.reads(quota, "left")).text


async def test_sigterm_and_restart_in_the_middle(own):
    """A task that was being drawn is delivered by the next process, once."""
    own.evolink.behaviour.unfinished = True
    card = await own.ann.slash("imagine", prompt="later", image=picture())
    await own.until(lambda: own.evolink.books.submissions)
    assert await own.bot.stop() == 0
    own.evolink.behaviour.unfinished = False
    await own.restart()
    await own.results()
    await own.until(lambda: card.message.deleted)

    assert len(own.evolink.books.submissions) == 1
    assert len(own.posted()) == 1
