"""Two of Pillow's methods, with types that don't need numpy."""

from collections.abc import Callable

from PIL import Image

BICUBIC = Image.Resampling.BICUBIC
LANCZOS = Image.Resampling.LANCZOS


def resized(
    image: Image.Image, size: tuple[int, int], how: Image.Resampling = BICUBIC
) -> Image.Image:
    """Return the image resized."""
    return image.resize(size, how)  # pyright: ignore[reportUnknownMemberType] - may be a numpy type


def mapped(mask: Image.Image, function: Callable[[int], int]) -> Image.Image:
    """Return the mask (``L``) with ``function`` applied to each of its values."""
    table = [function(value) for value in range(256)]
    return mask.point(table)  # pyright: ignore[reportUnknownMemberType] - as above
