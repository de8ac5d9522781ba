"""Writing files atomically."""

import asyncio
import hashlib
import os
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import ParamSpec, TypeVar

from bot.errors import FetchFailed, Flaw, UnusablePicture

P = ParamSpec("P")
T = TypeVar("T")

#: Bytes to collect before a thread writes them; network chunks have about 10 KiB.
BATCH = 1 << 21


async def save_stream(chunks: AsyncIterator[bytes], to: Path, *, max_bytes: int) -> int:
    """Write a stream to a file atomically; return how many bytes it has.

    The iterator's exceptions propagate; no file is left behind.

    Raises:
        UnusablePicture: there are more than ``max_bytes``; reading stopped there.
        FetchFailed: the file can't be written.
    """
    partial = _beside(to)
    try:
        return await _pour(chunks, partial, to, max_bytes)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def replace_bytes(data: bytes, to: Path) -> None:
    """Write a file atomically. Blocks."""
    partial = _beside(to)
    try:
        _finish([data], partial, to)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


async def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    return await asyncio.to_thread(_sha256, path)


async def _pour(chunks: AsyncIterator[bytes], partial: Path, to: Path, max_bytes: int) -> int:
    seen, written, batch = 0, 0, list[bytes]()
    async for chunk in chunks:
        seen += len(chunk)
        if seen > max_bytes:
            raise UnusablePicture(Flaw.BYTES)
        batch.append(chunk)
        if seen - written >= BATCH:
            await _on_disk(_append, batch, partial)
            written, batch = seen, []
    await _on_disk(_finish, batch, partial, to)
    return seen


async def _on_disk(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a function in a thread; if cancelled, wait until it ends, so the file can be deleted."""
    work = asyncio.ensure_future(asyncio.to_thread(function, *args, **kwargs))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        await asyncio.wait([work])
        raise
    except OSError as error:
        raise FetchFailed from error


def _append(data: Sequence[bytes], partial: Path) -> None:
    with partial.open("ab") as file:
        file.writelines(data)


def _finish(data: Sequence[bytes], partial: Path, to: Path) -> None:
    with partial.open("ab") as file:
        file.writelines(data)
        file.flush()
        # A row must never refer to a paid result that a power cut has left empty.
        os.fsync(file.fileno())
    partial.replace(to)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _beside(to: Path) -> Path:
    return to.with_name(f"{to.name}.{secrets.token_hex(4)}.part")
