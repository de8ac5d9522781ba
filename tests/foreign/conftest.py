"""The bot between SimCord, which nobody of this project wrote, and our stand-in for Evolink.

SimCord replaces discord.py's HTTP and gateway in this process, so that parsers, command trees and
views are discord.py's own. What it does not do, and what is therefore proved elsewhere: nonces,
outages and lost answers, lifetimes of tokens and links, moderation of messages, other people's
messages that are blank by REST, and whatever the bot asks past discord.py: it hands out attached
pictures to discord.py alone, so nothing is drawn from them here. Its clock stands still, months
away from ours.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import discord
import pytest
import simcord
from pydantic import SecretStr
from simcord.http.router import route
from simcord.http.routes import interactions

from bot.__main__ import EXTENSIONS
from bot.app import App, build
from bot.settings import Settings
from sandbox.clock import Clock
from sandbox.evolink.behaviour import Behaviour
from sandbox.evolink.server import Evolink
from tests.kit.patience import until
from tests.kit.pictures import png

#: https://docs.discord.com/developers/components/reference#component-object-component-types
BUTTON, SELECT, TEXT_INPUT = 2, 3, 4

# discord.py percent-encodes "@" in the path, as Discord allows; SimCord compares raw paths.
for method, respond in (
    ("GET", interactions.get_original_response),
    ("PATCH", interactions.edit_original_response),
    ("DELETE", interactions.delete_original_response),
):
    route(method, "/webhooks/{webhook_id}/{token}/messages/%40original")(respond)

_BRIEF = Behaviour(cheap_pictures=True, drawing_seconds=0.1, pending_seconds=0.02, estimated_time=1)


@dataclass(frozen=True, kw_only=True)
class Place:
    """A server with one channel, the people in it, and the image service behind the bot."""

    env: simcord.Env
    evolink: Evolink
    guild: Any
    channel: Any
    ann: Any
    bob: Any
    #: Manages the server.
    max: Any

    def results(self) -> list[discord.Message]:
        """What the bot has posted with images, oldest first."""
        return [each for each in self.channel.history(viewer=self.bob) if images(each)]

    async def result(self) -> discord.Message:
        """Wait for the first message with images."""
        return (await until(self.results))[0]


@pytest.fixture
async def evolink() -> AsyncIterator[Evolink]:
    """The image service."""
    stand_in = Evolink(clock=Clock(), behaviour=_BRIEF)
    await stand_in.start()
    yield stand_in
    await stand_in.close()


@pytest.fixture
async def app(tmp_path, evolink) -> AsyncIterator[App]:
    """The parts of the bot, put together as the program does it."""
    async with build(_settings(tmp_path, evolink), EXTENSIONS) as parts:
        yield parts


@pytest.fixture
async def env(app) -> AsyncIterator[simcord.Env]:
    """SimCord, with the bot logged in and its commands registered."""
    env = simcord.Env(app.bot, shard_count=1, strict_sync=False)
    await env.start()
    await app.bot.tree.sync()
    yield env
    await env.shutdown()


@pytest.fixture
async def place(env, app, evolink) -> AsyncIterator[Place]:
    """A server in which the bot is at work."""
    guild = env.create_guild()
    manages = guild.create_role("admin", permissions=discord.Permissions(manage_guild=True))
    background = [
        asyncio.create_task(app.parts.work.worker.run()),
        asyncio.create_task(app.parts.shared.cards.run()),
    ]
    yield Place(
        env=env,
        evolink=evolink,
        guild=guild,
        channel=guild.create_text_channel("general"),
        ann=guild.add_member(env.create_user("ann")),
        bob=guild.add_member(env.create_user("bob")),
        max=guild.add_member(env.create_user("max"), roles=[manages]),
    )
    await app.parts.work.worker.stop()
    for task in background:
        task.cancel()
    await asyncio.gather(*background, return_exceptions=True)


def _settings(folder, evolink: Evolink) -> Settings:
    return Settings(
        discord_token=SecretStr("token"),
        evolink_api_key=SecretStr(evolink.key),
        evolink_api_url=evolink.url,
        evolink_files_url=evolink.url,
        data_dir=folder / "data",
        database_url=f"sqlite+aiosqlite:///{folder}/imagine.db",
        poll_floor_seconds=0.05,
        poll_ceiling_seconds=0.2,
        estimate_seconds=0.1,
        retry_seconds=0.05,
        edit_seconds=0.05,
    )


def walk(components: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield every component of a message or a form."""
    for each in components:
        yield each
        inner = [each["component"]] if "component" in each else each.get("components", [])
        yield from walk(inner)


def text(message: Any) -> str:
    """Everything that a message says."""
    said = [each["content"] for each in walk(components(message)) if "content" in each]
    return "\n".join([message.content, *said])


def images(message: Any) -> list[dict[str, Any]]:
    """The items of its galleries."""
    return [item for each in walk(components(message)) for item in each.get("items", ())]


def labels(message: Any) -> list[str]:
    """What its buttons say."""
    return [each["label"] for each in walk(components(message)) if each["type"] == BUTTON]


def components(message: Any) -> list[dict[str, Any]]:
    """Its components, as Discord sends them."""
    return [each if isinstance(each, dict) else each.to_dict() for each in message.components]


def typed(form: dict[str, Any]) -> dict[str, Any]:
    """What stands in a form's fields before anybody types."""
    found = dict[str, Any]()
    for each in walk(form["components"]):
        if each["type"] == TEXT_INPUT:
            found[each["custom_id"]] = each.get("value", "")
        elif each["type"] == SELECT:
            chosen = [option["value"] for option in each["options"] if option.get("default")]
            found[each["custom_id"]] = chosen
    return found


def picture(name: str) -> tuple[str, bytes]:
    """A small picture to attach."""
    return name, png()
