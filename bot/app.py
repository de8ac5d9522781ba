"""The one place that puts the parts together, and takes them apart again."""

import asyncio
import errno
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext, suppress
from copy import copy
from dataclasses import dataclass
from functools import partial
from typing import Any

import aiohttp
import discord
import structlog
import yarl
from discord.ext import commands
from discord.http import HTTPClient, Route
from typing_extensions import override

from bot import __version__
from bot.chat.chat import DiscordChat
from bot.chat.clock_check import ClockCheck
from bot.chat.failures import FAILURES
from bot.chat.limits import watch_limits
from bot.clock import ClockWatch, steady
from bot.clock import wall as clock
from bot.deadline import enforce_deadline
from bot.domain.durations import Durations, PollSchedule
from bot.domain.quota import Limits
from bot.errors import EvolinkError, KeyRefused, StartError
from bot.evolink.client import Evolink
from bot.files import FileStorage
from bot.host_limits import HostLimits
from bot.interactions.intake import Intake
from bot.interactions.parse_errors import survive_parse_errors
from bot.interactions.permissions import NEEDED
from bot.interactions.tree import Tree
from bot.proxies import DIRECT, Proxies, through
from bot.services.front.acceptance import Acceptance
from bot.services.front.deletion import Deletion
from bot.services.front.drafts import Drafts
from bot.services.front.history import History
from bot.services.front.own_results import OwnResults
from bot.services.front.publishing import Publishing
from bot.services.front.quota import Quota
from bot.services.front.servers import Servers
from bot.services.front.task_lookup import TaskLookup
from bot.services.front.tray import Tray
from bot.services.shared.alerts import Alerts
from bot.services.shared.card_updates import CardUpdates
from bot.services.shared.downloads import ResultDownloads
from bot.services.shared.durable_writes import DurableWrites
from bot.services.shared.estimates import Estimates
from bot.services.shared.pauses import Pauses
from bot.services.shared.reference_cache import ReferenceCache
from bot.services.shared.references import References
from bot.services.shared.results import Results
from bot.services.shared.visibility import Visibility
from bot.services.work.admission import Admission
from bot.services.work.callbacks import Callbacks
from bot.services.work.cleanup import Cleanup
from bot.services.work.delete_step import DeleteStep
from bot.services.work.delivery import Delivery
from bot.services.work.overdue import Overdue
from bot.services.work.publish_step import PublishStep
from bot.services.work.steps import Steps
from bot.services.work.unknown_outcomes import UnknownOutcomes
from bot.services.work.worker import Worker
from bot.settings import DISCORD_API_URL, Settings
from bot.startup import ask, connect, log_in, wait_for_starts
from bot.startup import commands as commands_of
from bot.store.store import Store
from bot.ui.commands import CommandTexts
from bot.web import serving

log = structlog.get_logger()

#: References that are downloaded or uploaded at a time.
TRANSFERS = 8
#: Seconds in which a stop lets the last answer of Evolink be written; compose.yaml gives 90 in all.
LAST_WRITES = 15


@dataclass(frozen=True, slots=True)
class Services:
    """What cogs may use."""

    acceptance: Acceptance
    names: TaskLookup
    history: History
    results: Results
    own_results: OwnResults
    visibility: Visibility
    publishing: Publishing
    deletion: Deletion
    quota: Quota
    intake: Intake
    references: References
    drafts: Drafts
    tray: Tray
    servers: Servers
    #: How long results are kept, in milliseconds.
    keep: int


class ImageBot(commands.AutoShardedBot):
    """The client. It keeps no state of its own: what it knows is in the store."""

    services: Services

    def __init__(
        self,
        *,
        extensions: Sequence[str],
        host_limits: HostLimits,
        user_install: bool = False,
        proxies: Proxies = DIRECT,
    ) -> None:
        #: Whether our clock agrees with Discord's.
        self.clock_check = ClockCheck(clock)
        super().__init__(
            http_trace=self.clock_check.watch(watch_limits(host_limits.watch(enforce_deadline()))),
            command_prefix=commands.when_mentioned,
            help_command=None,
            tree_cls=Tree,
            # No privileged intents: the bot reads no messages and lists no members.
            intents=discord.Intents(guilds=True),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            allowed_mentions=discord.AllowedMentions.none(),
            allowed_installs=discord.app_commands.AppInstallationType(
                guild=True, user=user_install
            ),
            allowed_contexts=discord.app_commands.AppCommandContext(
                guild=True, dm_channel=user_install, private_channel=user_install
            ),
        )
        _lead_through(self.http, proxies)
        survive_parse_errors(self._connection.parsers, self.http)
        self._to_load = extensions
        #: Who may pause the bot: the application's owner, or its team.
        self.operators = frozenset[int]()

    @override
    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Begin no session that Discord does not allow any more."""
        await super().before_identify_hook(shard_id, initial=initial)
        if not initial:
            with suppress(*FAILURES):
                await wait_for_starts(await self.http.request(Route("GET", "/gateway/bot")))

    @override
    async def setup_hook(self) -> None:
        """Load the commands; who the operators are, the login has told."""
        info = self.application
        assert info is not None
        team = [member.id for member in info.team.members] if info.team else []
        self.operators = frozenset(team or [info.owner.id])
        await self.tree.set_translator(CommandTexts())
        for extension in self._to_load:
            await self.load_extension(extension)


def _lead_through(http: HTTPClient, proxies: Proxies) -> None:
    """Have discord.py (2.7) take the proxies: it knows only one, for REST and gateway alike."""
    http.proxy = proxies.of(Route.BASE)

    async def ws_connect(url: str, *, compress: int = 0) -> aiohttp.ClientWebSocketResponse:
        # A copy shares its session, and nobody else sees its proxy.
        gateway = copy(http)
        gateway.proxy = proxies.of(url)
        return await HTTPClient.ws_connect(gateway, url, compress=compress)

    http.ws_connect = ws_connect


def invite_link(bot: discord.Client) -> str:
    """Return the link that adds the bot to a server with the permissions it needs."""
    assert bot.application_id is not None
    scopes = ("bot", "applications.commands")
    return discord.utils.oauth_url(bot.application_id, permissions=NEEDED, scopes=scopes)


def services_of(interaction: discord.Interaction) -> Services:
    """Return the services; for dynamic items, which discord.py makes anew for each press."""
    assert isinstance(interaction.client, ImageBot)
    return interaction.client.services


@dataclass(frozen=True, slots=True)
class App:
    """The running parts."""

    bot: ImageBot
    store: Store
    evolink: Evolink
    worker: Worker
    cards: CardUpdates
    cleanup: Cleanup
    callbacks: Callbacks
    alerts: Alerts

    async def ready(self) -> dict[str, bool]:
        """Say which of the parts work that must: Discord's gateway, and the database."""
        shards = self.bot.shards.values()
        connected = self.bot.is_ready() and not any(shard.is_closed() for shard in shards)
        return {"discord": connected, "database": await self.store.answers()}


@asynccontextmanager
async def build(settings: Settings, extensions: Sequence[str]) -> AsyncGenerator[App]:
    """Put the parts together; nothing runs yet.

    Raises:
        StartError: the database or the data folder cannot be used.
    """
    _point_at(settings)
    storage = FileStorage(settings.data_dir)
    try:
        storage.prepare()
    except OSError as error:
        raise _unwritable(storage, error) from error
    store = await Store.open(settings.database_url)
    host_limits = HostLimits()
    bot = ImageBot(
        extensions=extensions,
        host_limits=host_limits,
        user_install=settings.user_install,
        proxies=settings.proxies,
    )
    try:
        async with (
            aiohttp.ClientSession(
                headers={"User-Agent": f"imagine/{__version__}"},
                trace_configs=[host_limits.watch(enforce_deadline())],
                middlewares=[through(settings.proxies)],
            ) as session,
            Evolink(
                api_url=settings.evolink_api_url,
                files_url=settings.evolink_files_url,
                key=settings.evolink_api_key.get_secret_value(),
                model=settings.evolink_model,
                timeout=settings.evolink_timeout_seconds,
                proxies=settings.proxies,
                networks=settings.download_networks,
            ) as evolink,
            bot,
        ):
            chat = DiscordChat(
                bot,
                session=session,
                clock=clock,
                operator_channel_id=settings.operator_channel_id,
                timeout=settings.discord_timeout_seconds,
                api_url=settings.discord_api_url,
            )
            yield _wire(settings, bot, store, evolink, chat, storage)
    finally:
        await store.close()


def _unwritable(storage: FileStorage, error: OSError) -> StartError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return StartError(f"DATA_DIR: the disk of {storage.root} is full.", exit_code=69)
    where = error.filename or storage.root
    return StartError(f"DATA_DIR: {where} can't be written ({error.strerror}).")


def _wire(  # noqa: PLR0913, PLR0917 - the one place that knows every part
    settings: Settings,
    bot: ImageBot,
    store: Store,
    evolink: Evolink,
    chat: DiscordChat,
    storage: FileStorage,
) -> App:
    durations, limits = _durations(settings), _limits(settings)
    # Another start of the same instance is another owner, so that what it held can be told apart.
    owner = f"{settings.instance}/{secrets.token_hex(4)}"
    alerts = Alerts(store, chat, clock)
    durable = DurableWrites(alerts)
    pauses = Pauses(store, alerts, storage, durations, clock, lambda: evolink.held)
    estimates = Estimates(store, durations)
    cards = CardUpdates(
        store,
        chat,
        pauses,
        durations,
        clock,
        max_running=settings.max_running,
        user_running=settings.user_running,
    )
    cache = ReferenceCache(store, storage, durations, clock, _bytes(settings.reference_disk_gb))
    visibility = Visibility(store, chat)
    references = References(
        store, chat, evolink, storage, asyncio.Semaphore(TRANSFERS), cache, visibility
    )
    unknown_outcomes = UnknownOutcomes(store, evolink, alerts)
    downloads = ResultDownloads(store, evolink, storage)
    delivery = Delivery(
        store,
        chat,
        downloads,
        references,
        storage,
        cards,
        alerts,
        unknown_outcomes,
        durable,
        durations,
        clock,
        clock(),
    )
    callbacks = Callbacks(store, evolink, alerts, durable, clock, settings.callback_url)
    results = Results(store, chat, storage, downloads, visibility, durations, clock)
    public_posts = PublishStep(store, chat, results, durations, clock)
    delete_step = DeleteStep(store, chat, results, storage, clock)
    steps = Steps(
        store,
        chat,
        evolink,
        references,
        delivery,
        public_posts,
        delete_step,
        cards,
        pauses,
        Admission(store, limits),
        alerts,
        durable,
        estimates,
        callbacks,
        durations,
        clock,
        keys_trusted=settings.evolink_idempotency == "trusted",
    )
    worker = Worker(
        store,
        steps,
        Overdue(store, delivery, durations, clock),
        pauses,
        alerts,
        durable,
        durations,
        clock,
        owner,
        max_running=settings.max_running,
        user_running=settings.user_running,
        watch=ClockWatch(clock, steady),
    )
    acceptance = Acceptance(
        store, references, cards, estimates, limits, durations, clock, owner, worker.nudge
    )
    drafts, servers = Drafts(store, clock), Servers(store, clock)
    bot.services = Services(
        acceptance=acceptance,
        names=TaskLookup(store),
        history=History(store, storage),
        results=results,
        own_results=OwnResults(store, results),
        visibility=visibility,
        publishing=Publishing(store, results, clock, worker.nudge),
        deletion=Deletion(store, clock, worker.nudge),
        quota=Quota(store, limits, clock, worker.nudge),
        intake=Intake(acceptance, drafts, servers, settings.answer_seconds, settings.user_install),
        drafts=drafts,
        references=references,
        tray=Tray(store, visibility, clock),
        servers=servers,
        keep=durations.keep,
    )
    cleanup = Cleanup(
        store, storage, cache, alerts, durations, clock, _bytes(settings.result_disk_gb)
    )
    return App(bot, store, evolink, worker, cards, cleanup, callbacks, alerts)


async def run(settings: Settings, extensions: Sequence[str], stop: asyncio.Event) -> None:
    """Run the bot until ``stop`` is set.

    Raises:
        StartError: it cannot start.
    """
    async with build(settings, extensions) as app, _web(app, settings):
        stopping = asyncio.create_task(stop.wait(), name="stop")
        starting = asyncio.create_task(_start(app, settings), name="start")
        try:
            # Discord may ask to wait for hours.
            await asyncio.wait([stopping, starting], return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                await _work(app, settings, stopping, starting.result())
        finally:
            await _end([stopping, starting])


async def _start(app: App, settings: Settings) -> Callable[[], Awaitable[None]]:
    """Ask whether all is well; return what goes on with the commands while the bot works."""
    await _check_evolink(app.evolink, settings)
    where = _discord(settings)
    await log_in(app.bot, settings.discord_token.get_secret_value(), where)
    assert isinstance(app.bot.tree, Tree)
    registering = await commands_of(app.bot, app.bot.tree, app.store.facts, where)
    servers = await ask(lambda: _servers(app.bot), where)
    log.info("servers joined", count=len(servers), names=servers)
    log.info("invite the bot with this link", link=invite_link(app.bot))
    return registering


async def _servers(bot: ImageBot) -> list[str]:
    return [guild.name async for guild in bot.fetch_guilds()]


async def _work(
    app: App,
    settings: Settings,
    stopping: asyncio.Task[Any],
    registering: Callable[[], Awaitable[None]],
) -> None:
    """Work until told to stop, or until a part ends by an error."""
    gateway = settings.discord_gateway_url
    connecting = connect(app.bot, yarl.URL(gateway) if gateway else None, _discord(settings))
    telling = app.bot.clock_check.run(partial(app.alerts.warn, "clock"))
    parts: list[asyncio.Task[Any]] = [
        asyncio.create_task(connecting, name="gateway"),
        asyncio.create_task(app.worker.run(), name="worker"),
        asyncio.create_task(app.cards.run(), name="cards"),
        asyncio.create_task(app.cleanup.run(), name="cleanup"),
        asyncio.create_task(telling, name="clock"),
    ]
    commands_task = asyncio.ensure_future(registering())
    try:
        ended, _ = await asyncio.wait([*parts, stopping], return_when=asyncio.FIRST_COMPLETED)
        await app.worker.stop()
        for part in ended:
            part.result()
    finally:
        # Once: SQLAlchemy (2.1) closes the connection of a statement that is cancelled; cancelled
        # again meanwhile, it waits for ever for a thread that has ended (1 end in 8 hung).
        for part in (*parts, commands_task):
            part.cancel()
        # discord.py (2.7) takes a cancellation while it connects anew for a failure, and goes
        # on (``Shard.reconnect``); closed, it ends.
        await app.bot.close()
        await asyncio.gather(*parts, commands_task, return_exceptions=True)


async def _end(tasks: Sequence[asyncio.Future[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _web(app: App, settings: Settings) -> AbstractAsyncContextManager[None]:
    if settings.web_port is None:
        if settings.public_url is not None:
            log.warning("PUBLIC_URL is of no use without WEB_PORT: Evolink will not call back")
        return nullcontext()
    return serving(
        app.callbacks,
        app.ready,
        app.worker.nudge,
        host=settings.web_host,
        port=settings.web_port,
    )


def _point_at(settings: Settings) -> None:
    """Point discord.py at another address: it has no argument for it (2.7)."""
    # It warns of each start without the libraries for voice, which we have no use for.
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
    Route.BASE = settings.discord_api_url


async def _check_evolink(evolink: Evolink, settings: Settings) -> None:
    worst = settings.cap_images_total * settings.image_price
    log.info("a day can cost at most", images=settings.cap_images_total or "no cap", usd=worst)
    try:
        left = await evolink.credits()
    except KeyRefused as error:
        raise StartError("Evolink refuses EVOLINK_API_KEY. Make a key in its dashboard.") from error
    except EvolinkError as error:
        # Tasks wait until it is back; no reason not to start.
        log.warning("evolink does not answer", error=repr(error))
    else:
        log.info("evolink's credits left", credits="unlimited" if left is None else left)


def _discord(settings: Settings) -> str:
    """Return what Discord is called in a sentence about reaching it."""
    default = settings.discord_api_url == DISCORD_API_URL
    name = "Discord" if default else f"Discord (DISCORD_API_URL={settings.discord_api_url})"
    return name + through_which(settings, settings.discord_api_url)


def through_which(settings: Settings, url: str) -> str:
    """Return " through the proxy …" where one leads to an address; its password is left out."""
    proxy = settings.proxies.of(url)
    if proxy is None:
        return ""
    address = yarl.URL(proxy)
    return f" through the proxy {address.host}:{address.port}"


def _bytes(gigabytes: float) -> int:
    return round(gigabytes * 1_000_000_000)


def _limits(settings: Settings) -> Limits:
    return Limits(
        images=settings.quota_images,
        open_tasks=settings.quota_open_tasks,
        cap_total=settings.cap_images_total,
        cap_server=settings.cap_images_server,
        cap_user_install=settings.cap_images_user_install,
        allowed_servers=settings.allowed_servers,
        queue=settings.queue_limit,
    )


def _durations(settings: Settings) -> Durations:
    def ms(seconds: float) -> int:
        return round(seconds * 1000)

    pace = PollSchedule(
        floor=ms(settings.poll_floor_seconds),
        ceiling=ms(settings.poll_ceiling_seconds),
        slow_after=ms(settings.slow_after_seconds),
    )
    if settings.callback_url is not None:
        pace = pace.called_back(floor=ms(settings.callback_floor_seconds))
    return Durations(
        polling=pace,
        lease=ms(settings.lease_seconds),
        edit=ms(settings.edit_seconds),
        retry=ms(settings.retry_seconds),
        pause=ms(settings.pause_seconds),
        unknown_after=ms(settings.unknown_after_seconds),
        give_up=ms(settings.give_up_seconds),
        estimate=ms(settings.estimate_seconds),
        keep=ms(settings.result_days * 24 * 60 * 60),
        stop=ms(settings.stop_seconds),
        last=ms(settings.evolink_timeout_seconds + LAST_WRITES),
    )
