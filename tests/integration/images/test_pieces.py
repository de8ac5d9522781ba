"""Files made of millions of pieces are refused before Pillow stores each of them."""

import io
import struct
import sys
import time
import zlib

import pytest
from PIL import Image

from bot.errors import Flaw, UnusablePicture
from bot.images.pieces import MOST, has_too_many_pieces
from bot.images.probe import look, probe, whole
from tests.integration.images.picture_kit import noise, saved


def _small(kind: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(out, kind)
    return out.getvalue()


def _chunk(name: bytes) -> bytes:
    return struct.pack(">I", 0) + name + struct.pack(">I", zlib.crc32(name))


def _directory(entries: int) -> bytes:
    """Return a directory of numbers, as TIFF and EXIF have them."""
    numbers = (struct.pack("<HHII", number, 3, 1, 1) for number in range(entries))
    return struct.pack("<H", entries) + b"".join(numbers) + bytes(4)


def _exif(entries: int) -> bytes:
    """Return a JPEG's segment."""
    body = b"Exif\0\0II*\0\x08\0\0\0" + _directory(entries)
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def _shredded(kind: str, pieces: int) -> bytes:
    """Return a picture with that many meaningless pieces."""
    plain = _small(kind)
    if kind == "jpeg":
        return plain[:2] + b"\xff\xe5\0\2" * pieces + plain[2:]
    if kind == "png":
        return plain[:33] + _chunk(b"prVt") * pieces + plain[33:]
    at = 13 + (3 * (2 << (plain[10] & 7)) if plain[10] & 0x80 else 0)
    return plain[:at] + b"\x21\xfe\x01x\0" * pieces + plain[at:]


@pytest.mark.parametrize("kind", ["jpeg", "gif"])
async def test_a_file_of_many_pieces_is_no_picture(tmp_path, kind):
    """The kind for which Pillow needs most memory, and the slowest one."""
    path = tmp_path / "a"
    path.write_bytes(_shredded(kind, MOST))
    for read in (probe, whole):
        with pytest.raises(UnusablePicture) as refused:
            await read(path)
        assert refused.value.flaw is Flaw.UNREADABLE


async def test_a_png_of_many_pieces_is_read_without_them(tmp_path):
    """Pieces that say nothing about the pixels are dropped, even broken ones."""
    path = tmp_path / "a"
    path.write_bytes(_shredded("png", MOST))
    found = await whole(path)

    assert (found.width, found.height, found.is_repaired) == (8, 8, True)


@pytest.mark.parametrize("kind", ["jpeg", "png", "gif"])
async def test_some_hundred_pieces_are_usual(tmp_path, kind):
    """Cameras write some, and some programs write a chunk for each row."""
    path = tmp_path / "a"
    path.write_bytes(_shredded(kind, 999))
    found = await whole(path)

    assert (found.width, found.height, found.is_repaired) == (8, 8, False)


@pytest.mark.parametrize(
    "data",
    [
        b"GIF89a" + struct.pack("<HHBBB", 8, 8, 0, 0, 0) + b"\x21\xfe" + b"\1a" * 20_000_000,
        b"RIFF\xf0\xff\xff\x01WEBP" + b"ABCD\0\0\0\0" * 5_000_000,
        b"\x89PNG\r\n\x1a\n" + _chunk(b"gAMA") * 3_300_000,
    ],
    ids=["gif", "webp", "png"],
)
def test_no_file_takes_long(tmp_path, data):
    """Others wait for its thread, and the event loop for its turn: it used to take 3 to 9 s."""
    path, calls = tmp_path / "a", 0
    path.write_bytes(data)

    def count(*_: object) -> None:
        nonlocal calls
        calls += 1

    sys.setprofile(count)
    try:
        with pytest.raises(UnusablePicture):
            look(path)
    finally:
        sys.setprofile(None)
    assert calls < len(data) / 4


def test_no_jpeg_takes_long(tmp_path):
    """One made of EXIF took 33 s, over a thousand times as long as reading the file."""
    path = tmp_path / "a"
    path.write_bytes(b"\xff\xd8" + _exif(5_400) * 690)
    began = time.thread_time()
    for _ in range(100):
        path.read_bytes()
    reading = time.thread_time() - began
    began = time.thread_time()
    with pytest.raises(UnusablePicture):
        look(path)
    assert time.thread_time() - began < reading


async def test_a_long_animation_is_a_picture(tmp_path):
    """Frames and their delays are pieces, too."""
    frames = [Image.new("L", (4, 4), shade % 256) for shade in range(2_000)]
    path = saved(tmp_path / "a", frames[0], "gif", save_all=True, append_images=frames[1:])

    assert (await probe(path)).kind == "gif"


@pytest.mark.parametrize("kind", ["jpeg", "png", "gif"])
def test_what_is_cut_anywhere_is_counted_to_its_end(kind):
    """It never counts as too many pieces; Pillow reports what is wrong."""
    out = io.BytesIO()
    noise("L", 40, 40).save(out, kind)
    data = out.getvalue()
    for end in range(len(data)):
        assert not has_too_many_pieces(kind, io.BytesIO(data[:end]))


@pytest.mark.parametrize("piece", [b"\xff\x01", b"\xff\xff", b"\xff\xe5\0\0"])
def test_pieces_of_a_jpeg_without_a_length_count(piece):
    """Markers that stand alone, fill bytes, and a length that is too small to include itself."""
    assert has_too_many_pieces("jpeg", io.BytesIO(b"\xff\xd8" + piece * MOST * 2))


@pytest.mark.parametrize("order", ["<", ">"])
def test_entries_of_a_tiff_count(order):
    """Pillow reads all of them before it tells the picture's size: 0.8 MB took it a second."""
    head = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HI", 42, 8)
    for entries in (MOST - 1, MOST + 1):
        data = head + struct.pack(f"{order}H", entries) + bytes(12 * entries + 4)
        assert has_too_many_pieces("tiff", io.BytesIO(data)) == (entries > MOST)


def test_frames_with_colours_of_their_own_count():
    """Whatever their colours are, they aren't taken for what follows."""
    screen = b"GIF89a" + struct.pack("<HHBBB", 8, 8, 0, 0, 0)
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 8, 8, 0x80) + b"\xff" * 6 + b"\2\0"
    assert has_too_many_pieces("gif", io.BytesIO(screen + frame * (MOST + 1)))
