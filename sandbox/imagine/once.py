"""``make demo ONCE=1``: one whole ``/imagine`` in the terminal, without the page."""

import asyncio
from pathlib import Path

from sandbox.discord.messages import Message
from sandbox.discord.server import Discord
from sandbox.imagine.process import ROOT
from sandbox.imagine.samples import leaf, lighthouse
from sandbox.imagine.terminal import say
from sandbox.person import Person, Upload

OUTPUT = ROOT / "demo-output"
PROMPT = "The lighthouse from the first picture at dusk, its beam in the colour of the leaf"
#: Images to ask for.
COUNT = 2


async def draw(discord: Discord) -> list[Path]:
    """Type the command, print the card as it changes, and save the images.

    Raises:
        TimeoutError: they haven't been posted within two minutes.
    """
    async with asyncio.timeout(120):
        return await _draw(discord)


async def _draw(discord: Discord) -> list[Path]:
    world = discord.world
    ann = Person(discord, user=world.ann, channel=world.general)
    say(f"\nann in #general:  /imagine prompt: {PROMPT}")
    say(f"                  image: lighthouse.png  image2: leaf.png  size: 16:9  count: {COUNT}\n")
    interaction = await ann.slash(
        "imagine",
        prompt=PROMPT,
        image=Upload("lighthouse.png", lighthouse()),
        image2=Upload("leaf.png", leaf()),
        size="16:9",
        quality="2K",
        count=COUNT,
    )
    printed = ""
    while True:
        card = interaction.message
        result = _result(discord, ann)
        if card is not None and not card.deleted and card.text != printed:
            printed = card.text
            say(_framed("the card", printed))
        if result is not None:
            say(_framed("a new message; the card is gone", result.text))
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
        say(f"saved {path.relative_to(ROOT)}  {image.width}x{image.height}")
        saved.append(path)
    return saved


def _framed(title: str, text: str) -> str:
    lines = "\n".join(f"  │ {line}" for line in text.splitlines() if line.strip())
    return f"  ┌ {title}\n{lines}\n  └"
