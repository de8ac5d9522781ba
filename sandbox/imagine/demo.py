"""The bot between the stand-ins, with a page in the browser to use it.

Prints the page's address and the settings that point another bot here, and runs until Ctrl+C. With
--once it draws once without the page; the exit code is 0 only if the images arrived.
"""

import argparse
import asyncio
import logging
from collections.abc import Coroutine
from pathlib import Path

from sandbox.discord.permissions import Permission
from sandbox.imagine.once import COUNT, draw
from sandbox.imagine.stage import Stage
from sandbox.imagine.terminal import say, stop_on_signals
from sandbox.page.server import Page

#: The page's port, unless it is taken.
PORT = 8026


async def _serve(stage: Stage, page: Page, options: argparse.Namespace) -> int:
    """Serve the page until cancelled."""
    try:
        await page.start(options.port)
    except OSError:
        await page.start()
    if not options.no_bot:
        await _start(stage)
    say(f"\n  Open this page:  {page.url}\n")
    say("Type /imagine there, or drop a picture on it. Ctrl+C stops everything.")
    say("Settings that connect another bot:\n")
    for name, value in stage.settings.items():
        say(f"{name}={value}")
    await asyncio.Event().wait()
    return 0


async def _once(stage: Stage) -> int:
    await _start(stage)
    saved = await draw(stage.discord)
    return 0 if len(saved) == COUNT else 1


async def _start(stage: Stage) -> None:
    bot = await stage.start_bot(MENTIONS="true")
    say(f"The bot is running: python -m bot, with its data in {bot.folder}")


async def _unless_stopped(work: Coroutine[None, None, int], stop: asyncio.Event) -> int | None:
    """Return what the work returns; cancel it and return ``None`` if it is stopped before."""
    working = asyncio.create_task(work)
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait({working, stopped}, return_when=asyncio.FIRST_COMPLETED)
    if working.done():
        stopped.cancel()
        return await working
    # Once only: a second signal must not interrupt what cleans up.
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    return None


async def _demo(options: argparse.Namespace) -> int:
    stop = stop_on_signals()
    stage = Stage(speed=options.speed, openapi=options.openapi)
    page = Page(stage)

    async def work() -> int:
        await stage.open(options.discord_port, options.evolink_port)
        # Discord shows *Remove image* to whoever has this, not to every admin.
        world = stage.discord.world
        world.add_role(world.studio, "Moderators", int(Permission.MANAGE_MESSAGES), (world.admin,))
        return await (_once(stage) if options.once else _serve(stage, page, options))

    try:
        code = await _unless_stopped(work(), stop)
    except TimeoutError:
        log = stage.bot.log.read_text() if stage.bot else ""
        say(f"It took too long. The bot's log:\n{log}")
        return 1
    finally:
        if stop.is_set():
            say("\nStopping…")
        await page.close()
        await stage.close()
    return int(options.once) if code is None else code


def main() -> int:
    """Run the demo; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--once", action="store_true", help="draw once without the page, then exit")
    parser.add_argument("--port", type=int, default=PORT, help="of the page; if taken, another")
    parser.add_argument("--discord-port", type=int, default=0, help="default: any free one")
    parser.add_argument("--evolink-port", type=int, default=0, help="default: any free one")
    parser.add_argument("--no-bot", action="store_true", help="don't start the bot")
    parser.add_argument("--speed", type=float, default=1.0, help="sandbox seconds per real second")
    parser.add_argument("--openapi", type=Path, help="Discord's OpenAPI document, to check against")
    logging.basicConfig(level=logging.ERROR)
    return asyncio.run(_demo(parser.parse_args()))
