"""A PostgreSQL server of the test run's own; nothing of it outlives the run."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import asyncpg  # pyright: ignore[reportMissingTypeStubs] - it has none

from bot.store.store import Store
from tests.kit.ports import free_port

#: If the machine stops, all data is lost, which makes it faster.
OPTIONS = {
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "16MB",
    "max_connections": "200",
    "unix_socket_directories": "''",
    "listen_addresses": "127.0.0.1",
}


def programs() -> Path | None:
    """Return the folder of the newest PostgreSQL's programs; ``None``: there is none."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    found = shutil.which("initdb") or (debian[-1] if debian else None)
    return None if found is None else Path(found).parent


class Postgres:
    """A running server, and databases on it."""

    def __init__(self, folder: Path, port: int, control: Callable[..., None]) -> None:
        self.folder = folder
        self._port = port
        self._control = control
        self._numbers = count()
        self._has_template = False
        self._made = list[str]()

    def address(self, database: str) -> str:
        """Return the DATABASE_URL of a database."""
        return f"postgresql+asyncpg://imagine@127.0.0.1:{self._port}/{database}"

    async def empty(self) -> str:
        """Make a database without tables; return its address."""
        return await self._make("template0")

    async def database(self) -> str:
        """Make a database from a template with the current tables, which saves migrating."""
        if not self._has_template:
            await self.run("CREATE DATABASE prepared TEMPLATE template0")
            await (await Store.open(self.address("prepared"))).close()
            self._has_template = True
        return await self._make("prepared")

    async def drop_databases(self) -> None:
        """Drop all databases made here, even if somebody is connected; each takes 8 MB."""
        while self._made:
            await self.run(f"DROP DATABASE {self._made[-1]} WITH (FORCE)")
            self._made.pop()

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        self._control("start")

    def stop(self) -> None:
        """Stop the server as a crash would: what was committed is in its log."""
        self._control("-m", "immediate", "stop")

    async def cut(self, address: str) -> None:
        """End every connection to a database, as a network that fails does."""
        name = address.rpartition("/")[2]
        await self.run(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"  # noqa: S608 - our own name
        )

    async def run(self, statement: str, database: str = "postgres") -> None:
        """Execute a statement as the operator would."""
        connection = await asyncpg.connect(
            host="127.0.0.1", port=self._port, user="imagine", database=database
        )
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    def dump(self, address: str, file: Path) -> None:
        """Back a database up as the operator would."""
        self._client("pg_dump", "--format", "custom", "--file", str(file), "--dbname", address)

    def restore(self, file: Path, address: str) -> None:
        """Put a dump into an empty database."""
        self._client("pg_restore", str(file), "--exit-on-error", "--dbname", address)

    def _client(self, program: str, *arguments: str) -> None:
        found = shutil.which(program)
        assert found is not None
        words = [each.replace("+asyncpg", "") for each in arguments]
        subprocess.run([found, *words], check=True, timeout=60)  # noqa: S603 - our own arguments

    async def _make(self, template: str) -> str:
        name = f"test_{next(self._numbers)}"
        await self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        self._made.append(name)
        return self.address(name)


@contextmanager
def running(bin_folder: Path) -> Generator[Postgres]:
    """Start a server; it ends with the block, or with this process, however it ends."""
    folder = Path(tempfile.mkdtemp(prefix="imagine-postgres-"))
    data = folder / "data"
    # It refuses to run as root.
    user = _unprivileged() if os.geteuid() == 0 else None
    if user is not None:
        os.chown(folder, user, -1)
    with _at_our_end([bin_folder / "pg_ctl", "-D", data, "-m", "immediate", "stop"], folder, user):
        setup = ("-D", data, "-U", "imagine", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
        _call([bin_folder / "initdb", *setup], user=user)
        port = free_port()
        options = " ".join(f"-c {name}={value}" for name, value in OPTIONS.items())
        control = [bin_folder / "pg_ctl", "-D", data, "-w", "-l", folder / "log"]
        control += ["-o", f"{options} -c port={port}"]
        server = Postgres(folder, port, lambda *what: _call([*control, *what], user=user))
        server.start()
        yield server


@contextmanager
def _at_our_end(command: list[object], folder: Path, user: int | None) -> Generator[None]:
    """Execute a command and remove a folder after the block, even if we are killed.

    A shell waits for the end of its input, which the system closes when this process has ended.
    """
    script = 'cat; folder=$1; shift; "$@"; rm -rf "$folder"'
    waiting = subprocess.Popen(  # noqa: S603 - our own arguments
        ["/bin/sh", "-c", script, "sh", str(folder), *map(str, command)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        user=user,
        cwd="/",
        # Ctrl-C is meant for the tests.
        start_new_session=True,
    )
    try:
        yield
    finally:
        assert waiting.stdin is not None
        waiting.stdin.close()
        waiting.wait()


def _unprivileged() -> int:
    try:
        return pwd.getpwnam("postgres").pw_uid
    except KeyError:
        return pwd.getpwnam("nobody").pw_uid


def _call(command: list[object], *, user: int | None) -> None:
    # Not to a pipe, which the server would hold open.
    subprocess.run(  # noqa: S603 - our own arguments
        [str(each) for each in command],
        user=user,
        check=True,
        stdout=subprocess.DEVNULL,
        cwd="/",
    )
