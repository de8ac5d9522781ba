"""``python -m sandbox``: the stand-ins, the bot between them, and the page to see them with.

Prints the page's address and the settings that lead another bot here, and serves until Ctrl-C.
"""

import argparse
import asyncio
import logging
import signal
from pathlib import Path

from sandbox.page.server import Page
from sandbox.stage import Stage


async def _serve(options: argparse.Namespace) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    stage = Stage(speed=options.speed, openapi=options.openapi)
    page = Page(stage)
    try:
        await stage.open(options.discord_port, options.evolink_port)
        await page.start(options.port)
        for name, value in stage.settings.items():
            print(f"{name}={value}", flush=True)  # noqa: T201 - what the program is for
        print(f"\nThe page: {page.url}", flush=True)  # noqa: T201 - as above
        if not options.no_bot:
            await stage.start_bot()
        await stop.wait()
    finally:
        await page.close()
        await stage.close()


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="the page's; 0: any free one")
    parser.add_argument("--discord-port", type=int, default=0, help="0: any free one")
    parser.add_argument("--evolink-port", type=int, default=0, help="0: any free one")
    parser.add_argument("--no-bot", action="store_true", help="a bot is started elsewhere")
    parser.add_argument("--speed", type=float, default=1.0, help="sandbox seconds in a real one")
    parser.add_argument("--openapi", type=Path, help="Discord's OpenAPI document, to check against")
    logging.basicConfig(level=logging.WARNING)
    asyncio.run(_serve(parser.parse_args()))


if __name__ == "__main__":
    main()
