"""References as strangers send them, and as Evolink gets them."""

import struct
from dataclasses import replace

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from bot.domain.models import SEEDREAM_4_5
from bot.domain.reference import FETCHED_BYTES
from bot.errors import Flaw, UnusablePicture
from bot.images.convert import for_evolink
from bot.images.probe import probe
from tests.integration.images.picture_kit import KINDS, LEFT_UP, ORIENTATION, exif, noise, saved


@pytest.mark.parametrize("kind", ["jpeg", "png", "gif", "webp"])
async def test_what_evolink_takes_stays_as_it_is(tmp_path, kind):
    """Not a byte of it changes."""
    path = saved(tmp_path / "a", Image.new("RGB", (40, 30), "teal"), kind)
    assert await for_evolink(path, tmp_path / "b", SEEDREAM_4_5) == (path, await probe(path))
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize("kind", ["bmp", "tiff"])
async def test_what_evolinks_files_do_not_take_becomes_a_png(tmp_path, kind):
    """The pixels are the same; in place works, too."""
    path = saved(tmp_path / "a", Image.new("RGB", (40, 30), "teal"), kind)
    for to in (tmp_path / "b", path):
        there, found = await for_evolink(path, to, SEEDREAM_4_5)
        assert (there, found.kind) == (to, "png")
        with Image.open(there) as image:
            assert image.getpixel((39, 29)) == (0, 128, 128)


@pytest.mark.parametrize("kind", sorted({*KINDS} - {"jpeg", "png", "webp"}))
async def test_a_reference_that_breaks_off_is_refused(tmp_path, kind):
    """This is found out before anything is paid; see ``test_odd_pictures.py`` for the others."""
    path = saved(tmp_path / "a", noise("RGB", 80, 60), kind)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    with pytest.raises(UnusablePicture) as raised:
        await for_evolink(path, tmp_path / "b", SEEDREAM_4_5)
    assert raised.value.flaw is Flaw.UNREADABLE
    assert [file.name for file in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize(
    ("size", "flaw"),
    [((14, 40), Flaw.TOO_SMALL), ((20, 321), Flaw.RATIO), ((8001, 8000), Flaw.PIXELS)],
)
async def test_a_reference_of_a_shape_that_evolink_refuses(tmp_path, size, flaw):
    """Evolink's limits of shape apply to the actual bytes."""
    path = saved(tmp_path / "a", Image.new("L", size), "png", compress_level=1)
    with pytest.raises(UnusablePicture) as raised:
        await for_evolink(path, tmp_path / "b", SEEDREAM_4_5)
    assert raised.value.flaw is flaw


async def test_a_reference_of_too_many_bytes(tmp_path):
    """Our size limit applies to what arrived, whatever Discord had said."""
    path = saved(tmp_path / "a", Image.new("RGB", (40, 30)), "png")
    with path.open("ab") as file:
        file.truncate(FETCHED_BYTES + 1)
    with pytest.raises(UnusablePicture) as raised:
        await for_evolink(path, tmp_path / "b", SEEDREAM_4_5)
    assert raised.value.flaw is Flaw.BYTES


@pytest.mark.parametrize("kind", ["heif", "avif"])
async def test_photos_of_phones_become_jpegs(tmp_path, kind):
    """HEIC and AVIF are decoded; what was lossy does not become a large PNG."""
    path = saved(tmp_path / "a", Image.new("RGB", (400, 300), "teal"), kind)
    there, found = await for_evolink(path, tmp_path / "b", SEEDREAM_4_5)
    assert (there, found.kind, found.width, found.height) == (tmp_path / "b", "jpeg", 400, 300)
    with Image.open(there) as image:
        assert image.getpixel((200, 150)) == pytest.approx((0, 128, 128), abs=6)


@pytest.mark.parametrize("kind", ["heif", "avif"])
async def test_what_shines_through_stays_so(tmp_path, kind):
    """A transparent HEIC or AVIF becomes a WebP, since JPEG has no transparency."""
    path = saved(tmp_path / "a", Image.new("RGBA", (64, 48), (200, 0, 0, 90)), kind)
    there, found = await for_evolink(path, tmp_path / "b", SEEDREAM_4_5)
    assert found.kind == "webp"
    with Image.open(there) as image:
        assert image.getchannel("A").getpixel((20, 20)) == pytest.approx(90, abs=4)


@pytest.mark.parametrize("kind", ["gif", "webp", "png"])
async def test_of_what_moves_the_first_frame_is_taken(tmp_path, kind):
    """A reference is one picture: the first."""
    first, second = Image.new("RGB", (64, 48), "red"), Image.new("RGB", (64, 48), "blue")
    options = {"lossless": True} if kind == "webp" else {}
    path = saved(
        tmp_path / "a", first, kind, save_all=True, append_images=[second], duration=99, **options
    )
    there, found = await for_evolink(path, tmp_path / "b", SEEDREAM_4_5)
    assert (there, found.kind) == (tmp_path / "b", "png")
    with Image.open(there) as image:
        assert (getattr(image, "n_frames", 1), image.getpixel((20, 20))) == (1, (255, 0, 0))


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "tiff", "heif", "avif"])
async def test_a_turned_photo_arrives_upright(tmp_path, kind):
    """However the camera was held, Evolink sees it as its user does."""
    photo = Image.new("RGB", (400, 300), "white")
    photo.paste("black", (0, 0, 200, 300))
    path = saved(tmp_path / "a", photo, kind, exif=exif(ORIENTATION=LEFT_UP))
    there, found = await for_evolink(path, tmp_path / "b", SEEDREAM_4_5)
    assert (found.width, found.height) == (300, 400)
    with Image.open(there) as image:
        assert image.convert("L").getpixel((150, 20)) == pytest.approx(0, abs=9)
        assert image.convert("L").getpixel((150, 380)) == pytest.approx(255, abs=9)
        assert image.getexif().get(ORIENTATION, 1) == 1


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "tiff", "heif", "avif"])
async def test_who_took_it_where_is_not_passed_on(tmp_path, kind):
    """Of what is written beside the pixels, nothing leaves the bot; the pixels are the same."""
    path = saved(tmp_path / "a", Image.new("RGB", (64, 48), "teal"), kind, exif=exif(ARTIST="Ann"))
    assert b"Ann" in path.read_bytes()
    there, _ = await for_evolink(path, tmp_path / "b", SEEDREAM_4_5)
    assert b"Ann" not in there.read_bytes()
    with Image.open(there) as image:
        assert image.size == (64, 48)
        assert image.convert("RGB").getpixel((20, 20)) == pytest.approx((0, 128, 128), abs=6)


async def test_what_programs_write_is_not_passed_on(tmp_path):
    """Neither a PNG's text, where other bots put prompts, nor a JPEG's or GIF's comment."""
    text = PngInfo()
    text.add_text("parameters", "the secret")
    small = Image.new("RGB", (64, 48), "teal")
    for path in (
        saved(tmp_path / "a", small, "png", pnginfo=text),
        saved(tmp_path / "b", small, "jpeg", comment="the secret"),
        saved(tmp_path / "c", small, "gif", comment="the secret"),
    ):
        assert b"the secret" in path.read_bytes()
        there, _ = await for_evolink(path, path, SEEDREAM_4_5)
        assert b"the secret" not in there.read_bytes()


async def test_what_we_drew_stays_as_it_is(tmp_path):
    """Metadata in our own results is Evolink's: not a byte of it changes."""
    small = Image.new("RGB", (64, 48), "teal")
    path = saved(tmp_path / "a", small, "jpeg", comment="drawn by a machine")
    assert (await for_evolink(path, tmp_path / "b", SEEDREAM_4_5, ours=True))[0] == path


async def test_a_copy_needs_no_second_copy(tmp_path):
    """A converted file is used unchanged from then on."""
    path = saved(tmp_path / "a", noise("RGB", 64, 48), "heif", exif=exif(ARTIST="Ann"))
    there, _ = await for_evolink(path, tmp_path / "b", SEEDREAM_4_5)
    assert (await for_evolink(there, tmp_path / "c", SEEDREAM_4_5))[0] == there


@pytest.mark.parametrize(
    ("kind", "mode"),
    [("jpeg", "RGB"), ("jpeg", "CMYK"), ("png", "P"), ("png", "RGBA"), ("heif", "RGB")],
)
async def test_too_many_pixels_become_fewer(tmp_path, kind, mode):
    """Above what Evolink reads (here: 90,000 pixels), it is scaled to a fixed number of pixels."""
    limits = replace(SEEDREAM_4_5.references, max_pixels=90_000)
    model = replace(SEEDREAM_4_5, references=limits, max_pixels=80_000)
    photo = Image.linear_gradient("L").resize((800, 600)).convert("RGB").convert(mode)
    path = saved(tmp_path / "a", photo, kind, exif=exif(ORIENTATION=LEFT_UP))
    _, found = await for_evolink(path, tmp_path / "b", model)
    assert 79_000 < found.width * found.height <= 80_000
    assert found.height / found.width == pytest.approx(4 / 3, rel=0.01)


@pytest.mark.parametrize("kind", ["jpeg", "png"])
async def test_too_many_bytes_become_fewer(tmp_path, kind):
    """Its pixels stay, its quality goes down."""
    options = {"quality": 100, "subsampling": 0} if kind == "jpeg" else {"compress_level": 0}
    path = saved(tmp_path / "a", noise("RGB", 2100, 1600), kind, **options)
    assert path.stat().st_size > SEEDREAM_4_5.references.max_bytes
    _, found = await for_evolink(path, tmp_path / "b", SEEDREAM_4_5)
    assert (found.kind, found.width, found.height) == ("jpeg", 2100, 1600)
    assert found.bytes <= SEEDREAM_4_5.references.max_bytes


def grey16(level: int) -> Image.Image:
    """Return grey of 16 bits, all of one level."""
    data = struct.pack("<H", level) * (64 * 48)
    return Image.frombytes("I;16", (64, 48), data)


@pytest.mark.parametrize(
    ("image", "kind", "colour"),
    [
        (Image.new("CMYK", (64, 48), (255, 0, 0, 0)), "tiff", (0, 255, 255)),
        (Image.new("P", (64, 48), 0), "bmp", (0, 0, 0)),
        (Image.new("1", (64, 48), 1), "tiff", (255, 255, 255)),
        (grey16(0x8080), "tiff", (128, 128, 128)),
        (Image.new("RGBA", (64, 48), (9, 8, 7, 255)), "tiff", (9, 8, 7)),
        (Image.new("RGBA", (64, 48), (9, 8, 7, 100)), "tiff", (9, 8, 7, 100)),
    ],
    ids=["cmyk", "palette", "one bit", "16 bits", "opaque", "clear"],
)
async def test_every_kind_of_pixel_keeps_its_colour(tmp_path, image, kind, colour):
    """What is converted looks as it did."""
    there, _ = await for_evolink(saved(tmp_path / "a", image, kind), tmp_path / "b", SEEDREAM_4_5)
    with Image.open(there) as shown:
        assert shown.getpixel((20, 20)) == colour
