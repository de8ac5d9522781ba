"""The order in which waiting tasks start, and about when.

Users take turns; among a user's own tasks, by age. While one at a time tries whose a trouble is,
those that were refused already come behind.
"""

import heapq
import math
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

#: How far back a user's last turn is remembered, in milliseconds.
TURNS_REMEMBERED = 60 * 60 * 1000


@dataclass(frozen=True, slots=True)
class QueuedTask:
    """When a waiting task comes to its turn."""

    #: From 1.
    place: int
    #: Milliseconds until then, to a quarter of a drawing; 0: at once.
    wait: int


def turns(  # noqa: PLR0913 - each limit is its own setting
    waiting: Sequence[tuple[int, int]],
    running: Mapping[int, int],
    served: Mapping[int, int],
    *,
    max_running: int,
    user_running: int,
    usual: int,
) -> dict[int, QueuedTask]:
    """Return each waiting task's turn, as ``order`` has it.

    Places become free evenly over the ``usual`` time of a drawing, in milliseconds; a user's own,
    used at once, all at its end.
    """
    users = dict(waiting)
    free = max_running - sum(running.values())
    own = Counter[int]()
    found = dict[int, QueuedTask]()
    for place, task_id in enumerate(order(waiting, running, served), start=1):
        user_id = users[task_id]
        own[user_id] += 1
        own_free = user_running - running.get(user_id, 0)
        rounds = math.ceil((own[user_id] - own_free) / user_running)
        drawings = max(0, (place - free) / max_running, rounds)
        found[task_id] = QueuedTask(place, math.ceil(4 * drawings) * usual // 4)
    return found


def order(
    waiting: Sequence[tuple[int, int]],
    running: Mapping[int, int],
    served: Mapping[int, int] | None = None,
    failures: Mapping[int, int] | None = None,
) -> list[int]:
    """Return the ids of ``waiting``, pairs of a task's id and its user's, in starting order.

    The next is always the task with the fewest ``failures``, counted by task; among those, the
    oldest of the user who has the fewest running and already picked; among such users, of the one
    whose last turn is longest ago (``served``: epoch milliseconds by user), then the one whose
    oldest task is older. ``running`` counts by user. O(n log n).
    """
    last, failed = served or {}, failures or {}
    lines = dict[int, deque[tuple[int, int]]]()
    for behind, task_id, user_id in sorted(
        (failed.get(task_id, 0), task_id, user_id) for task_id, user_id in waiting
    ):
        lines.setdefault(user_id, deque()).append((behind, task_id))
    heads = [
        (line[0][0], running.get(user_id, 0), last.get(user_id, 0), line[0][1], user_id)
        for user_id, line in lines.items()
    ]
    heapq.heapify(heads)
    picked = list[int]()
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
    """Count how often a task was refused again though others were taken since the last time.

    ``refused``: when it was, the earliest first; ``taken``: when others were.
    """
    return sum(any(before <= time < after for time in taken) for before, after in pairwise(refused))
