"""JSON as Discord writes it."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

from aiohttp import web

#: A JSON object.
Json = dict[str, Any]


def stamp(seconds: float) -> str:
    """Return a time as in Discord's payloads: ISO 8601, in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds")


def dumps(value: object) -> str:
    """Return compact JSON."""
    return json.dumps(value, separators=(",", ":"))


def answer(
    value: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    """Return a JSON response.

    Without a charset: discord.py reads anything but exactly ``application/json`` as text.
    """
    return web.Response(
        body=dumps(value).encode(), status=status, content_type="application/json", headers=headers
    )


def nothing() -> web.Response:
    """Return 204 No Content."""
    return web.Response(status=204)


def without_nulls(value: Any) -> Any:  # noqa: ANN401  (JSON)
    """Return JSON without ``null`` fields, which components treat as absent."""
    if isinstance(value, list):
        return [without_nulls(each) for each in cast("list[Any]", value)]
    if isinstance(value, dict):
        parts = cast("Json", value).items()
        return {key: without_nulls(each) for key, each in parts if each is not None}
    return value


def part(value: Json, key: str) -> Json:
    """Return the object under a key, or an empty one."""
    return value.get(key) or {}


def parts(value: Json, key: str) -> list[Json]:
    """Return the list of objects under a key, or an empty one."""
    return value.get(key) or []
