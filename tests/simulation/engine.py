"""The bot as ``bot/wiring`` puts it together, on a Discord, an Evolink and a disk of our own."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

from bot.clock import Clocks
from bot.files import FileStorage
from bot.services.front.acceptance import Acceptance
from bot.services.front.cancellation import Cancellation
from bot.services.front.deletion import Deletion
from bot.services.front.privacy import Privacy
from bot.services.front.publishing import Publishing
from bot.services.front.removal import Removal
from bot.services.shared.card_updates import CardUpdates
from bot.services.shared.results import Results
from bot.services.work.callbacks import Callbacks
from bot.services.work.cleanup import Cleanup
from bot.services.work.daily_summary import DUTY
from bot.services.work.delete_step import DeleteStep
from bot.services.work.duties import take_round
from bot.services.work.worker import Worker
from bot.store.claims import Claims
from bot.store.facts import Facts
from bot.store.quotas import Quotas
from bot.store.store import Store
from bot.store.tasks import Tasks
from bot.store.turns import Turns
from bot.wiring.config import Config
from bot.wiring.parts import wire
from bot.wiring.resources import Kinds, Resources
from tests.simulation.database import Files
from tests.simulation.discord import Chat, Discord
from tests.simulation.evolink import Account, Client
from tests.simulation.life import Life
from tests.simulation.together import Seat
from tests.simulation.wire import Wire


@dataclass(frozen=True, kw_only=True)
class Engine:
    """The replaceable parts of the bot."""

    tasks: type[Tasks] = Tasks
    claims: type[Claims] = Claims
    turns: type[Turns] = Turns
    quotas: type[Quotas] = Quotas
    facts: type[Facts] = Facts
    files: type[Files] = Files
    seat: type[Seat] = Seat
    chat: type[Chat] = Chat
    client: type[Client] = Client
    kinds: Kinds = field(default_factory=Kinds)
    #: Given the database's clocks, and how many milliseconds its machine's own clock is ahead.
    clocks: Callable[[Clocks, int], Clocks] = lambda database, _: database
    #: Also given the step, which it mustn't take itself.
    deletion: Callable[[Deletion, DeleteStep], Deletion] = lambda deletion, _: deletion


TRUE = Engine()


@dataclass
class Process:
    """A running bot, without its sockets."""

    life: Life
    files: Files
    chat: Chat
    client: Client
    worker: Worker
    cards: CardUpdates
    acceptance: Acceptance
    cancellation: Cancellation
    results: Results
    publishing: Publishing
    deletion: Deletion
    removal: Removal
    privacy: Privacy
    cleanup: Cleanup
    callbacks: Callbacks
    #: What one process at a time does once a day.
    sum_up: Callable[[], Awaitable[None]]

    async def end(self) -> None:
        """Take away what is left of it."""
        left = list(self.worker._under_way)
        for step in left:
            step.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        await self.files.close()


def build(  # noqa: PLR0917 - what a process stands on
    engine: Engine,
    life: Life,
    files: Files,
    discord: Discord,
    account: Account,
    wire_: Wire,
    storage: FileStorage,
    *,
    config: Config,
    clocks: Clocks,
    sleep: Callable[[float], Awaitable[None]],
    seat: Seat | None = None,
) -> Process:
    """Put the parts together."""
    store = Store.on(files, seat)
    store = replace(
        store,
        tasks=engine.tasks(files),
        claims=engine.claims(files, store.unreadable),
        turns=engine.turns(files, store.unreadable),
        quotas=engine.quotas(files),
        facts=engine.facts(files),
    )
    chat = engine.chat(discord, wire_)
    client = engine.client(account, wire_)
    parts = wire(
        Resources(
            store=store,
            chat=chat,
            evolink=client,
            storage=storage,
            config=config,
            clocks=clocks,
            sleep=sleep,
            kinds=engine.kinds,
        )
    )
    services, work = parts.services, parts.work
    if seat is not None:
        seat.woken, seat.hurried = work.worker.wakeup.nudge, work.callbacks.hurry
    deletion = engine.deletion(services.deletion, work.steps.delete_step)
    return Process(
        life,
        files,
        chat,
        client,
        work.worker,
        parts.shared.cards,
        services.acceptance,
        services.cancellation,
        services.results,
        services.publishing,
        deletion,
        replace(services.removal, deletion=deletion),
        services.privacy,
        work.cleanup,
        work.callbacks,
        lambda: take_round(DUTY, work.daily_summary.run_once, store),
    )
