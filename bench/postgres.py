"""A PostgreSQL server of our own, and the processor time that it takes (Linux)."""

import asyncio
import os
import pwd
import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

from bench.http import free_port

#: The defaults, except for what keeps it apart from other servers.
OPTIONS = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "''", "fsync": "on"}
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Postgres:
    """A running server."""

    url: str
    _data: Path

    def cpu_seconds(self) -> float:
        """Return the CPU seconds of all its processes so far, including those that have ended."""
        first = (self._data / "postmaster.pid").read_text().split()[0]
        return sum(_ticks(each, first) for each in Path("/proc").glob("[0-9]*/stat")) / TICKS


@asynccontextmanager
async def running() -> AsyncGenerator[Postgres]:
    """Start a server that syncs to disk, and remove it after the block.

    Raises:
        SystemExit: its programs are not installed.
    """
    programs = _programs()
    folder = Path(mkdtemp(prefix="bench-postgres-"))
    data, port = folder / "data", free_port()
    # PostgreSQL refuses to run as root.
    user = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None
    if user is not None:
        os.chown(folder, user, -1)

    async def call(program: str, *arguments: str) -> None:
        process = await asyncio.create_subprocess_exec(
            str(programs / program),
            *arguments,
            user=user,
            cwd="/",
            # Not a pipe, which the server would hold open.
            stdout=asyncio.subprocess.DEVNULL,
        )
        assert await process.wait() == 0, program

    await call("initdb", "-D", str(data), "-U", "imagine", "-A", "trust", "-E", "UTF8", "--no-sync")
    options = " ".join(f"-c {name}={value}" for name, value in {**OPTIONS, "port": port}.items())
    log = str(folder / "log")
    await call("pg_ctl", "-D", str(data), "-w", "-l", log, "-o", options, "start")
    try:
        yield Postgres(f"postgresql+asyncpg://imagine@127.0.0.1:{port}/postgres", data)
    finally:
        await call("pg_ctl", "-D", str(data), "-m", "immediate", "stop")
        shutil.rmtree(folder)


def _programs() -> Path:
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    found = shutil.which("initdb") or (debian[-1] if debian else None)
    if found is None:
        raise SystemExit("PostgreSQL's programs (initdb, pg_ctl) are not installed.")
    return Path(found).parent


def _ticks(stat: Path, first: str) -> int:
    """Return the ticks of the first process or of a child of it; 0 for any other."""
    try:
        text = stat.read_text()
    except (FileNotFoundError, ProcessLookupError):  # it has just ended; its parent counts it
        return 0
    # proc_pid_stat(5): pid (name) state ppid … utime stime cutime cstime
    values = text.rpartition(")")[2].split()
    if stat.parent.name == first:
        return sum(map(int, values[11:15]))
    return sum(map(int, values[11:13])) if values[1] == first else 0
