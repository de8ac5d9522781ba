"""Metrics while the database is away."""

import asyncio

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.metrics import Metrics, Scrape
from bot.store.store import Store
from tests.integration.store_kit import NOW, accept
from tests.kit.postgres import programs, running


@pytest.fixture
def server():
    """A server of the test's own, which it stops."""
    found = programs()
    if found is None:
        pytest.skip("PostgreSQL isn't installed")
    with running(found) as server:
        yield server


async def _values(scrape: Scrape) -> dict[str, float]:
    families = text_string_to_metric_families((await scrape.text()).decode())
    return {
        " ".join((sample.name, *sample.labels.values())): sample.value
        for family in families
        for sample in family.samples
    }


def _scrape(store: Store) -> Scrape:
    async def ready() -> dict[str, bool]:
        return {"database": await store.answers()}

    async def credits_left() -> None:
        return None

    return Scrape(
        metrics=Metrics(0.03, lambda: NOW),
        open_tasks=store.totals.open_tasks,
        ready=ready,
        credits_left=credits_left,
        clock=lambda: NOW,
    )


async def test_without_the_database_gauges_are_missing(server, monkeypatch):
    """/readyz says so, too; both recover with it."""
    monkeypatch.setattr("bot.metrics.CACHED", 0.0)
    store = await Store.open(await server.database())

    scrape = _scrape(store)
    await accept(store, now=NOW - 60_000)
    there = {"imagine_ready database": 1, "imagine_tasks queued": 1}
    try:
        before = await _values(scrape)
        assert there.items() <= before.items()
        assert before["imagine_queue_oldest_seconds"] == 60
        assert "imagine_credits" not in before

        server.stop()
        away = await _values(scrape)
        assert away["imagine_ready database"] == 0
        assert not {"imagine_tasks queued", "imagine_queue_oldest_seconds"} & set(away)
        assert "imagine_calls_total ok discord" in away

        server.start()
        assert there.items() <= (await _values(scrape)).items()
    finally:
        await store.close()


async def test_a_database_that_does_not_answer(server, monkeypatch):
    """The scraper gets what is known without it, before it gives up."""
    monkeypatch.setattr("bot.store.store.ANSWERS", 0.1)
    monkeypatch.setattr("bot.metrics.ANSWERS", 0.1)
    store = await Store.open(await server.database())

    async def hang(*_: object, **__: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(store._db, "rows", hang)
    scrape = _scrape(store)
    try:
        async with asyncio.timeout(30):
            away = await _values(scrape)
    finally:
        await store.close()
    assert away["imagine_ready database"] == 0
    assert "imagine_tasks queued" not in away
    assert "imagine_calls_total ok discord" in away
