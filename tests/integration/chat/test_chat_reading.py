"""What is read from an interaction, and what must hold where it came from."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import discord
import discord.gateway
import discord.http
import pytest
import yarl
from discord import app_commands

from bot.domain.request import Request
from bot.interactions.convert import new_task, reference_of
from bot.interactions.permissions import NEEDED, missing_permissions, upload_limit
from sandbox.discord.behaviour import MIB
from sandbox.discord.server import Discord
from sandbox.person import Person, Upload


def test_nothing_missing():
    """What the invite link asks for is enough, in channels and threads."""
    assert missing_permissions(NEEDED, thread=False) == ()
    assert missing_permissions(NEEDED, thread=True) == ()


@pytest.mark.parametrize(
    ("thread", "missing"),
    [
        (False, ("send_messages",)),
        (True, ("send_messages_in_threads",)),
    ],
)
def test_nowhere_to_send(thread, missing):
    """Threads have a permission of their own."""
    allowed = discord.Permissions(NEEDED.value)
    allowed.update(send_messages=False, send_messages_in_threads=False)
    assert missing_permissions(allowed, thread=thread) == missing


def test_everything_missing():
    """Each one is named."""
    assert set(missing_permissions(discord.Permissions.none(), thread=False)) == {
        "read_messages",  # discord.py's other name for view_channel
        "send_messages",
        "attach_files",
        "embed_links",
        "read_message_history",
    }


@pytest.fixture
async def asked(monkeypatch) -> AsyncIterator[dict[str, Any]]:
    """Return what a command read: from Ann, in Chinese, in a server of the highest tier."""
    server = Discord()
    server.world.studio.tier = 3
    await server.start()
    monkeypatch.setattr(discord.http.Route, "BASE", server.api_url)
    monkeypatch.setattr(
        discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(server.gateway_url)
    )
    client = discord.Client(intents=discord.Intents(guilds=True), guild_ready_timeout=0.02)
    tree = app_commands.CommandTree(client)
    read: dict[str, Any] = {"server": server}

    @tree.command(name="draw", description="Draw")
    async def draw(interaction: discord.Interaction, image: discord.Attachment) -> None:
        read["reference"] = reference_of(image)
        read["limit"] = upload_limit(interaction)
        read["task"] = new_task(
            interaction, Request.parse("a fox"), private=True, upload_limit=read["limit"]
        )
        await interaction.response.send_message("yes")

    async with client:
        await client.login(server.token)
        await tree.sync()
        running = asyncio.create_task(client.connect())
        await client.wait_until_ready()
        ann = Person(server, server.world.ann, server.world.general, locale="zh-CN")
        read["interaction"] = await ann.slash("draw", image=Upload("a.png", b"none"))
        yield read
        await client.close()
        await running
    await server.close()


async def test_interaction(asked):
    """The task has the ids and the token that all later steps need."""
    new, world, interaction = asked["task"], asked["server"].world, asked["interaction"]
    assert (new.requester.server, new.channel_id) == (world.studio.id, world.general.id)
    assert (new.requester.user, new.locale) == (world.ann.id, "zh-CN")
    assert (new.interaction_id, new.token) == (interaction.id, interaction.token)
    assert (new.application_id, new.private) == (world.application_id, True)
    assert asked["reference"].name == "a.png"
    assert asked["reference"].bytes == 4
    assert asked["reference"].content_type == "image/png"
    assert asked["reference"].width is None
    assert asked["limit"] == min(interaction.file_bytes, 100 * MIB)
