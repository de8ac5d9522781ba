"""Texts: their visible characters, those that can be sent and stored, and the words of a search."""

import re
import unicodedata

#: The largest id that a row or an object of Discord's can have.
LARGEST_ID = 2**63 - 1

# Default_Ignorable_Code_Point (unicode.org/Public/16.0.0/ucd/DerivedCoreProperties.txt): fonts show
# nothing for these, which include variation selectors, tags and Hangul fillers.
_IGNORABLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# Glyphs that are blank: one each of Braille, musical notation and Khitan, two of hieroglyphs.
_BLANK = "\u2800\U0001d159\U00016fe4\U00013441\U00013442"
# Format characters that are visible: Prepended_Concatenation_Mark (PropList.txt, as above).
_SHOWN = frozenset(
    "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
)
_UNSEEN_KINDS = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"})
# Lone surrogates, which can't be encoded, and all controls but tab, line feed and carriage return.
_UNSENDABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
# Scripts without spaces between words; each of their characters is a word. Thai, Lao, Burmese and
# Khmer; kana, Han (with extensions) and half-width kana, which NFKC widens.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
    "\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
# Letters and digits, or one sign that isn't ASCII, such as an emoji.
_WORD = re.compile(rf"[{_UNSPACED}]|(?:(?![{_UNSPACED}])[^\W_])+|[^\w\s\0-\x7f]")
# Marks that only add to a letter: accents that don't compose with it, strokes through it, Hebrew
# points, Arabic vowels. Not those of India and its neighbours: vowels that nobody leaves out.
_ADDED = re.compile("[\u0300-\u08ff\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]")
# A character that is a word of its own.
_ALONE = re.compile(f"[{_UNSPACED}]")


def half_width(text: str) -> str:
    """Replace full-width characters, as Chinese keyboards type them, by their ASCII equivalents."""
    return unicodedata.normalize("NFKC", text)


def is_seen(sign: str) -> bool:
    """Tell whether a character is visible on its own."""
    if sign in _SHOWN:
        return True
    unseen = unicodedata.category(sign) in _UNSEEN_KINDS or sign in _BLANK
    return not unseen and _IGNORABLE.match(sign) is None


def is_blank(text: str) -> bool:
    """Tell whether a text has no visible character."""
    return not any(map(is_seen, text))


def is_chinese(text: str) -> bool:
    """Tell whether a text is mostly Chinese: half of its letters are Han, and none is Kana."""
    if text.isascii():
        return False
    letters = [sign for sign in text if sign.isalpha()]
    names = [unicodedata.name(sign, "") for sign in letters]
    han = sum(name.startswith("CJK ") for name in names)
    kana = any(name.startswith(("HIRAGANA", "KATAKANA")) for name in names)
    return not kana and 0 < len(letters) <= 2 * han


def sendable(text: str) -> str:
    """Remove what Discord, Evolink or a database rejects: controls and lone surrogates."""
    return _UNSENDABLE.sub("", text)


def number(text: str) -> int | None:
    """Parse an unsigned number from outside; ``None`` if it isn't one, or is too large for an id.

    ``int`` itself raises an error for thousands of digits.
    """
    digits = text.isdecimal() and len(text) <= len(str(LARGEST_ID))
    return int(text) if digits and int(text) <= LARGEST_ID else None


def search_words(text: str) -> list[str]:
    """Split a text into the words that a search finds, in their order.

    Full-width forms equal ordinary ones, composed characters decomposed ones (Unicode's NFKC), and
    capitals small letters, in every script.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return [word for word in _WORD.findall(folded) if word.isalnum() or _is_symbol(word)]


def _is_symbol(sign: str) -> bool:
    """Tell whether it is a symbol such as an emoji, not punctuation or a combining mark."""
    return unicodedata.category(sign).startswith("S")


def plain_words(text: str) -> tuple[str, ...]:
    """Split a text into whole words, to compare them whatever their case, width and composition.

    Unlike in ``search_words``, marks stay with their letters in scripts whose vowels are marks, and
    are left out elsewhere; so are invisible characters, as in "ba\u200bd". Digits and letters are
    separate words, as in "bad1".
    """
    seen = "".join(sign for sign in text if sign.isspace() or is_seen(sign))
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", seen).casefold())
    # ``was_digit``: of the last sign; ``None``: it was neither letter nor digit.
    words, grows, was_digit = list[str](), False, None
    for sign in folded:
        if unicodedata.category(sign).startswith("M"):
            if grows and not _ADDED.match(sign):
                words[-1] += sign
            continue
        is_alone = _ALONE.match(sign) or not sign.isalnum()
        is_digit = None if is_alone else sign.isdecimal()
        grows = sign.isalnum() or _is_symbol(sign)
        if is_digit is not None and is_digit is was_digit:
            words[-1] += sign
        elif grows:
            words.append(sign)
        was_digit = is_digit
    return tuple(words)
