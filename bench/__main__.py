"""``python -m bench [quick|several|day]``: measure, and write docs/performance.md or scaling.md."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from os import getloadavg
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from bench import day, past, past_rows, report, rows, several
from bench.pictures import Pictures
from bench.plan import FULL, QUICK, Plan
from bench.results import BOT, FLOOR, Results

Measurement = Callable[[Results, str, Plan, Pictures], Awaitable[None]]
BESIDE_THE_FLOOR: dict[str, Measurement] = {
    "cpu": rows.cpu,
    "keeping": rows.cpu_keeping,
    "references": rows.cpu_with_references,
    "bursts": rows.bursts,
    "flight": rows.in_flight,
    "polling": rows.lateness,
    "callback": rows.lateness_by_callback,
    "restart": past_rows.restart,
    "photographs": rows.photographs,
}
PAST = "past"


async def measure(plan: Plan, only: list[str], *, write: bool) -> None:
    """Run the chosen measurements, alternating between the sides of each."""
    results, pictures = Results(), Pictures()
    began, load = monotonic(), getloadavg()[0]

    def tell(what: str) -> None:
        print(f"{monotonic() - began:5.0f} s  {what}", flush=True)  # noqa: T201 - progress

    with TemporaryDirectory(prefix="bench-past-") as scratch:
        prepared = {number: Path(scratch, str(number)) for number in plan.past if PAST in only}
        if prepared:
            tell("making past tasks")
            await past.seed(Path(scratch, "seed"), pictures.tiny)
        for number, folder in prepared.items():
            size = past.generate(Path(scratch, "seed"), folder, number)
            results.add(past_rows.SIZE, f"{number:,}", size)
        for repetition in range(plan.repetitions):
            sides = (FLOOR, BOT) if repetition % 2 == 0 else (BOT, FLOOR)
            for name in (name for name in BESIDE_THE_FLOOR if name in only):
                for side in sides:
                    tell(f"{name}: {side}")
                    await BESIDE_THE_FLOOR[name](results, side, plan, pictures)
            for number, folder in prepared.items():
                tell(f"{number:,} past tasks")
                await past_rows.with_past(results, number, folder, plan, pictures)
            if write:
                # Write each time: stopping a run of over an hour keeps what was measured.
                report.write(results, plan, load, repetitions=repetition + 1)
    tell("done")
    if not write:
        _print(results)


def _print(results: Results) -> None:
    for row, values in results.rows.items():
        print(row.name, values)  # noqa: T201 - the output


def main() -> None:
    """Parse the arguments, and run what they ask for."""
    names = [*BESIDE_THE_FLOOR, PAST]
    parser = argparse.ArgumentParser(prog="python -m bench")
    kinds = ("quick", "full", "several", "day")
    parser.add_argument("plan", nargs="?", choices=kinds, default="full")
    parser.add_argument("--only", nargs="+", choices=names, help="measure these; write no page")
    parser.add_argument("--tasks", type=int, default=500, help="of several, at once")
    parser.add_argument("--repetitions", type=int, default=3, help="of several")
    arguments = parser.parse_args()
    if arguments.plan == "day":
        day.main()
        return
    if arguments.plan == "several":
        asyncio.run(several.measure(arguments.tasks, arguments.repetitions))
        return
    plan = QUICK if arguments.plan == "quick" else FULL
    only: list[str] | None = arguments.only
    asyncio.run(measure(plan, only or names, write=only is None))


if __name__ == "__main__":
    main()
