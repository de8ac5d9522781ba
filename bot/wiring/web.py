"""The web servers that the settings ask for, and what is measured for one of them."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import structlog

from bot.clock import Clocks
from bot.evolink.client import Evolink
from bot.measures import NOTHING, Measures
from bot.services.work.callbacks import Callbacks
from bot.settings import Settings
from bot.store.store import Store
from bot.web import Ready, callback, health, metrics, serving

log = structlog.get_logger()


def measures_of(settings: Settings, clocks: Clocks) -> Measures:
    """Return what the parts report to; nothing is measured without ``METRICS_PORT``."""
    if settings.metrics_port is None:
        return NOTHING
    from bot.metrics import Metrics  # noqa: PLC0415 - most bots need none of it

    return Metrics(settings.image_price, clocks.wall)


@asynccontextmanager
async def serve(  # noqa: PLR0913 - what is served, and to whom it speaks
    settings: Settings,
    *,
    ready: Ready,
    callbacks: Callbacks,
    measures: Measures,
    store: Store,
    evolink: Evolink,
) -> AsyncGenerator[None]:
    """Serve inside the block what the settings ask for.

    Raises:
        StartError: an address can't be used.
    """
    async with AsyncExitStack() as stack:
        if settings.web_port is not None:
            routes = [*health(ready), callback(callbacks.heard)]
            web = serving(routes, host=settings.web_host, port=settings.web_port)
            await stack.enter_async_context(web)
        elif settings.public_url is not None:
            log.warning("PUBLIC_URL is of no use without WEB_PORT: Evolink will not call back")
        if settings.metrics_port is not None:
            text = await stack.enter_async_context(_scraped(ready, measures, store, evolink))
            routes = [*health(ready), metrics(text)]
            host, port = settings.metrics_host, settings.metrics_port
            web = serving(routes, host=host, port=port, settings="METRICS")
            await stack.enter_async_context(web)
        yield


@asynccontextmanager
async def _scraped(
    ready: Ready, measures: Measures, store: Store, evolink: Evolink
) -> AsyncGenerator[Callable[[], Awaitable[bytes]]]:
    """Take samples inside the block; yield what returns them as text."""
    from bot.metrics import Metrics, Scrape  # noqa: PLC0415 - as above

    assert isinstance(measures, Metrics)
    scrape = Scrape(
        metrics=measures,
        open_tasks=store.totals.open_tasks,
        ready=ready,
        credits_left=evolink.credits,
        clock=store.clocks.wall,
    )
    sampling = asyncio.create_task(scrape.run(), name="metrics")
    try:
        yield scrape.text
    finally:
        sampling.cancel()
        await asyncio.gather(sampling, return_exceptions=True)
