"""Pictures to write."""

import os
from pathlib import Path

from PIL import Image

KINDS = ["jpeg", "png", "webp", "gif", "bmp", "tiff", "heif", "avif"]
#: EXIF's tag for how the camera was held; 6: the top is at the right.
ORIENTATION, LEFT_UP = 0x0112, 6
#: EXIF's tag for whoever took it.
ARTIST = 0x013B


def exif(**tags: int | str) -> bytes:
    """Return metadata as cameras write it beside the pixels."""
    written = Image.Exif()
    for name, value in tags.items():
        written[globals()[name]] = value
    return written.tobytes()


def saved(path: Path, image: Image.Image, kind: str, **options: object) -> Path:
    """Write a picture, whatever its name says."""
    image.save(path, kind.upper(), **options)
    return path


def noise(mode: str, width: int, height: int) -> Image.Image:
    """Return a picture that no encoder can compress."""
    data = os.urandom(width * height * len(mode))
    return Image.frombytes(mode, (width, height), data)
