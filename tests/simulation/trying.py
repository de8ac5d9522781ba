"""Whether one task at a time tries while Evolink refuses, whichever process starts it.

A process reads the time, then whether there is trouble, then starts tasks. So one that started a
task later than another was refused has seen the trouble, if it lasted until then; what was started
before may still be on its way.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.simulation.world import World


def trying(world: "World", pause: int) -> Iterator[tuple[int, str]]:
    """Yield each task that was started within ``pause`` milliseconds of another one's try."""
    began = dict[int, int]()
    is_trouble, known_at = False, None
    for row in world.file.rows("SELECT task_id, kind, at FROM story ORDER BY rowid"):
        task_id, kind, at = row["task_id"], row["kind"], row["at"]
        if kind == "trouble":
            is_trouble = True
        elif kind == "calm":
            is_trouble, known_at = False, None
        elif kind == "refused" and is_trouble and known_at is None:
            known_at = at
        if kind == "preparing":
            beside = sorted(each for each, since in began.items() if since > at - pause)
            if known_at is not None and at > known_at and beside:
                yield task_id, f"started while {beside} tried"
            began[task_id] = at
        elif kind != "submitting":
            began.pop(task_id, None)
