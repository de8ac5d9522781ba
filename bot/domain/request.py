"""A request: which images to draw, and by which model."""
# ruff: noqa: RUF001 - signs that look like others are what people type

import math
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Self

from bot.domain.ids import ChannelId, MessageId
from bot.domain.models import SEEDREAM_4_5, Model, Quality
from bot.domain.reference import Reference
from bot.domain.text import half_width, is_blank, is_chinese
from bot.refusals import (
    CountOutOfRange,
    PromptMissing,
    PromptTooLong,
    QualityNotUnderstood,
    QualityWithPixels,
    SizeNotUnderstood,
    SizeOutOfRange,
    TooManyImages,
    TooManyReferences,
)

AUTO = "auto"

#: What people type for a colon and for a cross, once full-width signs are half-width.
_COLONS = str.maketrans(dict.fromkeys("∶꞉ː˸։/∕⁄比", ":"))
_CROSSES = str.maketrans(dict.fromkeys("×✕✖╳⨯*хχ", "x"))
_RATIO = re.compile(r"(\d{1,4}(?:\.\d{1,3})?)([:x])(\d{1,4}(?:\.\d{1,3})?)")
#: What people call shapes, whichever language their client is in.
_WORDS = {
    **dict.fromkeys(("landscape", "横", "横向", "横版", "橫", "橫向", "橫版"), "16:9"),
    **dict.fromkeys(("portrait", "竖", "竖向", "竖版", "直向", "直式"), "9:16"),
    **dict.fromkeys(("square", "方", "方形", "正方形"), "1:1"),
    **dict.fromkeys(("自动", "自動"), AUTO),
}
#: Numbers up to this one don't mean pixels: "16x9".
_SMALL = 64


def spelled(text: str) -> str:
    """Return a size in Evolink's spelling; it isn't checked, and may not be a size at all."""
    plain = re.sub(r"\s", "", half_width(text).lower())
    return _WORDS.get(plain) or plain.translate(_COLONS).translate(_CROSSES)


def shape_of(text: str) -> Fraction | None:
    """Return the width divided by the height of a ratio; ``None``: it isn't a ratio."""
    found = _RATIO.fullmatch(spelled(text))
    if found is None:
        return None
    width, height = Fraction(found[1]), Fraction(found[3])
    if not width or not height or (found[2] == "x" and max(width, height) > _SMALL):
        return None
    return width / height


def is_pixels(size: str | None) -> bool:
    """Tell whether a size, as it was typed, names exact pixels."""
    return size is not None and "x" in spelled(size) and shape_of(size) is None


def _nearest(width: int, height: int, model: Model) -> str:
    """Return a size that the model draws, of this shape and with about as many pixels."""
    wide: float = min(width, height * model.max_ratio)
    high: float = min(height, width * model.max_ratio)
    if wide * high <= model.max_pixels:
        scale = max(1.0, math.sqrt(model.min_pixels / (wide * high)))
        return f"{math.ceil(round(wide * scale, 3))}x{math.ceil(round(high * scale, 3))}"
    scale = math.sqrt(model.max_pixels / (wide * high))
    short = math.floor(min(wide, high) * scale)
    long = min(math.floor(max(wide, high) * scale), short * model.max_ratio)
    return f"{long}x{short}" if wide > high else f"{short}x{long}"


_REDRAW = "Redraw this picture with finer detail. Keep everything else as it is."
_REDRAW_CHINESE = "以更丰富的细节重新生成这张图片，其他一切保持不变。"


@dataclass(frozen=True, slots=True)
class Size:
    """A ratio, ``auto``, or exact pixels, in Evolink's spelling."""

    text: str = AUTO

    @classmethod
    def parse(cls, text: str, model: Model = SEEDREAM_4_5, quality: Quality = Quality.K2) -> "Size":
        """Parse ``16:9``, ``landscape`` or ``2560x1440``; look-alike characters are accepted.

        A ratio that isn't one of the model's becomes pixels: as many as a square of ``quality``.

        Raises:
            SizeNotUnderstood: it is neither a ratio, a shape's name nor WIDTHxHEIGHT.
            SizeOutOfRange: the model doesn't draw so few or so many pixels, or so long a side.
        """
        plain = spelled(text)
        if plain in (AUTO, *model.ratios):
            return cls(plain)
        ratio = shape_of(text)
        if ratio is not None:
            return cls._of_ratio(ratio, model, quality, text)
        pixels = re.fullmatch(r"(\d{1,5})x(\d{1,5})", plain)
        if pixels is None or 0 in (width := int(pixels[1]), height := int(pixels[2])):
            raise SizeNotUnderstood(text)
        too_long = max(width, height) > min(width, height) * model.max_ratio
        if too_long or not model.min_pixels <= width * height <= model.max_pixels:
            raise SizeOutOfRange(width, height, _nearest(width, height, model))
        return cls(f"{width}x{height}")

    @classmethod
    def _of_ratio(cls, ratio: Fraction, model: Model, quality: Quality, text: str) -> "Size":
        for known in model.ratios:
            if cls(known).ratio == ratio:
                return cls(known)
        if max(ratio, 1 / ratio) > model.max_ratio:
            raise SizeNotUnderstood(text)
        square = model.pixels_of("1:1", quality)
        assert square is not None
        width = math.sqrt(square[0] * square[1] * ratio)
        return cls(_nearest(round(width), round(width / ratio), model))

    @property
    def pixels(self) -> tuple[int, int] | None:
        """Width and height; ``None`` unless exact pixels are asked for."""
        width, cross, height = self.text.partition("x")
        return (int(width), int(height)) if cross else None

    @property
    def ratio(self) -> Fraction | None:
        """Width divided by height; ``None`` for ``auto``."""
        if self.text == AUTO:
            return None
        width, height = self.text.replace("x", ":").split(":")
        return Fraction(int(width), int(height))


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """What a user asked for. ``parse`` checks it; a stored one is rebuilt without a check."""

    #: What the user typed, without links and flags (``bot.domain.typed``).
    prompt: str
    size: Size = Size()
    #: ``None`` with exact pixels, where quality has no meaning.
    quality: Quality | None = Quality.K2
    #: The maximum; the model may draw fewer.
    count: int = 1
    references: tuple[Reference, ...] = ()
    model: Model = SEEDREAM_4_5
    #: Sent instead of the prompt, which people still see; empty: the prompt is sent.
    instruction: str = ""
    #: Sent after either. Stored with the request, so that a repeated request is the same.
    added_words: str = ""
    #: Channel and message of the image that this is made from; ``None``: none that others can open.
    made_from: tuple[ChannelId, MessageId] | None = None

    @classmethod
    def parse(  # noqa: PLR0913 - each is an option of the command
        cls,
        prompt: str,
        *,
        size: str | None = None,
        quality: str | None = None,
        count: int | None = None,
        references: tuple[Reference, ...] = (),
        model: Model = SEEDREAM_4_5,
        instruction: str = "",
        made_from: tuple[ChannelId, MessageId] | None = None,
    ) -> Self:
        """Parse what a user typed; what is left out gets the model's default.

        Raises:
            InvalidRequest: the model doesn't accept it.
        """
        parsed_quality = Quality.parse(quality) if quality else None
        drawn_in = parsed_quality or model.qualities[0]
        parsed_size = Size.parse(size, model, drawn_in) if size else Size()
        if size and parsed_size.pixels is not None and shape_of(size) is not None:
            parsed_quality = None  # the pixels include it
        if parsed_quality is None and parsed_size.pixels is None:
            parsed_quality = model.qualities[0]
        wanted = 1 if count is None else count
        request = cls(
            prompt=prompt,
            size=parsed_size,
            quality=parsed_quality,
            count=wanted,
            references=references,
            model=model,
            instruction=instruction,
            added_words=model.added_words(prompt, wanted),
            made_from=made_from,
        )
        request.check()
        return request

    def check(self) -> None:
        """Compare the request with its model's limits. ``Size.parse`` has checked the size.

        Raises:
            InvalidRequest: the model doesn't accept it.
        """
        model, references = self.model, len(self.references)
        if is_blank(self.prompt):
            raise PromptMissing
        if not 1 <= self.count <= model.images:
            raise CountOutOfRange(self.count, model.images)
        if references > model.references.count:
            raise TooManyReferences(references, model.references.count)
        if references + self.count > model.images_and_references:
            raise TooManyImages(references, self.count, model.images_and_references)
        if (self.size.pixels is None) != (self.quality is not None):
            raise QualityWithPixels
        if self.quality is not None and self.quality not in model.qualities:
            raise QualityNotUnderstood(self.quality)
        if len(self.prompt_sent) > model.prompt_limit:
            raise PromptTooLong(len(self.prompt), model.prompt_limit - len(self.added_words))

    @property
    def prompt_sent(self) -> str:
        """The prompt as Evolink gets it."""
        return f"{self.instruction or self.prompt}{self.added_words}"

    @property
    def pixels(self) -> tuple[int, int] | None:
        """Width and height of each image; ``None`` if they aren't known before it is drawn."""
        if self.size.pixels is not None or self.quality is None:
            return self.size.pixels
        return self.model.pixels_of(self.size.text, self.quality)

    @property
    def is_4k(self) -> bool:
        """Whether it is in 4K, or its pixels are more than any image has in 2K."""
        if self.size.pixels is None:
            return self.quality is Quality.K4
        width, height = self.size.pixels
        return width * height > self.model.most_pixels(Quality.K2)

    @property
    def spoiler(self) -> bool:
        """Whether the images are shown as spoilers: one of the references was posted as one."""
        return any(reference.spoiler for reference in self.references)


def redraw(prompt: str) -> str:
    """Return the instruction to draw a picture again with more pixels.

    The prompt itself may have been about another picture ("remove the boat"), so it isn't sent.
    """
    return _REDRAW_CHINESE if is_chinese(prompt) else _REDRAW
