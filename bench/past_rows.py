"""What tasks in the database cost: a restart with many under way, and a user with a long past."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import monotonic

from bench import past
from bench.discord import Asked
from bench.pictures import Pictures
from bench.plan import Plan
from bench.process import Meter
from bench.results import FLOOR, Results, Row
from bench.stage import Stage, opened

SIZE = Row("database, bytes a past task", "", "≤ 800")
#: The most seconds to wait for a restart.
LONGEST = 200.0
#: Calls of each command on a database with past tasks.
ASKED = 5


async def restart(results: Results, side: str, plan: Plan, pictures: Pictures) -> None:
    """Measure how long a start takes to read each of many running tasks, and its memory."""
    if side == FLOOR:
        return
    name = f"restart with {plan.restarted:,} in flight"
    with TemporaryDirectory(prefix="bench-") as scratch:
        seeded, folder = Path(scratch, "seed"), Path(scratch, "running")
        await past.seed_running(seeded, pictures.tiny)
        past.generate(seeded, folder, plan.restarted, ["running"])
        async with opened(picture=pictures.tiny, folder=folder, watched="stalls") as stage:
            began = monotonic()
            end = began + LONGEST
            await stage.start()
            # We wait for another process.
            while len(stage.evolink.told) < plan.restarted and monotonic() < end:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
            told = f"{name}, until each was read (at most {LONGEST:.0f} s)"
            results.add(Row(told, "s", "10,000: < 10 s"), side, monotonic() - began)
            results.add(Row(f"{name}, of these were read", ""), side, len(stage.evolink.told))
            stall = stage.process.worst_stall(began)
            results.add(Row(f"{name}, longest stall of the loop", "ms", "< 50 ms"), side, stall)
            peak = stage.process.peak_bytes() / 2**20
            results.add(Row(f"{name}, memory", "MiB", "10,000: < 150 MiB"), side, peak)


async def with_past(
    results: Results, number: int, prepared: Path, plan: Plan, pictures: Pictures
) -> None:
    """Measure what past tasks cost: a start, and one heavy user's commands."""
    side, goal = f"{number:,}", "ratio ≤ 1.5"
    folder = prepared.with_name("past")
    shutil.copytree(prepared, folder)
    async with opened(picture=pictures.tiny, folder=folder, watched="counts") as stage:
        # Start once unmeasured: the first start on a file that somebody changed reads all of it.
        await stage.start()
        await stage.quiet()
        await stage.process.stop()
        await stage.start()
        results.add(Row("start, processor time", "s", goal), side, stage.process.cpu_seconds())
        await stage.quiet()
        results.add(Row("start, SQLite's steps", "", goal), side, stage.process.counts()["steps"])
        with Meter(stage.process) as meter:
            await asyncio.sleep(plan.idle)
        busy = 100 * meter.cpu / meter.seconds
        results.add(Row("idle, share of a core", "%", "≤ 0.3 %"), side, busy)
        for name, doing in _asked(stage).items():
            cost = await _cost(stage, doing)
            results.add(Row(f"{name}, SQLite's steps", "", goal), side, cost.steps)
            results.add(Row(f"{name}, processor time", "ms", goal), side, cost.milliseconds)
            results.add(Row(f"{name}, answer (median)", "ms", goal), side, cost.answer)
    shutil.rmtree(folder)


@dataclass(frozen=True)
class Cost:
    """The cost of one command, on average; ``answer`` is the median in milliseconds."""

    steps: float
    milliseconds: float
    answer: float


def _asked(stage: Stage) -> dict[str, Callable[[], Awaitable[float]]]:
    """Return a heavy user's commands; each returns the seconds until its answer."""
    discord, user = stage.discord, past.HEAVY

    async def imagine() -> float:
        (task,) = tasks = await stage.imagine(1, user=user)
        await stage.until(tasks, "closed")
        return task.answered - task.sent

    async def shown(asked: Awaitable[Asked]) -> float:
        return await stage.shown(await asked)

    return {
        "`/imagine`, the whole task": imagine,
        "`/quota`": lambda: shown(discord.ask("quota", user)),
        "`/tasks`": lambda: shown(discord.ask("tasks", user)),
        "search (no hit)": lambda: shown(discord.search(user, "all", "zeppelin")),
        "failed only": lambda: shown(discord.search(user, "failed", "")),
    }


async def _cost(stage: Stage, doing: Callable[[], Awaitable[float]]) -> Cost:
    before = stage.process.counts()["steps"]
    with Meter(stage.process) as meter:
        waited = [await doing() for _ in range(ASKED)]
        await stage.quiet()
    steps = stage.process.counts()["steps"] - before
    return Cost(steps / ASKED, 1000 * meter.cpu / ASKED, 1000 * median(waited))
