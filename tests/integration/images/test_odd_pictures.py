"""Pictures that every browser shows are accepted, whatever is written beside their pixels."""

import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from bot.domain.models import SEEDREAM_4_5
from bot.errors import Flaw, UnusablePicture
from bot.images.convert import for_evolink
from bot.images.fit import fit, thumbnail
from bot.images.probe import probe, whole
from tests.kit.odd_pictures import SIZE, TORN, odd_pictures
from tests.kit.pictures import chunk


def upper(path: Path) -> bytes:
    """Return the upper third of a picture, small."""
    with Image.open(path) as image:
        assert image.size == SIZE
        third = image.convert("RGB").crop((0, 0, SIZE[0], SIZE[1] // 3))
        return third.resize((8, 4), Image.Resampling.BOX).tobytes()


@pytest.mark.parametrize("name", odd_pictures())
async def test_as_a_reference_and_as_a_result(tmp_path, name):
    """It becomes a sound copy for Evolink, a small one to post, and a thumbnail."""
    path = tmp_path / name
    path.write_bytes(odd_pictures()[name])
    found = await probe(path)
    there, _ = await for_evolink(path, tmp_path / "for evolink", SEEDREAM_4_5)
    posted, _ = await fit(path, tmp_path / "to post", max_bytes=5_000)
    await thumbnail(path, tmp_path / "small")

    assert posted.stat().st_size <= 5_000
    for copy in (there, posted, tmp_path / "small"):
        with Image.open(copy) as image:
            image.load()
            assert image.width / image.height == pytest.approx(found.width / found.height, rel=0.03)
    missing = (await whole(path)).missing
    assert missing is not None
    assert (missing > 0.02) is (name in TORN)


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
async def test_what_is_there_of_a_torn_picture_is_seen(tmp_path, kind):
    """The part that came of a torn picture is unchanged."""
    sound, torn = tmp_path / "sound", tmp_path / "torn"
    Image.effect_noise(SIZE, 60).convert("RGB").save(sound, kind)
    torn.write_bytes(sound.read_bytes()[: sound.stat().st_size // 2])
    there, _ = await for_evolink(torn, tmp_path / "to", SEEDREAM_4_5)
    assert list(upper(there)) == pytest.approx(list(upper(sound)), abs=9)


async def test_broken_exif_turns_nothing(tmp_path):
    """Nor does XMP, which browsers ignore: the reference looks as its user sees it."""
    for name in ("exif of garbage.png", "exif of garbage.webp", "xmp that turns.jpg"):
        (tmp_path / name).write_bytes(odd_pictures()[name])
        _, found = await for_evolink(tmp_path / name, tmp_path / "to", SEEDREAM_4_5)
        assert (found.width, found.height) == SIZE


async def test_an_interlaced_png_that_breaks_off(tmp_path):
    """Its seven passes are filled up as well."""
    side = 33
    rows = bytes(100_000)
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 1)

    packed = zlib.compress(rows[: side * side])
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"zTXt", b"a\0\0broken")
    (tmp_path / "a").write_bytes(data + chunk(b"IDAT", packed))
    found = await whole(tmp_path / "a")
    # Three bytes per pixel, and one for each row of each pass.
    assert found.missing == pytest.approx(1 - side * side / (side * side * 3 + 70), abs=0.01)


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR",
        b"\x89PNG\r\n\x1a\n" + b"\0" * 200,
        b"\xff\xd8\xff\xe0",
        b"RIFF\xff\xff\xff\xffWEBPVP8L\xff\xff\xff\xff\x2f",
        b"RIFF\x10\0\0\0WEBPVP8X\0\0\0\0",
    ],
)
async def test_what_has_no_pixels_is_unreadable(tmp_path, data):
    """No pixels are made up if none came, and no length in the file is trusted."""
    (tmp_path / "a").write_bytes(data)
    for look in (for_evolink(tmp_path / "a", tmp_path / "b", SEEDREAM_4_5), whole(tmp_path / "a")):
        with pytest.raises(UnusablePicture) as raised:
            await look
        assert raised.value.flaw is Flaw.UNREADABLE
