"""Reading the bytes of an answer, whatever somebody has put into them.

Python's JSON reads numbers of any length, NaN and infinity, and gives up at a depth of about a
thousand; what is cut off in the middle is no JSON at all. Of a paid submission the id counts even
so.
"""

import json
import re
from typing import cast

#: Digits of an integer that any of our numbers may have; Python refuses to print 4,300.
DIGITS = 18

#: A string, or a sign that opens, closes or parts; everything else is of no interest. A string that
#: is cut off goes to the end, and nothing is tried twice: each quote in it would begin another one.
_SIGN = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[{}\[\]:,]', re.DOTALL)


def parse(raw: bytes) -> object:
    """Return what JSON says; ``None`` where it is none, or too deep. Long integers stay texts."""
    try:
        return cast("object", json.loads(raw, parse_int=_integer, parse_constant=_nothing))
    except (ValueError, RecursionError):
        return None


def id_of(raw: bytes) -> str | None:
    """Return the text that is called ``id`` on the outermost level, as far as that can be read."""
    depth = 0
    before: tuple[str, ...] = ("", "")
    for found in _SIGN.finditer(raw.decode(errors="replace")):
        sign = found[0]
        if sign in "{[":
            depth += 1
        elif sign in "}]":
            depth -= 1
        elif depth == 1 and before == ('"id"', ":") and sign.startswith('"'):
            read = parse(sign.encode())
            return read if isinstance(read, str) else None
        before = (before[1], sign)
    return None


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= DIGITS else digits


def _nothing(_name: str) -> None:
    """NaN and infinity are no numbers."""
