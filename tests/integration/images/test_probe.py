"""What a picture is by its bytes."""

import struct
from pathlib import Path

import pytest
from PIL import Image

from bot.domain.models import SEEDREAM_4_5
from bot.errors import Flaw, UnusablePicture
from bot.images.convert import for_evolink
from bot.images.fit import fit
from bot.images.probe import probe
from tests.integration.images.picture_kit import KINDS, saved
from tests.kit.pictures import bomb


def coded_larger(path: Path, side: int) -> Path:
    """Write a HEIC whose coded pixels are more than its header says."""
    saved(path, Image.new("RGB", (side, side), "teal"), "heif")
    data = path.read_bytes()
    path.write_bytes(data.replace(struct.pack(">II", side, side), struct.pack(">II", 64, 48)))
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
    """The bytes decide, and the refusal says what kind of trouble it is."""
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
    path = tmp_path / "bomb"
    path.write_bytes(bomb(side))
    assert path.stat().st_size < 410_000
    for look in (
        probe(path),
        for_evolink(path, path, SEEDREAM_4_5),
        fit(path, path, max_bytes=100),
    ):
        with pytest.raises(UnusablePicture) as raised:
            await look
        assert raised.value.flaw is Flaw.PIXELS


async def test_an_avif_that_calls_itself_a_picture_of_any_coding(tmp_path):
    """Its compatible brand ("avif") tells which decoder reads it."""
    path = saved(tmp_path / "a", Image.new("RGB", (40, 30), "teal"), "avif")
    data = path.read_bytes()
    path.write_bytes(data[:8] + b"mif1" + data[12:])
    assert (await probe(path)).kind == "avif"


async def test_a_photo_that_lies_about_its_pixels(tmp_path):
    """A HEIC that says 64x48 and holds millions of pixels is not decoded."""
    path = coded_larger(tmp_path / "a", 2000)
    assert (await probe(path)).width == 64
    with pytest.raises(UnusablePicture) as raised:
        await for_evolink(path, tmp_path / "b", SEEDREAM_4_5)
    assert raised.value.flaw is Flaw.UNREADABLE
