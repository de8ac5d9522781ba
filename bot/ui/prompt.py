"""Users' text inside our messages: it can't ping, format, or break out of its place.

Lengths are in UTF-16 code units. Discord doesn't say what it counts, and these are never fewer than
code points.
"""

import re
import unicodedata
from functools import lru_cache

from bot.domain.text import is_blank, is_seen

#: Discord's limit for all texts of a Components V2 message together, less one.
TEXT_LIMIT = 3999
#: Discord's limit for alt text.
ALT_LIMIT = 1024
#: Discord's limit for the name or value of a choice or option.
OPTION_LIMIT = 100
#: Characters that fit on one line of a form; half as many if they are wide.
LINE = 54
#: Characters of a prompt on the card and on results; "Details" shows all of it.
QUOTE_LIMIT = 280
#: Characters of a prompt in a code block: all 2000 fit, even if half of them count twice.
FENCE_LIMIT = 3000

_ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
_BLANK = "\N{ZERO WIDTH SPACE}"
# In Discord's markdown a backslash escapes any character but letters, digits and spaces. Escaped
# colons also disable "https://", ":smile:" and "<t:0>"; an escaped full stop after digits, a list.
_ESCAPED = {sign: f"\\{sign}" for sign in "\\`*_~|<>[]():#"}
# A backslash doesn't help here: Discord's servers find mentions in the raw text.
_ESCAPED["@"] = f"@{_BLANK}"
_LIST = re.compile(r"[-+]|\d+\.")
# Invisible, but they change their neighbours: joiners in emoji, Persian and Indic scripts;
# variation selectors pick the form or colour of a character.
_JOINERS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"
_CHANGING = re.compile(f"[{_JOINERS}\ufe00-\ufe0f\u180b-\u180d\u180f\U000e0100-\U000e01ef]")
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
# Vietnamese, Thai and Hebrew stack three marks at most; more would cover neighbouring lines.
_MARKS = 4


def width(text: str) -> int:
    """Return the length in UTF-16 code units, which is at least Discord's."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def plain(text: str) -> str:
    """Return the text on one line, without invisible or invalid characters; not escaped."""
    line = re.sub(r"\s+", " ", text).strip()
    if line.isascii() and line.isprintable():
        return line
    kept = list[str]()
    marks = 0
    for sign in line:
        kind = unicodedata.category(sign)
        marks = marks + 1 if kind in {"Mn", "Me"} else 0
        if kind == "Cs":
            kept.append("\N{REPLACEMENT CHARACTER}")
        elif marks <= _MARKS and (sign == " " or is_seen(sign) or _CHANGING.match(sign)):
            kept.append(sign)
    return "" if is_blank(text) else "".join(kept).strip()


@lru_cache(500)  # a card is built again for each of its edits
def escape(text: str, limit: int = QUOTE_LIMIT) -> str:
    """Return the text on one line, with its markdown escaped, at most ``limit`` long.

    Right-to-left text is isolated, so that it doesn't reorder the text around it.
    """
    line = plain(text)
    is_rtl = not line.isascii() and any(
        unicodedata.bidirectional(sign) in {"R", "AL"} for sign in line
    )
    pieces = [_ESCAPED.get(sign, sign) for sign in line]
    listed = _LIST.match(line)
    if listed is not None:
        last = listed.end() - 1
        pieces[last] = f"\\{line[last]}"
    cut = _cut(pieces, limit - 2 * is_rtl)
    return f"\u2068{cut}\u2069" if is_rtl else cut


def quote(prompt: str) -> str:
    """Return the prompt as a quotation on one line, at most ``QUOTE_LIMIT`` long."""
    return f"> {escape(prompt, QUOTE_LIMIT - 2) or _ELLIPSIS}"


def fence(text: str, limit: int = FENCE_LIMIT) -> str:
    """Return the text in a code block to copy from; adjacent backticks are separated."""
    clean = _BIDI.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip("\n")
    pieces = ["\N{REPLACEMENT CHARACTER}" if _is_broken(sign) else sign for sign in clean]
    for place in range(1, len(pieces)):
        if pieces[place] == clean[place - 1] == "`":
            pieces[place] = f"{_BLANK}`"
    around = "```\n{}\n```"
    return around.format(_cut(pieces, limit - len(around) + 2))


def alt(text: str) -> str | None:
    """Return a prompt or name as alt text; ``None``: nothing in it is visible."""
    return _cut(list(plain(text)), ALT_LIMIT) or None


def option(text: str) -> str:
    """Return the text as the name of a menu's option, where there is no markdown."""
    return _cut(list(plain(text)), OPTION_LIMIT)


def on_one_line(text: str) -> str:
    """Return the text as a description of one line in a form; Chinese characters are wide."""
    is_wide = any(unicodedata.east_asian_width(sign) in {"W", "F"} for sign in text)
    return _cut(list(plain(text)), LINE // (1 + is_wide))


def cut(text: str, limit: int) -> str:
    """Return the beginning that fits into a field of ``limit``, without an ellipsis."""
    while width(text) > limit:
        text = text[: len(text) - (width(text) - limit + 1) // 2]
    return text


def _cut(pieces: list[str], limit: int) -> str:
    """Join whole pieces up to ``limit``."""
    if width(whole := "".join(pieces)) <= limit:
        return whole
    room, kept = limit - width(_ELLIPSIS), list[str]()
    for piece in pieces:
        room -= width(piece)
        if room < 0:
            break
        kept.append(piece)
    return "".join(kept).rstrip(" " + _JOINERS) + _ELLIPSIS


def _is_broken(sign: str) -> bool:
    kind = unicodedata.category(sign)
    return kind == "Cs" or (kind == "Cc" and sign not in "\n\t")
