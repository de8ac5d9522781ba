"""A request is what to draw, valid by construction: what Seedream 4.5 does not take has no value.

Every rule is from Evolink's page of ``POST /v1/images/generations``, model doubao-seedream-4.5.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from bot.domain.reference import Reference
from bot.domain.text import is_blank
from bot.errors import (
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

#: Code points in the prompt as it is sent.
PROMPT_LIMIT = 2000
#: Images in one request.
COUNT_LIMIT = 15
#: References in one request.
REFERENCE_LIMIT = 14
#: References and images to draw, together.
TOGETHER_LIMIT = 15
#: Pixels in total, when exact pixels are asked for.
MIN_PIXELS, MAX_PIXELS = 2560 * 1440, 4096 * 4096
#: Width by height may be anything from 1/16 to 16.
SLIMMEST = 16

RATIOS = ("1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9")
AUTO = "auto"


def half_width(text: str) -> str:
    """Return it with a Latin keyboard's signs: a Chinese one writes wider digits and colons."""
    return unicodedata.normalize("NFKC", text)


class Quality(StrEnum):
    """How many pixels a ratio gets."""

    K2 = "2K"
    K4 = "4K"

    @classmethod
    def parse(cls, text: str) -> "Quality":
        """Understand ``2K`` and ``4k``, with full-width signs too.

        Raises:
            QualityNotUnderstood: it is neither.
        """
        try:
            return cls(half_width(text).strip().upper())
        except ValueError:
            raise QualityNotUnderstood(text) from None


@dataclass(frozen=True, slots=True)
class Size:
    """A ratio, ``auto``, or exact pixels; ``text`` is Evolink's spelling."""

    text: str = AUTO

    @classmethod
    def parse(cls, text: str) -> "Size":
        """Understand ``16:9``, ``auto``, ``2560x1440``; full-width signs and blanks do no harm.

        Raises:
            SizeNotUnderstood: it is neither a known ratio nor WIDTHxHEIGHT.
            SizeOutOfRange: the pixels are too few, too many, or too slim.
        """
        narrow = half_width(text).lower()
        plain = re.sub(r"[\N{MULTIPLICATION SIGN}*]", "x", re.sub(r"\s", "", narrow))
        if plain in (AUTO, *RATIOS):
            return cls(plain)
        pixels = re.fullmatch(r"(\d{1,5})x(\d{1,5})", plain)
        if pixels is None:
            raise SizeNotUnderstood(text)
        width, height = int(pixels[1]), int(pixels[2])
        slim = min(width, height) * SLIMMEST < max(width, height)
        if slim or not MIN_PIXELS <= width * height <= MAX_PIXELS:
            raise SizeOutOfRange(width, height, MIN_PIXELS, MAX_PIXELS)
        return cls(f"{width}x{height}")

    @property
    def pixels(self) -> tuple[int, int] | None:
        """Width and height, where exact pixels are asked for."""
        width, cross, height = self.text.partition("x")
        return (int(width), int(height)) if cross else None

    @property
    def ratio(self) -> Fraction | None:
        """Width by height; ``None`` for ``auto``."""
        if self.text == AUTO:
            return None
        width, height = self.text.replace("x", ":").split(":")
        return Fraction(int(width), int(height))


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """What to draw, as the user asked for it."""

    #: Exactly what the user typed.
    prompt: str
    size: Size = Size()
    #: ``None`` for exact pixels, where it has no meaning.
    quality: Quality | None = Quality.K2
    #: How many images at most.
    count: int = 1
    references: tuple[Reference, ...] = ()

    def __post_init__(self) -> None:
        if is_blank(self.prompt):
            raise PromptMissing
        if not 1 <= self.count <= COUNT_LIMIT:
            raise CountOutOfRange(self.count, COUNT_LIMIT)
        if len(self.references) > REFERENCE_LIMIT:
            raise TooManyReferences(len(self.references), REFERENCE_LIMIT)
        if len(self.references) + self.count > TOGETHER_LIMIT:
            raise TooManyImages(len(self.references), self.count, TOGETHER_LIMIT)
        if (self.size.pixels is None) != (self.quality is not None):
            raise QualityWithPixels
        if len(self.prompt_sent) > PROMPT_LIMIT:
            room = PROMPT_LIMIT - (len(self.prompt_sent) - len(self.prompt))
            raise PromptTooLong(len(self.prompt), room)

    @property
    def spoiler(self) -> bool:
        """Whether what is drawn is shown hidden: something that it is drawn from was."""
        return any(reference.spoiler for reference in self.references)

    @classmethod
    def parse(
        cls,
        prompt: str,
        *,
        size: str | None = None,
        quality: str | None = None,
        count: int | None = None,
        references: tuple[Reference, ...] = (),
    ) -> "Request":
        """Understand what a user typed; what is left out gets its default.

        Raises:
            InvalidRequest: Seedream 4.5 does not take it.
        """
        wanted = Size.parse(size) if size else Size()
        sharpness = Quality.parse(quality) if quality else None
        if wanted.pixels is None:
            sharpness = sharpness or Quality.K2
        return cls(
            prompt=prompt,
            size=wanted,
            quality=sharpness,
            count=1 if count is None else count,
            references=references,
        )

    @property
    def prompt_sent(self) -> str:
        """The prompt that Evolink gets.

        ``n`` is only an upper bound: several images come only if the prompt asks for them, in
        words like Evolink's own example, 生成2张不同的图片 ("generate 2 different images").
        """
        if self.count == 1:
            return self.prompt
        return f"{self.prompt}\n\n生成{self.count}张不同的图片"
