"""No real threads: work handed to one is done at once, so that every run is the same."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from typing_extensions import override


class Inline(ThreadPoolExecutor):
    """An executor that does the work where it is asked to."""

    @override
    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        done = Future[Any]()
        try:
            done.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - as the executor does
            done.set_exception(error)
        return done
