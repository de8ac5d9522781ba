"""Threads for pictures: decoding one is work for a core and some 100 MB, so few go at a time."""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

# One a core; four at most, since a decoded reference of 6000x6000 pixels has up to 144 MB.
_workers = ThreadPoolExecutor(min(4, os.cpu_count() or 1), thread_name_prefix="images")


async def in_worker(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a function that computes for long; it waits for its turn."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_workers, lambda: function(*args, **kwargs))
