"""A task as the API shows it."""

from collections.abc import Callable, Mapping

from sandbox.clock import Clock
from sandbox.evolink.behaviour import Behaviour
from sandbox.evolink.books import Submission
from sandbox.evolink.orders import MODEL
from sandbox.evolink.wording import TASK_ERRORS


def submitted_body(task: Submission, behaviour: Behaviour, clock: Clock) -> dict[str, object]:
    """Return the answer to a submission."""
    return {
        "created": int(task.created_at),
        "id": task.id,
        "model": MODEL,
        "object": "image.generation.task",
        "progress": 0,
        "status": "pending",
        "task_info": _task_info(behaviour, clock, can_cancel=True),
        "type": "image",
        "usage": {
            "billing_rule": "per_call",
            "credits_reserved": task.credits_reserved,
            "user_group": "default",
        },
    }


def task_body(task: Submission, behaviour: Behaviour, clock: Clock) -> dict[str, object]:
    """Return the task as a read or a callback shows it."""
    body: dict[str, object] = {
        "created": int(task.created_at),
        "id": task.id,
        "model": MODEL,
        "object": "image.generation.task",
        "progress": _progress(task, behaviour, clock.now()),
        "status": task.state,
        "task_info": _task_info(behaviour, clock, can_cancel=task.state == "pending"),
        "type": "image",
    }
    if task.state == "completed":
        body |= _RESULTS[behaviour.result_shape](task.links)
        body["usage"] = {"billing_rule": "per_call", "credits_used": task.credits_charged}
    if task.error_code is not None:
        code = task.error_code
        message = TASK_ERRORS.get(code, "The task failed.")
        body["error"] = {"code": code, "message": message, "type": "task_error"}
    return body


def listed_body(task: Submission) -> dict[str, object]:
    """Return the task as ``GET /v1/tasks`` lists it: no prompt, no links."""
    return {
        "id": task.id,
        "model": MODEL,
        "type": "image",
        "status": task.state,
        "created_at": int(task.created_at),
        "has_results": bool(task.links),
        "has_error": task.error_code is not None,
        "credits_used": task.credits_charged or 0,
    }


#: The three places in a response where results have been seen.
_RESULTS: Mapping[str, Callable[[list[str]], dict[str, object]]] = {
    "strings": lambda links: {"results": list(links)},
    "objects": lambda links: {"results": [{"url": link} for link in links]},
    "result_data": lambda links: {"result_data": [{"image_url": link} for link in links]},
}


def _task_info(behaviour: Behaviour, clock: Clock, *, can_cancel: bool) -> dict[str, object]:
    info: dict[str, object] = {"can_cancel": can_cancel}
    if behaviour.estimated_time is not None:
        info["estimated_time"] = max(1, round(clock.lasting(behaviour.estimated_time)))
    return info


def _progress(task: Submission, behaviour: Behaviour, now: float) -> int:
    if task.ended:
        return 100
    if task.state == "pending" or not behaviour.progress_moves:
        return 0
    whole = task.due_at - task.starts_at
    return min(99, int(100 * (now - task.starts_at) / whole)) if whole > 0 else 99
