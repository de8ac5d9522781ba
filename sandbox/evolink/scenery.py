"""Random landscapes: sky, light, hills and water, in colours that suit the prompt."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

from sandbox.evolink.pixels import Colour, fill, mapped, mixed, resized
from sandbox.evolink.subjects import before_water, behind_water, names

#: The longest side that is painted; larger pictures are scaled up, which is much faster.
CANVAS = 2880


@dataclass(frozen=True)
class Palette:
    """The colours of a time of day."""

    words: tuple[str, ...]
    #: From the top of the sky to the horizon.
    sky: tuple[Colour, Colour, Colour]
    light: Colour
    #: The nearest hills; those behind fade into the horizon.
    ground: Colour
    stars: bool = False


PALETTES = (
    Palette(
        ("sunset", "dusk", "evening", "夕阳", "黄昏", "日落"),
        ((54, 42, 98), (222, 92, 92), (255, 190, 112)),
        (255, 232, 170),
        (44, 24, 58),
    ),
    Palette(
        ("night", "moon", "star", "space", "galaxy", "夜", "月", "星"),
        ((8, 12, 40), (28, 42, 98), (92, 98, 160)),
        (240, 244, 255),
        (6, 10, 26),
        stars=True,
    ),
    Palette(
        ("dawn", "morning", "sunrise", "spring", "清晨", "早晨", "日出", "樱"),
        ((92, 138, 196), (240, 180, 190), (255, 226, 190)),
        (255, 250, 226),
        (66, 64, 102),
    ),
    Palette(
        ("forest", "green", "tree", "jungle", "summer", "森林", "绿", "树"),
        ((90, 172, 188), (172, 216, 190), (240, 242, 200)),
        (255, 252, 220),
        (18, 62, 54),
    ),
    Palette(
        ("snow", "ice", "winter", "mist", "fog", "雪", "冰", "雾"),
        ((122, 152, 190), (188, 208, 226), (240, 242, 246)),
        (255, 255, 255),
        (58, 78, 108),
    ),
    Palette(
        ("desert", "dune", "sand", "autumn", "沙", "秋"),
        ((64, 128, 168), (236, 186, 132), (252, 222, 170)),
        (255, 246, 210),
        (132, 62, 38),
    ),
    Palette(
        ("aurora", "neon", "magic", "dream", "fantasy", "极光", "梦"),
        ((14, 10, 52), (70, 28, 120), (46, 188, 170)),
        (190, 255, 226),
        (14, 12, 40),
        stars=True,
    ),
    Palette(
        ("day", "sea", "ocean", "beach", "island", "海", "天空"),
        ((38, 110, 196), (118, 184, 232), (222, 240, 246)),
        (255, 252, 230),
        (24, 74, 94),
    ),
)


def paint(prompt: str, seed: int, width: int, height: int) -> Image.Image:
    """Return a landscape of ``width`` x ``height`` pixels; the same seed paints the same one."""
    chance = random.Random(seed)
    scale = min(1.0, CANVAS / max(width, height))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    palette = _palette(prompt, chance)
    image = _sky(size, palette.sky)
    if palette.stars:
        _stars(image, chance)
    horizon = round(size[1] * chance.uniform(0.58, 0.7))
    _light(image, palette.light, chance, horizon)
    _clouds(image, palette.sky[2], chance, horizon)
    _hills(image, palette, chance, horizon)
    wanted = prompt.lower()
    behind_water(image, wanted, chance, horizon, palette.ground)
    _water(image, palette, chance, horizon)
    _shore(image, palette.ground, chance)
    before_water(image, wanted, chance, horizon, palette.ground)
    return image if image.size == (width, height) else resized(image, (width, height))


def _palette(prompt: str, chance: random.Random) -> Palette:
    wanted = prompt.lower()
    fitting = [palette for palette in PALETTES if names(wanted, palette.words)]
    return chance.choice(fitting or PALETTES)


def _sky(size: tuple[int, int], colours: tuple[Colour, Colour, Colour]) -> Image.Image:
    ramp = resized(Image.linear_gradient("L"), (1, size[1]))
    # The gradient ends where the ground begins, not at the bottom edge.
    ramp = mapped(ramp, lambda value: min(255, int(value * 1.45)))
    top, middle, bottom = colours
    return resized(ImageOps.colorize(ramp, black=top, white=bottom, mid=middle), size)


def _stars(image: Image.Image, chance: random.Random) -> None:
    draw = ImageDraw.Draw(image, "RGBA")
    unit = max(image.size) / 1600
    for _ in range(340):
        x = chance.uniform(0, image.width)
        y = chance.uniform(0, image.height * 0.6)
        radius = unit * chance.choice((0.7, 0.9, 1.2, 2.0))
        alpha = chance.randint(90, 235)
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), (255, 255, 255, alpha))


def _light(image: Image.Image, colour: Colour, chance: random.Random, horizon: int) -> None:
    """Sun or moon, with its glow."""
    x = round(image.width * chance.uniform(0.22, 0.78))
    y = round(horizon * chance.uniform(0.38, 0.82))
    short = min(image.size)
    for radius, strength in ((0.62, 0.34), (0.3, 0.5)):
        reach = round(short * radius)
        glow = resized(Image.radial_gradient("L"), (reach * 2, reach * 2))
        fading = [int(max(0, 255 - value * 1.42) * strength) for value in range(256)]
        glow = mapped(glow, fading.__getitem__)
        image.paste(colour, (x - reach, y - reach), glow)
    disc = round(short * chance.uniform(0.045, 0.085))
    _paste_disc(image, (x, y), disc, colour)


def _paste_disc(image: Image.Image, centre: tuple[int, int], radius: int, colour: Colour) -> None:
    mask = Image.new("L", (radius * 4, radius * 4))
    ImageDraw.Draw(mask).ellipse((0, 0, radius * 4 - 1, radius * 4 - 1), 255)
    image.paste(colour, (centre[0] - radius, centre[1] - radius), mask.reduce(2))


def _clouds(image: Image.Image, colour: Colour, chance: random.Random, horizon: int) -> None:
    """Long flat clouds, painted small and enlarged to make them soft."""
    small = (image.width // 8, image.height // 8)
    mask = Image.new("L", small)
    draw = ImageDraw.Draw(mask)
    for _ in range(chance.randint(5, 9)):
        x, y = chance.uniform(0, small[0]), chance.uniform(0.08, 0.8) * horizon / 8
        length = small[0] * chance.uniform(0.1, 0.3)
        for _ in range(6):
            left = x + length * chance.uniform(-0.6, 0.5)
            long, high = length * chance.uniform(0.3, 0.7), small[1] * chance.uniform(0.004, 0.014)
            draw.ellipse((left, y - high, left + long, y + high), chance.randint(50, 120))
    soft = resized(mask.filter(ImageFilter.GaussianBlur(1.6)), image.size)
    image.paste(mixed(colour, (255, 255, 255), 0.35), (0, 0), soft)


def _hills(image: Image.Image, palette: Palette, chance: random.Random, horizon: int) -> None:
    """Hills from far to near, each range darker than the one behind it."""
    ranges = 4
    for depth in range(ranges):
        near = depth / (ranges - 1)
        peak = image.height * (0.2 - 0.1 * near) * chance.uniform(0.75, 1.25)
        ridge = _ridge(image.width, chance, rough=1.0 - 0.45 * near)
        foot = horizon + image.height * 0.012 * near
        line = [(x, foot - peak * value) for x, value in ridge]
        colour = mixed(palette.sky[2], palette.ground, 0.28 + 0.5 * near)
        outline = [*line, (image.width, image.height), (0, image.height)]
        fill(image, outline, colour)


def _ridge(width: int, chance: random.Random, rough: float) -> Sequence[tuple[float, float]]:
    """Return a line of heights from 0 to 1: waves of falling size at random phases."""
    waves = [
        (
            chance.uniform(0.6, 1.4) * 2**octave,
            chance.uniform(0, math.tau),
            rough**octave / 2**octave,
        )
        for octave in range(1, 8)
    ]
    steps = 360
    total = sum(size for _, _, size in waves)
    line: list[tuple[float, float]] = []
    for step in range(steps + 1):
        at = step / steps
        # 1 - |sin| has sharp tops, as mountains have.
        height = sum(
            size * (1 - abs(math.sin(frequency * at * math.pi + phase)))
            for frequency, phase, size in waves
        )
        line.append((at * width, height / total))
    return line


def _water(image: Image.Image, palette: Palette, chance: random.Random, horizon: int) -> None:
    """A lake that reflects what is above it, darker and with ripples."""
    rest = image.height - horizon
    mirror = image.crop((0, max(0, horizon - rest), image.width, horizon))
    mirror = resized(ImageOps.flip(mirror), (image.width, rest))
    shade = Image.new("RGB", mirror.size, mixed(palette.sky[0], palette.ground, 0.3))
    mirror = Image.blend(mirror, shade, 0.3)
    for _ in range(26):
        depth = chance.random() ** 1.6
        y = int(depth * rest)
        high = 1 + int(rest * 0.012 * (0.3 + depth))
        shift = int(image.width * 0.006 * chance.uniform(-1, 1) * (0.3 + depth))
        band = mirror.crop((0, y, image.width, min(rest, y + high)))
        mirror.paste(ImageChops.offset(band, shift, 0), (0, y))
    draw = ImageDraw.Draw(mirror, "RGBA")
    for _ in range(70):
        depth = chance.random() ** 1.4
        y, x = depth * rest, chance.uniform(0, image.width)
        long = image.width * chance.uniform(0.01, 0.06) * (0.4 + depth)
        draw.line(
            (x, y, x + long, y), (255, 255, 255, 34), width=1 + int(depth * image.height / 700)
        )
    image.paste(mirror, (0, horizon))


def _shore(image: Image.Image, colour: Colour, chance: random.Random) -> None:
    """The near shore in a corner, with fir trees."""
    left = chance.random() < 0.5
    wide = chance.uniform(0.5, 0.8)
    unit = min(image.size)
    dark = mixed(colour, (0, 0, 0), 0.35)
    line: list[tuple[float, float]] = []
    for step in range(61):
        at = step / 60
        rise = (1 - at) ** 1.3 * image.height * 0.15 * (1 + 0.05 * math.sin(at * 26))
        x = at * wide * image.width
        line.append((x if left else image.width - x, image.height - rise))
    fill(image, [*line, (0 if left else image.width, image.height)], dark)
    for x, y in sorted(chance.sample(line[:46], 17), key=lambda point: point[1]):
        _fir(image, (x, y + unit * 0.03), unit * chance.uniform(0.07, 0.19), dark)


def _fir(image: Image.Image, foot: tuple[float, float], tall: float, colour: Colour) -> None:
    x, y = foot
    draw = ImageDraw.Draw(image)
    draw.rectangle((x - tall * 0.02, y - tall * 0.2, x + tall * 0.02, y), colour)
    for tier in range(6):
        low = y - tall * (0.1 + 0.14 * tier)
        half = tall * 0.24 * (1 - tier / 6.6)
        draw.polygon([(x - half, low), (x + half, low), (x, low - tall * 0.3)], colour)
