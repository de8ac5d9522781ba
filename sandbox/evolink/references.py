"""Reference images: fetched and checked against Evolink's limits."""

import asyncio
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass

import aiohttp
from PIL import Image
from yarl import URL

from sandbox.evolink.books import Reference

#: Evolink's limits: 10 MB, these formats, more than 14 px per side, 6000x6000 in all, 1/16 to 16.
MAX_BYTES = 10 * 1024 * 1024
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF")
MIN_SIDE = 15
MAX_PIXELS = 6000 * 6000
MAX_RATIO = 16

THUMBNAIL = 480
#: The sandbox fetches only from this machine.
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
USER_AGENT = "EvolinkSandbox/1.0"
#: Real seconds: the network doesn't get faster with the clock.
TIMEOUT = aiohttp.ClientTimeout(total=10)


@dataclass
class Unusable(Exception):
    """A reference that makes the task fail; ``code`` is the task's error."""

    code: str


async def fetch_all(urls: Sequence[str]) -> list[Reference]:
    """Fetch and check the references, in order. Raises ``Unusable``."""
    if not urls:
        return []
    async with aiohttp.ClientSession(timeout=TIMEOUT, headers={"User-Agent": USER_AGENT}) as http:
        return [await _fetch(http, url) for url in urls]


async def _fetch(http: aiohttp.ClientSession, url: str) -> Reference:
    data = await download(http, url, MAX_BYTES)
    if data is None:
        raise Unusable("image_processing_error")
    return await asyncio.to_thread(_examine, url, data)


async def download(http: aiohttp.ClientSession, url: str, limit: int) -> bytes | None:
    """Return what a loopback address serves; ``None`` on any failure or above ``limit`` bytes."""
    if URL(url).host not in LOOPBACK:
        return None
    try:
        async with http.get(url, allow_redirects=False) as answer:
            if answer.status != 200:
                return None
            data = bytearray()
            async for chunk in answer.content.iter_chunked(1 << 16):
                data += chunk
                if len(data) > limit:
                    return None
            return bytes(data)
    except (aiohttp.ClientError, TimeoutError):
        return None


def _examine(url: str, data: bytes) -> Reference:
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            width, height = image.size
            _check_shape(width, height)
            reading = image.format or ""
            image.draft("RGB", (THUMBNAIL, THUMBNAIL))
            thumbnail = _thumbnail(image)
    except (
        OSError,
        SyntaxError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ) as error:
        raise Unusable("image_processing_error") from error
    digest = hashlib.sha256(data).hexdigest()
    return Reference(url, len(data), digest, reading, width, height, thumbnail)


def _check_shape(width: int, height: int) -> None:
    if (
        min(width, height) < MIN_SIDE
        or width * height > MAX_PIXELS
        or max(width, height) > min(width, height) * MAX_RATIO
    ):
        raise Unusable("image_dimension_mismatch")


def _thumbnail(image: Image.Image) -> bytes:
    """Decode the whole image, so that a truncated one is noticed, and keep a small copy."""
    image.thumbnail((THUMBNAIL, THUMBNAIL))
    paper = Image.new("RGB", image.size, "white")
    visible = image.convert("RGBA")
    paper.paste(visible, mask=visible)
    out = io.BytesIO()
    paper.save(out, "JPEG", quality=85)
    return out.getvalue()
