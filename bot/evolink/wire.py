"""Evolink's JSON, read leniently: what is missing, extra or of another type fails nothing.

Its documents and what was seen of it differ (string and integer codes, results as strings or
objects), so only what we need is looked at, and only as far as it is there.
"""

import math
from typing import Annotated, Any, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from bot.domain.request import Request
from bot.evolink.values import RemoteTask, Status, Submitted


def _text(value: object) -> str:
    return str(value) if isinstance(value, str | int) else ""


def _number(value: object) -> float | None:
    # Python's JSON knows NaN and Infinity, which no integer can be made of.
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def _flag(value: object) -> bool:
    return value is True


def _mapping(value: object) -> object:
    return cast("object", value) if isinstance(value, dict) else {}


def _list(value: object) -> object:
    return cast("object", value) if isinstance(value, list) else []


Text = Annotated[str, BeforeValidator(_text)]
Flag = Annotated[bool, BeforeValidator(_flag)]
Number = Annotated[float | None, BeforeValidator(_number)]


class _Wire(BaseModel):
    model_config = ConfigDict(extra="ignore")


class Error(_Wire):
    """``error`` of an answer or of a task."""

    code: Text = ""
    message: Text = ""
    type: Text = ""


class _Info(_Wire):
    estimated_time: Number = None


class Task(_Wire):
    """A task, as submission and reading answer it."""

    id: Text = ""
    status: Text = ""
    progress: Number = None
    results: Annotated[list[Any], BeforeValidator(_list)] = []
    result_data: Annotated[list[Any], BeforeValidator(_list)] = []
    error: Annotated[Error, BeforeValidator(_mapping)] = Error()
    task_info: Annotated[_Info, BeforeValidator(_mapping)] = _Info()

    def submitted(self) -> Submitted | None:
        """Return what was taken; ``None``: it has no id."""
        if not self.id:
            return None
        seconds = self.task_info.estimated_time
        return Submitted(self.id, round(seconds * 1000) if seconds else None)

    def remote(self, asked_for: str) -> RemoteTask:
        """Return the task as a value of ours."""
        status = _STATUS.get(self.status.lower(), Status.DRAWING)
        cancelled = self.status.lower() in {"cancelled", "canceled"}
        links = [link for item in (*self.results, *self.result_data) if (link := _link(item))]
        return RemoteTask(
            remote_id=self.id or asked_for,
            status=status,
            progress=min(100, max(0, round(self.progress or 0))),
            results=tuple(dict.fromkeys(links)),
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


def _link(item: object) -> str | None:
    if isinstance(item, str):
        return item
    if isinstance(item, dict):
        for name in ("url", "image_url"):
            link = cast("dict[str, object]", item).get(name)
            if isinstance(link, str):
                return link
    return None


class _Purse(_Wire):
    remaining_credits: Number = None
    unlimited_credits: Flag = False


class _Purses(_Wire):
    token: Annotated[_Purse, BeforeValidator(_mapping)] = _Purse()
    user: Annotated[_Purse, BeforeValidator(_mapping)] = _Purse()


class Credits(_Wire):
    """``GET /v1/credits``."""

    data: Annotated[_Purses, BeforeValidator(_mapping)] = _Purses()

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


def error_of(body: object) -> Error | None:
    """Return Evolink's error in a body; ``None``: the body is not of its shape."""
    told = cast("dict[str, object]", body).get("error") if isinstance(body, dict) else None
    try:
        return Error.model_validate(told)
    except ValidationError:
        return None


def is_refused(body: object) -> bool:
    """Tell whether the file service says no, in its own shape, whatever the status."""
    return isinstance(body, dict) and cast("dict[str, object]", body).get("success") is False


def order(
    model: str, request: Request, image_urls: list[str], callback_url: str | None
) -> dict[str, Any]:
    """Return the body of a submission; what is not set is left out."""
    body: dict[str, Any] = {
        "model": model,
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
