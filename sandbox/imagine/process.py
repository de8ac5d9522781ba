"""The unmodified bot as a process of its own, pointed at the sandbox by its settings."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

ROOT = Path(__file__).parents[2]


class Running(Protocol):
    """The part of a process that we use."""

    @property
    def pid(self) -> int:
        """Its number."""
        ...

    @property
    def returncode(self) -> int | None:
        """Its exit code, once it has ended; negative for a signal."""
        ...

    async def wait(self) -> int:
        """Wait until it has ended; return its exit code."""
        ...

    def send_signal(self, signal: int, /) -> None:
        """Send it a signal."""

    def kill(self) -> None:
        """End it."""


class BotProcess:
    """``python -m bot`` with given settings, in a folder of its own.

    ``settings`` are environment variables; ``folder`` holds its data and its log.
    """

    def __init__(self, settings: Mapping[str, str], folder: Path) -> None:
        self.settings = dict(settings)
        self.folder = folder
        self.log = folder / "bot.log"
        self._process: Running | None = None

    async def start(self, *arguments: str) -> None:
        """Start it without waiting until it is ready."""
        self.folder.mkdir(parents=True, exist_ok=True)
        # Ignoring case, since "no_proxy" and NO_PROXY are one setting.
        around = os.environ.items()  # noqa: TID251 - no settings of ours
        inherited = {name: value for name, value in around if name.upper() not in self.settings}
        environment = {**inherited, "PYTHONPATH": str(ROOT), **self.settings}
        self._process = await self._run(arguments, environment)

    async def _run(self, arguments: tuple[str, ...], environment: dict[str, str]) -> Running:
        # Not in the project's folder, which may have a .env of the real bot.
        with self.log.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "bot",
                *arguments,
                cwd=self.folder,
                env=environment,
                stdout=log,
                stderr=log,
            )

    @property
    def running(self) -> bool:
        """Whether it is up."""
        return self._process is not None and self._process.returncode is None

    @property
    def pid(self) -> int:
        """The number of the process, which may have ended."""
        assert self._process is not None
        return self._process.pid

    async def ended(self, seconds: float = 30) -> int:
        """Wait until it ends by itself; return its exit code.

        Raises:
            TimeoutError: it is still running after that.
        """
        assert self._process is not None
        async with asyncio.timeout(seconds):
            return await self._process.wait()

    async def stop(self, seconds: float = 30) -> int:
        """Ask it to stop, as an init system does; return its exit code.

        Raises:
            TimeoutError: it did not stop in time, so it was killed.
        """
        assert self._process is not None
        if self.running:
            self._process.send_signal(signal.SIGTERM)
        try:
            return await self.ended(seconds)
        except TimeoutError:
            await self.kill()
            raise

    def strike(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Send it a signal without waiting."""
        if self._process is not None and self.running:
            self._process.send_signal(number)

    async def kill(self) -> None:
        """End it with SIGKILL, and wait."""
        assert self._process is not None
        if self.running:
            self._process.kill()
        await self._process.wait()

    def cpu_seconds(self) -> float:
        """Return the processor time that it has used so far (Linux)."""
        ticks = self._proc("stat").rpartition(")")[2].split()[11:13]
        return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")

    def peak_bytes(self) -> int:
        """Return its peak memory (Linux)."""
        (line,) = [line for line in self._proc("status").splitlines() if line.startswith("VmHWM")]
        return int(line.split()[1]) * 1024

    def _proc(self, name: str) -> str:
        assert self._process is not None
        return Path(f"/proc/{self._process.pid}/{name}").read_text()
