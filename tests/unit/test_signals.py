"""Stopping where the event loop has no signal handlers (Windows)."""

import asyncio
import os
import signal
from collections.abc import Callable
from typing import Any, NoReturn

from typing_extensions import override

from bot.__main__ import _on_signals
from tests.kit.patience import PATIENCE


class WindowsLoop(asyncio.SelectorEventLoop):
    """A loop that has none."""

    @override
    def add_signal_handler(self, sig: int, callback: Callable[..., object], *args: Any) -> NoReturn:
        raise NotImplementedError


def test_a_loop_without_signal_handlers():
    """The bot still starts, and stops when told to."""

    async def run() -> None:
        stop = asyncio.Event()
        _on_signals(stop.set)
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(stop.wait(), PATIENCE)

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with asyncio.Runner(loop_factory=WindowsLoop) as runner:
            runner.run(run())
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
