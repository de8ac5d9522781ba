"""References in a picture: small prints with a white border, in a row."""

import io
from collections.abc import Sequence

from PIL import Image, ImageDraw

from sandbox.evolink.pixels import BICUBIC, LANCZOS, resized

#: The side of a print relative to the picture's shorter side, if there are few.
_PART = 0.3
_GAP = 0.22


def hang_references(image: Image.Image, thumbnails: Sequence[bytes]) -> None:
    """Paste small prints of the references, centred, in up to two rows."""
    if not thumbnails:
        return
    columns = len(thumbnails) if len(thumbnails) <= 5 else (len(thumbnails) + 1) // 2
    side = min(min(image.size) * _PART, image.width * 0.94 / (columns * (1 + _GAP)))
    step = side * (1 + _GAP)
    for number, thumbnail in enumerate(thumbnails):
        row, column = divmod(number, columns)
        in_row = min(columns, len(thumbnails) - row * columns)
        x = image.width / 2 + (column - (in_row - 1) / 2) * step
        y = image.height * 0.08 + side / 2 + row * step * 1.05
        _hang(image, thumbnail, (x, y), side, tilt=(-3.5, 2.5, -1.5, 4.0)[number % 4])


def _hang(
    image: Image.Image, thumbnail: bytes, centre: tuple[float, float], side: float, tilt: float
) -> None:
    with Image.open(io.BytesIO(thumbnail)) as small:
        small.load()
    scale = side * 0.9 / max(small.size)
    size = (max(1, round(small.width * scale)), max(1, round(small.height * scale)))
    shown = resized(small, size, LANCZOS)
    border = max(2, round(side * 0.045))
    sheet = Image.new("RGBA", (shown.width + 2 * border, shown.height + 2 * border), "white")
    sheet.paste(shown, (border, border))
    shadow = Image.new("RGBA", sheet.size, (0, 0, 0, 90))
    for layer, offset in ((shadow, border * 0.6), (sheet, 0.0)):
        turned = layer.rotate(tilt, BICUBIC, expand=True)
        left = round(centre[0] - turned.width / 2 + offset)
        top = round(centre[1] - turned.height / 2 + offset)
        image.paste(turned.convert("RGB"), (left, top), turned)
    pin = max(2, round(side * 0.03))
    x, y = round(centre[0]), round(centre[1] - sheet.height / 2 + border)
    ImageDraw.Draw(image).ellipse((x - pin, y - pin, x + pin, y + pin), (206, 54, 58))
