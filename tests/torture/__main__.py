"""``make torture``: the long kill -9 loops and the soak, with printed numbers.

Exit code 1 when a promise was broken, or the soaked process grew.
"""

import argparse
import asyncio
import logging
import random
import shutil
import sys
import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from tests.kit.postgres import programs, running
from tests.torture import processes
from tests.torture.loop import Plan, run
from tests.torture.soak import soak
from tests.torture.stage import MEMORY


async def _kill(options: argparse.Namespace, folder: Path) -> bool:
    tasks, kills = options.tasks or 5000, options.kills or 300
    report = await run(
        Plan(tasks=tasks, kills=kills, seed=options.seed, fresh=options.fresh), folder
    )
    print(report)  # noqa: T201 - a program for the terminal
    return not report.findings


async def _trusted(options: argparse.Namespace, folder: Path) -> bool:
    tasks, kills = options.tasks or 1000, options.kills or 60
    plan = Plan(
        tasks=tasks, kills=kills, seed=options.seed, fresh=options.fresh, trusted=True, nonces=True
    )
    report = await run(plan, folder)
    print(report)  # noqa: T201 - as above
    return not report.findings and not any(end.startswith("unknown") for end in report.ends)


async def _processes(options: argparse.Namespace, folder: Path) -> bool:
    found = programs()
    if found is None:
        print("PostgreSQL isn't installed.")  # noqa: T201 - as above
        return False
    tasks, kills = options.tasks or 2000, options.kills or 100
    plan = processes.Plan(tasks=tasks, kills=kills, seed=options.seed)
    with running(found) as server:
        report = await processes.run(plan, folder, await server.database())
    print(report)  # noqa: T201 - as above
    return not report.findings


async def _soak(options: argparse.Namespace, folder: Path) -> bool:
    number, minutes = options.in_flight, options.minutes
    soaked = await soak(folder, in_flight=number, minutes=minutes, seed=options.seed)
    print(soaked)  # noqa: T201 - as above
    return not list(soaked.growth())


_PARTS: dict[str, Callable[[argparse.Namespace, Path], Coroutine[Any, Any, bool]]] = {
    "kill": _kill,
    "trusted": _trusted,
    "processes": _processes,
    "soak": _soak,
}


def main() -> int:
    """Run the parts; return the exit code."""
    parser = argparse.ArgumentParser(prog="make torture", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*_PARTS, []], help="all, if none is named")
    parser.add_argument("--tasks", type=int, help="as many as each part needs, if not given")
    parser.add_argument("--kills", type=int, help="as above")
    parser.add_argument("--in-flight", type=int, default=2000, help="tasks of the soak")
    parser.add_argument("--minutes", type=float, default=10, help="how long the soak lasts")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    parser.add_argument("--fresh", action="store_true", help="no forks: python -m bot each time")
    options = parser.parse_args()
    # Connections are cut on purpose, so don't log that.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    good = True
    for part in options.parts or _PARTS:
        print(f"--- {part}", flush=True)  # noqa: T201 - as above
        folder = Path(tempfile.mkdtemp(prefix="torture-", dir=MEMORY if MEMORY.exists() else None))
        kept = asyncio.run(_PARTS[part](options, folder))
        good = good and kept
        if kept:
            shutil.rmtree(folder)
        else:
            print(f"The bot's database and log: {folder}")  # noqa: T201 - as above
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
