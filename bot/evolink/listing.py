"""``GET /v1/tasks``: the newest of the account's tasks; not documented, so it may not be there."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import cast

#: A time in seconds is below this until the year 5138, one in milliseconds above it since 1973.
_MILLISECONDS_FROM = 10**11


@dataclass(frozen=True, slots=True)
class Listed:
    """What the list says of a task: whose it is, or what was asked for, it does not."""

    remote_id: str
    #: Epoch milliseconds.
    created_at: int


def entries(body: object, model: str) -> Iterator[Listed]:
    """Yield the tasks of a model that can be read; what cannot is left out."""
    data = cast("dict[str, object]", body).get("data") if isinstance(body, dict) else None
    for entry in cast("list[object]", data) if isinstance(data, list) else ():
        if not isinstance(entry, dict):
            continue
        fields = cast("dict[str, object]", entry)
        remote_id, created = fields.get("id"), _time(fields.get("created_at"))
        if isinstance(remote_id, str) and created and fields.get("model", model) == model:
            yield Listed(remote_id, created)


def _time(value: object) -> int | None:
    try:
        if isinstance(value, int | float):
            return round(value if value >= _MILLISECONDS_FROM else value * 1000)
        if isinstance(value, str):
            return round(datetime.fromisoformat(value).timestamp() * 1000)
    except (ValueError, OverflowError):
        pass
    return None
