"""A JPEG is followed to its end instead of decoded, and missing data is noticed all the same."""

import io
import random

import pytest
from PIL import Image, ImageFile

from bot.errors import UnusablePicture
from bot.images.probe import Probe, read_through, whole
from bot.images.segments import first_rows, segments

NOISE = Image.effect_noise((200, 120), 60)
MODES = {"RGB": {}, "L": {}, "CMYK": {}}
KINDS = {
    "baseline": {},
    "progressive": {"progressive": True},
    "restarts": {"restart_marker_blocks": 3},
    "coarse": {"subsampling": "4:2:0", "quality": 5},
    "metadata": {"exif": b"Exif\0\0" + bytes(99), "comment": b"\xff\xd9", "icc_profile": b"x" * 70},
}


def jpeg(mode: str, kind: str) -> bytes:
    """Return a picture of noise."""
    out = io.BytesIO()
    NOISE.convert(mode).save(out, "JPEG", **KINDS[kind])
    return out.getvalue()


def _is_followed(data: bytes) -> bool:
    """Tell whether it counts as whole without being decoded."""
    rows = first_rows(data)
    if rows is None:
        return False
    try:
        Image.open(io.BytesIO(rows)).load()
    except OSError:
        return False
    return True


def _is_decoded(data: bytes) -> bool:
    try:
        Image.open(io.BytesIO(data)).load()
    except OSError:
        return False
    return True


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mode", MODES)
def test_whatever_is_cut_off_shows(mode, kind) -> None:
    """Wherever it breaks off, a part doesn't count as whole; the whole file does."""
    data = jpeg(mode, kind)
    assert _is_followed(data)
    chance = random.Random(f"{mode} {kind}")  # noqa: S311 - places, not secrets
    cuts = {1, 2, 3, *(chance.randrange(1, len(data)) for _ in range(100))}
    assert not [cut for cut in cuts if _is_followed(data[:-cut])]


@pytest.mark.parametrize("kind", KINDS)
def test_what_cannot_be_decoded_shows(kind) -> None:
    """If broken tables make decoding fail, following fails as well."""
    data, chance = jpeg("RGB", kind), random.Random(kind)  # noqa: S311 - as above
    scan = next(at for which, at, _ in segments(data) if which == 0xDA)
    found = 0
    for _ in range(300):
        wrong = bytearray(data)
        wrong[chance.randrange(2, scan)] = chance.randrange(256)
        if not _is_decoded(bytes(wrong)):
            found += 1
            assert not _is_followed(bytes(wrong))
    assert found > 5


async def test_a_broken_one_is_refused_and_a_whole_one_measured(tmp_path) -> None:
    """As before, by the size in its own header."""
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg("RGB", "baseline"))
    found = await whole(path)
    assert (found.width, found.height, found.missing) == (200, 120, 0.0)
    path.write_bytes(path.read_bytes()[:-900])
    broken = await whole(path)
    assert broken.missing
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(UnusablePicture):
        await whole(path)


def test_a_large_one_is_decoded(monkeypatch) -> None:
    """A file too large to hold in memory is decoded, which takes longer."""
    data = jpeg("RGB", "baseline")
    for most, is_decoded in ((len(data), False), (len(data) - 1, True)):
        monkeypatch.setattr("bot.images.probe._FOLLOWED", most)
        with Image.open(io.BytesIO(data)) as image:
            assert isinstance(image, ImageFile.ImageFile)
            read_through(image, Probe(kind="jpeg", width=200, height=120, bytes=len(data)))
            # The parts that are still to be decoded.
            assert bool(image.tile) is not is_decoded
