"""Pictures as strangers send them, and copies that fit."""

import asyncio
import os
import struct
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from pillow_heif import register_heif_opener

from bot.domain.models import SEEDREAM_4_5
from bot.domain.reference import FETCHED_BYTES
from bot.errors import FetchFailed, Flaw, UnusablePicture
from bot.images.convert import for_evolink
from bot.images.files import save_stream, sha256
from bot.images.fit import fit
from bot.images.probe import probe

KINDS = ["jpeg", "png", "webp", "gif", "bmp", "tiff", "heif", "avif"]
#: EXIF's tag for how the camera was held; 6: the top is at the right.
ORIENTATION, LEFT_UP = 0x0112, 6
#: EXIF's tag for whoever took it.
ARTIST = 0x013B


@pytest.fixture(autouse=True, scope="module")
def _photos():
    """Let these tests write HEIC."""
    register_heif_opener()


def exif(**tags: int | str) -> bytes:
    """Return what a camera writes beside the pixels."""
    written = Image.Exif()
    for name, value in tags.items():
        written[globals()[name]] = value
    return written.tobytes()


def saved(path: Path, image: Image.Image, kind: str, **options: object) -> Path:
    """Write a picture, whatever its name says."""
    image.save(path, kind.upper(), **options)
    return path


def noise(mode: str, width: int, height: int) -> Image.Image:
    """Return a picture that no encoder makes small."""
    data = os.urandom(width * height * len(mode))
    return Image.frombytes(mode, (width, height), data)


def bomb(path: Path, side: int) -> Path:
    """Write a PNG of next to nothing that says it has ``side`` by ``side`` pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    header = struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0)
    rows = zlib.compress(bytes(1_000_000))
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )
    return path


@pytest.mark.parametrize("kind", KINDS)
async def test_the_bytes_say_what_it_is(tmp_path, kind):
    """A name that lies changes nothing."""
    path = saved(tmp_path / "holiday.exe", Image.new("RGB", (40, 30), "teal"), kind)
    found = await probe(path)
    assert (found.kind, found.width, found.height) == (kind, 40, 30)
    assert (found.content_type, found.bytes) == (f"image/{kind}", path.stat().st_size)
    assert found.extension == {"jpeg": ".jpg", "heif": ".heic"}.get(kind, f".{kind}")


@pytest.mark.parametrize(
    ("start", "flaw"),
    [
        (b"", Flaw.TYPE),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", Flaw.TYPE),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", Flaw.TYPE),
        (b"\x89PNG\r\n\x1a\n", Flaw.UNREADABLE),
        (b"BM" + b"\xff" * 60, Flaw.UNREADABLE),
        (b"II*\0" + b"\xff" * 60, Flaw.UNREADABLE),
        (b"RIFF\x10\0\0\0WEBPVP8 ", Flaw.UNREADABLE),
        (b"\0\0\0\x18ftypisom\0\0\2\0isomiso2", Flaw.TYPE),
        (b"\0\0\0\x14ftypheic\0\0\0\0mif1", Flaw.UNREADABLE),
        (b"\0\0\0\x14ftypmif1\0\0\0\0avif", Flaw.UNREADABLE),
    ],
)
async def test_what_is_no_picture(tmp_path, start, flaw):
    """It is refused by its bytes, and says of what kind the trouble is."""
    path = tmp_path / "picture.png"
    path.write_bytes(start)
    for look in (probe(path), for_evolink(path, tmp_path / "to", SEEDREAM_4_5)):
        with pytest.raises(UnusablePicture) as raised:
            await look
        assert raised.value.flaw is flaw


# 67 million pixels are above our cap only, 144 above Pillow's warning, 400 above Pillow's error.
@pytest.mark.parametrize("side", [8_200, 12_000, 20_000])
async def test_a_bomb_is_refused_by_its_header(tmp_path, side):
    """A few bytes that would need hundreds of megabytes are never decoded."""
    path = bomb(tmp_path / "bomb", side)
    assert path.stat().st_size < 410_000
    for look in (
        probe(path),
        for_evolink(path, path, SEEDREAM_4_5),
        fit(path, path, max_bytes=100),
    ):
        with pytest.raises(UnusablePicture) as raised:
            await look
        assert raised.value.flaw is Flaw.PIXELS


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
    """It is found out before anything is paid; see ``test_odd_pictures.py`` for the others."""
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
    """Evolink's limits of shape hold for what the bytes say."""
    path = saved(tmp_path / "a", Image.new("L", size), "png", compress_level=1)
    with pytest.raises(UnusablePicture) as raised:
        await for_evolink(path, tmp_path / "b", SEEDREAM_4_5)
    assert raised.value.flaw is flaw


async def test_a_reference_of_too_many_bytes(tmp_path):
    """Our limit of bytes holds for what came, whatever Discord had said."""
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


async def test_an_avif_that_calls_itself_a_picture_of_any_coding(tmp_path):
    """What it also goes by ("avif") tells which decoder reads it."""
    path = saved(tmp_path / "a", Image.new("RGB", (40, 30), "teal"), "avif")
    data = path.read_bytes()
    path.write_bytes(data[:8] + b"mif1" + data[12:])
    assert (await probe(path)).kind == "avif"


@pytest.mark.parametrize("kind", ["heif", "avif"])
async def test_what_shines_through_stays_so(tmp_path, kind):
    """A clear HEIC or AVIF becomes a WebP, since a JPEG would fill it."""
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
    """What is written in a result of ours is Evolink's own: not a byte of it changes."""
    small = Image.new("RGB", (64, 48), "teal")
    path = saved(tmp_path / "a", small, "jpeg", comment="drawn by a machine")
    assert (await for_evolink(path, tmp_path / "b", SEEDREAM_4_5, ours=True))[0] == path


async def test_a_copy_needs_no_second_copy(tmp_path):
    """What was converted is taken as it is from then on."""
    path = saved(tmp_path / "a", noise("RGB", 64, 48), "heif", exif=exif(ARTIST="Ann"))
    there, _ = await for_evolink(path, tmp_path / "b", SEEDREAM_4_5)
    assert (await for_evolink(there, tmp_path / "c", SEEDREAM_4_5))[0] == there


@pytest.mark.parametrize(
    ("kind", "mode"),
    [("jpeg", "RGB"), ("jpeg", "CMYK"), ("png", "P"), ("png", "RGBA"), ("heif", "RGB")],
)
async def test_too_many_pixels_become_fewer(tmp_path, kind, mode):
    """Above what Evolink reads (here: 90,000 pixels) it is scaled to a fixed number of pixels."""
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


def coded_larger(path: Path, side: int) -> Path:
    """Write a HEIC whose coded pixels are more than its header says."""
    saved(path, Image.new("RGB", (side, side), "teal"), "heif")
    data = path.read_bytes()
    path.write_bytes(data.replace(struct.pack(">II", side, side), struct.pack(">II", 64, 48)))
    return path


async def test_a_photo_that_lies_about_its_pixels(tmp_path):
    """A HEIC that says 64x48 and holds millions of pixels is not decoded."""
    path = coded_larger(tmp_path / "a", 2000)
    assert (await probe(path)).width == 64
    with pytest.raises(UnusablePicture) as raised:
        await for_evolink(path, tmp_path / "b", SEEDREAM_4_5)
    assert raised.value.flaw is Flaw.UNREADABLE


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


async def test_a_small_result_stays_as_it_is(tmp_path):
    """What fits is not encoded again."""
    path = saved(tmp_path / "a", Image.new("RGB", (40, 30)), "png")
    assert await fit(path, tmp_path / "b", max_bytes=10_000) == (path, await probe(path))
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize(
    ("mode", "most", "kind", "same_pixels"),
    [
        ("RGB", 400_000, "jpeg", True),
        ("RGB", 20_000, "jpeg", False),
        ("RGBA", 900_000, "webp", True),
        ("RGBA", 20_000, "webp", False),
    ],
)
async def test_a_large_result_is_made_to_fit(tmp_path, mode, most, kind, same_pixels):
    """First the quality goes, then pixels; the ratio and what shines through stay."""
    path = saved(tmp_path / "a", noise(mode, 800, 600), "png")
    there, found = await fit(path, tmp_path / "b", max_bytes=most)
    assert (there, found.kind) == (tmp_path / "b", kind)
    assert most // 4 < there.stat().st_size <= most
    assert ((found.width, found.height) == (800, 600)) is same_pixels
    assert found.width / found.height == pytest.approx(4 / 3, rel=0.02)


async def test_a_4k_picture_of_noise_fits_into_ten_mebibytes(tmp_path):
    """The worst that a drawing can be keeps all its pixels, and the loop goes on meanwhile."""
    path = saved(tmp_path / "a", noise("RGB", 4096, 4096), "png", compress_level=0)
    fitting = asyncio.ensure_future(fit(path, tmp_path / "b", max_bytes=10 * 2**20))
    turns = 0
    while not fitting.done():
        await asyncio.sleep(0.001)
        turns += 1
    _, found = await fitting
    assert found.bytes <= 10 * 2**20
    assert (found.width, found.height) == (4096, 4096)
    # A decoder on the loop would let it turn once or twice.
    assert turns > 10


async def test_a_turned_photo_stays_upright(tmp_path):
    """A camera's turning is applied, since the copy carries no EXIF."""
    turned = exif(ORIENTATION=LEFT_UP)
    path = saved(tmp_path / "a", noise("RGB", 400, 300), "jpeg", exif=turned, quality=100)
    _, found = await fit(path, tmp_path / "b", max_bytes=90_000)
    assert (found.width, found.height) == (300, 400)


async def test_of_an_animation_the_first_frame_is_fitted(tmp_path):
    """A GIF above the limit becomes a still picture."""
    frames = [noise("RGB", 200, 150) for _ in range(3)]
    path = saved(tmp_path / "a", frames[0], "gif", save_all=True, append_images=frames[1:])
    _, found = await fit(path, tmp_path / "b", max_bytes=30_000)
    assert (found.kind, found.width, found.height) == ("jpeg", 200, 150)


async def test_a_copy_is_made_once(tmp_path):
    """A second try takes the copy that is there; a newer original makes a new one."""
    path = saved(tmp_path / "a", noise("RGB", 300, 200), "png")
    to, _ = await fit(path, tmp_path / "b", max_bytes=50_000)
    first = to.stat().st_ino
    await fit(path, tmp_path / "b", max_bytes=50_000)
    assert to.stat().st_ino == first
    os.utime(path, ns=(0, to.stat().st_mtime_ns + 10**9))
    await fit(path, tmp_path / "b", max_bytes=50_000)
    assert to.stat().st_ino != first


async def test_what_cannot_fit_says_so(tmp_path):
    """No JPEG has fifty bytes."""
    path = saved(tmp_path / "a", noise("RGB", 60, 40), "png")
    with pytest.raises(UnusablePicture) as raised:
        await fit(path, tmp_path / "b", max_bytes=50)
    assert raised.value.flaw is Flaw.BYTES


async def pieces(*sizes: int):
    """Come in pieces, as a download does."""
    for size in sizes:
        yield bytes(size)


async def test_a_stream_is_saved_whole(tmp_path):
    """Its bytes are counted; up to the cap, itself included, all is well."""
    to = tmp_path / "a"
    assert await save_stream(pieces(2_000_000, 0, 500_000), to, max_bytes=2_500_000) == 2_500_000
    assert [file.name for file in tmp_path.iterdir()] == ["a"]
    nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert await save_stream(pieces(), to, max_bytes=0) == 0
    assert await sha256(to) == nothing


async def test_a_stream_that_is_too_long_leaves_nothing(tmp_path):
    """What was there before stays."""
    (tmp_path / "a").write_bytes(b"before")
    with pytest.raises(UnusablePicture):
        await save_stream(pieces(2_000_000, 1), tmp_path / "a", max_bytes=2_000_000)
    assert [file.read_bytes() for file in tmp_path.iterdir()] == [b"before"]


async def test_a_stream_that_is_cancelled_leaves_nothing(tmp_path):
    """A stop in the middle of a download is clean."""
    half = asyncio.Event()

    async def stalling():
        yield bytes(2_000_000)
        half.set()
        await asyncio.Event().wait()

    saving = asyncio.ensure_future(save_stream(stalling(), tmp_path / "a", max_bytes=10**12))
    await half.wait()
    assert list(tmp_path.iterdir())
    saving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await saving
    assert list(tmp_path.iterdir()) == []


async def test_a_disk_that_refuses_is_trouble_that_may_pass(tmp_path):
    """A paid picture is not given up for a full or missing disk."""
    with pytest.raises(FetchFailed) as raised:
        await save_stream(pieces(10), tmp_path / "no" / "a", max_bytes=100)
    assert not isinstance(raised.value, UnusablePicture)
