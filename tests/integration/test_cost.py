"""What a task costs, in counts that are the same on any machine, with margins.

`make bench` has the times. Each limit is what was counted when it was written, plus at least a
third; if you make it cheaper, lower the limit.
"""

import re
import sqlite3
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from sqlalchemy import ClauseElement
from sqlalchemy.dialects import sqlite

from bench import past
from bench.discord import Asked
from bench.pictures import Pictures
from bench.stage import Stage, opened
from tests.integration.store_kit import migrated, statements

#: For one task without references, from ``/imagine`` until its card is gone.
A_TASK = {"statements": 110, "writes": 15, "hops": 30}
#: By what factor SQLite's steps may grow with ten times as many past tasks. A scan of all of them
#: would be 10, more or less. A task also sums its requester's tasks of the day, which are ten times
#: as many, too.
FEW, MANY = 1_000, 10_000
GROWTH = {
    "start": 1.5,
    "task": 1.5,
    "/quota": 1.5,
    "/tasks": 1.5,
    "search": 1.5,
    "failed only": 1.5,
}
#: Statements that scan a whole table. Don't add any; remove those that no longer do. Those of
#: ON_DISK read the index of what is on disk, which RESULT_DISK_GB bounds; UNTOLD_CHANGES reads that
#: of the last seconds' changes, which were not announced yet. DELETE_ENDED reads what admins have
#: set, once a day: 30 ms of CPU time for 100,000.
ON_DISK = {"EXPIRED_RESULTS", "OLDEST_RESULTS", "STORED_BYTES", "STORED_FILES"}
SCANS = {"DELETE_ENDED", "WITH_GRANTS", "LATEST_EVENT", "TAKEN", "UNTOLD_CHANGES"} | ON_DISK

#: The pictures' content doesn't matter here.
PICTURE = Pictures().tiny


async def test_a_task_costs_few_statements_transactions_and_calls_between_threads() -> None:
    """These take the CPU time."""
    number = 3
    async with opened(picture=PICTURE, watched="counts") as stage:
        await stage.start()
        await stage.until(await stage.imagine(1), "closed")
        await stage.quiet()
        before = stage.process.counts()
        for _ in range(number):
            await stage.until(await stage.imagine(1), "closed")
        await stage.quiet()
        after = stage.process.counts()
    cost = {name: (after[name] - before[name]) / number for name in A_TASK}
    assert all(cost[name] <= limit for name, limit in A_TASK.items()), cost


@asynccontextmanager
async def _with_past(seeded: Path, number: int) -> AsyncGenerator[Stage]:
    folder = seeded.with_name(str(number))
    past.generate(seeded, folder, number)
    async with opened(picture=PICTURE, watched="counts", folder=folder) as stage:
        # Start once unmeasured: the first start on a file that somebody changed reads all of it.
        await stage.start()
        await stage.quiet()
        await stage.process.stop()
        await stage.start()
        yield stage


async def _steps(seeded: Path, number: int) -> dict[str, int]:
    """Return how many of SQLite's steps each thing takes after that many tasks."""
    steps = dict[str, int]()
    async with _with_past(seeded, number) as stage:
        known = 0

        async def note(name: str) -> None:
            nonlocal known
            await stage.quiet()
            now = stage.process.counts()["steps"]
            steps[name], known = now - known, now

        await note("start")
        await stage.until(await stage.imagine(1, user=past.HEAVY), "closed")
        await note("task")
        discord, user = stage.discord, past.HEAVY
        asked: dict[str, Callable[[], Awaitable[Asked]]] = {
            "/quota": lambda: discord.ask("quota", user),
            "/tasks": lambda: discord.ask("tasks", user),
            "search": lambda: discord.search(user, "all", "zeppelin"),
            "failed only": lambda: discord.search(user, "failed", ""),
        }
        for name, ask in asked.items():
            await stage.shown(await ask())
            await note(name)
    return steps


async def test_what_past_tasks_cost_grows_no_faster_than_it_did(tmp_path) -> None:
    """Rows that SQLite visits are steps of its machine; a heavy user has half of the tasks."""
    await past.seed(tmp_path / "seed", PICTURE)
    few, many = [await _steps(tmp_path / "seed", number) for number in (FEW, MANY)]
    # Fewer than twenty steps are an index and chance.
    growth = {name: many[name] / max(20, few[name]) for name in GROWTH}
    assert not {name: growth[name] for name, limit in GROWTH.items() if growth[name] > limit}


@pytest.fixture
def database(tmp_path) -> Path:
    """A database without rows and statistics."""
    file = tmp_path / "imagine.db"
    file.write_bytes(migrated())
    return file


def test_no_further_statement_goes_through_a_whole_table(database) -> None:
    """Each uses an index on SQLite, except the known ones."""
    found = set[str]()
    with closing(sqlite3.connect(database)) as connection:
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
        for name, only, statement in statements():
            if only in {None, "sqlite"}:
                text = _text(statement)
                plan = connection.execute(f"EXPLAIN QUERY PLAN {text}", [None] * text.count("?"))
                if any(_goes_through(step[3], tables) for step in plan):
                    found.add(name.rpartition(".")[2])
    assert found == SCANS


def _text(statement: ClauseElement) -> str:
    """Return a statement as it is executed, with NULL for lists."""
    compiled = statement.compile(dialect=sqlite.dialect())
    values = {name: bind for bind, name in compiled.bind_names.items() if bind.literal_execute}  # pyright: ignore[reportAttributeAccessIssue]

    def filled(match: re.Match[str]) -> str:
        return f"'{values[match[1]].value}'" if match[1] in values else "NULL"

    return re.sub(r"__\[POSTCOMPILE_(\w+)\]", filled, str(compiled))


def _goes_through(step: str, tables: set[str]) -> bool:
    """Tell whether a step of a plan reads all of a table; that of ``min()`` is a SEARCH."""
    how, table, *rest = step.split()
    if rest[:1] == ["VIRTUAL"]:  # an index itself
        return False
    return table in tables and (how == "SCAN" or (how == "SEARCH" and "USING" not in rest))
