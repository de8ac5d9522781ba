"""Builds, starts and stops the bot."""

import asyncio
import gc
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import aiohttp
import discord
import structlog
import yarl
from discord.http import Route

from bot import __version__
from bot.chat.chat import DiscordChat
from bot.client import ImageBot, invite_link
from bot.deadline import enforce_deadline
from bot.domain.ids import ChannelId, ServerId
from bot.evolink.client import Evolink
from bot.host_limits import HostLimits
from bot.interactions.handover import leave_gateway
from bot.interactions.tree import Tree
from bot.measures import Measures
from bot.proxies import through
from bot.registration import everyones_commands, mention_commands, operators_commands
from bot.roles import EVERYTHING, Assignment
from bot.settings import Settings
from bot.startup import (
    ask,
    check_evolink,
    connect,
    discord_named,
    log_in,
)
from bot.store.store import Store
from bot.wiring.config import config_of
from bot.wiring.parts import Parts, wire
from bot.wiring.resources import Resources
from bot.wiring.storage import storage_of
from bot.wiring.web import measures_of, serve

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """The client, its database, Evolink, and the parts behind them."""

    assignment: Assignment
    bot: ImageBot
    store: Store
    evolink: Evolink
    parts: Parts
    measures: Measures
    #: Set when the bot should stop.
    stop: asyncio.Event

    async def ready(self) -> dict[str, bool]:
        """Report for ``/readyz`` what work needs: gateway, database, and that it isn't stopping."""
        ready = {"database": await self.store.answers(), "running": not self.stop.is_set()}
        if self.assignment.answers:
            shards = self.bot.shards.values()
            connected = self.bot.is_ready() and not any(shard.is_closed() for shard in shards)
            ready = {"discord": connected, **ready}
        return ready


@asynccontextmanager
async def build(
    settings: Settings,
    extensions: Sequence[str],
    assignment: Assignment = EVERYTHING,
    stop: asyncio.Event | None = None,
    *,
    migrates: bool = True,
) -> AsyncGenerator[App]:
    """Put the parts together; nothing runs yet. ``migrates``: as for ``Store.open``.

    Raises:
        StartError: the database, the data folder or the object store can't be used.
    """
    _set_api_address(settings)
    storage = await storage_of(settings)
    store = await Store.open(settings.database_url, migrates=migrates)
    host_limits, clocks = HostLimits(), store.clocks
    measures = measures_of(settings, clocks)
    bot = ImageBot(
        extensions=extensions if assignment.answers else (),
        host_limits=host_limits,
        user_install=settings.user_install,
        mentions=settings.mentions,
        proxies=settings.proxies,
        clocks=clocks,
        shards=assignment.shards,
        measures=measures,
        peers=store.peers,
    )
    server_id = settings.operator_server
    bot.operator_server = None if server_id is None else ServerId(server_id)
    try:
        async with (
            aiohttp.ClientSession(
                headers={"User-Agent": f"imagine/{__version__}"},
                trace_configs=[
                    host_limits.watch(measures.watch("discord", enforce_deadline(clocks)))
                ],
                middlewares=[through(settings.proxies)],
            ) as session,
            Evolink(
                api_url=settings.evolink_api_url,
                files_url=settings.evolink_files_url,
                key=settings.evolink_api_key.get_secret_value(),
                timeout=settings.evolink_timeout_seconds,
                proxies=settings.proxies,
                networks=settings.download_networks,
                clocks=clocks,
                measures=measures,
            ) as evolink,
            bot,
        ):
            channel_id = settings.operator_channel_id
            chat = DiscordChat(
                client=bot,
                session=session,
                clocks=clocks,
                operator_channel_id=None if channel_id is None else ChannelId(channel_id),
                timeout=settings.discord_timeout_seconds,
                api_url=settings.discord_api_url,
            )
            given = Resources(
                store=store,
                chat=chat,
                evolink=evolink,
                storage=storage,
                config=config_of(settings),
                clocks=clocks,
                measures=measures,
                is_clock_right=bot.clock_check.is_about_right,
            )
            parts = wire(given)
            bot.services = parts.services
            yield App(
                assignment=assignment,
                bot=bot,
                store=store,
                evolink=evolink,
                parts=parts,
                measures=measures,
                stop=stop or asyncio.Event(),
            )
    finally:
        await store.close()


async def run(
    settings: Settings,
    extensions: Sequence[str],
    stop: asyncio.Event,
    assignment: Assignment = EVERYTHING,
) -> None:
    """Run the bot until ``stop`` is set.

    Raises:
        StartError: it can't start.
    """
    async with (
        build(settings, extensions, assignment, stop) as app,
        serve(
            settings,
            ready=app.ready,
            callbacks=app.parts.work.callbacks,
            measures=app.measures,
            store=app.store,
            evolink=app.evolink,
        ),
    ):
        work = app.parts.work
        await app.store.peers.join(
            settings.instance,
            assignment,
            woken=work.wakeup.nudge,
            hurried=work.callbacks.hurry,
        )
        stopping = asyncio.create_task(stop.wait(), name="stop")
        starting = asyncio.create_task(_start(app, settings), name="start")
        try:
            # Starting may take hours, if Discord asks us to wait.
            await asyncio.wait([stopping, starting], return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                _freeze()
                await _work(app, settings, stopping, starting.result())
        finally:
            await _end([stopping, starting])


async def _start(app: App, settings: Settings) -> Callable[[], Awaitable[None]]:
    """Check Evolink, log in to Discord, register commands; return what is left to register."""
    await check_evolink(app.evolink, settings)
    where = discord_named(settings)
    await log_in(app.bot, settings.discord_token.get_secret_value(), where)
    assert isinstance(app.bot.tree, Tree)
    mentioning = partial(mention_commands, app.bot.tree)
    if not app.assignment.answers:
        return mentioning
    tree, own = app.bot.tree, app.bot.operator_server
    registering = (
        await everyones_commands(app.bot, tree, app.store, where),
        await operators_commands(app.bot, tree, app.store, own),
        mentioning,
    )
    servers = await ask(lambda: _servers(app.bot), where)
    log.info("servers joined", count=len(servers), names=servers)
    log.info("invite the bot with this link", link=invite_link(app.bot))

    async def register() -> None:
        await asyncio.gather(*(each() for each in registering))

    return register


def _freeze() -> None:
    """Exempt what stays from garbage collection: a full run took the event loop 98 ms, now 12.

    What was imported is exempt already, so collecting here is quick, too.
    """
    gc.collect()
    gc.freeze()


async def _servers(bot: ImageBot) -> list[str]:
    return [guild.name async for guild in bot.fetch_guilds()]


async def _work(
    app: App,
    settings: Settings,
    stopping: asyncio.Task[Any],
    registering: Callable[[], Awaitable[None]],
) -> None:
    """Work until told to stop, or until a part fails."""
    gateway = settings.discord_gateway_url
    shared, work, bot = app.parts.shared, app.parts.work, app.bot
    if not app.assignment.works:
        await work.worker.seize()
    parts: dict[str, Coroutine[Any, Any, None]] = {
        "cards": shared.cards.run(),
        "cleanup": work.cleanup.run(),
        "cap notices": work.cap_notices.run(),
        "change notices": work.change_notices.run(),
        "task log": work.task_logging.run(),
        "credits": work.credit_watch.run(),
        "clock": bot.clock_check.run(partial(shared.alerts.warn, "clock")),
        "peers": app.store.peers.run(),
    }
    if settings.operator_channel_id is not None:
        parts["daily summary"] = work.daily_summary.run()
    if app.assignment.answers:
        url = yarl.URL(gateway) if gateway else None
        parts["gateway"] = connect(bot, url, discord_named(settings))
        parts["handover"] = leave_gateway(bot, app.store.peers)
    if app.assignment.works:
        parts["worker"] = work.worker.run()
    running = [asyncio.create_task(part, name=name) for name, part in parts.items()]
    commands_task = asyncio.ensure_future(registering())
    try:
        ended, _ = await asyncio.wait([*running, stopping], return_when=asyncio.FIRST_COMPLETED)
        await asyncio.gather(work.worker.stop(), app.store.peers.place.leave())
        for part in ended:
            part.result()
    finally:
        # Cancel once: SQLAlchemy (2.1) closes the connection of a cancelled statement, and if
        # cancelled again meanwhile, waits forever for a thread that has ended (1 stop in 8 hung).
        for part in (*running, commands_task):
            part.cancel()
        # While reconnecting, discord.py (2.7) treats a cancellation as a failure and carries on
        # (``Shard.reconnect``); closing the client ends it.
        await app.bot.close()
        await asyncio.gather(*running, commands_task, return_exceptions=True)


async def _end(tasks: Sequence[asyncio.Future[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _set_api_address(settings: Settings) -> None:
    """Set the address of Discord's API; discord.py (2.7) has no argument for it."""
    # No warnings at each start about the voice libraries, which we don't use.
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
    Route.BASE = settings.discord_api_url
