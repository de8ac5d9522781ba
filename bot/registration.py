"""Keeps the commands at Discord as this version of the bot has them.

We compare them with what Discord has, not only with what the store says of it: a restored backup
doesn't know what was registered since, and Discord drops a server's own commands when the bot
leaves it (https://github.com/discordjs/discord.js/issues/10321).
"""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

import discord
import structlog
from discord.ext import commands

from bot.chat.failures import FAILURES
from bot.domain.ids import ServerId
from bot.interactions.tree import Tree
from bot.startup import ask
from bot.store.store import Store
from bot.ui.command_mentions import mentions_of, use_mentions

log = structlog.get_logger()

#: Seconds between attempts to update commands that are already registered, and between checks of
#: their ids.
COMMANDS_AGAIN = 60 * 60.0
#: The same while there are none: a worker may start before the gateway that registers them, and the
#: bot before it is invited to the operator's server.
NONE_AGAIN = 30.0
#: Discord's code for commands of a server that the bot isn't in.
_MISSING_ACCESS = 50001


async def nothing() -> None:
    """Nothing is left to do."""


async def everyones_commands(
    client: discord.Client, tree: Tree, store: Store, where: str
) -> Callable[[], Awaitable[None]]:
    """Return a function that registers the commands in the background, if they have changed.

    If Discord has none yet, they are registered at once, as the bot would be useless without them;
    otherwise the bot works with the old ones until Discord accepts the new ones.

    Raises:
        StartError: Discord refuses the first ones.
    """
    key = f"commands:{client.application_id}"

    async def register() -> None:
        async with store.peers.alone(key) as mine:
            if mine:
                await _register(client, tree, store, key)

    if await store.facts.get(key) is None and not await ask(lambda: _versions(client), where):
        await ask(register, where)
        return nothing
    return partial(_until_registered, register)


async def operators_commands(
    client: commands.AutoShardedBot, tree: Tree, store: Store, server: ServerId | None
) -> Callable[[], Awaitable[None]]:
    """Return a function that keeps the operator's commands in their server and in no other."""
    key = f"operator_commands:{client.application_id}"

    async def server_before() -> ServerId | None:
        known: Mapping[str, ServerId] = await store.facts.get(key) or {}
        return known.get("server")

    async def register() -> None:
        async with store.peers.alone(key) as mine:
            if not mine:
                return
            before = await server_before()
            if before != server:
                if before is not None:
                    # If the bot has left that server, there are none any more.
                    with suppress(discord.Forbidden):
                        await _overwrite(client, before, [])
                await store.facts.put(key, {"server": server})
            if server is not None:
                await _register(client, tree, store, f"{key}:{server}", server)

    if server is None:
        is_clean = await server_before() is None
        return nothing if is_clean else partial(_until_registered, register)
    return partial(_whenever_invited, client, server, partial(_until_invited, register))


async def _register(
    client: discord.Client, tree: Tree, store: Store, key: str, server: ServerId | None = None
) -> None:
    """Register the commands of all servers, or of one, unless Discord has them already.

    ``key``: the fact that says what was registered last.
    """
    wanted = await _payloads(tree, server)
    fingerprint = hashlib.sha256(json.dumps(wanted, sort_keys=True).encode()).hexdigest()
    present = {"commands": fingerprint, "versions": await _versions(client, server)}
    if await store.facts.get(key) == present:
        return
    versions = await _overwrite(client, server, wanted)
    await store.facts.put(key, {"commands": fingerprint, "versions": versions})
    log.info("commands registered", server=server)


async def _payloads(tree: Tree, server: ServerId | None) -> list[Any]:
    """Return the commands of one server, or of all, as they are sent to Discord."""
    guild, translator = None if server is None else discord.Object(server), tree.translator
    assert translator is not None
    return [
        await command.get_translated_payload(tree, translator)
        for command in tree.get_commands(guild=guild)
    ]


async def _versions(client: discord.Client, server: ServerId | None = None) -> dict[str, str]:
    """Return the version of each command that Discord has, by its id."""
    http, application = client.http, client.application_id
    assert application is not None
    return _versions_of(
        await http.get_global_commands(application)
        if server is None
        else await http.get_guild_commands(application, server)
    )


async def _overwrite(
    client: discord.Client, server: ServerId | None, wanted: list[Any]
) -> dict[str, str]:
    """Register these commands and no others; return their versions by id."""
    http, application = client.http, client.application_id
    assert application is not None
    return _versions_of(
        await http.bulk_upsert_global_commands(application, wanted)
        if server is None
        else await http.bulk_upsert_guild_commands(application, server, wanted)
    )


def _versions_of(registered: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return the version of each command by its id; Discord changes it with the command.

    https://docs.discord.com/developers/interactions/application-commands#application-command-object
    """
    return {command["id"]: command["version"] for command in registered}


async def _until_registered(
    register: Callable[[], Awaitable[None]], again: asyncio.Event | None = None
) -> None:
    """Register; after a failure, try again in an hour, or as soon as ``again`` is set."""
    again = again or asyncio.Event()
    while True:
        try:
            return await register()
        except Exception as error:  # noqa: BLE001 - the old commands work, whatever it is
            log.warning(
                "commands could not be registered; the old ones stay",
                error=repr(error),
                again_in=COMMANDS_AGAIN,
            )
        with suppress(TimeoutError):
            await asyncio.wait_for(again.wait(), COMMANDS_AGAIN)
        again.clear()


async def _whenever_invited(
    client: commands.AutoShardedBot, server: ServerId, register: Callable[[], Awaitable[None]]
) -> None:
    there = asyncio.Event()

    async def note(guild: discord.Guild) -> None:
        if guild.id == server:
            there.set()

    client.add_listener(note, "on_guild_join")
    # It may have left and joined again while the gateway was out of reach.
    client.add_listener(note, "on_guild_available")
    while True:
        there.clear()
        await _until_registered(register, there)
        await there.wait()


async def _until_invited(register: Callable[[], Awaitable[None]]) -> None:
    is_told = False
    while True:
        try:
            return await register()
        except discord.Forbidden as error:
            if error.code != _MISSING_ACCESS:
                raise
        if not is_told:
            log.warning("the bot isn't in OPERATOR_SERVER yet", looks_every=NONE_AGAIN)
            is_told = True
        await asyncio.sleep(NONE_AGAIN)


async def mention_commands(tree: Tree) -> None:
    """Keep the command ids in sentences up to date; another process may register new commands."""
    try:
        while True:
            mentions = dict[str, str]()
            # Until it succeeds, sentences name commands plainly.
            with suppress(*FAILURES):
                mentions = mentions_of(await tree.fetch_commands())
                use_mentions(mentions)
            await asyncio.sleep(COMMANDS_AGAIN if mentions else NONE_AGAIN)
    finally:
        use_mentions({})
