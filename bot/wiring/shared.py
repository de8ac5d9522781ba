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
    store, storage, basics, config = given.store, given.storage, given.basics, given.config
    alerts = Alerts(store, given.chat, given.clock)
    pauses = given.kinds.pauses(
        **basics,
        alerts=alerts,
        storage=storage,
        blocked_seconds=lambda: given.evolink.blocked_seconds,
    )
    cache = ReferenceCache(**basics, storage=storage, max_bytes=config.reference_bytes)
    visibility = given.kinds.visibility(store, given.chat, lambda: given.clocks.steady() / 1000)
    downloads = ResultDownloads(store, given.evolink, storage)
    return Shared(
        alerts=alerts,
        durable=given.kinds.durable_writes(alerts.send_soon, given.sleep),
        pauses=pauses,
        estimates=Estimates(store, config.durations, given.clock),
        cards=given.kinds.cards(
            **basics,
            chat=given.chat,
            pauses=pauses,
            max_running=config.max_running,
            user_running=config.user_running,
            owner=config.owner,
        ),
        cache=cache,
        visibility=visibility,
        references=References(
            store=store,
            chat=given.chat,
            evolink=given.evolink,
            storage=storage,
            gate=asyncio.Semaphore(TRANSFERS),
            cache=cache,
            visibility=visibility,
        ),
        downloads=downloads,
        results=Results(**basics, storage=storage, downloads=downloads, visibility=visibility),
    )
