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
    """What is used of a process."""

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
    """``python -m bot`` with settings of ours, in a folder of its own.

    ``settings`` are environment variables; ``folder`` holds its data and its log.
    """

    def __init__(self, settings: Mapping[str, str], folder: Path) -> None:
        self.settings = dict(settings)
        self.folder = folder
        self.log = folder / "bot.log"
        self._process: Running | None = None

    async def start(self, *arguments: str) -> None:
        """Start it; it goes on by itself."""
        self.folder.mkdir(parents=True, exist_ok=True)
        # The child's environment. A name of ours counts in any case: "no_proxy" is NO_PROXY.
        around = os.environ.items()  # noqa: TID251 - no settings of ours
        inherited = {name: value for name, value in around if name.upper() not in self.settings}
        environment = {**inherited, "PYTHONPATH": str(ROOT), **self.settings}
        self._process = await self._run(arguments, environment)

    async def _run(self, arguments: tuple[str, ...], environment: dict[str, str]) -> Running:
        # Not in our folder, where a .env may lie that is none of the sandbox's.
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
            TimeoutError: it goes on for longer.
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
        """Send it a signal, and wait for nothing."""
        if self._process is not None and self.running:
            self._process.send_signal(number)

    async def kill(self) -> None:
        """End it without a warning, as a power cut does."""
        assert self._process is not None
        if self.running:
            self._process.kill()
        await self._process.wait()

    def cpu_seconds(self) -> float:
        """Return what it has used of the processors so far (Linux)."""
        ticks = self._proc("stat").rpartition(")")[2].split()[11:13]
        return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")

    def peak_bytes(self) -> int:
        """Return the most memory that it ever held (Linux)."""
        (line,) = [line for line in self._proc("status").splitlines() if line.startswith("VmHWM")]
        return int(line.split()[1]) * 1024

    def _proc(self, name: str) -> str:
        assert self._process is not None
        return Path(f"/proc/{self._process.pid}/{name}").read_text()
