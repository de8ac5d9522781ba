"""The parts of the bot, put together as ``bot/app.py`` does, each replaceable by a mutant."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import cast

from bot.clock import ClockWatch
from bot.domain.durations import Durations
from bot.domain.quota import Limits
from bot.evolink.client import Evolink
from bot.files import FileStorage
from bot.services.front.acceptance import Acceptance
from bot.services.front.deletion import Deletion
from bot.services.front.publishing import Publishing
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
from bot.store.claims import Claims
from bot.store.quotas import Quotas
from bot.store.store import Store
from bot.store.tasks import Tasks
from tests.simulation.database import Files, database
from tests.simulation.discord import Chat, Discord
from tests.simulation.evolink import Account, Client
from tests.simulation.life import Life
from tests.simulation.wire import Wire


@dataclass(frozen=True, kw_only=True)
class Engine:
    """What the bot is made of."""

    tasks: type[Tasks] = Tasks
    claims: type[Claims] = Claims
    quotas: type[Quotas] = Quotas
    steps: type[Steps] = Steps
    worker: type[Worker] = Worker
    durable: type[DurableWrites] = DurableWrites
    pauses: type[Pauses] = Pauses
    visibility: type[Visibility] = Visibility
    acceptance: type[Acceptance] = Acceptance
    public_posts: type[PublishStep] = PublishStep
    deletion: Callable[[Store, Callable[[], int], Callable[[], None], DeleteStep], Deletion] = (
        lambda store, clock, nudge, _: Deletion(store, clock, nudge, patience=0)
    )
    chat: type[Chat] = Chat
    client: type[Client] = Client


TRUE = Engine()


@dataclass
class Process:
    """A running bot, as far as it has nothing to do with sockets."""

    life: Life
    files: Files
    chat: Chat
    worker: Worker
    cards: CardUpdates
    acceptance: Acceptance
    results: Results
    publishing: Publishing
    deletion: Deletion
    cleanup: Cleanup
    callbacks: Callbacks
    client: Client

    async def end(self) -> None:
        """Take away what is left of it."""
        left = list(self.worker._under_way)
        for step in left:
            step.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        await self.files.close()


def build(  # noqa: PLR0917 - as bot/app.py's
    engine: Engine,
    life: Life,
    files: Files,
    discord: Discord,
    account: Account,
    wire: Wire,
    storage: FileStorage,
    clock: Callable[[], int],
    *,
    steady: Callable[[], int] | None = None,
    durations: Durations,
    limits: Limits,
    owner: str,
    max_running: int,
    keys_trusted: bool,
    public_url: str | None,
    sleep: Callable[[float], Awaitable[None]],
) -> Process:
    """Put the parts together."""
    db = database(files)
    store = replace(
        Store.on(db),
        tasks=engine.tasks(db),
        claims=engine.claims(db),
        quotas=engine.quotas(db),
    )
    chat = engine.chat(discord, wire)
    client = engine.client(account, wire)
    evolink = cast("Evolink", client)
    alerts = Alerts(store, chat, clock)
    durable = engine.durable(alerts, sleep)
    pauses = engine.pauses(store, alerts, storage, durations, clock, lambda: evolink.held)
    estimates = Estimates(store, durations)
    cards = CardUpdates(
        store, chat, pauses, durations, clock, max_running=max_running, user_running=3
    )
    cache = ReferenceCache(store, storage, durations, clock, 10**9)
    visibility = engine.visibility(store, chat, lambda: (steady or clock)() / 1000)
    references = References(store, chat, evolink, storage, asyncio.Semaphore(8), cache, visibility)
    callbacks = Callbacks(store, evolink, alerts, durable, clock, public_url)
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
    results = Results(store, chat, storage, downloads, visibility, durations, clock)
    delete_step = DeleteStep(store, chat, results, storage, clock)
    public_posts = engine.public_posts(store, chat, results, durations, clock)
    steps = engine.steps(
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
        keys_trusted=keys_trusted,
    )
    worker = engine.worker(
        store,
        steps,
        Overdue(store, delivery, durations, clock),
        pauses,
        alerts,
        durable,
        durations,
        clock,
        owner,
        max_running=max_running,
        user_running=3,
        watch=ClockWatch(clock, steady or clock),
    )
    acceptance = engine.acceptance(
        store, references, cards, estimates, limits, durations, clock, owner, worker.nudge
    )
    publishing = Publishing(store, results, clock, worker.nudge, patience=0)
    deletion = engine.deletion(store, clock, worker.nudge, delete_step)
    cleanup = Cleanup(store, storage, cache, alerts, durations, clock, 10**9)
    return Process(
        life,
        files,
        chat,
        worker,
        cards,
        acceptance,
        results,
        publishing,
        deletion,
        cleanup,
        callbacks,
        client,
    )
