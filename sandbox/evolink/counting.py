"""How many images a prompt asks for."""

import re

from sandbox.evolink.orders import MAX_IMAGES

_CHINESE = dict(zip("一二两三四五六七八九十", (1, 2, 2, 3, 4, 5, 6, 7, 8, 9, 10), strict=True))
_ENGLISH = {
    word: number
    for number, word in enumerate(
        ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"), start=1
    )
}
_NUMBERS = _CHINESE | _ENGLISH

_NUMBER = r"(\d+|" + "|".join(_NUMBERS) + ")"
_VERB = r"\b(?:generate|create|draw|make|produce)"
_IMAGES = r"(?:images?|pictures?|photos?|variations?|versions?|illustrations?)\b"
#: 生成2张不同的图片 (Evolink's own example), "generate 4 different images", "3 different pictures".
_ASKS = (
    re.compile(rf"生成\s*{_NUMBER}\s*[张幅]"),
    re.compile(rf"{_VERB}\s+{_NUMBER}\s+(?:\w+\s+){{0,3}}?{_IMAGES}"),
    re.compile(rf"\b{_NUMBER}\s+different\s+(?:\w+\s+){{0,2}}?{_IMAGES}"),
)


def images_asked(prompt: str, n: int, references: int = 0) -> int:
    """Return how many images the model makes: what the prompt asks for, ``n`` at most; else one.

    Evolink's page: n is only an upper bound, the prompt must ask for several images too, and
    references and images together are 15 at most. If a prompt asks more than once, the last word
    counts: a client adds its own sentence at the end.
    """
    asks = [found for ask in _ASKS for found in ask.finditer(prompt.lower())]
    if not asks:
        return 1
    number = max(asks, key=lambda found: found.start(1))[1]
    asked = _NUMBERS.get(number) or int(number)
    return max(1, min(asked, n, MAX_IMAGES - references))
