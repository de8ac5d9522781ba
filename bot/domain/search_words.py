"""What a search compares: the words of a text, without regard to case, width or composition."""

import re
import unicodedata

# Scripts without spaces between words; each of their characters is a word. Thai, Lao, Burmese and
# Khmer; kana, Han (with extensions) and half-width kana, which NFKC widens.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
    "\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
# Letters and digits, or one sign that isn't ASCII, such as an emoji.
_WORD = re.compile(rf"[{_UNSPACED}]|(?:(?![{_UNSPACED}])[^\W_])+|[^\w\s\0-\x7f]")


def search_words(text: str) -> list[str]:
    """Split a text into the words that a search finds, in their order.

    Full-width forms equal ordinary ones, composed characters decomposed ones (Unicode's NFKC), and
    capitals small letters, in every script.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return [word for word in _WORD.findall(folded) if word.isalnum() or _is_symbol(word)]


def _is_symbol(sign: str) -> bool:
    """Tell whether it is a symbol such as an emoji, and no punctuation or combining mark."""
    return unicodedata.category(sign).startswith("S")
