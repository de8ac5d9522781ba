"""Threads for Pillow: one picture per core at a time, never on the event loop."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial, wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=os.cpu_count() or 1, thread_name_prefix="images")


def off_the_loop(work: Callable[P, T]) -> Callable[P, Awaitable[T]]:
    """Make a function run in one of the threads, of which there are as many as cores."""

    @wraps(work)
    async def run(*args: P.args, **kwargs: P.kwargs) -> T:
        there = partial(work, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(_threads(), there)

    return run
