"""The audit: every promise, checked against the stand-ins' books and the database in plain SQL."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.domain.window import DAY
from tests.simulation.promises import broken
from tests.simulation.scenario import BEGINNING
from tests.simulation.starving import starving
from tests.simulation.trying import trying

if TYPE_CHECKING:
    from tests.simulation.world import World

#: Milliseconds within which a drawing arrives, even if the clock was set meanwhile.
TIMELY = 10 * 60_000


@dataclass(frozen=True)
class Finding:
    """A broken promise."""

    promise: str
    task: int
    detail: str


def audit(world: "World") -> list[Finding]:
    """Return every promise that is broken once all is at rest."""
    rows = world.file.rows("SELECT * FROM task ORDER BY id")
    found = [finding for row in rows for finding in _task(world, row)]
    return [*found, *_whole(world, rows), *_starving(world, rows), *_trying(world)]


def _task(world: "World", row: Any) -> Iterator[Finding]:
    for promise, detail in broken(world, row):
        yield Finding(promise, row["id"], f"{detail} ({row['state']}, {row['reason']})")


def _whole(world: "World", rows: list[Any]) -> Iterator[Finding]:
    took = world.clock.steady() - BEGINNING
    if world.scenario.clock_set and not world.deaths and took > TIMELY:
        yield Finding("timers follow the clock", 0, f"{took // 1000} s")
    for error in world.log.errors:
        # Except by a process that didn't notice that the clock was set.
        if world.clock.was_set < DAY or "given up" not in error:
            yield Finding("no fault of its own", 0, error)
    left = set(world.account.files.values()) - world.account.left
    if left:
        yield Finding("uploads deleted", 0, str(sorted(left)))
    names = "SELECT file FROM result UNION SELECT file FROM upload"
    named = {each["file"] for each in world.file.rows(names)}
    there = {str(path.relative_to(world.data)) for path in world.data.rglob("*") if path.is_file()}
    if there - named:
        yield Finding("files tidied", 0, str(sorted(there - named)))
    if world.outside.rested and there and world.clock.now > rows[0]["ended_at"] + 8 * 86_400_000:
        yield Finding("files tidied", 0, f"after a week: {sorted(there)}")
    yield from _a_day(world, rows)
    yield from _at_evolink(world)


def _a_day(world: "World", rows: list[Any]) -> Iterator[Finding]:
    # Setting the clock ahead by days reaches another day.
    days = 1 + (world.clock.was_set >= DAY)
    spent = Counter[int]()
    for row in rows:
        spent[row["user_id"]] += row["reserved"] if row["charged"] is None else row["charged"]
    for user, images in spent.items():
        if images > world.scenario.quota * days:
            yield Finding("quotas hold", 0, f"user {user} got {images}")
    sums = Counter(text for text in world.discord.alerts if text.startswith("The last 24 hours"))
    if sums.total() > days:
        yield Finding("the day is summed up once", 0, f"{sums.total()} times")


def _at_evolink(world: "World") -> Iterator[Finding]:
    drawings = list(world.account.drawings.values())
    days = Counter[int]()
    for drawing in drawings:
        days[drawing.at // 86_400_000] += drawing.images
    for day, images in days.items():
        if world.scenario.cap and images > world.scenario.cap:
            yield Finding("caps hold", 0, f"{images} on day {day}")
    # A task that takes longer, or counts as unknown, lets others go ahead.
    longest = world.slow_after - 60_000
    times = [(each.at, min(each.done_at, each.at + longest)) for each in drawings]
    most = max((sum(at <= begun < done for at, done in times) for begun, _ in times), default=0)
    if most > world.scenario.max_running:
        yield Finding("places hold", 0, f"{most} at a time")


def _trying(world: "World") -> Iterator[Finding]:
    # If the clock was set, times prove nothing.
    for task_id, detail in () if world.clock.was_set else trying(world, world.pause):
        yield Finding("one tries after a trouble", task_id, detail)


def _starving(world: "World", rows: list[Any]) -> Iterator[Finding]:
    """Yield who waited for others, or for credits although there were enough."""
    for task_id, detail in starving(world, rows):
        yield Finding("nobody starves", task_id, detail)
    poor_until = world.account.poor_until
    for row in rows:
        late = row["submitted_at"] is not None and row["submitted_at"] >= poor_until > 0
        if late and row["reserved"] == 1:
            yield Finding("nobody starves", row["id"], "drawn only when the account was topped up")
        took = (row["ended_at"] or world.clock.now) - row["created_at"]
        if world.scenario.within and not world.deaths and took > world.scenario.within:
            yield Finding("nobody starves", row["id"], f"it took {took // 1000} s")
