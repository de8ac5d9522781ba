"""The parts of the bot, put together as ``bot/app.py`` does, each replaceable by a mutant."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import cast

from bot.clock import ClockWatch
from bot.domain.pace import Waits
from bot.domain.quota import Limits
from bot.evolink.client import Evolink
from bot.services.admission import Admission
from bot.services.callbacks import Callbacks
from bot.services.cards import Cards
from bot.services.deletion import Deletion
from bot.services.delivery import Delivery
from bot.services.downloads import ResultDownloads
from bot.services.estimates import Estimates
from bot.services.generation import Generation
from bot.services.operator import Operator
from bot.services.outcomes import Outcomes
from bot.services.overdue import Overdue
from bot.services.pauses import Pauses
from bot.services.persistence import Persistence
from bot.services.public_posts import PublicPosts
from bot.services.publishing import Publishing
from bot.services.reference_cache import ReferenceCache
from bot.services.references import References
from bot.services.removal import Removal
from bot.services.results import Results
from bot.services.shelf import Shelf
from bot.services.steps import Steps
from bot.services.upkeep import Upkeep
from bot.services.viewing import Viewing
from bot.services.worker import Worker
from bot.store.claims import Claims
from bot.store.facts import Facts
from bot.store.quotas import Quotas
from bot.store.servers import Servers
from bot.store.store import Store
from bot.store.tasks import Tasks
from bot.store.trays import Trays
from bot.store.wishes import Wishes
from simulation.database import Files, database
from simulation.discord import Chat, Discord
from simulation.evolink import Account, Client
from simulation.life import Life
from simulation.wire import Wire


@dataclass(frozen=True, kw_only=True)
class Engine:
    """What the bot is made of."""

    tasks: type[Tasks] = Tasks
    claims: type[Claims] = Claims
    quotas: type[Quotas] = Quotas
    steps: type[Steps] = Steps
    worker: type[Worker] = Worker
    persistence: type[Persistence] = Persistence
    pauses: type[Pauses] = Pauses
    viewing: type[Viewing] = Viewing
    generation: type[Generation] = Generation
    public_posts: type[PublicPosts] = PublicPosts
    deletion: type[Deletion] = Deletion
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
    cards: Cards
    generation: Generation
    results: Results
    publishing: Publishing
    deletion: Deletion
    upkeep: Upkeep
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
    shelf: Shelf,
    clock: Callable[[], int],
    *,
    steady: Callable[[], int] | None = None,
    waits: Waits,
    limits: Limits,
    owner: str,
    max_running: int,
    keys_trusted: bool,
    public_url: str | None,
    sleep: Callable[[float], Awaitable[None]],
) -> Process:
    """Put the parts together."""
    db = database(files)
    store = Store(
        engine.tasks(db),
        engine.claims(db),
        engine.quotas(db),
        Facts(db),
        Wishes(db),
        Trays(db),
        Servers(db),
        db,
    )
    chat = engine.chat(discord, wire)
    client = engine.client(account, wire)
    evolink = cast("Evolink", client)
    operator = Operator(store, chat, clock)
    persistence = engine.persistence(operator, sleep)
    pauses = engine.pauses(store, operator, shelf, waits, clock, lambda: evolink.held)
    estimates = Estimates(store, waits)
    cards = Cards(store, chat, pauses, waits, clock, max_running=max_running, user_running=3)
    cache = ReferenceCache(store, shelf, waits, clock, 10**9)
    viewing = engine.viewing(store, chat, lambda: (steady or clock)() / 1000)
    references = References(store, chat, evolink, shelf, asyncio.Semaphore(8), cache, viewing)
    callbacks = Callbacks(store, evolink, operator, persistence, clock, public_url)
    outcomes = Outcomes(store, evolink, operator)
    downloads = ResultDownloads(store, evolink, shelf)
    delivery = Delivery(
        store,
        chat,
        downloads,
        references,
        shelf,
        cards,
        operator,
        outcomes,
        persistence,
        waits,
        clock,
        clock(),
    )
    results = Results(store, chat, shelf, downloads, viewing, waits, clock)
    removal = Removal(store, chat, results, shelf, clock)
    public_posts = engine.public_posts(store, chat, results, waits, clock)
    steps = engine.steps(
        store,
        chat,
        evolink,
        references,
        delivery,
        public_posts,
        removal,
        cards,
        pauses,
        Admission(store, limits),
        operator,
        persistence,
        estimates,
        callbacks,
        waits,
        clock,
        keys_trusted=keys_trusted,
    )
    worker = engine.worker(
        store,
        steps,
        Overdue(store, delivery, waits, clock),
        pauses,
        operator,
        persistence,
        waits,
        clock,
        owner,
        max_running=max_running,
        user_running=3,
        watch=ClockWatch(clock, steady or clock),
    )
    generation = engine.generation(
        store, references, cards, estimates, limits, waits, clock, owner, worker.nudge
    )
    publishing = Publishing(store, results, clock, worker.nudge, patience=0)
    deletion = engine.deletion(store, removal, clock, worker.nudge, patience=0)
    upkeep = Upkeep(store, shelf, cache, operator, waits, clock, 10**9)
    return Process(
        life,
        files,
        chat,
        worker,
        cards,
        generation,
        results,
        publishing,
        deletion,
        upkeep,
        callbacks,
        client,
    )
