"""The order in which queued tasks start, and an estimate of when.

Users take turns, and each user's own tasks start oldest first. Tasks that Evolink has refused go
behind the others.
"""

import heapq
import math
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bot.domain.ids import TaskId, UserId

#: How long a user's last turn counts, in milliseconds.
TURNS_REMEMBERED = 60 * 60 * 1000


@dataclass(frozen=True, slots=True)
class QueuedTask:
    """When a queued task starts."""

    #: Position in the queue, from 1.
    place: int
    #: Milliseconds until it starts, in steps of a quarter of ``usual``; 0: at once.
    wait: int


def turns(  # noqa: PLR0913 - each limit is its own setting
    waiting: Sequence[tuple[TaskId, UserId]],
    running: Mapping[UserId, int],
    served: Mapping[UserId, int],
    *,
    max_running: int,
    user_running: int,
    usual: int,
) -> dict[TaskId, QueuedTask]:
    """Return when each queued task starts, by its id, in the order of ``order``.

    ``usual`` is how long a task takes, in milliseconds. The estimate assumes that the places of all
    users become free evenly over that time, and those of a single user all at its end.
    """
    users = dict(waiting)
    free = max_running - sum(running.values())
    own = Counter[UserId]()
    found = dict[TaskId, QueuedTask]()
    for place, task_id in enumerate(order(waiting, running, served), start=1):
        user_id = users[task_id]
        own[user_id] += 1
        own_free = user_running - running.get(user_id, 0)
        rounds = math.ceil((own[user_id] - own_free) / user_running)
        drawings = max(0, (place - free) / max_running, rounds)
        found[task_id] = QueuedTask(place, math.ceil(4 * drawings) * usual // 4)
    return found


def order(
    waiting: Sequence[tuple[TaskId, UserId]],
    running: Mapping[UserId, int],
    served: Mapping[UserId, int] | None = None,
    failures: Mapping[TaskId, int] | None = None,
) -> list[TaskId]:
    """Return the task ids of ``waiting``, pairs of task id and user id, in starting order.

    Sorted by: fewest ``failures`` of the task; fewest tasks of the user that are ``running`` or
    already picked here; longest time since the user's last turn (``served``: epoch milliseconds by
    user); oldest task. O(n log n).
    """
    last, failed = served or {}, failures or {}
    lines = dict[UserId, deque[tuple[int, TaskId]]]()
    for behind, task_id, user_id in sorted(
        (failed.get(task_id, 0), task_id, user_id) for task_id, user_id in waiting
    ):
        lines.setdefault(user_id, deque()).append((behind, task_id))
    heads = [
        (line[0][0], running.get(user_id, 0), last.get(user_id, 0), line[0][1], user_id)
        for user_id, line in lines.items()
    ]
    heapq.heapify(heads)
    picked = list[TaskId]()
    while heads:
        _, load, turn, task_id, user_id = heads[0]
        picked.append(task_id)
        line = lines[user_id]
        line.popleft()
        if line:
            behind, next_id = line[0]
            heapq.heapreplace(heads, (behind, load + 1, turn, next_id, user_id))
        else:
            heapq.heappop(heads)
    return picked


def alone(refused: Sequence[int], taken: Sequence[int]) -> int:
    """Count the intervals between a task's refusals in which Evolink took others.

    ``refused``: when it was refused, in order; ``taken``: when others were taken.
    """
    return sum(any(before <= time < after for time in taken) for before, after in pairwise(refused))
