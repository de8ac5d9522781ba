"""What Prometheus reads of a running bot."""

import asyncio
import signal
import sqlite3
from contextlib import closing

import aiohttp
import pytest_asyncio
from prometheus_client.parser import text_string_to_metric_families

from sandbox.faults import Fault
from tests.acceptance.studio import Studio, opened
from tests.acceptance.trouble import GENERATIONS, evolinks
from tests.kit.patience import PATIENCE, slowness
from tests.kit.ports import free_port

SECRET = "zeppelin"


@pytest_asyncio.fixture(loop_scope="session")
async def measured(tmp_path):
    """A bot whose metrics are served."""
    async with opened(tmp_path, METRICS_PORT=str(free_port())) as studio:
        yield studio


async def _ask(studio: Studio, path: str) -> tuple[int, str]:
    url = f"http://127.0.0.1:{studio.bot.settings['METRICS_PORT']}{path}"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status, await answer.text()


async def _samples(studio: Studio) -> dict[str, float]:
    """Return each sample by its name, and its labels' values."""
    status, text = await _ask(studio, "/metrics")
    assert status == 200
    return {
        " ".join((sample.name, *sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_what_is_measured(measured):
    """A drawing that comes, one that Evolink refuses, and a refusal: each is counted."""
    before = await _samples(measured)
    await measured.ann.slash("imagine", prompt=SECRET, count=2)
    await measured.results()
    measured.evolink.faults.add(
        Fault("POST", GENERATIONS, times=1, **evolinks(400, "content_policy_violation"))
    )
    refused = await measured.ann.slash("imagine", prompt=SECRET)
    await measured.reads(refused, "Blocked by")
    await measured.ann.slash("imagine", prompt=SECRET, size="8:1:1")
    await measured.quiet()
    after = await _samples(measured)

    def added(name: str) -> float:
        return after[name] - before.get(name, 0.0)

    assert added("imagine_images_drawn_total") == 2
    assert round(added("imagine_dollars_total"), 6) == 0.06
    assert added("imagine_tasks_ended_total delivered") == 1
    assert added("imagine_tasks_ended_total failed") == 1
    assert added("imagine_refusals_total SizeNotUnderstood") == 1
    assert added("imagine_calls_total refused evolink") == 1
    assert added("imagine_calls_total ok evolink") > 1
    assert added("imagine_calls_total ok discord") > 3
    assert added("imagine_answer_seconds_count") == 3
    assert added("imagine_delivery_seconds_count") == 1
    assert after["imagine_loop_lag_seconds_count"] > 0
    assert after["imagine_credits"] > 0
    assert after["imagine_ready database"] == after["imagine_ready running"] == 1
    assert after["process_resident_memory_bytes"] > 0


async def test_what_waits(measured):
    """Open tasks by state, and for how long the oldest has waited."""
    measured.evolink.faults.add(Fault("POST", GENERATIONS, **evolinks(402, "insufficient_quota")))
    await measured.ann.slash("imagine", prompt=SECRET)
    async with asyncio.timeout(PATIENCE * slowness()):
        while True:
            samples = await _samples(measured)
            if samples["imagine_tasks queued"] and samples["imagine_queue_oldest_seconds"] > 1:
                break
            await asyncio.sleep(0.5)
    assert samples["imagine_tasks running"] == 0


async def test_no_label_has_words_or_ids_of_people(measured):
    """Nothing that somebody typed is shown, nor who typed it."""
    await measured.ann.slash("imagine", prompt=SECRET, size=SECRET)
    await measured.ann.slash("imagine", prompt=SECRET)
    await measured.results()
    _, text = await _ask(measured, "/metrics")
    assert SECRET not in text
    assert str(measured.ann.user.id) not in text


async def test_a_stop_is_seen(measured):
    """The load balancer sees it at once, while the bot still waits for a paid request."""
    await _turns(measured, 200)
    slow = measured.evolink.faults.add(Fault("POST", GENERATIONS, delay=5.0, times=1))
    await measured.ann.slash("imagine", prompt=SECRET)
    await measured.until(lambda: slow.met)
    measured.bot.strike(signal.SIGTERM)
    assert await _turns(measured, 503) == '{"discord": true, "database": true, "running": false}'
    assert (await _ask(measured, "/healthz"))[0] == 200


async def _turns(studio: Studio, status: int) -> str:
    """Wait until the bot is ready, or isn't; return what it says."""
    async with asyncio.timeout(PATIENCE * slowness()):
        while (told := await _ask(studio, "/readyz"))[0] != status:  # noqa: ASYNC110 - no event
            await asyncio.sleep(0.05)
    return told[1]


async def test_the_daily_line(tmp_path):
    """It comes to the operator's channel once, the first time that the bot runs on a new day."""
    studio = Studio(tmp_path)
    await studio.open()
    try:
        await studio.start(OPERATOR_CHANNEL_ID=str(studio.world.general.id))
        await studio.ann.slash("imagine", prompt=SECRET, count=2)
        await studio.results()
        await studio.quiet()
        for _ in range(2):
            await studio.bot.stop()
            if not _daily_lines(studio):
                with closing(sqlite3.connect(tmp_path / "data" / "imagine.db")) as rows, rows:
                    rows.execute("UPDATE fact SET value = value - 1 WHERE key = 'summary'")
            await studio.restart()
            await studio.until(lambda: _daily_lines(studio))
        await studio.slash("quota")
        (line,) = _daily_lines(studio)
        assert line.startswith("The last 24 hours: 2 images ($0.06); tasks: 1 delivered; 0 ")
    finally:
        await studio.close()


def _daily_lines(studio: Studio) -> list[str]:
    texts = [message.text for message in studio.world.general.messages()]
    return [text for text in texts if "The last 24 hours" in text]
