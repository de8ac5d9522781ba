"""Evolink's JSON, read leniently: a missing, extra or mistyped field is no error.

Its documentation and its behaviour differ (string and integer codes, results as strings or
objects), so only the fields that we need are read. A value too large to be stored, sent or waited
for counts as missing.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from bot.domain.ids import RemoteId
from bot.domain.models import MOST_IMAGES
from bot.domain.request import Request
from bot.evolink.values import ListedTask, RemoteTask, Status, Submitted, Uploaded

#: Characters kept of a message and of a code; Evolink's have about 100 and 30.
_LONGEST_TEXT, _LONGEST_CODE = 2_000, 100
#: Characters of an id; Evolink's have about 40.
_LONGEST_ID = 1_000
#: Characters of a link; signed ones have about 1,000.
_LONGEST_LINK = 8_192
#: No number that we need is larger.
_LARGEST = 10**12
#: Times below this are in seconds (until the year 5138), others in milliseconds (since 1973).
_MILLISECONDS_FROM = 10**11
#: Seconds; a longer estimate is in milliseconds or nonsense, and polling must not wait for it.
_LONGEST_DRAWING = 600

_LINK = re.compile(r"https?://[^\s\x00-\x1f\x7f]+", re.IGNORECASE)
_STATUS = {
    "pending": Status.WAITING,
    "processing": Status.DRAWING,
    "completed": Status.COMPLETED,
    "failed": Status.FAILED,
    "cancelled": Status.FAILED,
    "canceled": Status.FAILED,
}

_GOING_ON = {"pending", "processing"}


@dataclass(frozen=True, slots=True)
class Error:
    """What Evolink says is wrong; empty where it doesn't say."""

    code: str
    message: str


def order(request: Request, image_urls: list[str], callback_url: str | None) -> dict[str, Any]:
    """Return the body of a submission; what is not set is left out."""
    body: dict[str, Any] = {
        "model": request.model.name,
        "prompt": request.prompt_sent,
        "n": request.count,
        "size": request.size.text,
        "prompt_priority": "standard",
    }
    if request.quality is not None:
        body["quality"] = str(request.quality)
    if image_urls:
        body["image_urls"] = image_urls
    if callback_url is not None:
        body["callback_url"] = callback_url
    return body


def id_of(body: object) -> RemoteId | None:
    """Return the id of the task that a body describes; ``None``: it describes none.

    It is complete or ``None``: a shortened one would name another task.
    """
    value = _object(body).get("id")
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    is_sensible = 0 < len(text) <= _LONGEST_ID and text.isprintable()
    return RemoteId(text) if is_sensible else None


def submitted(body: object) -> Submitted | None:
    """Return the accepted submission that an answer describes; ``None``: it has no id."""
    remote_id = id_of(body)
    if remote_id is None:
        return None
    seconds = _number(_object(_object(body).get("task_info")).get("estimated_time"))
    is_sensible = seconds is not None and 0 < seconds <= _LONGEST_DRAWING
    return Submitted(remote_id, round(seconds * 1000) if seconds and is_sensible else None)


def remote_task(body: object, remote_id: RemoteId) -> RemoteTask:
    """Return the task of this id, as an answer describes it."""
    answer = _object(body)
    status, error = _status(answer), _error(_object(answer.get("error")))
    is_cancelled = status in {"cancelled", "canceled"}
    # Both may hold the same images, under different links.
    links = _links(answer.get("results")) or _links(answer.get("result_data"))
    return RemoteTask(
        remote_id=remote_id,
        status=_STATUS.get(status, Status.DRAWING),
        progress=min(100, max(0, round(_number(answer.get("progress")) or 0))),
        results=tuple(links[:MOST_IMAGES]),
        credits_used=_credits(answer),
        error_code=("request_cancelled" if is_cancelled else error.code) or None,
        error_message=error.message,
    )


def _credits(answer: dict[str, object]) -> float | None:
    """Return what a task cost, from whichever of three undocumented places says so."""
    usage = _object(answer.get("usage"))
    costs = _object(usage.get("cost")).get("credits")
    found = map(_number, (usage.get("credits_used"), costs, answer.get("credits_used")))
    return next((each for each in found if each is not None and each >= 0), None)


def remote_tasks(body: object, wanted: Collection[RemoteId]) -> dict[RemoteId, RemoteTask] | None:
    """Return the wanted tasks that an answer reports as unfinished; ``None``: it is no list.

    It is undocumented what such an answer says about a task that it doesn't find, and whether it
    has all images of one that has ended.
    """
    entries = _object(body).get("data")
    if not isinstance(entries, list):
        return None
    times = Counter(map(id_of, _list(entries)))
    described = {id_of(entry): entry for entry in _list(entries) if _status(entry) in _GOING_ON}
    return {
        each: remote_task(described[each], each)
        for each in wanted
        if each in described and times[each] == 1
    }


def _status(body: object) -> str:
    return _text(_object(body).get("status")).lower()


def listed_tasks(body: object, model: str) -> Iterator[ListedTask]:
    """Yield a model's tasks in ``GET /v1/tasks``; entries that can't be read are skipped.

    The endpoint is undocumented, so it may be missing.
    """
    for entry in map(_object, _list(_object(body).get("data"))):
        remote_id, created = id_of(entry), _time(entry.get("created_at"))
        if remote_id is not None and created and entry.get("model", model) == model:
            yield ListedTask(remote_id, created)


def page_length(body: object) -> int:
    """Return how many entries a page of ``GET /v1/tasks`` has, whether they can be read or not."""
    return len(_list(_object(body).get("data")))


def spendable(body: object) -> float | None:
    """Return the smaller of the key's and the account's credits; ``None``: unlimited."""
    data = _object(_object(body).get("data"))
    account, key = _object(data.get("user")), _object(data.get("token"))
    purses = [_number(account.get("remaining_credits"))]
    if key.get("unlimited_credits") is not True:
        purses.append(_number(key.get("remaining_credits")))
    return min((left for left in purses if left is not None), default=None)


def models(body: object) -> frozenset[str]:
    """Return the ids in a list of models."""
    listed = _list(_object(body).get("data"))
    return frozenset(filter(None, (_text(_object(each).get("id")) for each in listed)))


def uploaded(body: object) -> Uploaded | Error:
    """Return the file that was uploaded, or why it wasn't; the HTTP status may be 200 even then."""
    answer = _object(body)
    file = _object(answer.get("data"))
    url = _text(file.get("file_url")) or _text(file.get("download_url"))
    if answer.get("success") is True and url:
        return Uploaded(_text(file.get("file_id")) or None, url)
    return Error(_text(answer.get("code")), _text(answer.get("msg")))


def error_of(body: object) -> Error | None:
    """Return the error in a body; ``None``: the body doesn't have Evolink's shape."""
    error = _object(body).get("error")
    return _error(_object(error)) if isinstance(error, dict) else None


def is_refused(body: object) -> bool:
    """Tell whether a body is a refusal in the file service's own shape."""
    return _object(body).get("success") is False


def _error(error: dict[str, object]) -> Error:
    return Error(_text(error.get("code"))[:_LONGEST_CODE], _text(error.get("message")))


def _links(items: object) -> list[str]:
    return list(dict.fromkeys(link for item in _list(items) if (link := _link(item))))


def _link(item: object) -> str | None:
    """Return a result's link; a result may also be an error, as a string or as an object."""
    if isinstance(item, dict):
        found = _object(item)
        return _link(found.get("url")) or _link(found.get("image_url"))
    if not isinstance(item, str) or len(item) > _LONGEST_LINK or not _LINK.fullmatch(item):
        return None
    # A link with a lone surrogate can be neither stored nor requested.
    return item if item.encode(errors="replace").decode() == item else None


def _object(value: object) -> dict[str, object]:
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []


def _text(value: object) -> str:
    """Return a text that can be stored and shown: bounded, without lone surrogates and NUL."""
    if not isinstance(value, str | int) or isinstance(value, bool):
        return ""
    text = str(value)[:_LONGEST_TEXT]
    return text.encode(errors="replace").decode().replace("\0", "")


def _number(value: object) -> float | None:
    # A bool is an int to Python, and an int may be too large for a float.
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if -_LARGEST <= value <= _LARGEST else None


def _time(value: object) -> int | None:
    try:
        if isinstance(value, int | float):
            return round(value if value >= _MILLISECONDS_FROM else value * 1000)
        if isinstance(value, str):
            return round(datetime.fromisoformat(value).timestamp() * 1000)
    except (ValueError, OverflowError):
        pass
    return None
