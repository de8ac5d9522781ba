"""``python -m bot``, started again and again without importing everything each time.

An import takes 1.8 s of one core, a task 0.1 s: with twenty starts, a third of the time would go
into imports. So one process imports what the bot imports and forks for each start; the child runs
``python -m bot`` as Python itself does. It is a process of its own, with everything but the modules
made anew (importing does nothing: CONTRIBUTING.md), and SIGKILL ends it like any other.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from sandbox.process import ROOT

_FORKS = """
import importlib, os, runpy, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
for _ in sys.stdin:
    child = os.fork()
    if child == 0:
        sys.argv = ["bot"]
        runpy.run_module("bot", run_name="__main__", alter_sys=True)
        os._exit(0)
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
#: Everything but ``bot.__main__``, which is run and not imported.
_MODULES = ("bot.app", "bot.doctor", "cogs.imagine", "cogs.tasks", "cogs.quota", "cogs.admin",
            "bot.store.migrate", "sqlalchemy.dialects.sqlite.aiosqlite")  # fmt: skip


class ForkedBot:
    """Used as ``sandbox.process.BotProcess`` is; never two at a time."""

    def __init__(self, settings: Mapping[str, str], folder: Path) -> None:
        self.log = folder / "bot.log"
        self._folder = folder
        self._settings = settings
        self._forks: asyncio.subprocess.Process | None = None
        self._pid = 0
        self._end: asyncio.Task[int] | None = None

    async def start(self) -> None:
        """Start the bot."""
        assert not self.running, "never two at a time"
        if self._forks is None:
            self._forks = await self._open()
        assert self._forks.stdin is not None
        self._forks.stdin.write(b"\n")
        self._pid = await self._number()
        self._end = asyncio.create_task(self._number())

    @property
    def running(self) -> bool:
        """Whether it is up."""
        return self._end is not None and not self._end.done()

    async def stop(self) -> int:
        """Ask it to stop; return its exit code."""
        return await self._ended_by(signal.SIGTERM)

    async def kill(self) -> None:
        """End it without a warning."""
        await self._ended_by(signal.SIGKILL)

    async def close(self) -> None:
        """End the process that forks."""
        if self._forks is not None:
            assert self._forks.stdin is not None
            self._forks.stdin.close()
            await self._forks.wait()

    async def _ended_by(self, number: signal.Signals) -> int:
        assert self._end is not None
        self.strike(number)
        return await self._end

    def strike(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Send it a signal, at once; one that has ended meanwhile is left alone."""
        if self.running:
            with suppress(ProcessLookupError):
                os.kill(self._pid, number)

    async def _number(self) -> int:
        assert self._forks is not None
        assert self._forks.stdout is not None
        return int(await self._forks.stdout.readline())

    async def _open(self) -> asyncio.subprocess.Process:
        self._folder.mkdir(parents=True, exist_ok=True)
        inherited = dict(os.environ)  # noqa: TID251 - the child's environment, no settings of ours
        with self.log.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                sys.executable,
                "-c",
                _FORKS,
                *_MODULES,
                cwd=self._folder,
                env={**inherited, "PYTHONPATH": str(ROOT), **self._settings},
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )
