"""Paints a message of Components V2 about as Discord's dark theme shows it, for the README."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from sandbox.discord.cdn import File
from sandbox.discord.messages import Message

WIDTH, MARGIN, GAP = 900, 24, 12
GROUND, BOX, BUTTON = "#313338", "#393a41", "#4e5058"
TEXT, FAINT, MENTION, BAR = "#dbdee1", "#949ba4", "#c9cdfb", "#5865f2"
BODY, SMALL = 25, 20
#: The signs of a progress bar are painted: Pillow's own font has none for them.
FULL, EMPTY = "\N{BLACK PARALLELOGRAM}", "\N{WHITE PARALLELOGRAM}"


def paint(message: Message, names: Mapping[int, str]) -> Image.Image:
    """Return a picture of the message; ``names`` are of the people it may mention."""
    painter = _Painter(names, iter(message.images))
    inside = painter.stacked(message.components, WIDTH - 2 * MARGIN, GROUND)
    whole = Image.new("RGB", (WIDTH, inside.height + 2 * MARGIN), GROUND)
    whole.paste(inside, (MARGIN, MARGIN))
    return whole


@dataclass(frozen=True)
class _Painter:
    names: Mapping[int, str]
    files: Iterator[File]

    def stacked(self, parts: Sequence[Any], width: int, ground: str) -> Image.Image:
        """Paint components below each other."""
        painted = [self._part(part, width, ground) for part in parts]
        height = sum(one.height for one in painted) + GAP * (len(painted) - 1)
        whole, y = Image.new("RGB", (width, height), ground), 0
        for one in painted:
            whole.paste(one, (0, y))
            y += one.height + GAP
        return whole

    def _part(self, part: Any, width: int, ground: str) -> Image.Image:  # noqa: ANN401 - Discord's JSON
        match part["type"]:
            case 17:
                return self._container(part, width)
            case 14:
                return Image.new("RGB", (width, 2), BUTTON)
            case 12:
                return self._gallery(len(part["items"]), width, ground)
            case 1:
                return _row([button["label"] for button in part["components"]], width, ground)
            case _:
                return self._text(part["content"], width, ground)

    def _container(self, part: Any, width: int) -> Image.Image:  # noqa: ANN401 - as above
        inside = self.stacked(part["components"], width - 2 * MARGIN, BOX)
        size = (width, inside.height + 2 * MARGIN)
        whole = Image.new("RGB", size, GROUND)
        draw = ImageDraw.Draw(whole)
        draw.rounded_rectangle((0, 0, *size), 10, fill=BOX)
        draw.rounded_rectangle((0, 0, 6, size[1]), 3, fill=f"#{part['accent_color']:06x}")
        whole.paste(inside, (MARGIN, MARGIN))
        return whole

    def _gallery(self, number: int, width: int, ground: str) -> Image.Image:
        columns = min(number, 2)
        side = (width - (columns - 1) * GAP) // columns
        tiles = list[Image.Image]()
        for _ in range(number):
            with Image.open(BytesIO(next(self.files).read())) as picture:
                picture.thumbnail((side, side))
                tiles.append(picture.convert("RGB"))
        high = max(tile.height for tile in tiles)
        rows = -(-number // columns)
        whole = Image.new("RGB", (width, rows * (high + GAP) - GAP), ground)
        for place, tile in enumerate(tiles):
            row, column = divmod(place, columns)
            whole.paste(tile, (column * (side + GAP), row * (high + GAP)))
        return whole

    def _text(self, content: str, width: int, ground: str) -> Image.Image:
        lines = [self._line(line, width, ground) for line in content.split("\n")]
        whole, y = Image.new("RGB", (width, sum(line.height for line in lines)), ground), 0
        for line in lines:
            whole.paste(line, (0, y))
            y += line.height
        return whole

    def _line(self, line: str, width: int, ground: str) -> Image.Image:
        size, colour, indent = BODY, TEXT, 0
        if line.startswith("-# "):
            line, size, colour = line[3:], SMALL, FAINT
        if line.startswith("> "):
            line, indent = line[2:], 16
        rows = _wrapped(self._plain(line.removeprefix("### ")), size, width - indent)
        whole = Image.new("RGB", (width, len(rows) * (size + 11)), ground)
        draw = ImageDraw.Draw(whole)
        if indent:
            draw.rectangle((0, 2, 3, whole.height - 4), fill=FAINT)
        for number, row in enumerate(rows):
            _write(draw, (indent, number * (size + 11)), row, size, colour)
        return whole

    def _plain(self, line: str) -> str:
        line = re.sub(r"<@(\d+)>", lambda m: f"@{self.names.get(int(m[1]), 'someone')}", line)
        line = re.sub(r"<t:\d+:R>", "a few seconds ago", line)
        # Pillow's own font has no multiplication sign.
        line = line.replace("**", "").replace("\N{MULTIPLICATION SIGN}", "x")
        return re.sub(r"\\(.)", r"\1", line)


def _row(labels: Sequence[str], width: int, ground: str) -> Image.Image:
    whole, x = Image.new("RGB", (width, 46), ground), 0.0
    draw, font = ImageDraw.Draw(whole), ImageFont.load_default(SMALL)
    for label in labels:
        long = font.getlength(label) + 36
        draw.rounded_rectangle((x, 0, x + long, 45), 8, fill=BUTTON)
        draw.text((x + 18, 10), label, TEXT, font)
        x += long + GAP
    return whole


def _wrapped(text: str, size: int, room: float) -> list[str]:
    font, rows = ImageFont.load_default(size), [""]
    for word in text.split(" "):
        longer = f"{rows[-1]} {word}".strip()
        if not rows[-1] or font.getlength(longer) <= room:
            rows[-1] = longer
        else:
            rows.append(word)
    return rows


def _write(
    draw: ImageDraw.ImageDraw, at: tuple[float, float], text: str, size: int, colour: str
) -> None:
    font, (x, y) = ImageFont.load_default(size), at
    for piece in re.findall(rf"[{FULL}{EMPTY}]|[^{FULL}{EMPTY}]+", text):
        if piece in {FULL, EMPTY}:
            fill = BAR if piece == FULL else BUTTON
            draw.rectangle((x, y + 9, x + 17, y + 22), fill=fill)
            x += 21
        else:
            draw.text((x, y), piece, MENTION if piece.startswith("@") else colour, font)
            x += font.getlength(piece)
