"""What each image model accepts. Requests, forms and the command take their limits from here."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from bot.domain.text import half_width, is_chinese
from bot.refusals import QualityNotUnderstood


class Quality(StrEnum):
    """How many pixels an image of a given ratio has."""

    K2 = "2K"
    K4 = "4K"

    @classmethod
    def parse(cls, text: str) -> "Quality":
        """Parse ``2K`` or ``4k``; full-width characters are accepted.

        Raises:
            QualityNotUnderstood: it is neither.
        """
        try:
            return cls(half_width(text).strip().upper())
        except ValueError:
            raise QualityNotUnderstood(text) from None


@dataclass(frozen=True, kw_only=True, slots=True)
class ReferenceLimits:
    """What a model accepts as references. Larger pictures are scaled down before they are sent."""

    count: int
    max_bytes: int
    #: Width times height.
    max_pixels: int
    min_side: int
    #: As ``bot.images.probe`` names them.
    formats: frozenset[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Model:
    """An image model at Evolink, and the limits of a request to it."""

    #: The value of ``model`` in Evolink's API.
    name: str
    #: Code points of the prompt as it is sent.
    prompt_limit: int
    #: Images in one request.
    images: int
    references: ReferenceLimits
    #: References and images of one request, added up.
    images_and_references: int
    ratios: tuple[str, ...]
    #: Best last; the first is the default.
    qualities: tuple[Quality, ...]
    #: Width times height, where a request names exact pixels.
    min_pixels: int
    max_pixels: int
    #: The longer side divided by the shorter one, at most; of images and of references.
    max_ratio: int
    #: Width and height by landscape ratio and quality, as far as they are documented.
    pixels: Mapping[tuple[str, Quality], tuple[int, int]] = field(hash=False, repr=False)
    #: Appended to the prompt when several images are wanted; ``{n}`` is how many.
    several_images: str
    #: The same for Chinese prompts.
    several_images_chinese: str

    @property
    def variations(self) -> int:
        """Images in one request for variations of a reference: four, or as many as are allowed."""
        return min(4, self.images, self.images_and_references - 1)

    def added_words(self, prompt: str, count: int) -> str:
        """Return what is sent after the prompt: nothing, unless several images are wanted."""
        if count == 1:
            return ""
        words = self.several_images_chinese if is_chinese(prompt) else self.several_images
        return words.format(n=count)

    def pixels_of(self, ratio: str, quality: Quality) -> tuple[int, int] | None:
        """Return the width and height of an image; ``None`` where they aren't documented."""
        landscape = self.pixels.get((ratio, quality))
        if landscape is not None:
            return landscape
        portrait = self.pixels.get((":".join(reversed(ratio.split(":"))), quality))
        return None if portrait is None else (portrait[1], portrait[0])

    def most_pixels(self, quality: Quality) -> int:
        """Return width times height of the largest image that is documented."""
        return max(
            wide * high for (_, each), (wide, high) in self.pixels.items() if each is quality
        )


#: https://docs.evolink.ai: ``POST /v1/images/generations``, model doubao-seedream-4.5.
SEEDREAM_4_5 = Model(
    name="doubao-seedream-4.5",
    prompt_limit=2000,
    images=15,
    references=ReferenceLimits(
        count=14,
        # "10MB"; the smaller reading of it, so that no task fails after it was queued.
        max_bytes=10_000_000,
        # "6000x6000".
        max_pixels=6000 * 6000,
        # "above 14 pixels".
        min_side=15,
        # It also reads BMP and TIFF, but Evolink's file service doesn't store them.
        formats=frozenset({"jpeg", "png", "gif", "webp"}),
    ),
    images_and_references=15,
    ratios=("1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9"),
    qualities=(Quality.K2, Quality.K4),
    min_pixels=2560 * 1440,
    max_pixels=4096 * 4096,
    max_ratio=16,
    # ByteDance's table; Evolink confirms 1:1 and 16:9. Neither mentions 4:5 and 5:4.
    pixels={
        ("1:1", Quality.K2): (2048, 2048),
        ("1:1", Quality.K4): (4096, 4096),
        ("4:3", Quality.K2): (2304, 1728),
        ("4:3", Quality.K4): (4704, 3520),
        ("3:2", Quality.K2): (2496, 1664),
        ("3:2", Quality.K4): (4992, 3328),
        ("16:9", Quality.K2): (2848, 1600),
        ("16:9", Quality.K4): (5504, 3040),
        ("21:9", Quality.K2): (3136, 1344),
        ("21:9", Quality.K4): (6240, 2656),
    },
    # ``n`` is only an upper bound: several images come only if the prompt asks for them. The
    # Chinese words are those of Evolink's own example.
    several_images="\n\nGenerate {n} different images",
    several_images_chinese="\n\n生成{n}张不同的图片",
)

MODELS = {model.name: model for model in (SEEDREAM_4_5,)}

# Bounds where the model isn't known: options of the command, the tray, links in an answer.
MOST_IMAGES = max(model.images for model in MODELS.values())
MOST_REFERENCES = max(model.references.count for model in MODELS.values())
MOST_PIXELS = max(model.max_pixels for model in MODELS.values())
LONGEST_PROMPT = max(model.prompt_limit for model in MODELS.values())


def model_of(name: str) -> Model:
    """Return the model of this name. An unknown one is assumed to have Seedream 4.5's limits."""
    return MODELS.get(name) or replace(SEEDREAM_4_5, name=name)
