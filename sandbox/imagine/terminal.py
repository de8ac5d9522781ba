"""The terminal: what the programs of the sandbox print, and the signals that stop them."""

import asyncio
import signal
from contextlib import suppress

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def say(text: str) -> None:
    """Print a line at once."""
    print(text, flush=True)  # noqa: T201 - a program for the terminal


def stop_on_signals() -> asyncio.Event:
    """Return an event that Ctrl+C and SIGTERM set, from now to the end of the process.

    ``loop.add_signal_handler`` would restore the default when the loop closes, so pressing Ctrl+C
    twice could print a traceback.
    """
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()

    def ask(*_: object) -> None:
        with suppress(RuntimeError):  # the loop is closed, so the process is ending already
            loop.call_soon_threadsafe(stop.set)

    for number in _SIGNALS:
        signal.signal(number, ask)
    return stop
