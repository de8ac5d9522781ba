"""The main job through the wire: /imagine to finished images."""

from conftest import picture

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
    await studio.until(lambda: all(upload.deleted for upload in uploads))
    assert len(uploads) == 14


async def test_fifteen_images_in_two_messages(studio):
    """Ten images in the first message, five in the second; one ping, one charge of fifteen."""
    await studio.ann.slash("imagine", prompt="cats", count=15)
    first, second = await studio.results(2)

    assert [len(first.images), len(second.images)] == [10, 5]
    assert first.pinged == {studio.world.ann.id}
    assert not second.pinged
    names = [image.name for message in (first, second) for image in message.images]
    assert len(set(names)) == 15
    (order,) = studio.evolink.books.submissions
    assert order.payload["n"] == 15
    quota = await studio.ann.slash("quota")
    assert "5 left" in (await studio.reads(quota, "left")).text
