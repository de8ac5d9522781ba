"""``make demo``: the sandbox with the unmodified bot in it, as a page in the browser.

With ``--once`` no page, but one whole ``/imagine``; exit code 0 only if the images arrived.
"""

import argparse
import asyncio
import logging
import signal
import sys
from pathlib import Path

from sandbox.discord.messages import Message
from sandbox.discord.server import Discord
from sandbox.page.server import Page
from sandbox.person import Person, Upload
from sandbox.process import ROOT
from sandbox.samples import leaf, lighthouse
from sandbox.stage import Stage

#: The page's port, unless it is taken.
PORT = 8026
OUTPUT = ROOT / "demo-output"
PROMPT = "The lighthouse from the first picture at dusk, its beam in the colour of the leaf"


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - a program for the terminal


async def _draw(discord: Discord) -> list[Path]:
    """Type the command, tell how the card changes, save what is posted."""
    world = discord.world
    ann = Person(discord, user=world.ann, channel=world.general)
    _say(f"\nann in #general:  /imagine prompt: {PROMPT}")
    _say("                  image: lighthouse.png  image2: leaf.png  size: 16:9  count: 2\n")
    interaction = await ann.slash(
        "imagine",
        prompt=PROMPT,
        image=Upload("lighthouse.png", lighthouse()),
        image2=Upload("leaf.png", leaf()),
        size="16:9",
        quality="2K",
        count=2,
    )
    told = ""
    while True:
        card = interaction.message
        result = _result(discord, ann)
        if card is not None and not card.deleted and card.text != told:
            told = card.text
            _say(_framed("the card", told))
        if result is not None:
            _say(_framed("a new message, and the card is gone", result.text))
            return _save(result)
        await asyncio.sleep(0.1)


def _result(discord: Discord, ann: Person) -> Message | None:
    for message in ann.channel_messages():
        if message.author_id == discord.world.bot.id and message.images:
            return message
    return None


def _save(result: Message) -> list[Path]:
    OUTPUT.mkdir(exist_ok=True)
    saved = list[Path]()
    for image in result.images:
        path = OUTPUT / image.name
        path.write_bytes(image.read())
        _say(f"saved {path.relative_to(ROOT)}  {image.width}x{image.height}")
        saved.append(path)
    return saved


def _framed(title: str, text: str) -> str:
    lines = "\n".join(f"  │ {line}" for line in text.splitlines() if line.strip())
    return f"  ┌ {title}\n{lines}\n  └"


async def _once(stage: Stage) -> int:
    async with asyncio.timeout(120):
        saved = await _draw(stage.discord)
    return 0 if len(saved) == 2 else 1


async def _page(stage: Stage, port: int) -> int:
    page = Page(stage)
    try:
        try:
            await page.start(port)
        except OSError:
            await page.start()
        _say(f"\n  Open this page:  {page.url}\n")
        _say("Type /imagine there, and drop a picture on it; Ctrl-C ends everything.")
        _say("Another bot can join with these settings:\n")
        for name, value in stage.settings.items():
            _say(f"  {name}={value}")
        await asyncio.Event().wait()
    finally:
        await page.close()
    return 0


async def _work(stage: Stage, options: argparse.Namespace) -> int:
    try:
        bot = await stage.start_bot()
        _say(f"The bot is up: python -m bot, with its data in {bot.folder}")
        return await (_once(stage) if options.once else _page(stage, options.port))
    except TimeoutError:
        log = stage.bot.log.read_text() if stage.bot else ""
        _say(f"It took too long. The bot's log:\n{log}")
        return 1


async def _demo(options: argparse.Namespace) -> int:
    stage = Stage()
    await stage.open()
    working = asyncio.create_task(_work(stage, options))
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, working.cancel)
    try:
        return await working
    except asyncio.CancelledError:
        return int(options.once)
    finally:
        await stage.close()


def main() -> int:
    """Run the demo; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.demo", description=__doc__)
    parser.add_argument(
        "--once", action="store_true", help="no page; end when the images are there"
    )
    parser.add_argument("--port", type=int, default=PORT, help="the page's, if it is free")
    logging.basicConfig(level=logging.ERROR)
    return asyncio.run(_demo(parser.parse_args()))


if __name__ == "__main__":
    sys.exit(main())
