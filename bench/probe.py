"""Runs a module's ``main`` and watches it from inside: ``python -m bench.probe stalls bot``.

It writes into the folder it runs in:

- ``counts``: the ``Counts`` as JSON, twice a second;
- ``stalls``, if asked for: a line for each time that the process's own work held up the event loop
  for more than 5 ms: the monotonic clock in seconds, and the stall in milliseconds. A stall is how
  late a 10 ms timer was, or the CPU time used meanwhile if that is less: on a busy machine, other
  processes delay the timer, too.
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
#: Instructions of SQLite's virtual machine between two calls of the progress handler.
STEPS = 100


@dataclass(slots=True)
class Counts:
    """What has happened since the start."""

    #: SQL statements, BEGIN and COMMIT among them.
    statements: int = 0
    #: Transactions that took SQLite's lock.
    writes: int = 0
    #: Calls from another thread into the event loop: every answer of the database is one.
    hops: int = 0
    #: SQLite's instructions in hundreds, which show how many rows it visits. A statement with
    #: fewer than a hundred, as most that use an index, doesn't count.
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
    """Run the module that is named, and watch it."""
    counts = Counts()
    # asyncio.run makes its loop with the first, SQLAlchemy its connections with the second.
    stalls = sys.argv.pop(1) == "stalls"
    asyncio.events.new_event_loop = partial(watched, counts, stalls=stalls)
    dbapi2.connect = partial(counted, counts)
    module = sys.argv.pop(1)
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
