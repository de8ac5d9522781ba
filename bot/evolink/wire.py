"""Evolink's JSON, read leniently: a missing, extra or mistyped field fails nothing.

Its documentation and its behaviour differ (string and integer codes, results as strings or
objects), so only the fields that we need are read. A value too large to be stored, sent or waited
for counts as missing.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from bot.domain.models import MOST_IMAGES
from bot.domain.request import Request
from bot.evolink.values import ListedTask, RemoteTask, Status, Submitted

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


def _text(value: object) -> str:
    """Return a text that can be stored and shown: bounded, without lone surrogates and NUL."""
    if not isinstance(value, str | int) or isinstance(value, bool):
        return ""
    text = str(value)[:_LONGEST_TEXT]
    return text.encode(errors="replace").decode().replace("\0", "")


def _code(value: object) -> str:
    return _text(value)[:_LONGEST_CODE]


def _id(value: object) -> str:
    """Return an id unchanged, or "": a shortened one would name another task."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return text if len(text) <= _LONGEST_ID and text.isprintable() else ""


def _number(value: object) -> float | None:
    # A bool is an int to Python, and an int may be too large for a float.
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if -_LARGEST <= value <= _LARGEST else None


def _flag(value: object) -> bool:
    return value is True


def _mapping(value: object) -> object:
    return cast("object", value) if isinstance(value, dict) else {}


def _list(value: object) -> object:
    return cast("object", value) if isinstance(value, list) else []


Text = Annotated[str, BeforeValidator(_text)]
Code = Annotated[str, BeforeValidator(_code)]
Id = Annotated[str, BeforeValidator(_id)]
Flag = Annotated[bool, BeforeValidator(_flag)]
Number = Annotated[float | None, BeforeValidator(_number)]


class _Wire(BaseModel):
    model_config = ConfigDict(extra="ignore")


class Error(_Wire):
    """``error`` of an answer or of a task."""

    code: Code = ""
    message: Text = ""


class _Info(_Wire):
    estimated_time: Number = None


class Task(_Wire):
    """A task, as submission and reading answer it."""

    id: Id = ""
    status: Code = ""
    progress: Number = None
    results: Annotated[list[Any], BeforeValidator(_list)] = []
    result_data: Annotated[list[Any], BeforeValidator(_list)] = []
    error: Annotated[Error, BeforeValidator(_mapping)] = Error()
    task_info: Annotated[_Info, BeforeValidator(_mapping)] = _Info()

    def submitted(self) -> Submitted | None:
        """Return the accepted submission; ``None``: the answer has no id."""
        if not self.id:
            return None
        seconds = self.task_info.estimated_time
        sensible = seconds is not None and 0 < seconds <= _LONGEST_DRAWING
        return Submitted(self.id, round(seconds * 1000) if seconds and sensible else None)

    def remote(self, asked_for: str) -> RemoteTask:
        """Return the task as a value."""
        status = _STATUS.get(self.status.lower(), Status.DRAWING)
        cancelled = self.status.lower() in {"cancelled", "canceled"}
        # Both may hold the same images, under different links.
        links = _links(self.results) or _links(self.result_data)
        return RemoteTask(
            remote_id=asked_for,
            status=status,
            progress=min(100, max(0, round(self.progress or 0))),
            results=tuple(links[:MOST_IMAGES]),
            error_code=("request_cancelled" if cancelled else self.error.code) or None,
            error_message=self.error.message,
        )


_STATUS = {
    "pending": Status.WAITING,
    "processing": Status.DRAWING,
    "completed": Status.COMPLETED,
    "failed": Status.FAILED,
    "cancelled": Status.FAILED,
    "canceled": Status.FAILED,
}


def _links(items: list[Any]) -> list[str]:
    return list(dict.fromkeys(link for item in items if (link := _link(item))))


def _link(item: object) -> str | None:
    """Return a result's link; a result may also be an error, as a string or as an object."""
    if isinstance(item, dict):
        found = cast("dict[str, object]", item)
        return _link(found.get("url")) or _link(found.get("image_url"))
    if not isinstance(item, str) or len(item) > _LONGEST_LINK or not _LINK.fullmatch(item):
        return None
    # A link with a lone surrogate can be neither stored nor requested.
    return item if item.encode(errors="replace").decode() == item else None


class _Balance(_Wire):
    remaining_credits: Number = None
    unlimited_credits: Flag = False


class _Balances(_Wire):
    token: Annotated[_Balance, BeforeValidator(_mapping)] = _Balance()
    user: Annotated[_Balance, BeforeValidator(_mapping)] = _Balance()


class Credits(_Wire):
    """``GET /v1/credits``."""

    data: Annotated[_Balances, BeforeValidator(_mapping)] = _Balances()

    @property
    def spendable(self) -> float | None:
        """The smaller of the key's and the account's credits; ``None``: unlimited."""
        purses = [self.data.user.remaining_credits]
        if not self.data.token.unlimited_credits:
            purses.append(self.data.token.remaining_credits)
        return min((left for left in purses if left is not None), default=None)


class _File(_Wire):
    file_id: Text = ""
    file_url: Text = ""
    download_url: Text = ""


class Upload(_Wire):
    """The file service's answer; ``success`` may be false with HTTP 200."""

    success: Flag = False
    code: Text = ""
    msg: Text = ""
    data: Annotated[_File, BeforeValidator(_mapping)] = _File()


def id_of(body: object) -> str | None:
    """Return the id of the task that a body describes; ``None``: it describes none."""
    try:
        return Task.model_validate(body).id or None
    except ValidationError:
        return None


def error_of(body: object) -> Error | None:
    """Return the error in a body; ``None``: the body isn't of Evolink's shape."""
    told = cast("dict[str, object]", body).get("error") if isinstance(body, dict) else None
    try:
        return Error.model_validate(told)
    except ValidationError:
        return None


def listed_tasks(body: object, model: str) -> Iterator[ListedTask]:
    """Yield a model's tasks in ``GET /v1/tasks``; entries that can't be read are skipped.

    The endpoint is undocumented, so it may be missing.
    """
    data = cast("dict[str, object]", body).get("data") if isinstance(body, dict) else None
    for entry in cast("list[object]", data) if isinstance(data, list) else ():
        if not isinstance(entry, dict):
            continue
        fields = cast("dict[str, object]", entry)
        remote_id, created = fields.get("id"), _time(fields.get("created_at"))
        if isinstance(remote_id, str) and created and fields.get("model", model) == model:
            yield ListedTask(remote_id, created)


def is_refused(body: object) -> bool:
    """Tell whether a body is a refusal in the file service's own shape."""
    return isinstance(body, dict) and cast("dict[str, object]", body).get("success") is False


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


def _time(value: object) -> int | None:
    try:
        if isinstance(value, int | float):
            return round(value if value >= _MILLISECONDS_FROM else value * 1000)
        if isinstance(value, str):
            return round(datetime.fromisoformat(value).timestamp() * 1000)
    except (ValueError, OverflowError):
        pass
    return None
