"""The floor plus what a bot that loses nothing must store: each step in SQLite, and each picture.

Per task it makes as many transactions, reads and calls to threads as the bot, with the bare driver:
no leases, versions, quotas or texts, and nothing reads the rows after a kill.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import time_ns
from typing import TypeVar

from PIL import Image
from typing_extensions import override

from bench.floor import Nothing, run

T = TypeVar("T")

#: Columns that a transition writes.
_WRITTEN = [f"c{number}" for number in range(20)]
_TABLES = f"""
PRAGMA journal_mode = WAL;
CREATE TABLE task (id INTEGER PRIMARY KEY, {", ".join(_WRITTEN)});
CREATE INDEX by_state ON task (c0);
CREATE INDEX by_member ON task (c1, c2);
CREATE TABLE event (id INTEGER PRIMARY KEY, task_id, at, kind);
"""
_BEGIN = f"INSERT INTO task VALUES (?{', ?' * len(_WRITTEN)})"  # noqa: S608 - our own names
_CHANGE = f"UPDATE task SET {', '.join(f'{name} = ?' for name in _WRITTEN)} WHERE id = ?"  # noqa: S608
_NOTE = "INSERT INTO event (task_id, at, kind) VALUES (?, ?, ?)"


class Everything(Nothing):
    """Stores what a bot has to know after a kill."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writer, self._reader = ThreadPoolExecutor(1), ThreadPoolExecutor(1)
        self._writing = sqlite3.connect(
            folder / "floor.db", isolation_level=None, check_same_thread=False
        )
        self._writing.executescript(_TABLES)
        self._reading = sqlite3.connect(folder / "floor.db", check_same_thread=False)

    @override
    async def begin(self, task: int) -> None:
        values = [task, *[0] * len(_WRITTEN)]
        await _on(self._writer, lambda: self._commit(_BEGIN, values, task, lasting=True))

    @override
    async def step(self, task: int, *, lasting: bool = False) -> None:
        values = [*[time_ns()] * len(_WRITTEN), task]
        await _on(self._writer, lambda: self._commit(_CHANGE, values, task, lasting=lasting))

    @override
    async def look(self, task: int) -> None:
        def read() -> None:
            self._reading.execute("SELECT * FROM task WHERE id = ?", [task]).fetchall()

        await _on(self._reader, read)

    @override
    async def picture(self, task: int, data: bytes) -> bytes:
        path = self._folder / f"{task}.jpg"
        await asyncio.to_thread(_stored, path, data)
        return await asyncio.to_thread(path.read_bytes)

    def _commit(self, statement: str, values: list[int], task: int, *, lasting: bool) -> None:
        driver = self._writing
        driver.execute(f"PRAGMA synchronous = {'FULL' if lasting else 'NORMAL'}")
        driver.execute("BEGIN IMMEDIATE")
        driver.execute(statement, values)
        driver.execute(_NOTE, [task, time_ns(), "step"])
        driver.execute("COMMIT")


async def _on(thread: ThreadPoolExecutor, work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(thread, work)


def _stored(path: Path, data: bytes) -> None:
    part = path.with_suffix(".part")
    part.write_bytes(data)
    part.replace(path)
    with Image.open(path) as image:
        image.load()


if __name__ == "__main__":
    run(Everything(Path.cwd()))
