"""An object store of the test run's own: rclone's S3 on a folder; and what stands in its way."""

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.object_store import ObjectStore

#: The key's id and its secret.
KEYS = ("imagine-tests", "no-secret-of-anybody")
BUCKET, ANOTHER = "imagine", "another"


@dataclass(frozen=True)
class Server:
    """A running server."""

    port: int
    folder: Path

    def objects(self) -> set[str]:
        """Return the names of all objects."""
        bucket = self.folder / BUCKET
        return {str(path.relative_to(bucket)) for path in bucket.rglob("*") if path.is_file()}

    def settings(self, port: int | None = None) -> dict[str, str]:
        """Return the settings that make a bot use it."""
        return {
            "STORAGE_URL": f"s3://{BUCKET}",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port or self.port}",
            "AWS_ACCESS_KEY_ID": KEYS[0],
            "AWS_SECRET_ACCESS_KEY": KEYS[1],
        }

    def store(self, prefix: str = "", port: int | None = None, bucket: str = BUCKET) -> ObjectStore:
        """Return the bot's view of it."""
        endpoint = f"http://127.0.0.1:{port or self.port}"
        return ObjectStore(bucket, prefix, endpoint=endpoint, keys=KEYS)


@contextmanager
def running() -> Generator[Server]:
    """Start a server, and stop it at the end."""
    with TemporaryDirectory(prefix="imagine-objects-") as folder:
        for bucket in (BUCKET, ANOTHER):
            Path(folder, bucket).mkdir()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        process = subprocess.Popen(  # noqa: S603 - our own arguments
            [
                str(Path(sys.executable).with_name("rclone")),
                *("serve", "s3", folder),
                *("--addr", f"127.0.0.1:{port}", "--auth-key", ",".join(KEYS)),
                *("--config", "", "--log-level", "ERROR"),
            ],
            stderr=subprocess.DEVNULL,
        )
        try:
            while True:
                with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                    break
                assert process.poll() is None
                time.sleep(0.05)  # noqa: TID251 - before there is a loop
            yield Server(port, Path(folder))
        finally:
            process.terminate()
            process.wait()


@dataclass
class Wire:
    """A connection between the bot and its store, which can fail."""

    port: int = 0
    #: Whether it accepts nothing at all, or hangs.
    is_cut: bool = False
    hangs: bool = False
    #: Bytes of answers after which each connection is cut; ``None``: it isn't.
    cut_after: int | None = None
    _open: set[asyncio.StreamWriter] = field(default_factory=set[asyncio.StreamWriter])


@asynccontextmanager
async def wire(to: int) -> AsyncGenerator[Wire]:
    """Run one on loopback."""
    it = Wire()
    server = await asyncio.start_server(lambda r, w: _serve(it, to, r, w), "127.0.0.1", 0)
    it.port = server.sockets[0].getsockname()[1]
    try:
        yield it
    finally:
        server.close()
        for each in it._open:
            each.close()


async def _serve(
    it: Wire, to: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    it._open.add(writer)
    if it.is_cut:
        writer.close()
        return
    there, here = await asyncio.open_connection("127.0.0.1", to)
    it._open.add(here)

    async def answers() -> None:
        passed = 0
        while data := await there.read(1 << 14):
            while it.hangs:  # noqa: ASYNC110 - as until() does
                await asyncio.sleep(0.05)
            if it.is_cut:
                break
            if it.cut_after is not None and passed + len(data) > it.cut_after:
                writer.write(data[: it.cut_after - passed])
                break
            passed += len(data)
            writer.write(data)
            await writer.drain()
        writer.close()
        here.close()

    async def requests() -> None:
        while not it.is_cut and (data := await reader.read(1 << 16)):
            here.write(data)
            await here.drain()
        here.close()

    with suppress(OSError):
        await asyncio.gather(answers(), requests())
