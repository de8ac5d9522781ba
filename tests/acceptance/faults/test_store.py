"""The database is locked by another program just when something was paid for."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from pathlib import Path

from sandbox.faults import Fault
from tests.acceptance.results_kit import opened_form
from tests.acceptance.studio import Studio, opened
from tests.acceptance.trouble import GENERATIONS, evolinks

#: Longer than SQLite waits for a lock.
TOO_LONG = 7.0


@asynccontextmanager
async def _locked_at(studio: Studio, fault: Fault) -> AsyncGenerator[asyncio.Event]:
    """Lock the database when a request meets the fault, for longer than the bot waits."""
    path = Path(studio.folder, "data", "imagine.db")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        met = asyncio.Event()

        def lock() -> None:
            other.execute("BEGIN IMMEDIATE")
            met.set()

        fault.then = lock
        yield met
        other.execute("ROLLBACK")


async def test_an_id_that_cannot_be_written_is_kept(tmp_path):
    """It is written once that is possible again; no outcome is unknown, and nothing is resent."""
    async with opened(tmp_path, UNKNOWN_AFTER_SECONDS="0.5") as studio:
        fault = studio.evolink.faults.add(Fault("POST", GENERATIONS, times=1))
        async with _locked_at(studio, fault) as locked:
            await studio.ann.slash("imagine", prompt="a fox", count=2)
            await asyncio.wait_for(locked.wait(), 30)
            await asyncio.sleep(TOO_LONG)
        (result,) = await studio.results()

        assert len(result.images) == 2
        assert len(studio.evolink.books.submissions) == 1
        assert "18 left" in (await studio.slash("quota")).text
        assert "Traceback" not in studio.log()
        assert studio.log().count("the database cannot be used") == 1


async def test_a_refusal_that_cannot_be_written_is_kept(tmp_path):
    """Nothing was accepted, and the bot knows: it tries again, and nothing counts as unknown."""
    async with opened(tmp_path, UNKNOWN_AFTER_SECONDS="0.5") as studio:
        away = evolinks(503, "service_unavailable")
        fault = studio.evolink.faults.add(Fault("POST", GENERATIONS, times=1, **away))
        async with _locked_at(studio, fault) as locked:
            await studio.ann.slash("imagine", prompt="a fox")
            await asyncio.wait_for(locked.wait(), 30)
            await asyncio.sleep(TOO_LONG)
        await studio.results()

        assert len(studio.evolink.books.submissions) == 1
        assert "19 left" in (await studio.slash("quota")).text


async def test_what_was_typed_is_given_back(tmp_path):
    """By command or form: since nobody could check it, only the person who typed it reads it."""
    async with opened(tmp_path) as studio:
        refused = await studio.slash("imagine", prompt="a fox --v 6")
        form = await opened_form(studio, await studio.ann.press(refused, "Edit and resend"))
        path = Path(studio.folder, "data", "imagine.db")
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            for sent in await asyncio.gather(
                studio.ann.slash("imagine", prompt="a fox in a long winter"),
                studio.ann.fill(form, Prompt="a fox in a long winter"),
            ):
                await studio.until(lambda sent=sent: sent.followups)
                (said,) = sent.followups
                assert "can't save anything" in said.text
                assert "a fox in a long winter" in said.text
                assert said.ephemeral
            other.execute("ROLLBACK")
