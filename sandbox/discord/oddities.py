"""Odd answers: undocumented JSON, as from a proxy, a new version or a bug.

Each turns the correct answer into another one, or into bytes.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.discord.wire import Json, dumps

Odd = Callable[[Any], object]
LONE = "\ud800"


def _everywhere(change: Callable[[Json], Json]) -> Odd:
    """Change a message: alone, in a history, or in the answer to a callback."""

    def odd(answer: Any) -> object:  # noqa: ANN401 - JSON
        if isinstance(answer, list):
            return [odd(each) for each in answer]  # pyright: ignore[reportUnknownVariableType]
        if "interaction" in answer:
            return answer | {
                "interaction": _message_id(answer["interaction"], change),
                "resource": answer["resource"] | {"message": odd(answer["resource"]["message"])},
            }
        return change(answer)

    return odd


def _message_id(interaction: Json, change: Callable[[Json], Json]) -> Json:
    changed = change({"id": interaction.get("response_message_id")})
    return interaction | {"response_message_id": changed.get("id")}


def _with(**fields: object) -> Odd:
    return _everywhere(lambda message: message | fields)


def _raw(text: bytes) -> Odd:
    return lambda _: text


def _deep(answer: object) -> bytes:
    return b"[" * 9_999 + dumps(answer).encode() + b"]" * 9_999


def _endless(answer: object) -> bytes:
    """Add a number that is too long for Python to read."""
    return b'{"id": ' + b"9" * 9_999 + b', "x": ' + json.dumps(answer).encode() + b"}"


#: Replace a message, several, or an answer that holds one: none of them can be used.
UNUSABLE: Mapping[str, Odd] = {
    "an id of 64 bits": _with(id=str(1 << 63)),
    "an id of 40 digits": _with(id="9" * 40),
    "a negative id": _with(id="-1"),
    "an id of zero": _with(id="0"),
    "an id in words": _with(id="forty-two"),
    "an id of NaN": _with(id=float("nan")),
    "an id of infinity": _with(id=float("inf")),
    "an id that is a list": _with(id=[1]),
    "no id": _everywhere(lambda m: {key: value for key, value in m.items() if key != "id"}),
    "an empty list": _raw(b"[[]]"),
    "a number": _raw(b"7"),
    "null": _raw(b"null"),
    "an empty object": _raw(b"{}"),
    "nothing": _raw(b""),
    "a page": _raw(b"<!doctype html><title>200</title>"),
    "NaN": _raw(b"NaN"),
    "cut off": lambda answer: dumps(answer).encode()[:-9],
    "deep nesting": _deep,
    "endless digits": _endless,
}

#: Added to a message, which can still be used.
USABLE: Mapping[str, Odd] = {
    "lone surrogates": _with(content=LONE, unheard_of={LONE: LONE}),
    "numbers of 310 digits": _with(position=10**310, unheard_of=float("nan")),
}

#: What a 429 may have in place of the number of seconds.
LIMITS: Mapping[str, object] = {
    "30 years": 1e9,
    "310 digits": 10**310,
    "NaN": float("nan"),
    "infinity": float("inf"),
    "negative": -1e300,
    "words": "soon",
    "null": None,
    "a list": [1],
}
