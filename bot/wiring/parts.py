"""All parts: first what both sides need, then what works on tasks, then what answers people."""

from dataclasses import dataclass

from bot.wiring.front import Services, wire_front
from bot.wiring.resources import Resources
from bot.wiring.shared import Shared, wire_shared
from bot.wiring.work import Work, wire_work


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The bot without Discord's client."""

    shared: Shared
    work: Work
    services: Services


def wire(given: Resources) -> Parts:
    """Put the parts together; nothing runs yet."""
    shared = wire_shared(given)
    work = wire_work(given, shared)
    services = wire_front(given, shared, nudge=work.wakeup.nudge_all)
    return Parts(shared=shared, work=work, services=services)
