"""What ``/metrics`` says, in Prometheus's format: counters in memory, gauges from the database.

No label holds a user's words or anybody's id, and each has few values. Imported only where metrics
are served: ``prometheus_client`` takes 12 ms and 0.7 MiB.
"""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from types import SimpleNamespace

import aiohttp
import structlog
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from typing_extensions import override

from bot.domain.snowflakes import time_of
from bot.domain.state import ENDED, OPEN
from bot.domain.task import Task
from bot.errors import EvolinkError, ImagineError, StoreUnavailable
from bot.measures import Measures
from bot.store.store import ANSWERS
from bot.store.totals import OpenTasks

log = structlog.get_logger()

#: Seconds for which gauges are cached, however many clients scrape.
CACHED = 5.0
#: Seconds between two samples of the event loop's lag.
SAMPLED = 0.25
#: Seconds between two reads of the credits.
CREDITS_EVERY = 300.0

_FIRST_ANSWER = re.compile(r"/interactions/(\d+)/[^/]+/callback")
_LIMITED, _REFUSED, _FAILED = 429, 400, 500
SERVICES = ("discord", "evolink")
RESULTS = ("ok", "refused", "limited", "failed", "unanswered")
#: The reason that stands for errors that aren't ours.
UNEXPECTED = "Unexpected"


class Metrics(Measures):
    """Counts what this process does. ``image_price``: US dollars; ``clock``: epoch milliseconds."""

    def __init__(self, image_price: float, clock: Callable[[], int]) -> None:
        disable_created_metrics()
        self.families = families = CollectorRegistry()
        self._price, self._clock = image_price, clock
        ProcessCollector(registry=families)
        self._calls = Counter(
            "imagine_calls",
            "Requests, by how they were answered",
            ("service", "result"),
            registry=families,
        )
        self._refusals = Counter(
            "imagine_refusals",
            "What people were refused, by the error's name",
            ("reason",),
            registry=families,
        )
        self._ends = Counter(
            "imagine_tasks_ended", "Tasks, by how they ended", ("end",), registry=families
        )
        self._images = Counter(
            "imagine_images_drawn", "Images that Evolink drew", registry=families
        )
        self._dollars = Counter(
            "imagine_dollars", "Their price by IMAGE_PRICE, in US dollars", registry=families
        )
        self._lost = Counter(
            "imagine_leases_lost", "Held tasks that another process took", registry=families
        )
        self._answers = Histogram(
            "imagine_answer_seconds",
            "From an interaction to its first answer, by the clocks of Discord and of this machine",
            buckets=(0.1, 0.25, 0.5, 1, 1.5, 2, 2.5, 3, 5),
            registry=families,
        )
        self._deliveries = Histogram(
            "imagine_delivery_seconds",
            "From when Evolink was found to be done until all images were posted",
            buckets=(0.5, 1, 2, 5, 10, 30, 60, 300, 1800),
            registry=families,
        )
        self._lags = Histogram(
            "imagine_loop_lag_seconds",
            "How late the event loop comes to what is due",
            buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 3),
            registry=families,
        )
        # A rate needs a zero to start from.
        for service in SERVICES:
            for result in RESULTS:
                self._calls.labels(service, result)
        for end in sorted(ENDED):
            self._ends.labels(end)
        self._refusals.labels(UNEXPECTED)

    @override
    def watch(self, service: str, trace: aiohttp.TraceConfig) -> aiohttp.TraceConfig:
        async def ended(
            _: object, context: SimpleNamespace, params: aiohttp.TraceRequestEndParams
        ) -> None:
            # A later hook may raise, which would count it twice.
            context.is_counted = True
            self._calls.labels(service, _result(params.response.status)).inc()
            if params.response.status < _REFUSED:
                self._answered(params.url.path)

        async def failed(_: object, context: SimpleNamespace, __: object) -> None:
            if not getattr(context, "is_counted", False):
                self._calls.labels(service, "unanswered").inc()

        trace.on_request_end.append(ended)
        trace.on_request_exception.append(failed)
        return trace

    def _answered(self, path: str) -> None:
        found = _FIRST_ANSWER.search(path)
        if found is not None:
            taken = self._clock() - time_of(int(found[1]))
            self._answers.observe(max(0, taken) / 1000)

    @override
    def refused(self, error: Exception) -> None:
        known = isinstance(error, ImagineError)
        self._refusals.labels(type(error).__name__ if known else UNEXPECTED).inc()

    @override
    def saved(self, task: Task, event: str) -> None:
        if event == "ready":
            images = task.reserved if task.drawn is None else task.drawn
            self._images.inc(images)
            self._dollars.inc(images * self._price)
        elif event == task.state and task.has_ended:
            self._ends.labels(task.state.value).inc()

    @override
    def delivered(self, milliseconds: int) -> None:
        self._deliveries.observe(max(0, milliseconds) / 1000)

    @override
    def lost(self, leases: int) -> None:
        self._lost.inc(leases)

    async def watch_the_loop(self) -> None:
        """Sample the event loop's lag until cancelled."""
        while True:
            due = time.monotonic() + SAMPLED
            await asyncio.sleep(SAMPLED)
            self._lags.observe(max(0.0, time.monotonic() - due))


def _result(status: int) -> str:
    if status < _REFUSED:
        return "ok"
    if status == _LIMITED:
        return "limited"
    return "refused" if status < _FAILED else "failed"


class Scrape(Collector):
    """What ``/metrics`` answers. Without the database its gauges are missing, not wrong."""

    def __init__(
        self,
        *,
        metrics: Metrics,
        open_tasks: Callable[[], Awaitable[OpenTasks]],
        ready: Callable[[], Awaitable[Mapping[str, bool]]],
        credits_left: Callable[[], Awaitable[float | None]],
        clock: Callable[[], int],
    ) -> None:
        self._metrics, self._open_tasks, self._ready = metrics, open_tasks, ready
        self._credits_left, self._clock = credits_left, clock
        self._one_at_a_time = asyncio.Lock()
        self._read_at = float("-inf")
        self._open: OpenTasks | None = None
        self._parts: Mapping[str, bool] = {}
        self._credits: float | None = None
        metrics.families.register(self)

    async def text(self) -> bytes:
        """Return all metrics in Prometheus's text format."""
        async with self._one_at_a_time:
            if time.monotonic() - self._read_at >= CACHED:
                await self._read()
                self._read_at = time.monotonic()
        return generate_latest(self._metrics.families)

    async def run(self) -> None:
        """Sample the loop, and ask Evolink for the credits left, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._metrics.watch_the_loop(), name="loop lag")
            group.create_task(self._watch_credits(), name="credits")

    async def _watch_credits(self) -> None:
        while True:
            try:
                self._credits = await self._credits_left()
            except EvolinkError as error:
                self._credits = None
                log.info("the credits could not be read", error=repr(error))
            await asyncio.sleep(CREDITS_EVERY)

    async def _read(self) -> None:
        self._parts, self._open = await self._ready(), None
        with suppress(StoreUnavailable, TimeoutError):
            async with asyncio.timeout(ANSWERS):
                self._open = await self._open_tasks()

    @override
    def collect(self) -> Iterator[Metric]:
        ready = GaugeMetricFamily("imagine_ready", "Parts as /readyz has them", labels=["part"])
        for part, works in self._parts.items():
            ready.add_metric([part], works)
        yield ready
        if self._open is not None:
            states = GaugeMetricFamily("imagine_tasks", "Open tasks", labels=["state"])
            for state in sorted(OPEN):
                states.add_metric([state], self._open.by_state.get(state, 0))
            yield states
            oldest = self._open.oldest_queued
            age = 0.0 if oldest is None else max(0, self._clock() - oldest) / 1000
            yield GaugeMetricFamily(
                "imagine_queue_oldest_seconds", "Age of the oldest queued task", value=age
            )
        if self._credits is not None:
            yield GaugeMetricFamily(
                "imagine_credits", "Credits left at Evolink", value=self._credits
            )
