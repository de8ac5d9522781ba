"""``python -m sandbox``: the stand-ins alone, for a bot that is started elsewhere.

Prints the settings that lead a bot to them, and serves until Ctrl-C.
"""

import argparse
import asyncio
import logging
import signal
from pathlib import Path

from sandbox.clock import Clock
from sandbox.discord.server import Discord
from sandbox.evolink.server import Evolink
from sandbox.settings import settings_for


async def _serve(options: argparse.Namespace) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    clock = Clock(options.speed)
    discord = Discord(clock=clock, openapi=options.openapi)
    evolink = Evolink(clock=clock)
    try:
        await discord.start(port=options.discord_port)
        await evolink.start(port=options.evolink_port)
        for name, value in settings_for(discord, evolink).items():
            print(f"{name}={value}", flush=True)  # noqa: T201 - what the program is for
        await stop.wait()
    finally:
        await discord.close()
        await evolink.close()


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--discord-port", type=int, default=0, help="0: any free one")
    parser.add_argument("--evolink-port", type=int, default=0, help="0: any free one")
    parser.add_argument("--speed", type=float, default=1.0, help="sandbox seconds in a real one")
    parser.add_argument("--openapi", type=Path, help="Discord's OpenAPI document, to check against")
    logging.basicConfig(level=logging.WARNING)
    asyncio.run(_serve(parser.parse_args()))


if __name__ == "__main__":
    main()
