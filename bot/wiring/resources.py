"""What every part may be given."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypedDict

from bot.clock import SYSTEM, Clocks
from bot.domain.durations import Durations
from bot.files import FileStorage
from bot.measures import NOTHING, Measures
from bot.services.front.acceptance import Acceptance
from bot.services.front.cancellation import Cancellation
from bot.services.shared.card_updates import CardUpdates
from bot.services.shared.durable_writes import DurableWrites
from bot.services.shared.pauses import Pauses
from bot.services.shared.ports import Chat, EvolinkApi
from bot.services.shared.visibility import Visibility
from bot.services.work.leases import Leases
from bot.services.work.paid_requests import PaidRequests
from bot.services.work.polling import Polling
from bot.services.work.refusals import Refusals
from bot.services.work.steps import Steps
from bot.services.work.transitions import Transitions
from bot.store.store import Store
from bot.wiring.config import Config


@dataclass(frozen=True, slots=True, kw_only=True)
class Kinds:
    """The classes of some parts. A test swaps one to see what breaks without it."""

    durable_writes: type[DurableWrites] = DurableWrites
    pauses: type[Pauses] = Pauses
    cards: type[CardUpdates] = CardUpdates
    visibility: type[Visibility] = Visibility
    transitions: type[Transitions] = Transitions
    polling: type[Polling] = Polling
    paid_requests: type[PaidRequests] = PaidRequests
    refusals: type[Refusals] = Refusals
    steps: type[Steps] = Steps
    leases: type[Leases] = Leases
    acceptance: type[Acceptance] = Acceptance
    cancellation: type[Cancellation] = Cancellation


class Timed(TypedDict):
    """Keyword arguments of parts that wait."""

    durations: Durations
    #: Epoch milliseconds.
    clock: Callable[[], int]


class Basics(Timed):
    """The same for parts that also need the database, which most do."""

    store: Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """The outside world, the settings and the clocks."""

    store: Store
    chat: Chat
    evolink: EvolinkApi
    storage: FileStorage
    config: Config
    clocks: Clocks = SYSTEM
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    kinds: Kinds = Kinds()
    measures: Measures = NOTHING
    #: As in ``ClockCheck``.
    is_clock_right: Callable[[], bool] = lambda: True

    @property
    def clock(self) -> Callable[[], int]:
        """Epoch milliseconds."""
        return self.clocks.wall

    @property
    def timed(self) -> Timed:
        """How long things may take, and the time."""
        return {"durations": self.config.durations, "clock": self.clock}

    @property
    def basics(self) -> Basics:
        """The same, and the database."""
        return {**self.timed, "store": self.store}
