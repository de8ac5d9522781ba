"""``python -m bot``, started again and again without importing everything each time.

Importing takes 2 s of one core and a task 0.1 s, so imports would take most of the tests' time.
Instead one process imports the bot's modules and forks for each start. The child then runs
``python -m bot`` as Python itself would: only the modules are inherited, and importing them does
nothing (CONTRIBUTING.md). It is a process of its own, and SIGKILL ends it like any other.
"""

import asyncio
import atexit
import importlib
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from functools import cache
from typing import NoReturn

from typing_extensions import override

from sandbox.imagine.process import ROOT, BotProcess, Running

#: All but ``bot.__main__``, which is run, not imported.
MODULES = (
    "bot.app",
    "bot.doctor.examine",
    "bot.store.migrate",
    *(f"cogs.{path.stem}" for path in sorted((ROOT / "cogs").glob("[a-z]*.py"))),
    "sqlalchemy.dialects.sqlite.aiosqlite",
)
#: Seconds between checks whether the tests that started this process have ended.
_LOOK = 2.0


class ForkedBot(BotProcess):
    """As ``BotProcess``, at a tenth of the cost; the same where the system is not Linux."""

    #: Seconds by which the machine's clock seems to be ahead; on Linux only.
    clock_ahead = 0.0

    @override
    async def _run(self, arguments: tuple[str, ...], environment: dict[str, str]) -> Running:
        if sys.platform != "linux":
            # There are no abstract addresses, and macOS's frameworks don't survive a fork.
            return await super()._run(arguments, environment)
        measured = environment.get("COVERAGE_PROCESS_START", "")
        reader, writer = await asyncio.open_unix_connection(_server(measured))
        asked = [list(arguments), str(self.folder), str(self.log), environment, self.clock_ahead]
        writer.write(json.dumps(asked).encode() + b"\n")
        return _Fork(int(await reader.readline()), reader, writer)


class _Fork:
    """A forked bot; its parent reports the exit code."""

    def __init__(self, pid: int, told: asyncio.StreamReader, wire: asyncio.StreamWriter) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._wire = wire
        self._end = asyncio.create_task(self._ends(told))

    async def _ends(self, told: asyncio.StreamReader) -> int:
        self.returncode = int(await told.readline())
        self._wire.close()
        return self.returncode

    async def wait(self) -> int:
        return await asyncio.shield(self._end)

    def send_signal(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


@cache
def _server(measured: str) -> str:
    """Start the process that forks, one for each process of pytest; return its address.

    ``measured``: coverage's configuration, or nothing; imports count for coverage, too.
    """
    listening = socket.socket(socket.AF_UNIX)
    # An abstract address (Linux) needs no file, and is free again when the process ends.
    listening.bind("")
    listening.listen()
    inherited = dict(os.environ)  # noqa: TID251 - the child's environment, no settings of ours
    process = subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", "tests.kit.forks", str(listening.fileno())],
        env={**inherited, "PYTHONPATH": str(ROOT), "COVERAGE_PROCESS_START": measured},
        pass_fds=[listening.fileno()],
    )
    address = listening.getsockname()
    listening.close()

    def end() -> None:
        process.terminate()
        process.wait()

    atexit.register(end)
    return address


def _serve(listening: socket.socket, parent: int) -> None:
    """Fork a bot for each connection, until the parent process has ended."""
    listening.settimeout(_LOOK)
    while os.getppid() == parent:
        with suppress(ChildProcessError):
            os.waitpid(-1, os.WNOHANG)
        try:
            wire, _ = listening.accept()
        except TimeoutError:
            continue
        if os.fork() == 0:
            listening.close()
            wire.settimeout(None)
            _attend(wire)
        wire.close()


def _attend(wire: socket.socket) -> NoReturn:
    """Run one bot, and send its exit code."""
    arguments, folder, log, environment, clock_ahead = json.loads(wire.makefile().readline())
    pid = os.fork()
    if pid == 0:
        wire.close()
        os.chdir(folder)
        os.environ.clear()  # noqa: TID251 - as the child of subprocess would have it
        os.environ.update(environment)  # noqa: TID251 - as above
        with open(log, "ab") as out:  # noqa: PTH123 - no event loop runs here
            os.dup2(out.fileno(), 1)
            os.dup2(out.fileno(), 2)
        if clock_ahead:
            _set_clock(clock_ahead)
        sys.argv = ["bot", *arguments]
        runpy.run_module("bot", run_name="__main__", alter_sys=True)
        sys.exit()
    wire.sendall(f"{pid}\n".encode())
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    # The test may have ended before.
    with suppress(OSError):
        wire.sendall(f"{code}\n".encode())
    os._exit(0)


def _set_clock(ahead: float) -> None:
    """Make Python's clock differ from the machine's."""
    right, right_ns = time.time, time.time_ns
    time.time = lambda: right() + ahead
    time.time_ns = lambda: right_ns() + round(ahead * 1e9)


if __name__ == "__main__":
    parent = os.getppid()
    for name in MODULES:
        importlib.import_module(name)
    _serve(socket.socket(fileno=int(sys.argv[1])), parent)
