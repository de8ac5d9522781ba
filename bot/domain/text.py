"""What of a text can be seen, and what can be sent, stored and counted at all."""

import re
import unicodedata

#: No id of a row or of Discord is above it, in any of the databases.
LARGEST_ID = 2**63 - 1

# Default_Ignorable_Code_Point (unicode.org/Public/16.0.0/ucd/DerivedCoreProperties.txt): fonts show
# nothing for them. Variation selectors, tags and Hangul's fillers are among them.
_IGNORABLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# Glyphs that are blank: Braille, a musical head, a filler of Khitan, two of hieroglyphs.
_BLANK = "\u2800\U0001d159\U00016fe4\U00013441\U00013442"
# Format characters that do show: Prepended_Concatenation_Mark (PropList.txt, as above).
_SHOWN = frozenset(
    "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
)
_UNSEEN_KINDS = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"})
# Lone surrogates are no text: no encoding has them. Of the controls, only these mean anything.
_UNSENDABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def half_width(text: str) -> str:
    """Return a text with the ASCII digits and signs that Chinese keyboards type in full width."""
    return unicodedata.normalize("NFKC", text)


def is_seen(sign: str) -> bool:
    """Tell whether a character shows anything by itself."""
    if sign in _SHOWN:
        return True
    unseen = unicodedata.category(sign) in _UNSEEN_KINDS or sign in _BLANK
    return not unseen and _IGNORABLE.match(sign) is None


def is_blank(text: str) -> bool:
    """Tell whether a text shows nothing, whatever it consists of."""
    return not any(map(is_seen, text))


def sendable(text: str) -> str:
    """Return it without what no other side takes: NUL, other controls, halves of a character."""
    return _UNSENDABLE.sub("", text)


def number(text: str) -> int | None:
    """Understand a number that came from outside; ``None``: it is none, or no id can be so large.

    Python itself refuses to read thousands of digits.
    """
    digits = text.isdecimal() and len(text) <= len(str(LARGEST_ID))
    return int(text) if digits and int(text) <= LARGEST_ID else None
