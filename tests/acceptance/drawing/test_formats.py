"""What people attach: phones' photos come converted and upright, what people hid stays hidden."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from pillow_heif import register_heif_opener

from sandbox.discord.messages import Message
from sandbox.faults import Fault
from sandbox.person import Refused, Upload
from tests.acceptance.results_kit import answered, opened_form
from tests.kit.pictures import png

#: Where files are sent to.
FILES = r"/upload/"
#: EXIF: the top of the picture is at the right.
ORIENTATION, TURNED = 0x0112, 6


@pytest.fixture(autouse=True, scope="module")
def _photos():
    """Let these tests write HEIC."""
    register_heif_opener()


def photo(kind: str, size: tuple[int, int] = (400, 300)) -> bytes:
    """Take a photo with the camera held on its side."""
    exif = Image.Exif()
    exif[ORIENTATION] = TURNED
    out = BytesIO()
    Image.new("RGB", size, "teal").save(out, kind, exif=exif.tobytes())
    return out.getvalue()


def moving() -> bytes:
    """Return a GIF of two frames: red, then blue."""
    out = BytesIO()
    first, second = Image.new("RGB", (64, 48), "red"), Image.new("RGB", (64, 48), "blue")
    first.save(out, "GIF", save_all=True, append_images=[second], duration=99)
    return out.getvalue()


async def test_what_phones_and_programs_make(studio):
    """Five kinds in one task, one of them with a name that tells Discord nothing."""
    await studio.ann.slash(
        "imagine",
        prompt="a fox",
        image=Upload("IMG_0001.HEIC", photo("HEIF")),
        image2=Upload("b.avif", photo("AVIF")),
        image3=Upload("c.jpg", photo("JPEG")),
        image4=Upload("d.gif", moving()),
        image5=Upload("e.jpg", photo("JPEG", (5000, 7500))),
    )
    await studio.results()

    (order,) = studio.evolink.books.submissions
    seen = [(each.format, each.width, each.height) for each in order.references]
    assert seen[:4] == [
        ("JPEG", 300, 400),
        ("JPEG", 300, 400),
        ("JPEG", 300, 400),
        ("PNG", 64, 48),
    ]
    kind, width, height = seen[4]
    assert (kind, width > height, width * height <= 4096 * 4096) == ("JPEG", True, True)


async def test_only_pictures_are_offered(studio):
    """Discord lets nobody choose a video, not even in a form; phones' photos can be chosen."""
    film = Upload("a.MP4", b"\0" * 100)
    with pytest.raises(Refused, match=r"a\.MP4"):
        await studio.ann.slash("imagine", prompt="a fox", image=film)
    for name in ("a.HEIC", "b.heif", "c.hif", "d.tif", "e.pjpeg", "f.jfif", "g.apng"):
        await studio.ann.slash("imagine", prompt="\u200b", image=Upload(name, b"?"))
    shown = await studio.ann.slash("imagine", prompt="\u200b")
    refused = await studio.reads(shown, "The prompt is empty")
    form = await opened_form(studio, await studio.ann.press(refused, "Edit and resend"))
    with pytest.raises(Refused, match=r"a\.MP4"):
        await studio.ann.fill(form, **{"Prompt": "a fox", "More pictures": [film]})
    bitmap = Upload("h.bmp", png(kind="BMP"))
    await studio.ann.fill(form, **{"Prompt": "a fox", "More pictures": [bitmap]})
    await studio.results()

    (order,) = studio.evolink.books.submissions
    assert len(order.references) == 1


async def test_what_is_no_picture_at_all(studio):
    """A video is refused at once, in the sender's language, with the formats that are accepted."""
    studio.discord.behaviour.heeds_file_types = False
    ann = studio.person(studio.world.ann, locale="zh-CN")
    answer = await ann.slash("imagine", prompt="一只狐狸", image=Upload("a.mp4", b"\0" * 100))

    told = await studio.reads(answer, "HEIC", "一只狐狸")
    assert told.ephemeral
    assert not studio.evolink.books.submissions


async def test_a_converted_photo_never_goes_as_it_was(studio):
    """If Evolink refuses the file, Discord's link isn't sent: it would show what was taken out."""
    fault = studio.evolink.faults.add(Fault("POST", FILES, times=3, status=500))
    await studio.ann.slash("imagine", prompt="a fox", image=Upload("c.jpg", photo("JPEG")))
    await studio.results()

    assert fault.met == 3
    (order,) = studio.evolink.books.submissions
    assert [(each.width, each.height) for each in order.references] == [(300, 400)]
    assert "attachments" not in order.references[0].url


def hidden(message: Message) -> list[bool]:
    """Return whether each picture that components show is hidden."""
    return [bool(part.get("spoiler")) for part in _shown(message.components)]


def _shown(parts: Any) -> Iterator[Any]:
    for part in parts:
        if "media" in part:
            yield part
        for inner in ("items", "components"):
            yield from _shown(part.get(inner, ()))
        if "accessory" in part:
            yield from _shown([part["accessory"]])


@pytest.mark.parametrize("name", ["SPOILER_a.png", "a.png"])
async def test_hidden_in_hidden_out(studio, name):
    """The result, its menu, /tasks, the original, and what is drawn from it."""
    hides = name.startswith("SPOILER_")
    await studio.slash("imagine", prompt="a fox", image=Upload(name, png()))
    (result,) = await studio.results()
    assert hidden(result) == [hides]

    await studio.quiet()
    menu = await answered(studio, await studio.ann.press(result, "More…"))
    assert hidden(menu) == [hides]
    original = await answered(studio, await studio.ann.press(menu, "Original file"))
    assert original.images[0].name.startswith("SPOILER_") is hides
    assert hidden(await studio.slash("tasks")) == [hides]
    tray = await answered(studio, await studio.ann.menu("Use as reference", result))
    assert hidden(tray) == [hides]
    await studio.ann.press(menu, "4K (uses 1)" if "4K (uses 1)" in menu.buttons else "Redraw in 4K")
    again = (await studio.results(2))[1]
    assert hidden(again) == [hides]


async def test_hidden_in_a_form(studio):
    """A file that was attached to a form is no less a spoiler."""
    refused = await studio.slash("imagine", prompt="a fox", size="x")
    form = await opened_form(studio, await studio.ann.press(refused, "Edit and resend"))
    spoiler = Upload("SPOILER_a.png", png())
    await studio.ann.fill(form, **{"Size": "1:1", "More pictures": spoiler})
    (result,) = await studio.results()

    assert hidden(result) == [True]
