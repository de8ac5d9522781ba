"""Lenient reading of JSON from outside.

Python's parser accepts numbers of any length, NaN and infinity, fails at a depth of about a
thousand, and reads nothing of a text that is cut off. The id of a paid submission must be found
even then.
"""

import json
import re
from typing import cast

#: Integers with more digits stay strings; Python refuses to print one with 4,300.
DIGITS = 18

#: A string, a bracket or a separator; everything else is skipped. An unterminated string extends to
#: the end, and the possessive quantifiers keep the regex from backtracking into its quotes.
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[{}\[\]:,]', re.DOTALL)


def parse(raw: bytes) -> object:
    """Return the value of a JSON text; ``None``: it isn't JSON, or is nested too deeply."""
    try:
        return cast("object", json.loads(raw, parse_int=_integer, parse_constant=_nothing))
    except (ValueError, RecursionError):
        return None


def id_of(raw: bytes) -> str | None:
    """Return the string ``id`` of the outermost object, even where the JSON breaks off later."""
    depth = 0
    before: tuple[str, ...] = ("", "")
    for found in _TOKEN.finditer(raw.decode(errors="replace")):
        part = found[0]
        if part in "{[":
            depth += 1
        elif part in "}]":
            depth -= 1
        elif depth == 1 and before == ('"id"', ":") and part.startswith('"'):
            value = parse(part.encode())
            return value if isinstance(value, str) else None
        before = (before[1], part)
    return None


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= DIGITS else digits


def _nothing(_name: str) -> None:
    """Read NaN and infinity as null."""
