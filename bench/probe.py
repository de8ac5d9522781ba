"""Runs a module's ``main`` and watches it from inside: ``python -m bench.probe stalls bot``.

Into the folder it runs in, it writes

- ``counts``: what ``Counts`` has, as JSON, twice a second;
- ``stalls``, where it is asked for: a line for each time that the process's own work kept the event
  loop for more than 5 ms, with the monotonic clock in seconds, and the milliseconds. A timer every
  10 ms was late by that, or as late as the processor time that was used meanwhile: on a busy
  machine, others make it later.
"""

import asyncio
import json
import runpy
import sqlite3
import sys
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from sqlite3 import dbapi2
from time import monotonic, process_time
from typing import Any, TextIO

EVERY, WORTH_NOTING, WRITTEN_EVERY = 0.010, 0.005, 0.5
#: Instructions of SQLite's virtual machine between two looks at them.
STEPS = 100


@dataclass(slots=True)
class Counts:
    """What has happened since the start."""

    #: SQL statements, BEGIN and COMMIT among them.
    statements: int = 0
    #: Transactions that took SQLite's lock.
    writes: int = 0
    #: Calls from another thread into the event loop: each answer of the database's is one.
    hops: int = 0
    #: Hundreds of instructions of SQLite's: they show the rows that it visits. A statement that
    #: has fewer, as most that go by an index, does not count.
    steps: int = 0


def watched(counts: Counts, *, stalls: bool) -> asyncio.AbstractEventLoop:
    """Return a new loop that watches itself."""
    loop: Any = new_event_loop()
    call_soon_threadsafe = loop.call_soon_threadsafe

    def hop(*arguments: Any, **options: Any) -> object:  # noqa: ANN401 - passed on
        counts.hops += 1
        return call_soon_threadsafe(*arguments, **options)

    def write() -> None:
        Path("counts.new").write_text(json.dumps(asdict(counts)))
        Path("counts.new").rename("counts")
        loop.call_later(WRITTEN_EVERY, write)

    loop.call_soon_threadsafe = hop
    if stalls:
        file = Path("stalls").open("a", buffering=1)  # noqa: SIM115 - as long as the loop
        loop.call_soon(look, loop, file, monotonic() + EVERY, process_time())
    loop.call_soon(write)
    return loop


def look(loop: asyncio.AbstractEventLoop, file: TextIO, due: float, used: float) -> None:
    """Note by how much the loop is late, and look again."""
    now, using = monotonic(), process_time()
    kept = min(now - due, using - used)
    if kept > WORTH_NOTING:
        file.write(f"{now:.3f} {kept * 1000:.1f}\n")
    loop.call_later(EVERY, look, loop, file, now + EVERY, using)


def counted(counts: Counts, *arguments: Any, **options: Any) -> sqlite3.Connection:  # noqa: ANN401 - passed on
    """Return a connection to SQLite whose statements are counted."""

    def statement(sql: str) -> None:
        counts.statements += 1
        counts.writes += sql.startswith("BEGIN IMMEDIATE")

    def step() -> int:
        counts.steps += 1
        return 0

    connection = sqlite_connect(*arguments, **options)
    connection.set_trace_callback(statement)
    connection.set_progress_handler(step, STEPS)
    return connection


new_event_loop, sqlite_connect = asyncio.new_event_loop, dbapi2.connect


def main() -> None:
    """Watch the module that is named."""
    counts = Counts()
    # asyncio.run makes its loop by this, and SQLAlchemy its connections by that.
    stalls = sys.argv.pop(1) == "stalls"
    asyncio.events.new_event_loop = partial(watched, counts, stalls=stalls)
    dbapi2.connect = partial(counted, counts)
    module = sys.argv.pop(1)
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
