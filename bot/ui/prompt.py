"""A user's text inside a message of ours: it can neither ping, nor format, nor break out.

Lengths are UTF-16 code units: Discord does not say what it counts, and these are never fewer than
code points.
"""

import re
import unicodedata

from bot.domain.text import is_blank, is_seen

#: What Discord takes over all texts of a message of Components V2, less one.
TEXT_LIMIT = 3999
#: What Discord takes as alt text of a picture.
ALT_LIMIT = 1024
#: What Discord takes as the name or the value of a choice or an option.
OPTION_LIMIT = 100
#: Of a prompt on the card and beside the pictures; "Details" shows all of it.
QUOTE_LIMIT = 280
#: Of a prompt in a code block: 2000 characters fit even if some of them count twice.
FENCE_LIMIT = 3000

_ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
_BLANK = "\N{ZERO WIDTH SPACE}"
# Discord takes a backslash before any sign that is no letter, digit or blank. A colon escaped also
# unmakes "https://" links, ":smile:" and "<t:0>"; a full stop after digits, a list.
_MARKDOWN = frozenset("\\`*_~|<>[]():#")
_LIST = re.compile(r"[-+]|\d+\.")
# Unseen, but they change what stands beside them: joiners in emoji, Persian and Indic scripts;
# variation selectors choose a sign's form, or its colour.
_JOINERS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"
_CHANGING = re.compile(f"[{_JOINERS}\ufe00-\ufe0f\u180b-\u180d\u180f\U000e0100-\U000e01ef]")
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
# Vietnamese, Thai and Hebrew stack three marks at most; towers of them cover the lines around.
_MARKS = 4


def width(text: str) -> int:
    """Return the length that is certainly not below Discord's."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def plain(text: str) -> str:
    """Return it on one line, without anything unseen or unsendable; not escaped."""
    kept = list[str]()
    marks = 0
    for sign in re.sub(r"\s+", " ", text).strip():
        kind = unicodedata.category(sign)
        marks = marks + 1 if kind in {"Mn", "Me"} else 0
        if kind == "Cs":
            kept.append("\N{REPLACEMENT CHARACTER}")
        elif marks <= _MARKS and (sign == " " or is_seen(sign) or _CHANGING.match(sign)):
            kept.append(sign)
    return "" if is_blank(text) else "".join(kept).strip()


def escape(text: str, limit: int = QUOTE_LIMIT) -> str:
    """Return it on one line and harmless in markdown, at most ``limit`` long.

    Right-to-left text is isolated, so that it does not reorder what stands around it.
    """
    line = plain(text)
    is_rtl = any(unicodedata.bidirectional(sign) in {"R", "AL"} for sign in line)
    pieces = [_escaped(sign) for sign in line]
    listed = _LIST.match(line)
    if listed is not None:
        last = listed.end() - 1
        pieces[last] = f"\\{line[last]}"
    cut = _cut(pieces, limit - 2 * is_rtl)
    return f"\u2068{cut}\u2069" if is_rtl else cut


def quote(prompt: str, limit: int = QUOTE_LIMIT) -> str:
    """Return the prompt as a quotation on one line, at most ``limit`` long."""
    return f"> {escape(prompt, limit - 2) or _ELLIPSIS}"


def fence(text: str, limit: int = FENCE_LIMIT) -> str:
    """Return it as it is, in a code block to copy from; backticks in a row are parted."""
    clean = _BIDI.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip("\n")
    pieces = ["\N{REPLACEMENT CHARACTER}" if _is_broken(sign) else sign for sign in clean]
    for place in range(1, len(pieces)):
        if pieces[place] == clean[place - 1] == "`":
            pieces[place] = f"{_BLANK}`"
    around = "```\n{}\n```"
    return around.format(_cut(pieces, limit - len(around) + 2))


def alt(text: str) -> str | None:
    """Return a picture's alt text: its prompt, or its name; ``None``: nothing of it can be seen."""
    return _cut(list(plain(text)), ALT_LIMIT) or None


def option(text: str) -> str:
    """Return what an option of a menu is called: nothing there is read as markdown."""
    return _cut(list(plain(text)), OPTION_LIMIT)


def cut(text: str, limit: int) -> str:
    """Return as much of the beginning as a field of ``limit`` takes, for a machine to read."""
    while width(text) > limit:
        text = text[: len(text) - (width(text) - limit + 1) // 2]
    return text


def _escaped(sign: str) -> str:
    if sign == "@":
        # A backslash does not hinder Discord's servers, who look for mentions in the raw text.
        return f"@{_BLANK}"
    return f"\\{sign}" if sign in _MARKDOWN else sign


def _cut(pieces: list[str], limit: int) -> str:
    """Join pieces, none of them torn, up to ``limit``."""
    if sum(map(width, pieces)) <= limit:
        return "".join(pieces)
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
