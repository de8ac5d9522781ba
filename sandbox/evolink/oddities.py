"""Odd answers about tasks: undocumented JSON, as from a proxy, a new version or a bug.

Each turns the correct answer into another one, or into bytes.
"""

import json
from collections.abc import Callable, Mapping
from typing import cast

Body = dict[str, object]
Odd = Callable[[Body], Body | bytes]

#: Too many digits for a double.
HUGE = 10**310
LONE = "\ud800"


def _estimating(seconds: object) -> Odd:
    return lambda body: body | {"task_info": {"can_cancel": True, "estimated_time": seconds}}


def _with(**fields: object) -> Odd:
    return lambda body: body | fields


def _deep(body: Body) -> bytes:
    return json.dumps(body).encode()[:-1] + b', "x": ' + b"[" * 9_999 + b"]" * 9_999 + b"}"


def _endless(body: Body) -> bytes:
    """Add a number that is too long for Python to read."""
    return json.dumps(body).encode()[:-1] + b', "created": ' + b"9" * 9_999 + b"}"


def _cut(body: Body) -> bytes:
    """Truncate it after id and status."""
    first = {"id": body["id"], "status": body["status"]}
    return json.dumps(first | body).encode()[:-9]


#: For the answer to a submission.
SUBMITTED: Mapping[str, Odd] = {
    "a number of 310 digits": _with(created=HUGE, progress=HUGE),
    "NaN and infinity": _with(created=float("nan"), progress=float("-inf")),
    "estimated 10^9 seconds": _estimating(10**9),
    "estimated in milliseconds": _estimating(45_000),
    "estimated 310 digits": _estimating(HUGE),
    "estimated NaN": _estimating(float("nan")),
    "estimated a negative number": _estimating(-1e300),
    "lone surrogates": _with(model=LONE, type={LONE: LONE}),
    "an error beside the id": _with(error={"code": LONE, "message": HUGE}),
    "deep nesting": _deep,
    "endless digits": _endless,
    "cut off": _cut,
}


def _results(body: Body) -> list[str]:
    return cast("list[str]", body.get("results") or [])


def _drawn(change: Callable[[Body, list[str]], Body]) -> Odd:
    """Change a completed task only."""
    return lambda body: change(body, _results(body)) if body["status"] == "completed" else body


#: For a read of a task. The bot still gets the images.
READ: Mapping[str, Odd] = {
    "progress of 310 digits": _with(progress=HUGE),
    "progress NaN": _with(progress=float("nan")),
    "progress negative": _with(progress=-HUGE),
    "lone surrogates": _with(model=LONE, error={"code": LONE, "message": LONE}),
    "a thousand links": _drawn(
        lambda body, links: body | {"results": [f"{links[0]}?{n}" for n in range(1_000)]}
    ),
    "an error beside results": _drawn(
        lambda body, _: body | {"error": {"code": "content_filter", "message": "one of them"}}
    ),
    "results that are errors": _drawn(
        lambda body, links: (
            body | {"results": [{"error": {"code": "x"}, "url": None}, LONE, HUGE, *links]}
        )
    ),
    "results twice": _drawn(
        lambda body, links: body | {"result_data": [{"image_url": f"{x}?again"} for x in links]}
    ),
    "endless digits": _endless,
}
