"""The S3-compatible object store of ``STORAGE_URL``: one object per file, in parts if it is large.

It uses object_store (https://docs.rs/object_store) through obstore, an extra that only this module
imports.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import S3Store

from bot.errors import FilesUnavailable

#: Attempts at a request, and the time for all; then a task's step fails, and is retried later.
TRIES, PATIENCE = 3, timedelta(seconds=20)
#: Seconds for a connection, between two pieces of an answer, and for one request of any size.
CONNECT, READ, REQUEST = 5, 10, 60
#: Parts of a file transferred at the same time, of 5 MiB each.
PARTS = 2

# One of its overloads returns an Arrow type, and Arrow isn't installed.
_list: Callable[..., AsyncIterable[Any]] = cast("Any", obstore).list
_REFUSALS = (FileNotFoundError, PermissionDeniedError, UnauthenticatedError)


@dataclass(frozen=True, slots=True)
class Stored:
    """An object."""

    name: str
    bytes: int
    #: Epoch seconds.
    written_at: float


class ObjectStore:
    """A bucket, or the part of it below a prefix."""

    def __init__(  # noqa: PLR0913 - as S3 has it
        self,
        bucket: str,
        prefix: str = "",
        *,
        endpoint: str | None = None,
        region: str = "us-east-1",
        keys: tuple[str, str] | None = None,
        proxy: str | None = None,
    ) -> None:
        given: dict[str, Any] = {"region": region}
        if endpoint:
            given["endpoint"] = endpoint
        # Without keys of ours, the environment or the machine's role provides them.
        if keys:
            given["access_key_id"], given["secret_access_key"] = keys
        options: dict[str, Any] = {
            "allow_http": True,
            "connect_timeout": f"{CONNECT}s",
            "read_timeout": f"{READ}s",
            "timeout": f"{REQUEST}s",
        }
        if proxy:
            options["proxy_url"] = proxy
        self._store = S3Store(
            bucket,
            prefix=prefix or None,
            config=given,  # pyright: ignore[reportArgumentType] - some of its keys
            client_options=options,  # pyright: ignore[reportArgumentType] - as above
            retry_config={"max_retries": TRIES - 1, "retry_timeout": PATIENCE},
        )

    async def put(self, name: str, path: Path) -> None:
        """Store a file: all of it, or nothing.

        Raises:
            FilesUnavailable: the store refuses it, or is out of reach.
        """
        with _failures():
            await obstore.put_async(self._store, name, path, max_concurrency=PARTS)
        # A proxy's page in answer to the upload may look like the store's answer.
        if await self.size(name) != (await asyncio.to_thread(path.stat)).st_size:
            raise FilesUnavailable(f"{name} isn't in the store as it was sent")

    async def get(self, name: str, to: Path) -> bool:
        """Write an object to a file; return whether it exists.

        Raises:
            FilesUnavailable: as ``put``.
            OSError: the file can't be written.
        """
        with _failures():
            try:
                found = await obstore.get_async(self._store, name)
            except FileNotFoundError:
                return False
            _check(found.attributes)
            written = 0
            with await asyncio.to_thread(to.open, "wb") as file:
                async for piece in found.stream():
                    written += await asyncio.to_thread(file.write, piece)
        if written != found.meta["size"]:
            raise FilesUnavailable(f"{name} breaks off")
        return True

    async def remove(self, name: str) -> None:
        """Delete an object, if it exists.

        Raises:
            FilesUnavailable: as ``put``.
        """
        with _failures():
            await obstore.delete_async(self._store, name)

    async def size(self, name: str) -> int:
        """Return how many bytes an object has; 0: it doesn't exist.

        Raises:
            FilesUnavailable: as ``put``.
        """
        with _failures():
            try:
                found = await obstore.get_async(self._store, name, options={"head": True})
            except FileNotFoundError:
                return 0
            _check(found.attributes)
            return found.meta["size"]

    async def all(self, folder: str) -> AsyncGenerator[Stored]:
        """Iterate over the objects whose names begin with a folder.

        Raises:
            FilesUnavailable: as ``put``.
        """
        with _failures():
            async for page in _list(self._store, folder, chunk_size=1000):
                for each in page:
                    yield Stored(each["path"], each["size"], each["last_modified"].timestamp())


def _check(attributes: Mapping[str, str]) -> None:
    """Refuse the page of a proxy, or of a network that requires signing in."""
    if attributes.get("Content-Type", "").startswith("text/html"):
        raise FilesUnavailable("a web page answers in place of the store")


@contextmanager
def _failures() -> Generator[None]:
    try:
        yield
    except (BaseError, OSError) as error:
        # obstore's own errors have no errno, even where they are Python's FileNotFoundError.
        if isinstance(error, OSError) and error.errno is not None:
            raise
        # The lines that follow describe the library's own error.
        raise FilesUnavailable(
            str(error).partition("\n")[0], is_refused=isinstance(error, _REFUSALS)
        ) from error
