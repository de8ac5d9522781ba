"""The process that is measured: the bot or the floor, with the same settings."""

import asyncio
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from time import clock_gettime, monotonic
from typing import Literal, Self

from typing_extensions import override

from sandbox.imagine.process import BotProcess, Running

BOT, FLOOR = ("bot",), ("bench.floor",)
#: ``stalls`` includes ``counts``; its timer takes some 0.7 % of a core.
Watched = Literal["counts", "stalls"]


class Measured(BotProcess):
    """``python -m MODULE`` with given settings; ``watched``: under ``bench.probe``."""

    def __init__(
        self,
        settings: Mapping[str, str],
        folder: Path,
        module: tuple[str, ...] = BOT,
        *,
        watched: Watched | None = None,
    ) -> None:
        super().__init__(settings, folder)
        self._arguments = ("bench.probe", watched, *module) if watched else module

    @override
    async def _run(self, arguments: tuple[str, ...], environment: dict[str, str]) -> Running:
        with self.log.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                *self._arguments,
                *arguments,
                cwd=self.folder,
                env=environment,
                stdout=log,
                stderr=log,
            )

    @override
    def cpu_seconds(self) -> float:
        """Return the processor time that it has used so far; /proc would round to 10 ms (Linux)."""
        # Another process's CPU clock has an id made from its pid (clock_getcpuclockid(3)).
        return clock_gettime(~self.pid << 3 | 2)

    def resident_bytes(self) -> int:
        """Return its memory now (Linux)."""
        (line,) = [line for line in self._proc("status").splitlines() if line.startswith("VmRSS")]
        return int(line.split()[1]) * 1024

    def worst_stall(self, since: float = 0.0) -> float:
        """Return the longest stall, in milliseconds, since a moment of the monotonic clock."""
        lines = (self.folder / "stalls").read_text().splitlines()
        stalls = (tuple(map(float, line.split())) for line in lines)
        return max((milliseconds for at, milliseconds in stalls if at >= since), default=0.0)

    def counts(self) -> dict[str, int]:
        """Return what is counted inside (``bench.probe.Counts``), up to half a second ago."""
        return json.loads((self.folder / "counts").read_text())


class Meter:
    """The processor time that a process uses inside the block, and how long that took."""

    def __init__(self, process: Measured) -> None:
        self._process = process
        self.cpu = self.seconds = 0.0

    def __enter__(self) -> Self:
        """Begin."""
        self._cpu, self._began = self._process.cpu_seconds(), monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self.cpu = self._process.cpu_seconds() - self._cpu
        self.seconds = monotonic() - self._began
