"""The order in which waiting tasks start, and about when.

Users take turns; among a user's own tasks, by age.
"""

import heapq
import math
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

#: How far back a user's last turn is remembered, in milliseconds.
TURNS_REMEMBERED = 60 * 60 * 1000


@dataclass(frozen=True, slots=True)
class Turn:
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
) -> dict[int, Turn]:
    """Return each waiting task's turn, as ``order`` has it.

    Places become free evenly over the ``usual`` time of a drawing, in milliseconds; a user's own,
    used at once, all at its end.
    """
    users = dict(waiting)
    free = max_running - sum(running.values())
    own = Counter[int]()
    found = dict[int, Turn]()
    for place, task_id in enumerate(order(waiting, running, served), start=1):
        user_id = users[task_id]
        own[user_id] += 1
        own_free = user_running - running.get(user_id, 0)
        rounds = math.ceil((own[user_id] - own_free) / user_running)
        drawings = max(0, (place - free) / max_running, rounds)
        found[task_id] = Turn(place, math.ceil(4 * drawings) * usual // 4)
    return found


def order(
    waiting: Sequence[tuple[int, int]],
    running: Mapping[int, int],
    served: Mapping[int, int] | None = None,
) -> list[int]:
    """Return the ids of ``waiting``, pairs of a task's id and its user's, in starting order.

    The next is always the oldest task of the user who has the fewest running and already picked;
    among such users, of the one whose last turn is longest ago (``served``: epoch milliseconds by
    user), then the one whose oldest task is older. ``running`` counts by user. O(n log n).
    """
    last = served or {}
    lines = dict[int, deque[int]]()
    for task_id, user_id in sorted(waiting):
        lines.setdefault(user_id, deque()).append(task_id)
    heads = [
        (running.get(user_id, 0), last.get(user_id, 0), line[0], user_id)
        for user_id, line in lines.items()
    ]
    heapq.heapify(heads)
    picked = list[int]()
    while heads:
        load, turn, task_id, user_id = heads[0]
        picked.append(task_id)
        line = lines[user_id]
        line.popleft()
        if line:
            heapq.heapreplace(heads, (load + 1, turn, line[0], user_id))
        else:
            heapq.heappop(heads)
    return picked
