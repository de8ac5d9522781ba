"""Threads for Pillow: one picture per core at a time, never on the event loop."""

import asyncio
import ctypes
import os
from collections.abc import Awaitable, Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache, partial, wraps
from threading import Condition, Lock
from typing import ParamSpec, TypeVar

from bot.domain.reference import DECODED_PIXELS

P = ParamSpec("P")
T = TypeVar("T")

#: ``M_MMAP_THRESHOLD`` and ``M_TRIM_THRESHOLD`` of glibc's malloc.h; and the bytes from which a
#: block gets a mapping of its own, and from which free memory goes back to the system.
_MMAP_THRESHOLD, _TRIM_THRESHOLD, _LARGE = -3, -1, 4 << 20


def off_the_loop(work: Callable[P, T]) -> Callable[P, Awaitable[T]]:
    """Make a function run in a pool of threads, one per core."""

    @wraps(work)
    async def run(*args: P.args, **kwargs: P.kwargs) -> T:
        there = partial(work, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(_threads(), there)

    return run


class PixelLimit:
    """Bounds the pixels that all threads decode at a time, as a machine may have many cores.

    A pixel takes three to eight bytes. First come, first served, so that small pictures can't
    starve a large one.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken = 0
        self._turn, self._freed = Lock(), Condition()

    @contextmanager
    def hold(self, pixels: int) -> Generator[None]:
        """Wait until that many are free, or all are. Blocks the thread."""
        with self._turn, self._freed:
            self._freed.wait_for(lambda: not self._taken or self._taken + pixels <= self._most)
            self._taken += pixels
        try:
            yield
        finally:
            with self._freed:
                self._taken -= pixels
                self._freed.notify_all()


#: For all pictures: the largest one that we decode, or several smaller ones.
PIXELS_AT_ONCE = PixelLimit(DECODED_PIXELS)


@cache
def _threads() -> ThreadPoolExecutor:
    _return_memory_early()
    return ThreadPoolExecutor(max_workers=os.cpu_count() or 1, thread_name_prefix="images")


def _return_memory_early() -> None:
    """Have glibc give a large picture's memory back to the system as soon as it is freed.

    Otherwise each thread keeps blocks of up to 32 MiB (mallopt(3), M_MMAP_THRESHOLD): fourteen
    photos of 30 megapixels took 631 MiB at their peak, and 367 MiB with this. We keep the blocks of
    an ordinary picture, as the kernel clears each page that it hands out: with a limit of 1 MiB,
    that was half of the time that a JPEG of 1.2 MB took, for 8 MiB less at the peak.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return  # another C library
    mallopt(_MMAP_THRESHOLD, _LARGE)
    mallopt(_TRIM_THRESHOLD, _LARGE)
