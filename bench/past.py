"""A database with many tasks, past or under way: copies of a few real ones.

SQL copies what the bot itself wrote, whatever the columns. Ids count up; every second task belongs
to one user. Past tasks are spread over sixty days, and every tenth one failed. Events are kept for
as many days as the bot keeps them by default.
"""

import asyncio
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from bench.stage import opened

#: The user who asked for every second task.
HEAVY = 7
_DAYS, _EVENT_DAYS = 60, 7
#: Milliseconds.
_DAY = 24 * 60 * 60 * 1000
#: How the copies' columns differ; ``n.i`` is the copy's number.
_TASK = {
    "id": "n.i",
    "interaction_id": "old.interaction_id - 4194304000 - n.i",
    "remote_id": "'task-unified-past-' || n.i",
    "user_id": f"CASE WHEN n.i % 2 = 0 THEN {HEAVY} ELSE 10000 + n.i % 500 END",
}
#: As if the bot had removed their files and forgotten the links to them.
_CHILD = {
    "task_id": "n.i",
    "id": "NULL",
    "file": "NULL",
    "url": "''",
    "message_id": "old.message_id - n.i",
}


async def seed(folder: Path, picture: bytes) -> None:
    """Make the folder of a bot that was stopped after two tasks: one delivered, one failed."""
    async with opened(picture=picture, folder=folder) as stage:
        await stage.start()
        for refuses in (False, True):
            stage.evolink.refuses = refuses
            await stage.until(await stage.imagine(1), "completed")
            # Nothing that we can see from here marks the end of a refused task.
            await asyncio.sleep(3)
            await stage.quiet()
        await stage.process.stop()


async def seed_running(folder: Path, picture: bytes) -> None:
    """Make the folder of a bot that was stopped while Evolink drew a task."""
    async with opened(picture=picture, folder=folder) as stage:
        stage.evolink.seconds = 3600
        await stage.start()
        await stage.until(await stage.imagine(1), "submitted")
        await stage.quiet()
        await stage.process.stop()


def generate(
    seeded: Path, folder: Path, number: int, states: Sequence[str] = ("delivered", "failed")
) -> float:
    """Make a folder with ``number`` copies of a seeded one's tasks; return bytes per task.

    ``states`` are the states of the tasks to copy; every tenth copy is of the last one.
    """
    shutil.copytree(seeded, folder)
    (database,) = folder.glob("data/*.db")
    before = database.stat().st_size
    _copy(database, number, states)
    return (database.stat().st_size - before) / number


def _copy(database: Path, number: int, states: Sequence[str]) -> None:
    with closing(sqlite3.connect(database)) as found, found:
        models = [
            int(row[0])
            for state in states
            for row in found.execute("SELECT id FROM task WHERE state = ?", (state,))
        ]
        assert len(models) == len(states), f"no task of each state: {states}"
        found.execute("CREATE TEMP TABLE n (i INTEGER PRIMARY KEY, model INTEGER)")
        numbers = range(1000, 1000 + number)
        found.executemany(
            "INSERT INTO n VALUES (?, ?)", ((i, models[0 if i % 10 else -1]) for i in numbers)
        )
        moved = f"({(_DAYS + 2) * _DAY} - n.i * {_DAYS * _DAY} / {number + 1000})"
        if "running" in states:
            moved = "0"
        for table, link, changes in [("task", "id", _TASK), *_children(found)]:
            columns = [str(row[1]) for row in found.execute(f"PRAGMA table_info({table})")]
            values = [
                changes.get(name)
                or (f"old.{name} - {moved}" if _is_moment(name) else f"old.{name}")
                for name in columns
            ]
            found.execute(
                f"INSERT INTO {table} ({', '.join(columns)}) "  # noqa: S608 - our own names
                f"SELECT {', '.join(values)} FROM n JOIN {table} AS old ON old.{link} = n.model"
            )
        _index(found)
        found.execute(
            "DELETE FROM task_event WHERE at < (SELECT max(at) FROM task_event) - ?",
            (_EVENT_DAYS * _DAY,),
        )
    with closing(sqlite3.connect(database)) as found:
        found.execute("VACUUM")


def _index(found: sqlite3.Connection) -> None:
    """Make the copies' prompts searchable, as accepting a task does."""
    found.execute(
        "INSERT INTO task_text (rowid, owner, prompt)"
        " SELECT interaction_id, 'g' || guild_id || 'u' || user_id, request ->> 'prompt'"
        " FROM task WHERE id >= 1000"
    )


def _is_moment(column: str) -> bool:
    return column == "at" or column.endswith("_at")


def _children(found: sqlite3.Connection) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Yield every table with rows of a task, its column for the task's id, and its changes."""
    tables = found.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    for (table,) in tables:
        for link in found.execute(f"PRAGMA foreign_key_list({table})").fetchall():
            if link[2] == "task" and link[3] == "task_id":
                yield table, "task_id", _CHILD
