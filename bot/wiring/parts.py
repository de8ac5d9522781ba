"""All parts: first what both sides need, then what works on tasks, then what answers people."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.clock import SYSTEM, Clocks
from bot.files import FileStorage
from bot.services.shared.ports import Chat, EvolinkApi
from bot.store.store import Store
from bot.wiring.config import Config
from bot.wiring.front import Services, wire_front
from bot.wiring.resources import STANDARD, Kinds, Resources
from bot.wiring.shared import Shared, wire_shared
from bot.wiring.work import Work, wire_work


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The bot without Discord's client."""

    shared: Shared
    work: Work
    services: Services


def wire(  # noqa: PLR0913 - what everything stands on
    *,
    store: Store,
    chat: Chat,
    evolink: EvolinkApi,
    storage: FileStorage,
    config: Config,
    clocks: Clocks = SYSTEM,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    kinds: Kinds = STANDARD,
) -> Parts:
    """Put the parts together; nothing runs yet."""
    resources = Resources(
        store=store,
        chat=chat,
        evolink=evolink,
        storage=storage,
        config=config,
        clocks=clocks,
        sleep=sleep,
        kinds=kinds,
    )
    shared = wire_shared(resources)
    work = wire_work(resources, shared)
    services = wire_front(resources, shared, nudge=work.wakeup.nudge)
    return Parts(shared=shared, work=work, services=services)
