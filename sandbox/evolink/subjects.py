"""What a prompt names, drawn into the landscape: boats, foxes, cats, cities, lighthouses, snow."""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFilter

from sandbox.evolink.pixels import Colour, colour_at, fill, mixed

Outline = Sequence[tuple[float, float]]

BOAT = ("boat", "ship", "sail", "船", "帆")
FOX, CAT = ("fox", "狐"), ("cat", "kitten", "猫")
CITY = ("city", "town", "skyline", "street", "城", "街")
LIGHTHOUSE = ("lighthouse", "灯塔")
BALLOON = ("balloon", "kite", "气球", "风筝")
SNOW = ("snow", "winter", "blizzard", "雪", "冬")

_WHITE, _INK = (250, 248, 244), (38, 30, 38)
_RED, _LAMP = (206, 62, 56), (255, 222, 130)

# Outlines in a square: x from -0.5 to 0.5, y from 0 (top) to 1 (foot).
_BODY = ((-0.2, 1), (0.2, 1), (0.21, 0.76), (0.1, 0.46), (-0.1, 0.46), (-0.21, 0.76))
_CHEST = ((-0.09, 0.48), (0.09, 0.48), (0.09, 0.68), (0, 0.84), (-0.09, 0.68))
_TAIL = ((0.1, 1), (0.36, 1), (0.54, 0.84), (0.5, 0.6), (0.4, 0.48), (0.36, 0.7), (0.28, 0.84))
_TIP = ((0.5, 0.66), (0.48, 0.58), (0.4, 0.48), (0.385, 0.58), (0.42, 0.68))
_EARS = ((-0.25, 0.02), (-0.25, 0.28), (-0.04, 0.19))
_EARS_INSIDE = ((-0.22, 0.09), (-0.22, 0.24), (-0.11, 0.2))
_FOX_HEAD = (
    *((-0.29, 0.3), (-0.14, 0.16), (0.14, 0.16), (0.29, 0.3)),
    *((0.12, 0.45), (0, 0.56), (-0.12, 0.45)),
)
_CAT_HEAD = ((-0.26, 0.3), (-0.2, 0.17), (0.2, 0.17), (0.26, 0.3), (0.2, 0.48), (-0.2, 0.48))
_CHEEK = ((-0.29, 0.31), (-0.1, 0.33), (0, 0.56), (-0.14, 0.46))


@dataclass(frozen=True)
class Place:
    """Where something stands: the middle of its foot, and its height in pixels."""

    x: float
    foot: float
    tall: float

    def place(self, outline: Outline, mirrored: int = 1) -> Outline:
        """Return an outline's pixels."""
        return [
            (self.x + mirrored * x * self.tall, self.foot + (y - 1) * self.tall) for x, y in outline
        ]


def behind_water(
    image: Image.Image, wanted: str, chance: random.Random, horizon: int, ground: Colour
) -> None:
    """Draw what the water reflects."""
    if names(wanted, CITY):
        _city(image, chance, horizon, ground)
    if names(wanted, LIGHTHOUSE):
        _lighthouse(image, chance, horizon, ground)
    if names(wanted, BALLOON):
        for _ in range(chance.randint(2, 4)):
            _balloon(image, chance, horizon)


def before_water(
    image: Image.Image, wanted: str, chance: random.Random, horizon: int, ground: Colour
) -> None:
    """Draw what is nearest, and the weather. An animal takes the boat, if there is one."""
    unit = min(image.size)
    animals = [each for each in (FOX, CAT) if names(wanted, each)]
    afloat = names(wanted, BOAT)
    foot = horizon + (image.height - horizon) * (0.62 if afloat else 0.88)
    middle = image.width * chance.uniform(0.42, 0.58)
    wide = unit * chance.uniform(0.4, 0.5)
    if animals and not afloat:
        bank = ((-1.6, 1.6), (-0.9, 1.0), (-0.3, 0.86), (0.3, 0.86), (0.9, 1.0), (1.6, 1.6))
        fill(
            image,
            _round(Place(middle, foot + wide * 0.06, wide).place(bank)),
            mixed(ground, _INK, 0.4),
        )
    for number, animal in enumerate(animals):
        x = middle + (number - (len(animals) - 1) / 2) * wide * 0.42
        tall = wide * (0.62 if afloat else 0.8)
        _animal(image, Place(x, foot - (wide * 0.16 if afloat else 0), tall), animal)
    if afloat:
        _boat(image, Place(middle, foot, wide), crewed=bool(animals), paper="paper" in wanted)
    if names(wanted, SNOW):
        _snow(image, chance)


def names(wanted: str, words: Sequence[str]) -> bool:
    """Return whether a lowercase prompt has one of the words; Chinese has no spaces."""
    return any(re.search(rf"\b{word}" if word.isascii() else word, wanted) for word in words)


def _city(image: Image.Image, chance: random.Random, horizon: int, ground: Colour) -> None:
    """Two rows of towers; those in front have lit windows."""
    draw = ImageDraw.Draw(image)
    unit = min(image.size)
    for near in (0.35, 0.8):
        colour = mixed(colour_at(image, image.width / 2, horizon - 1), ground, near)
        x = image.width * chance.uniform(0.05, 0.15)
        while x < image.width * 0.92:
            wide, high = (
                unit * chance.uniform(0.05, 0.11),
                unit * chance.uniform(0.1, 0.42 - near / 5),
            )
            draw.rectangle((x, horizon - high, x + wide, horizon), colour)
            if chance.random() < 0.3:
                mast = x + wide / 2
                draw.line((mast, horizon - high * 1.25, mast, horizon), colour, int(wide * 0.06))
            if near > 0.5:
                _windows(draw, (x, horizon - high, wide, high), unit * 0.014, chance)
            x += wide * chance.uniform(0.95, 1.25)


def _windows(
    draw: ImageDraw.ImageDraw,
    tower: tuple[float, float, float, float],
    size: float,
    chance: random.Random,
) -> None:
    left, top, wide, high = tower
    for row in range(int(high / size / 2) - 1):
        for column in range(int(wide / size / 1.8)):
            if chance.random() < 0.5:
                x, y = left + size * (0.6 + 1.8 * column), top + size * (1 + 2 * row)
                draw.rectangle((x, y, x + size * 0.8, y + size), _LAMP)


def _lighthouse(image: Image.Image, chance: random.Random, horizon: int, ground: Colour) -> None:
    unit = min(image.size)
    at = Place(image.width * chance.choice((0.14, 0.18, 0.82, 0.86)), horizon, unit * 0.5)
    beam = ((0, 0.17), (9, -0.9), (9, 1.2))
    light = Image.new("L", image.size)
    ImageDraw.Draw(light).polygon(list(at.place(beam, 1 if at.x < image.width / 2 else -1)), 90)
    image.paste(_LAMP, (0, 0), light.filter(ImageFilter.GaussianBlur(unit * 0.01)))
    rock = ((-0.42, 1.02), (-0.2, 0.86), (-0.1, 0.82), (0.14, 0.82), (0.3, 0.9), (0.5, 1.02))
    fill(image, at.place(rock), mixed(ground, _INK, 0.4))
    for part in range(6):
        low, high = 0.84 - part * 0.1, 0.84 - (part + 1) * 0.1
        foot, top = 0.1 - part * 0.008, 0.1 - (part + 1) * 0.008
        stripe = ((-foot, low), (foot, low), (top, high), (-top, high))
        fill(image, at.place(stripe), _RED if part % 2 else _WHITE)
    fill(image, at.place(((-0.05, 0.24), (0.05, 0.24), (0.05, 0.13), (-0.05, 0.13))), _LAMP)
    fill(image, at.place(((-0.07, 0.13), (0.07, 0.13), (0, 0.04))), _RED)


def _balloon(image: Image.Image, chance: random.Random, horizon: int) -> None:
    unit = min(image.size)
    high = horizon * chance.uniform(0.35, 0.85)
    at = Place(image.width * chance.uniform(0.12, 0.88), high, unit * chance.uniform(0.12, 0.26))
    colour = chance.choice((_RED, (240, 170, 60), (70, 130, 180), (120, 90, 160)))
    half = ((0.02, 0.78), (0.34, 0.5), (0.4, 0.2), (0, -0.08))
    silk = (*half, *((-x, y) for x, y in reversed(half)))
    for wide, shade in ((1.0, colour), (0.55, _WHITE), (0.25, colour)):
        fill(image, at.place(_round([(x * wide, y) for x, y in silk])), shade)
    fill(image, at.place(((-0.06, 0.86), (0.06, 0.86), (0.05, 1), (-0.05, 1))), (110, 72, 48))


def _animal(image: Image.Image, at: Place, kind: Sequence[str]) -> None:
    """A fox or a cat that sits and looks at us."""
    fox = kind is FOX
    coat = (222, 112, 48) if fox else (92, 92, 104)
    fill(image, at.place(_round(_TAIL)), coat)
    if fox:
        fill(image, at.place(_round(_TIP)), _WHITE)
    fill(image, at.place(_round(_BODY)), coat)
    fill(image, at.place(_round(_CHEST)), _WHITE)
    for side in (1, -1):
        fill(image, at.place(_EARS, side), coat)
        fill(image, at.place(_EARS_INSIDE, side), _INK if fox else (226, 170, 170))
    fill(image, at.place(_round(_FOX_HEAD if fox else _CAT_HEAD, 2)), coat)
    draw = ImageDraw.Draw(image)
    for side in (1, -1):
        if fox:
            fill(image, at.place(_round(_CHEEK, 2), side), _WHITE)
        _dot(draw, at.place(((0.1, 0.3),), side)[0], at.tall * (0.025 if fox else 0.035), _INK)
    _dot(draw, at.place(((0, 0.52 if fox else 0.37),))[0], at.tall * 0.03, _INK)


def _boat(image: Image.Image, at: Place, *, crewed: bool, paper: bool) -> None:
    """A folded boat, and its reflection; without a crew it has a sail."""
    hull, shade = (_WHITE, (212, 214, 224)) if paper else ((176, 74, 52), (140, 52, 40))
    left = ((-0.5, 0.66), (0.06, 0.66), (0.02, 1), (-0.3, 1))
    right = ((0.06, 0.66), (0.5, 0.66), (0.3, 1), (0.02, 1))
    bow = ((-0.5, 0.66), (-0.3, 0.72), (-0.12, 0.66))
    sail = (((-0.2, 0.68), (0, 0.16), (0.03, 0.68)), ((0.03, 0.68), (0, 0.16), (0.22, 0.68)))
    parts = [(left, hull), (right, shade), (bow, shade)]
    if not crewed:
        parts = [(sail[0], _WHITE), (sail[1], (212, 214, 224)), *parts]
    # The reflection: below the foot, flatter, and half the water's own colour.
    for outline, colour in parts:
        below = [(x, at.foot + (at.foot - y) * 0.5) for x, y in at.place(outline)]
        water = colour_at(image, at.x, at.foot + at.tall * 0.1)
        fill(image, below, mixed(colour, water, 0.72))
    for outline, colour in parts:
        fill(image, at.place(outline), colour)


def _snow(image: Image.Image, chance: random.Random) -> None:
    draw = ImageDraw.Draw(image, "RGBA")
    unit = max(image.size) / 1600
    for _ in range(420):
        x, y = chance.uniform(0, image.width), chance.uniform(0, image.height)
        size = unit * chance.choice((1.6, 2.2, 3.0, 4.4))
        frame = (x - size, y - size, x + size, y + size)
        draw.ellipse(frame, (255, 255, 255, chance.randint(120, 235)))


def _dot(draw: ImageDraw.ImageDraw, at: tuple[float, float], radius: float, colour: Colour) -> None:
    draw.ellipse((at[0] - radius, at[1] - radius, at[0] + radius, at[1] + radius), colour)


def _round(outline: Outline, times: int = 3) -> Outline:
    """Cut the corners (Chaikin's way), until they look round."""
    for _ in range(times):
        pairs = zip(outline, [*outline[1:], outline[0]], strict=True)
        outline = [
            (a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part)
            for a, b in pairs
            for part in (0.25, 0.75)
        ]
    return outline
