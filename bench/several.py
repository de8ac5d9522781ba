"""``python -m bench several``: how throughput grows with processes; into docs/scaling.md.

All tasks are typed at once; what counts is how long it takes until the last one is delivered. The
stand-ins for Discord and Evolink use a core, too, so the table shows their share as well.
"""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from os import cpu_count, getloadavg
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import monotonic, process_time

from bench import page, postgres
from bench.pictures import Pictures
from bench.process import Measured
from bench.stage import Stage, opened

#: Workers beside a gateway; 0: one process that does everything.
SIDES = (("SQLite", 0), ("PostgreSQL", 0), ("PostgreSQL", 1), ("PostgreSQL", 2), ("PostgreSQL", 4))
#: Warm-up tasks, before those that are measured.
WARMING = 20
#: Seconds that a drawing takes.
DRAWING = 1.0
#: The most seconds to wait for a run.
LONGEST = 1_200


@dataclass(frozen=True)
class Measures:
    """The result of one run."""

    #: Tasks a second.
    rate: float
    #: Milliseconds of CPU time per task: of all our processes, of PostgreSQL, of the stand-ins.
    bot: float
    database: float
    around: float


async def measure(tasks: int, repetitions: int) -> None:
    """Measure each side in turn, ``repetitions`` times, and write the table."""
    load = getloadavg()[0]
    found: dict[tuple[str, int], list[Measures]] = {side: [] for side in SIDES}
    for _ in range(repetitions):
        for side in SIDES:
            found[side].append(await _side(*side, tasks))
            print(_name(*side), found[side][-1], flush=True)  # noqa: T201 - progress
    page.replace("make bench ARGS=several", _table(found, tasks, repetitions, load))


async def _side(engine: str, workers: int, tasks: int) -> Measures:
    async with AsyncExitStack() as stack:
        server, settings = None, dict[str, str]()
        if engine == "PostgreSQL":
            server = await stack.enter_async_context(postgres.running())
            settings["DATABASE_URL"] = server.url
        shared = Path(stack.enter_context(TemporaryDirectory(prefix="bench-shared-")))
        settings["DATA_DIR"] = str(shared / "data")
        stage = await stack.enter_async_context(
            opened(picture=Pictures().tiny, settings={**settings, "INSTANCE": "gateway"})
        )
        stage.evolink.seconds, stage.evolink.estimate = DRAWING, round(DRAWING)
        await stage.start(*(("--role", "gateway") if workers else ()))
        others = await stack.enter_async_context(_working(stage, workers, shared))
        await stage.until(await stage.imagine(WARMING), "closed")
        return await _run(stage, [stage.process, *others], server, tasks)


@asynccontextmanager
async def _working(stage: Stage, number: int, folder: Path) -> AsyncGenerator[list[Measured]]:
    """Run ``number`` workers beside a gateway."""
    workers = [
        Measured({**stage.process.settings, "INSTANCE": f"w{each}"}, folder / f"w{each}")
        for each in range(number)
    ]
    try:
        for worker in workers:
            await worker.start("--role", "worker")
        yield workers
    finally:
        for worker in workers:
            await worker.kill()


async def _run(
    stage: Stage, processes: list[Measured], server: postgres.Postgres | None, tasks: int
) -> Measures:
    def used() -> tuple[float, float, float]:
        bots = sum(each.cpu_seconds() for each in processes)
        return bots, server.cpu_seconds() if server else 0.0, process_time()

    before, began = used(), monotonic()
    await stage.until(await stage.imagine(tasks), "closed", LONGEST)
    took = monotonic() - began
    each = [1000 * (now - then) / tasks for now, then in zip(used(), before, strict=True)]
    return Measures(tasks / took, *each)


def _name(engine: str, workers: int) -> str:
    if not workers:
        return f"{engine}, one process"
    return f"{engine}, a gateway and {workers} worker{'s' * (workers > 1)}"


def _table(
    found: dict[tuple[str, int], list[Measures]], tasks: int, repetitions: int, load: float
) -> str:
    rows, base = list[str](), 0.0
    for side, measured in found.items():
        rate = median(each.rate for each in measured)
        base = base or rate
        times = (
            median(each.bot for each in measured),
            median(each.database for each in measured),
            median(each.around for each in measured),
        )
        told = " | ".join(f"{each:.0f} ms" if each else "" for each in times)
        rows.append(f"| {_name(*side)} | {rate:.1f} | {rate / base:.2f} | {told} |")
    cores, today = cpu_count() or 1, datetime.now(UTC).strftime("%d %B %Y")
    runs = f"Medians of {repetitions} runs" if repetitions > 1 else "One run"
    how = (
        f"{runs} of {tasks} tasks typed at once, one image each, no references, drawn in "
        f"{DRAWING:.0f} s; {today}, {cores} cores, load {load:.1f} before it began."
    )
    head = "| | tasks a second | ratio | processor time a task: bot | PostgreSQL | stand-ins |"
    return "\n".join([how, "", head, "|---|---:|---:|---:|---:|---:|", *rows])
