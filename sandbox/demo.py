"""``make demo``: the sandbox, the unmodified bot beside it, and one whole ``/imagine``.

Exit code 0 only if the images arrived.
"""

import argparse
import asyncio
import logging
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from sandbox.discord.messages import Message
from sandbox.discord.server import Discord
from sandbox.evolink.server import Evolink
from sandbox.painter import paint
from sandbox.person import Person, Upload
from sandbox.process import ROOT, BotProcess
from sandbox.samples import leaf, lighthouse
from sandbox.settings import settings_for

OUTPUT = ROOT / "demo-output"
PROMPT = "The lighthouse from the first picture at dusk, its beam in the colour of the leaf"


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - a program for the terminal


async def _draw(discord: Discord, pictures: Path | None) -> list[Path]:
    """Type the command, tell how the card changes, save what is posted.

    ``pictures``: a folder for pictures of the card, half-way, and of the result.
    """
    names = {user.id: user.name for user in discord.world.users.values()}
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
    told = before = ""
    while True:
        card = interaction.message
        result = _result(discord, ann)
        if card is not None and not card.deleted and card.text != told:
            told = card.text
            half_way = "%" in told and "%" not in before
            before = told
            _say(_framed("the card", told))
            if pictures is not None and half_way:
                paint(card, names).save(pictures / "card.png")
        if result is not None:
            _say(_framed("a new message, and the card is gone", result.text))
            if pictures is not None:
                paint(result, names).save(pictures / "result.png")
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


async def _demo(*, once: bool, pictures: Path | None) -> int:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    folder = Path(tempfile.mkdtemp(prefix="imagine-demo-"))
    evolink, discord = Evolink(), Discord()
    await evolink.start()
    await discord.start()
    settings = settings_for(discord, evolink)
    bot = BotProcess(settings, folder)
    try:
        await bot.start()
        await discord.gateway.connected(timeout=60)
        _say(f"The bot is up: python -m bot, with its data in {folder}")
        async with asyncio.timeout(120):
            saved = await _draw(discord, pictures)
        if not once:
            _go_on(settings)
            await stop.wait()
        return 0 if len(saved) == 2 else 1
    except TimeoutError:
        _say(f"No images arrived in time. The bot's log:\n{bot.log.read_text()}")
        return 1
    finally:
        if bot.running:
            await bot.stop()
        await discord.close()
        await evolink.close()
        shutil.rmtree(folder, ignore_errors=True)


def _go_on(settings: dict[str, str]) -> None:
    _say("\nThe sandbox goes on until Ctrl-C. Another bot can join it with these settings:\n")
    for name, value in settings.items():
        _say(f"  {name}={value}")
    _say("\nFor the real Discord, follow README.md, 'Set it up'.")


def main() -> int:
    """Run the demo; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.demo", description=__doc__)
    parser.add_argument("--once", action="store_true", help="end when the images have arrived")
    parser.add_argument("--pictures", type=Path, help="paint the card and the result there")
    logging.basicConfig(level=logging.ERROR)
    options = parser.parse_args()
    return asyncio.run(_demo(once=options.once, pictures=options.pictures))


if __name__ == "__main__":
    sys.exit(main())
