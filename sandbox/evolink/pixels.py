"""Colours, smooth outlines, and Pillow's methods with types that don't need numpy."""

from collections.abc import Callable, Sequence

from PIL import Image, ImageDraw

Colour = tuple[int, int, int]

BICUBIC = Image.Resampling.BICUBIC
LANCZOS = Image.Resampling.LANCZOS


def resized(
    image: Image.Image, size: tuple[int, int], how: Image.Resampling = BICUBIC
) -> Image.Image:
    """Return the image resized."""
    return image.resize(size, how)


def mapped(mask: Image.Image, function: Callable[[int], int]) -> Image.Image:
    """Return the mask (``L``) with ``function`` applied to each of its values."""
    table = [function(value) for value in range(256)]
    return mask.point(table)


def fill(image: Image.Image, outline: Sequence[tuple[float, float]], colour: Colour) -> None:
    """Fill an outline with a smooth edge, using a mask at twice the size of just its frame."""
    left = max(0, int(min(x for x, _ in outline)) - 1)
    top = max(0, int(min(y for _, y in outline)) - 1)
    right = min(image.width, int(max(x for x, _ in outline)) + 2)
    bottom = min(image.height, int(max(y for _, y in outline)) + 2)
    if right <= left or bottom <= top:
        return
    mask = Image.new("1", ((right - left) * 2, (bottom - top) * 2))
    ImageDraw.Draw(mask).polygon([((x - left) * 2, (y - top) * 2) for x, y in outline], fill=1)
    image.paste(colour, (left, top), mask.convert("L").reduce(2))


def mixed(one: Colour, other: Colour, part: float) -> Colour:
    """Return a blend of two colours."""
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(one, other, strict=True))
    return red, green, blue


def colour_at(image: Image.Image, x: float, y: float) -> Colour:
    """Return the colour of the pixel that is nearest."""
    found = image.getpixel(
        (min(image.width - 1, max(0, round(x))), min(image.height - 1, max(0, round(y))))
    )
    assert isinstance(found, tuple)
    red, green, blue = map(round, found)
    return red, green, blue
