"""Pictures as they occur in the wild: every browser shows them, strict decoders refuse some.

Large or broken metadata, phones, print colours, torn ends. Every byte is made here.
"""

import os
import struct
import zlib
from collections.abc import Mapping
from functools import cache
from io import BytesIO

from PIL import Image, ImageCms
from pillow_heif import register_heif_opener

from tests.kit.pictures import chunk

SIZE = 160, 120
#: The size of an unpacked text or profile: twice what Pillow accepts.
LARGE = 2_000_000
#: EXIF of a camera that was held upright.
UPRIGHT = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x01\0\0\0\0\0\0\0"
GARBAGE = b"\0\0\x11\0\0\x01\x04\0"
#: Files of which a large part is missing.
TORN = frozenset({"half.jpg", "half.png", "three quarters.webp"})


@cache
def odd_pictures() -> Mapping[str, bytes]:
    """Return the files by name."""
    register_heif_opener()
    return {**_metadata_of_png(), **_metadata_of_others(), **_torn(), **_phones(), **_colours()}


def _art(mode: str = "RGB") -> Image.Image:
    """Return a picture with detail down to its last row."""
    return Image.effect_noise(SIZE, 60).convert("RGB").convert(mode)


def _saved(kind: str, mode: str = "RGB", **options: object) -> bytes:
    out = BytesIO()
    _art(mode).save(out, kind, **options)
    return out.getvalue()


def _png(inserted: bytes = b"", *, behind: bool = False) -> bytes:
    """Return a PNG with a chunk in front of its pixels, or behind them."""
    whole = _saved("PNG")
    at = len(whole) - 12 if behind else 33
    return whole[:at] + inserted + whole[at:]


def _jpeg(*segments: bytes) -> bytes:
    """Return a JPEG with application data behind its first."""
    whole = _saved("JPEG", quality=90)
    told = b"".join(b"\xff\xe1" + struct.pack(">H", len(one) + 2) + one for one in segments)
    return whole[:20] + told + whole[20:]


def _metadata_of_png() -> dict[str, bytes]:
    text = b"<x:xmpmeta>" + b"<rdf:li>edited</rdf:li>" * (LARGE // 20) + b"</x:xmpmeta>"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    packed = zlib.compress(bytes(LARGE))
    return {
        "xmp of 2 MB, packed.png": _png(
            chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(text))
        ),
        "xmp of 2 MB.png": _png(chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + text)),
        "workflow of 2 MB.png": _png(chunk(b"zTXt", b"workflow\0\0" + packed)),
        "comment of 2 MB behind.png": _png(chunk(b"zTXt", b"c\0\0" + packed), behind=True),
        "profile of 2 MB.png": _png(
            chunk(b"iCCP", b"printer\0\0" + zlib.compress(profile + bytes(LARGE)))
        ),
        "profile that is none.png": _png(chunk(b"iCCP", b"printer\0\0" + zlib.compress(b"no"))),
        "exif of garbage.png": _png(chunk(b"eXIf", GARBAGE)),
        "exif of nothing.png": _png(chunk(b"eXIf", b"")),
        "exif with a prefix.png": _png(chunk(b"eXIf", b"Exif\0\0" + UPRIGHT)),
        "text with a wrong sum.png": _png(chunk(b"tEXt", b"a\0bcd", crc=0)),
    }


def _metadata_of_others() -> dict[str, bytes]:
    exif = {
        "exif of nothing.jpg": b"",
        "exif doubled.jpg": b"Exif\0\0" + UPRIGHT,
        "exif of garbage.jpg": GARBAGE,
        "exif that breaks off.jpg": b"II*\0\x08\0\0\0\x09\0\x12\x01\x03\0",
        "exif that leads nowhere.jpg": b"II*\0\xff\xff\0\0",
    }
    xmp = b'http://ns.adobe.com/xap/1.0/\0<rdf:Description tiff:Orientation="6"/>'
    return {name: _jpeg(b"Exif\0\0" + told) for name, told in exif.items()} | {
        "xmp that turns.jpg": _jpeg(xmp),
        "profile that is none.jpg": _saved("JPEG", icc_profile=b"not a profile" * 20),
        "exif of garbage.webp": _saved("WEBP", exif=b"Exif\0\0garbage"),
        "xmp of garbage.webp": _saved("WEBP", xmp=b"\xff\xfe not xml"),
    }


def _torn() -> dict[str, bytes]:
    jpeg, png, webp = _saved("JPEG", quality=90), _saved("PNG"), _saved("WEBP", lossless=True)
    return {
        "two bytes missing.jpg": jpeg[:-2],
        "fifty bytes missing.jpg": jpeg[:-50],
        "half.jpg": jpeg[: len(jpeg) // 2],
        "garbage behind.jpg": jpeg + bytes(5000),
        "line end in front.jpg": b"\r\n" + jpeg,
        "no end.png": png[:-12],
        "twenty bytes missing.png": png[:-20],
        "half.png": png[: len(png) // 2],
        "pixels with a wrong sum.png": png[:-16] + b"\1\2\3\4" + png[-12:],
        "no trailer.gif": _saved("GIF")[:-1],
        "three quarters.webp": webp[: len(webp) * 3 // 4],
    }


def _phones() -> dict[str, bytes]:
    second = Image.new("RGB", (80, 60), "teal")
    two = _saved("MPO", save_all=True, append_images=[second])
    return {
        "two in one.jpg": two,
        "two in one, second cut.jpg": two[: two.rindex(b"\xff\xd8") + 100],
        "motion.jpg": _saved("JPEG") + b"\0\0\0\x1cftypmp42" + os.urandom(100_000),
        "photo.heic": _saved("HEIF"),
        "photo of a phone.jpg": _saved("HEIF"),
        "a webp.jpg": _saved("WEBP"),
        "photo.avif": _saved("AVIF"),
    }


def _colours() -> dict[str, bytes]:
    return {
        "print.jpg": _saved("JPEG", "CMYK"),
        "in passes.jpg": _saved("JPEG", progressive=True),
        "grey of 16 bits.png": _saved("PNG", "I;16"),
        "colours of 16 bits.png": _deep(),
        "one bit.png": _saved("PNG", "1"),
        "grey and clear.png": _saved("PNG", "LA"),
        "moving.png": _saved("PNG", save_all=True, append_images=[_art()], duration=100),
        "print.tif": _saved("TIFF", "CMYK"),
        "a jpeg.tif": _saved("TIFF", compression="jpeg"),
        "plain.bmp": _saved("BMP"),
    }


def _deep() -> bytes:
    """Return a PNG with 16 bits per colour, which Pillow reads but doesn't write."""
    rows = b"".join(
        b"\0" + b"".join(struct.pack(">HHH", x * 1000, y * 1000, 30_000) for x in range(64))
        for y in range(64)
    )
    header = struct.pack(">IIBBBBB", 64, 64, 16, 2, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + pixels + chunk(b"IEND", b"")
