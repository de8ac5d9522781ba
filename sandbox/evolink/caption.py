"""Text on a picture: the prompt at the bottom, size and number in a corner."""

import textwrap
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

from sandbox.evolink.pixels import mapped, resized

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

#: Fonts with Chinese characters, by their names on various systems; Pillow's own has none.
_CHINESE = (
    "NotoSansCJK-Regular.ttc",
    "NotoSansSC-Regular.otf",
    "wqy-microhei.ttc",
    "wqy-zenhei.ttc",
    "PingFang.ttc",
    "msyh.ttc",
)
_MOST = 180


def write_caption(image: Image.Image, prompt: str, number: str) -> None:
    """Write on the picture itself. Characters that no font has are left out."""
    unit = min(image.size) / 100
    margin = round(unit * 4)
    lines = _lines(prompt, image.width - 2 * margin, unit * 4.2)
    font, high = _font(round(unit * 4.2)), unit * 5.4
    _darken_foot(image, round(high * len(lines) + margin * 2.6))
    draw = ImageDraw.Draw(image)
    for row, line in enumerate(reversed(lines)):
        y = image.height - margin * 1.1 - high * row
        draw.text((margin, y), line, "white", font, anchor="ls")
    _write_corner(image, f"{image.width} x {image.height}  ·  {number}", unit)


def _lines(prompt: str, width: float, size: float) -> list[str]:
    """Return the prompt in up to three lines."""
    words = " ".join(prompt.split())
    shown = "".join(letter for letter in words if _drawable(letter)).strip()
    # A letter is about half as wide as it is high, a Chinese character about as wide.
    wide = any(ord(letter) > 0x2E80 for letter in shown)
    letters = max(8, int(width / size / (1.0 if wide else 0.52)))
    short = textwrap.shorten(shown, _MOST, placeholder=" …") if " " in shown else shown[:_MOST]
    return textwrap.wrap(short, letters, max_lines=3, placeholder=" …")


def _darken_foot(image: Image.Image, high: int) -> None:
    high = min(high, image.height)
    veil = resized(Image.linear_gradient("L"), (image.width, high))
    veil = mapped(veil, lambda value: int(value * 0.72))
    image.paste((0, 0, 0), (0, image.height - high), veil)


def _write_corner(image: Image.Image, text: str, unit: float) -> None:
    font = _font(round(unit * 2.4))
    pad = unit * 1.2
    right, top = image.width - unit * 3, unit * 3
    draw = ImageDraw.Draw(image, "RGBA")
    left, _, _, bottom = draw.textbbox((right - pad, top + pad), text, font, anchor="rt")
    box = (left - pad, top, right, bottom + pad)
    draw.rounded_rectangle(box, unit * 1.2, (0, 0, 0, 92))
    draw.text((right - pad, top + pad), text, (255, 255, 255, 235), font, anchor="rt")


@lru_cache(maxsize=16)
def _font(size: int) -> Font:
    for name in _CHINESE:
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue
    return ImageFont.load_default(size)


@lru_cache(maxsize=4096)
def _drawable(letter: str) -> bool:
    """Whether the font has the letter. What it lacks looks like U+10FFFF, which no font has."""
    return letter == " " or _drawn(letter) != _drawn("\U0010ffff")


def _drawn(letter: str) -> bytes:
    image = Image.new("L", (48, 48))
    ImageDraw.Draw(image).text((8, 40), letter, 255, _font(24), anchor="ls")
    return image.tobytes()
