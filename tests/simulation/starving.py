"""Whether anybody waits for their turn while others have theirs again and again.

The bound follows from ``bot/domain/queue.py``. Users with nothing running come before all others,
and among them the one served longest ago: so each of the others' tasks starts at most once before
theirs. In a trouble the task with the fewest failures tries, so no refused task tries again before
one that was never refused. Only if a task was accepted in between is the trouble over, and one that
was refused may come first once more, as it is older: once for each accepted task.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.simulation.world import World

#: Events from which on a task waits for its turn, and with which it does not hold a place any more.
_WAITS = ("queued", "shown")
_WAITS_NO_MORE = frozenset({"preparing", "cancelled"})
_HOLDS_NO_MORE = frozenset(
    {"queued", "refused", "ready", "failed", "cancelled", "unknown", "delivered", "kept"}
)


def starving(world: "World", rows: list[Any]) -> Iterator[tuple[int, str]]:
    """Yield each task that waited too long for its first turn, and what came before it."""
    users = {row["id"]: row["user_id"] for row in rows}
    events = world.file.rows("SELECT task_id, kind FROM story ORDER BY rowid")
    told = [(event["task_id"], event["kind"]) for event in events]
    for row in rows:
        # Tasks that need more may have to wait until there are enough credits.
        if row["reserved"] == 1:
            others = sum(user != row["user_id"] for user in users.values())
            before, taken = _starts_before(row["id"], users, told)
            if before > others + taken:
                yield row["id"], f"{before} starts of others, who have {others} tasks"


def _starts_before(
    task_id: int, users: dict[int, int], told: list[tuple[int, str]]
) -> tuple[int, int]:
    """Count what others started while a task waited that was never tried, its user idle.

    Also count the tasks, of anybody, that were accepted meanwhile.
    """
    own = [at for at, (of, _) in enumerate(told) if of == task_id]
    first = next((at for at in own if told[at][1] in _WAITS_NO_MORE), own[-1])
    since = max((at for at in own if at < first and told[at][1] in _WAITS), default=first)
    holding, starts = set[int](), 0
    taken = sum(kind == "taken" for _, kind in told[since:first])
    for at, (of, kind) in enumerate(told[:first]):
        if kind == "preparing":
            holding.add(of)
            idle = all(users[each] != users[task_id] for each in holding)
            starts += at > since and idle
        elif kind in _HOLDS_NO_MORE:
            holding.discard(of)
    return starts, taken
