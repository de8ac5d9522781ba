"""What both sides need."""

import asyncio
from dataclasses import dataclass

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
from bot.wiring.resources import Resources

#: References downloaded or uploaded at a time.
TRANSFERS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """Its parts."""

    alerts: Alerts
    durable: DurableWrites
    pauses: Pauses
    estimates: Estimates
    cards: CardUpdates
    cache: ReferenceCache
    visibility: Visibility
    references: References
    downloads: ResultDownloads
    results: Results


def wire_shared(given: Resources) -> Shared:
    """Put them together."""
    alerts = Alerts(given.store, given.chat, given.clock)
    pauses = _pauses(given, alerts)
    cache = _cache(given)
    visibility = given.kinds.visibility(
        given.store, given.chat, lambda: given.clocks.steady() / 1000
    )
    downloads = ResultDownloads(given.store, given.evolink, given.storage)
    return Shared(
        alerts=alerts,
        durable=given.kinds.durable_writes(alerts, given.sleep),
        pauses=pauses,
        estimates=Estimates(given.store, given.durations),
        cards=_cards(given, pauses),
        cache=cache,
        visibility=visibility,
        references=_references(given, cache, visibility),
        downloads=downloads,
        results=_results(given, downloads, visibility),
    )


def _pauses(given: Resources, alerts: Alerts) -> Pauses:
    return given.kinds.pauses(
        store=given.store,
        alerts=alerts,
        storage=given.storage,
        durations=given.durations,
        clock=given.clock,
        blocked_seconds=lambda: given.evolink.blocked_seconds,
    )


def _cards(given: Resources, pauses: Pauses) -> CardUpdates:
    return CardUpdates(
        store=given.store,
        chat=given.chat,
        pauses=pauses,
        durations=given.durations,
        clock=given.clock,
        max_running=given.config.max_running,
        user_running=given.config.user_running,
    )


def _cache(given: Resources) -> ReferenceCache:
    return ReferenceCache(
        store=given.store,
        storage=given.storage,
        durations=given.durations,
        clock=given.clock,
        max_bytes=given.config.reference_bytes,
    )


def _references(given: Resources, cache: ReferenceCache, visibility: Visibility) -> References:
    return References(
        store=given.store,
        chat=given.chat,
        evolink=given.evolink,
        storage=given.storage,
        gate=asyncio.Semaphore(TRANSFERS),
        cache=cache,
        visibility=visibility,
    )


def _results(given: Resources, downloads: ResultDownloads, visibility: Visibility) -> Results:
    return Results(
        store=given.store,
        storage=given.storage,
        downloads=downloads,
        visibility=visibility,
        durations=given.durations,
        clock=given.clock,
    )
