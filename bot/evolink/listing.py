"""``GET /v1/tasks``: the account's newest tasks. It is undocumented, so it may be missing."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import cast

#: Times below this are in seconds (until the year 5138), others in milliseconds (since 1973).
_MILLISECONDS_FROM = 10**11


@dataclass(frozen=True, slots=True)
class ListedTask:
    """An entry of the list; it doesn't say whose task it is, nor what was asked for."""

    remote_id: str
    #: Epoch milliseconds.
    created_at: int


def entries(body: object, model: str) -> Iterator[ListedTask]:
    """Yield a model's tasks; entries that can't be read are skipped."""
    data = cast("dict[str, object]", body).get("data") if isinstance(body, dict) else None
    for entry in cast("list[object]", data) if isinstance(data, list) else ():
        if not isinstance(entry, dict):
            continue
        fields = cast("dict[str, object]", entry)
        remote_id, created = fields.get("id"), _time(fields.get("created_at"))
        if isinstance(remote_id, str) and created and fields.get("model", model) == model:
            yield ListedTask(remote_id, created)


def _time(value: object) -> int | None:
    try:
        if isinstance(value, int | float):
            return round(value if value >= _MILLISECONDS_FROM else value * 1000)
        if isinstance(value, str):
            return round(datetime.fromisoformat(value).timestamp() * 1000)
    except (ValueError, OverflowError):
        pass
    return None
