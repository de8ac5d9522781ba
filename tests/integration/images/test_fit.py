"""Copies that fit, and thumbnails."""

import asyncio
import os

import pytest
from PIL import Image

from bot.errors import Flaw, UnusablePicture
from bot.images.fit import THUMBNAIL_SIDE, fit, thumbnail
from bot.images.probe import probe
from tests.integration.images.picture_kit import LEFT_UP, exif, noise, saved


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
    """Quality is reduced first, then pixels; ratio and transparency stay."""
    path = saved(tmp_path / "a", noise(mode, 800, 600), "png")
    there, found = await fit(path, tmp_path / "b", max_bytes=most)
    assert (there, found.kind) == (tmp_path / "b", kind)
    assert most // 4 < there.stat().st_size <= most
    assert ((found.width, found.height) == (800, 600)) is same_pixels
    assert found.width / found.height == pytest.approx(4 / 3, rel=0.02)


async def test_a_4k_picture_of_noise_fits_into_ten_mebibytes(tmp_path):
    """The worst possible result keeps all its pixels, and the event loop goes on meanwhile."""
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
    """The camera's rotation is applied, since the copy carries no EXIF."""
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
    """A second try uses the existing copy; a newer original makes a new one."""
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


async def test_a_thumbnail_is_small(tmp_path):
    """In pixels and bytes, in the picture's own shape; transparency is kept."""
    for mode, kind in (("RGB", "JPEG"), ("RGBA", "PNG")):
        original, small = tmp_path / kind, tmp_path / f"{kind}-small"
        Image.new(mode, (2048, 1024), "red").save(original, kind)
        await thumbnail(original, small)

        with Image.open(small) as image:
            assert image.size == (THUMBNAIL_SIDE, THUMBNAIL_SIDE // 2)
            assert image.format == "WEBP"
        assert small.stat().st_size < 20_000
