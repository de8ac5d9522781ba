"""The soak: thousands of tasks in flight in one process, and what it holds while they are."""

import asyncio
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from statistics import median

from typing_extensions import override

from sandbox.imagine.process import BotProcess
from tests.torture.crowd import Crowd
from tests.torture.stage import Stage, opened

#: Nobody waits for a place, and drawings are slow, so that many are really in flight.
_SETTINGS = {
    "MAX_RUNNING": "100000",
    "USER_RUNNING": "100000",
    "POLL_FLOOR_SECONDS": "2.5",
    "POLL_CEILING_SECONDS": "60",
    "ESTIMATE_SECONDS": "60",
    "EDIT_SECONDS": "10",
    "EVOLINK_TIMEOUT_SECONDS": "60",
    "DISCORD_TIMEOUT_SECONDS": "60",
    "LEASE_SECONDS": "60",
}
#: Seconds that a drawing takes.
_DRAWING = 420.0
#: Tasks typed per second until the number in flight is reached.
_PACE = 8.0
#: Seconds between two samples.
_EVERY = 5.0
#: By what share the last quarter of the samples may exceed the second.
_GROWTH = 0.10


@dataclass(frozen=True)
class Sample:
    """What a process holds."""

    rss_mib: float
    files: int
    sockets: int
    threads: int

    @classmethod
    def of(cls, pid: int) -> "Sample":
        """Read it from ``/proc``."""
        process = Path(f"/proc/{pid}")
        status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
        links = list(_links(process / "fd"))
        sockets = sum(link.startswith("socket:") for link in links)
        rss = int(status["VmRSS"].split()[0]) / 1024
        return cls(rss, len(links) - sockets, sockets, int(status["Threads"]))


@dataclass(frozen=True, kw_only=True)
class Soaked:
    """The result."""

    in_flight: Sequence[int]
    samples: Sequence[Sample]
    ended: int
    unanswered: int

    def growth(self) -> Iterator[str]:
        """Yield what was higher in the last quarter than in the second, by more than a tenth.

        The first quarter is warm-up: caches fill, pools open their connections.
        """
        quarter = len(self.samples) // 4
        second, last = self.samples[quarter : 2 * quarter], self.samples[-quarter:]
        for field in fields(Sample):
            before = median(getattr(one, field.name) for one in second)
            after = median(getattr(one, field.name) for one in last)
            # Connections come and go: a handful is no leak.
            if after > before * (1 + _GROWTH) and after > before + 8:
                yield f"{field.name}: {before:.0f} → {after:.0f}"

    @override
    def __str__(self) -> str:
        numbers = (
            f"{min(self.in_flight)} to {max(self.in_flight)} tasks in flight, "
            f"{self.ended} ended meanwhile, {self.unanswered} commands unanswered"
        )
        lines = [numbers, "quarter: RSS in MiB, files, sockets, threads (medians)"]
        quarter = len(self.samples) // 4
        for number in range(4):
            part = self.samples[number * quarter : (number + 1) * quarter]
            medians = [median(getattr(one, f.name) for one in part) for f in fields(Sample)]
            lines.append(f"{number + 1}: " + ", ".join(f"{value:.0f}" for value in medians))
        return "\n".join([*lines, *(f"grows: {one}" for one in self.growth())])


async def soak(folder: Path, *, in_flight: int, minutes: float, seed: int) -> Soaked:
    """Keep that many tasks in flight for that long, sampling the process meanwhile."""
    async with opened(folder, seed=seed, fresh=True, settings=_SETTINGS) as stage:
        stage.evolink.behaviour.drawing_seconds = _DRAWING
        await stage.start()
        crowd = Crowd(stage.discord, random.Random(seed))  # noqa: S311 - chance, no secret
        typing = asyncio.create_task(_type(stage, crowd, in_flight))
        try:
            while _in_flight(stage) < in_flight * 0.98:  # noqa: ASYNC110 - in another process
                await asyncio.sleep(1)
            soaked = await _sampled(stage, crowd, minutes)
        finally:
            typing.cancel()
            await asyncio.gather(typing, return_exceptions=True)
        return soaked


async def _sampled(stage: Stage, crowd: Crowd, minutes: float) -> Soaked:
    assert isinstance(stage.bot, BotProcess)
    ended, unanswered = _ended(stage), crowd.unanswered
    samples, numbers = list[Sample](), list[int]()
    for _ in range(round(minutes * 60 / _EVERY)):
        await asyncio.sleep(_EVERY)
        samples.append(Sample.of(stage.bot.pid))
        numbers.append(_in_flight(stage))
    return Soaked(
        in_flight=numbers,
        samples=samples,
        ended=_ended(stage) - ended,
        unanswered=crowd.unanswered - unanswered,
    )


async def _type(stage: Stage, crowd: Crowd, in_flight: int) -> None:
    while True:
        if _in_flight(stage) < in_flight:
            crowd.type_one()
        await asyncio.sleep(1 / _PACE)


def _in_flight(stage: Stage) -> int:
    return stage.count("SELECT count(*) FROM task WHERE ended_at IS NULL")


def _ended(stage: Stage) -> int:
    return stage.count("SELECT count(*) FROM task WHERE ended_at IS NOT NULL")


def _links(folder: Path) -> Iterator[str]:
    for path in folder.iterdir():
        try:
            yield str(path.readlink())
        except FileNotFoundError:
            continue  # it was closed since the folder was read
