"""``python -m sandbox``, stopped at any moment: no traceback, no bot, no file is left."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path

import pytest

from sandbox.imagine.process import ROOT

pytestmark = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="reads /proc")


class Demo:
    """The demo as a process, with its output and the processes that came from it."""

    def __init__(self, process: asyncio.subprocess.Process, folder: Path) -> None:
        self.process = process
        self.folder = folder
        self.output = folder.with_name("output")

    def printed(self) -> str:
        return self.output.read_text()

    def has_loaded(self, library: str) -> bool:
        return library in Path(f"/proc/{self.process.pid}/maps").read_text()

    def bots(self) -> list[str]:
        """Return the command lines of what runs with the demo's folder for temporary files."""
        found = list[str]()
        for process in Path("/proc").glob("[0-9]*"):
            try:
                environment = (process / "environ").read_bytes()
                command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except (OSError, ValueError):
                continue
            ours = int(process.name) == self.process.pid
            if not ours and f"TMPDIR={self.folder}\0".encode() in environment:
                found.append(command)
        return found

    async def until(self, wanted: Callable[[], bool]) -> None:
        async with asyncio.timeout(60):
            while not wanted():
                assert self.process.returncode is None, self.printed()
                await asyncio.sleep(0.005)

    async def end(self, number: signal.Signals) -> int:
        """Send the signal again and again until the process has ended; return its exit code."""
        async with asyncio.timeout(60):
            while self.process.returncode is None:
                # Not send_signal, which may reap the process before asyncio does: exit code 255.
                with suppress(ProcessLookupError):
                    os.kill(self.process.pid, number)
                await asyncio.sleep(0.03)
            return await self.process.wait()


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[Demo]:
    """The demo, just started."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    with (tmp_path / "output").open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "sandbox", "--port", "0"),
            cwd=ROOT,
            env={"TMPDIR": str(folder)},
            stdout=output,
            stderr=output,
        )
    yield Demo(process, folder)
    if process.returncode is None:
        process.kill()
        await process.wait()


#: Predicates on the demo: the signal is sent as soon as one is true.
MOMENTS: dict[str, Callable[[Demo], bool]] = {
    "at once": lambda _: True,
    "while it imports": lambda demo: demo.has_loaded("multidict"),
    "with the stand-ins up": lambda demo: any(demo.folder.iterdir()),
    "with the bot just started": lambda demo: bool(demo.bots()),
    "while the bot connects": lambda demo: bool(list(demo.folder.rglob("*.db"))),
    "with the page up": lambda demo: "NO_PROXY=" in demo.printed(),
}


@pytest.mark.parametrize(
    ("moment", "number"),
    [
        ("at once", signal.SIGTERM),  # while Python itself starts, Ctrl+C is not ours
        ("while it imports", signal.SIGTERM),
        ("while it imports", signal.SIGINT),
        ("with the stand-ins up", signal.SIGTERM),
        ("with the bot just started", signal.SIGINT),
        ("while the bot connects", signal.SIGTERM),
        ("with the page up", signal.SIGINT),
    ],
)
async def test_stopped(demo: Demo, moment: str, number: signal.Signals):
    """It ends quietly, with its bot, however often it is told to."""
    await demo.until(lambda: MOMENTS[moment](demo))
    code = await demo.end(number)

    assert code in {0, -number}
    assert "Traceback" not in demo.printed()
    assert "Exception" not in demo.printed()
    assert not demo.bots()
    assert not list(demo.folder.iterdir())
