"""The pixels of each size and quality."""

from typing import Final, Literal

Quality = Literal["2K", "4K"]
QUALITIES: Final = ("2K", "4K")

MIN_PIXELS = 2560 * 1440
MAX_PIXELS = 4096 * 4096
MAX_RATIO = 16

#: ByteDance's own table for Seedream 4.5 (volcengine.com/docs/82379/1666945). It lacks 4:5, 5:4
#: and 9:21; those below are multiples of 16 with about the same area as the rest.
_LANDSCAPE: dict[str, dict[Quality, tuple[int, int]]] = {
    "1:1": {"2K": (2048, 2048), "4K": (4096, 4096)},
    "5:4": {"2K": (2320, 1856), "4K": (4560, 3648)},
    "4:3": {"2K": (2304, 1728), "4K": (4704, 3520)},
    "3:2": {"2K": (2496, 1664), "4K": (4992, 3328)},
    "16:9": {"2K": (2848, 1600), "4K": (5504, 3040)},
    "21:9": {"2K": (3136, 1344), "4K": (6240, 2656)},
}


Pixels = dict[Quality, tuple[int, int]]


def _turned(ratio: str, pixels: Pixels) -> tuple[str, Pixels]:
    width, height = ratio.split(":")
    return f"{height}:{width}", {quality: (high, wide) for quality, (wide, high) in pixels.items()}


RATIOS: dict[str, Pixels] = _LANDSCAPE | dict(
    _turned(ratio, pixels) for ratio, pixels in _LANDSCAPE.items()
)


def nearest_ratio(width: int, height: int) -> str:
    """Return the closest ratio, which ``auto`` picks for a reference."""

    def difference(ratio: str) -> float:
        wide, high = RATIOS[ratio]["2K"]
        return max(wide * height, high * width) / min(wide * height, high * width)

    return min(RATIOS, key=difference)


def within_limits(width: int, height: int) -> bool:
    """Whether Seedream 4.5 draws this many pixels in this shape."""
    return (
        MIN_PIXELS <= width * height <= MAX_PIXELS
        and max(width, height) <= min(width, height) * MAX_RATIO
    )
