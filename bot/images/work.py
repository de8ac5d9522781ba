"""Threads for Pillow: one picture per core at a time, never on the event loop."""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

T = TypeVar("T")


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=os.cpu_count() or 1, thread_name_prefix="images")


async def off_the_loop(work: Callable[[], T]) -> T:
    """Run a function in one of the threads, of which there are as many as cores."""
    return await asyncio.get_running_loop().run_in_executor(_threads(), work)
