import asyncio
import os
import re
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine
from sqlalchemy.dialects import postgresql, sqlite

from bot.domain.result import Result
from bot.errors import StartError, StoreUnavailable
from bot.store import facts
from bot.store.engine import Connection
from bot.store.opening import is_as_left
from bot.store.store import Store
from bot.store.tables import metadata
from tests.integration.store_kit import (
    NOW,
    address,
    driver_of,
    opened,
    page_of,
    queue,
    run,
    statements,
)
from tests.kit.patience import PATIENCE, slowness

DIALECTS = {"sqlite": sqlite.dialect(), "postgresql": postgresql.dialect()}


def compiled() -> Iterator[tuple[str, str, str]]:
    """Yield each statement's name, dialect and text."""
    for name, only, statement in statements():
        for dialect in [only] if only else DIALECTS:
            yield name, dialect, str(statement.compile(dialect=DIALECTS[dialect]))


def test_every_statement_compiles_for_both_databases() -> None:
    """No statement needs one particular database."""
    texts = list(compiled())
    assert len({name for name, _, _ in texts}) >= 35
    assert {dialect for _, dialect, _ in texts} == {"sqlite", "postgresql"}


def test_claims_skip_rows_that_another_process_is_claiming() -> None:
    """On PostgreSQL, where writers are concurrent, two claims do not wait for each other."""
    (text,) = [text for name, dialect, text in compiled()
               if name.endswith("claims.CLAIM_DUE") and dialect == "postgresql"]  # fmt: skip
    assert "FOR UPDATE SKIP LOCKED" in text
    assert text.index("WITH next_due AS") < text.index("SKIP LOCKED") < text.index("UPDATE task")


async def test_migrations_make_exactly_the_tables(tmp_path) -> None:
    """The migrations make the tables that the statements are written for, indexes and all."""
    async with opened(tmp_path):
        pass
    migrated = create_engine(f"sqlite:///{tmp_path}/data/imagine.db")
    made = create_engine("sqlite://")
    metadata.create_all(made)
    with migrated.connect() as here, made.connect() as there:
        opts = {"include_name": lambda name, *_: not str(name).startswith("task_text")}
        assert compare_metadata(MigrationContext.configure(here, opts=opts), metadata) == []
        # The full-text index is SQLite's own kind of table.
        schema = (
            "SELECT name, sql FROM sqlite_master"
            " WHERE name NOT LIKE 'alembic%' AND name NOT LIKE 'task_text%'"
        )
        shapes = [
            {row.name: _plain(row.sql) for row in each.exec_driver_sql(schema)}
            for each in (here, there)
        ]
    migrated.dispose()
    made.dispose()
    assert {k: v for k, v in shapes[0].items() if "alembic" not in k} == shapes[1]


def _plain(sql: str | None) -> list[str]:
    # The order of columns and constraints doesn't matter: those added later come last.
    start, _, rest = (sql or "").partition("(")
    parts, _, end = rest.rpartition(")")
    return [start, end, *sorted(part.strip() for part in re.split(r",(?![^(]*\))", parts))]


KILLED = """
import asyncio, os, signal, sys
from sqlalchemy import Engine, event
from bot.store.opening import is_as_left
from bot.store.store import Store

left = [0]

@event.listens_for(Engine, "before_cursor_execute")
def kill(*_):
    left[0] -= 1
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)

for statement in range(1, 1000):
    child = os.fork()
    if child == 0:
        left[0] = statement
        asyncio.run(Store.open(sys.argv[1]))
        os._exit(0)
    if os.waitpid(child, 0)[1] == 0:
        break
    print(statement, flush=True)
"""


async def test_a_migration_that_is_killed_leaves_nothing_half_made(tmp_path) -> None:
    """Killed before each of its statements in turn, it can be repeated, and is then complete."""
    run = subprocess.run(  # noqa: S603, ASYNC221 - our own text; nothing else runs here
        [sys.executable, "-c", KILLED, address(tmp_path)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=5 * PATIENCE * slowness(),
        check=True,
    )
    assert len(run.stdout.split()) > len(metadata.tables)
    async with opened(tmp_path) as store:
        await queue(store)


async def test_migrations_are_found_from_any_folder(tmp_path, monkeypatch) -> None:
    """The bot may be started from anywhere; a percent sign in a path does no harm."""
    (tmp_path / "100%").mkdir()
    monkeypatch.chdir(tmp_path / "100%")
    store = await Store.open("sqlite+aiosqlite:///here/imagine.db")
    await store.close()
    assert (tmp_path / "100%" / "here" / "imagine.db").is_file()


async def test_everything_is_there_after_a_restart(tmp_path) -> None:
    """A store that is opened again finds the task, its facts and its history as they were."""
    async with opened(tmp_path) as store:
        task = await run(store)
        post = page_of(task, 1, 2)
        link = Result(task_id=task.id, position=0, url="https://example.org/1.png")
        task = await store.tasks.save(
            task.ready(NOW + 9), "ready", now=NOW + 9, posted=post, results=[link]
        )
        await store.facts.put("trouble", {"until": 5})
        events = await store.events.of_task(task.id)
    async with opened(tmp_path) as store:
        assert await store.tasks.get(task.id) == task
        assert await store.posts.of_task(task.id) == (post,)
        assert await store.results.of_task(task.id) == (link,)
        assert await store.events.of_task(task.id) == events
        assert await store.facts.get("trouble") == {"until": 5}
    assert [each.kind for each in events] == [
        "accepted", "shown", "queued", "preparing", "submitting", "taken", "ready",
    ]  # fmt: skip


def _ask(text: str, connection: Connection) -> object:
    (value,) = driver_of(connection).execute(text).fetchone()
    return value


async def test_the_writer_keeps_its_promises(tmp_path) -> None:
    """What was committed survives a power loss; readers see WAL's snapshots and cannot write."""
    async with opened(tmp_path) as store:
        pragmas = {}
        for pragma in ("journal_mode", "synchronous", "foreign_keys", "query_only"):
            ask = partial(_ask, f"PRAGMA {pragma}")
            pragmas["w", pragma] = await store._db.write(ask)
            pragmas["r", pragma] = await store._db.read(ask)
        full = 2
        assert pragmas["w", "journal_mode"] == "wal"
        assert (pragmas["w", "synchronous"], pragmas["w", "foreign_keys"]) == (full, 1)
        assert (pragmas["w", "query_only"], pragmas["r", "query_only"]) == (0, 1)


@pytest.mark.parametrize("together", [False, True])
async def test_only_what_may_be_undone_does_not_wait_for_the_disk(tmp_path, together) -> None:
    """A lasting write waits for the disk, even if committed with others; so does the next one."""
    ask, full, normal = partial(_ask, "PRAGMA synchronous"), 2, 1
    async with opened(tmp_path) as store:
        assert await store._db.write(ask, lasting=False) == normal
        if together:
            # The first keeps the thread busy; the others wait, and are committed together.
            found = await asyncio.gather(
                *(store._db.write(ask, lasting=lasting) for lasting in (False, False, True))
            )
            assert found in ([normal, full, full], [full, full, full])
        assert await store._db.write(ask) == full
        assert await store._db.write(ask, lasting=False) == normal


async def test_nothing_changes_between_reading_and_writing(tmp_path) -> None:
    """A writing transaction holds the lock from its beginning: another process waits for it."""
    async with opened(tmp_path) as store, opened(tmp_path) as other:
        inside, go_on = threading.Event(), threading.Event()

        def write(connection: Connection) -> None:
            connection.execute(facts.FACTS, {"keys": ["k"]})
            inside.set()
            assert go_on.wait(PATIENCE)
            connection.execute(facts.PUT, {"key": "k", "value": "first"})

        first = asyncio.create_task(store._db.write(write))
        assert await asyncio.to_thread(inside.wait, PATIENCE)
        waiting = asyncio.create_task(other.facts.put("k", "other"))
        await asyncio.wait([waiting], timeout=0.05)
        go_on.set()
        await asyncio.gather(first, waiting)
        assert await store.facts.get("k") == "other"


async def test_a_write_that_is_cancelled_has_ended(tmp_path) -> None:
    """A write under way is finished first; a waiting one never begins."""
    async with opened(tmp_path) as store:
        inside, go_on = threading.Event(), threading.Event()

        def write(connection: Connection) -> None:
            inside.set()
            assert go_on.wait(PATIENCE)
            connection.execute(facts.PUT, {"key": "under way", "value": 1})

        first = asyncio.create_task(store._db.write(write))
        assert await asyncio.to_thread(inside.wait, PATIENCE)
        second = asyncio.create_task(store.facts.put("waiting", 1))
        await asyncio.sleep(0)
        for task in (first, second):
            task.cancel()
        await asyncio.wait([second])
        assert not first.done()
        go_on.set()
        await asyncio.wait([first])
        assert first.cancelled()
        assert second.cancelled()
        assert await store.facts.several("under way", "waiting") == {"under way": 1}


async def test_writes_that_are_cancelled_at_any_moment_leave_no_lock(tmp_path) -> None:
    """Whenever a write is cancelled, it is there whole or not at all, and the next one succeeds."""
    async with opened(tmp_path) as store:
        for turns in range(0, 40, 2):
            work = asyncio.create_task(store.facts.put(f"key-{turns}", [turns]))
            for _ in range(turns):
                await asyncio.sleep(0)
            work.cancel()
            await asyncio.wait([work])
            assert await store.facts.get(f"key-{turns}") in (None, [turns])
        async with asyncio.timeout(PATIENCE):
            await store.facts.put("last", True)
        assert await store.facts.get("last") is True


async def test_facts(tmp_path) -> None:
    """A fact is any JSON value; the first to put an absent one wins."""
    async with opened(tmp_path) as store:
        assert await store.facts.get("k") is None
        assert await store.facts.put_if_absent("k", ["一", None, 1.5])
        assert not await store.facts.put_if_absent("k", "later")
        assert await store.facts.get("k") == ["一", None, 1.5]
        await store.facts.put("k", 0)
        assert await store.facts.get("k") == 0
        assert await store.facts.remove("k")
        assert not await store.facts.remove("k")
        assert await store.facts.get("k") is None


async def refused(url: str) -> str:
    """Return the sentence with which the store refuses to open."""
    with pytest.raises(StartError) as caught:
        await Store.open(url)
    sentence = caught.value.sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


@pytest.mark.parametrize(
    ("url", "part"),
    [
        ("", "isn't a database address"),
        ("data/imagine.db", "isn't a database address"),
        ("sqlite:///data/imagine.db", "the driver sqlite isn't supported"),
        ("postgresql+psycopg://db/imagine", "the driver postgresql+psycopg isn't supported"),
        ("postgresql+asyncpg://db", "names no database"),
        (
            "postgresql+asyncpg://imagine@127.0.0.1:9/imagine",
            "imagine on 127.0.0.1 can't be reached",
        ),
        ("mongodb://db", "the driver mongodb isn't supported"),
        ("sqlite+aiosqlite://", "names no file"),
        ("sqlite+aiosqlite:///:memory:", "names no file"),
        ("sqlite+aiosqlite:////proc/none/imagine.db", "the folder /proc/none can't be created"),
    ],
)
async def test_an_address_that_cannot_be_used(url, part) -> None:
    """The sentence says what is wrong with the address."""
    assert part in await refused(url)


async def test_a_file_in_the_way_of_the_folder(tmp_path) -> None:
    """The sentence names the folder that cannot be made."""
    (tmp_path / "data").write_text("")
    assert "can't be created" in await refused(address(tmp_path))


async def test_a_folder_in_the_way_of_the_file(tmp_path) -> None:
    """The sentence says that the file cannot be opened."""
    (tmp_path / "data" / "imagine.db").mkdir(parents=True)
    assert "can't be opened for writing" in await refused(address(tmp_path))


async def test_a_file_that_is_no_database(tmp_path) -> None:
    """The sentence says so, and the file stays as it was."""
    path = tmp_path / "data" / "imagine.db"
    path.parent.mkdir()
    path.write_bytes(b"my holiday pictures, all of them" * 100)
    assert "damaged or not a SQLite database" in await refused(address(tmp_path))
    assert path.read_bytes() == b"my holiday pictures, all of them" * 100


async def test_a_damaged_database(tmp_path) -> None:
    """Damage inside the file is found at the start, not by the task that meets it."""
    async with opened(tmp_path) as store:
        await queue(store)
    path = tmp_path / "data" / "imagine.db"
    data = bytearray(path.read_bytes())
    data[4096 * 3 : 4096 * 8] = b"\xff" * 4096 * 5
    path.write_bytes(data)
    assert "damaged or not a SQLite database" in await refused(address(tmp_path))


async def test_only_what_was_not_left_closed_is_read_whole(tmp_path) -> None:
    """After a clean stop, a start takes equally long however many tasks there are."""
    file = tmp_path / "data" / "imagine.db"
    async with opened(tmp_path) as store:
        assert not is_as_left(file)
        await queue(store)
    assert is_as_left(file)
    assert not is_as_left(file)
    async with opened(tmp_path) as store:
        assert await store.is_intact()
    os.utime(file, (1, 1))
    assert not is_as_left(file)


@contextmanager
def locked(path: Path) -> Generator[None]:
    """Hold the file as another program would."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        yield


async def test_a_database_that_another_program_locks(tmp_path, monkeypatch) -> None:
    """The sentence says so, after the time that a lock is waited for."""
    async with opened(tmp_path):
        pass
    monkeypatch.setattr("bot.store.sqlite.BUSY", 20)
    with locked(tmp_path / "data" / "imagine.db"):
        assert "is locked by another program" in await refused(address(tmp_path))


async def test_a_database_that_cannot_be_written_for_a_while(tmp_path, monkeypatch) -> None:
    """Locked by another program or full: it says so, nothing is written, and later it works."""
    monkeypatch.setattr("bot.store.sqlite.BUSY", 20)
    async with opened(tmp_path) as store:
        with closing(sqlite3.connect(tmp_path / "data" / "imagine.db", isolation_level=None)) as it:
            it.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreUnavailable, match="locked"):
                await store.facts.put("key", 1)
        await store._db.write(partial(_ask, "PRAGMA max_page_count = 1"))
        with pytest.raises(StoreUnavailable, match="full"):
            await store.facts.put("key", "x" * 100_000)
        await store._db.write(partial(_ask, "PRAGMA max_page_count = 1000000"))
        assert await store.facts.get("key") is None
        await store.facts.put("key", 1)
        assert await store.facts.get("key") == 1


async def test_a_database_of_a_later_version(tmp_path) -> None:
    """A bot that was rolled back to an older version does not touch what it doesn't know."""
    async with opened(tmp_path):
        pass
    with closing(sqlite3.connect(tmp_path / "data" / "imagine.db")) as file, file:
        file.execute("UPDATE alembic_version SET version_num = '9999'")
    assert "is from a later version of the bot" in await refused(address(tmp_path))


UNPRIVILEGED = """
import asyncio, ctypes, sys
from pathlib import Path
from bot.app import build
from bot.errors import StartError
from bot.settings import Settings

# Root may write anywhere; without the capability CAP_DAC_OVERRIDE it is like other users,
# once a program is executed.
if sys.argv[1] == "drop":
    import os
    ctypes.CDLL(None).prctl(24, 1, 0, 0, 0)
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:-1], "run"])

async def open_all():
    async with build(Settings.read(), []):
        pass

try:
    asyncio.run(open_all())
except StartError as error:
    print(error.exit_code, error.sentence)
"""


def started_in(folder: Path) -> str:
    """Build the bot as an unprivileged user; return the error."""
    done = subprocess.run(  # noqa: S603 - our own text; nothing else runs here
        [sys.executable, "-c", UNPRIVILEGED, "drop"],
        cwd=folder,
        env={"PYTHONPATH": str(Path(__file__).parents[2]), "DISCORD_TOKEN": "x",
             "EVOLINK_API_KEY": "x"},
        capture_output=True,
        text=True,
        timeout=5 * PATIENCE * slowness(),
        check=True,
    )  # fmt: skip
    return done.stdout


@pytest.mark.parametrize(
    ("locked", "mode", "says"),
    [
        ("data/imagine.db", 0o444, "DATABASE_URL: data/imagine.db can't be opened for writing"),
        ("data", 0o555, "DATABASE_URL: data/imagine.db can't be opened for writing"),
        ("data/results", 0o555, "DATA_DIR: data/results"),
    ],
)
async def test_what_can_be_read_but_not_written(tmp_path, locked, mode, says) -> None:
    """The start says so in a sentence (78), rather than the first task with a traceback."""
    async with opened(tmp_path):
        pass
    for name in ("results", "references", "incoming"):
        (tmp_path / "data" / name).mkdir()
    assert started_in(tmp_path) == ""
    (tmp_path / locked).chmod(mode)
    try:
        said = started_in(tmp_path)
    finally:
        (tmp_path / locked).chmod(0o755)
    assert said.startswith(f"78 {says}")
    assert said.count("\n") == 1


async def test_the_home_folder_in_the_address(tmp_path, monkeypatch) -> None:
    """``~`` means what it would to a shell; an unknown user's is reported."""
    monkeypatch.setenv("HOME", str(tmp_path))
    store = await Store.open("sqlite+aiosqlite:///~/bot/imagine.db")
    await store.close()
    assert (tmp_path / "bot" / "imagine.db").is_file()
    assert "~ can't be expanded" in await refused("sqlite+aiosqlite:///~nobody-of-this-name/x.db")


async def test_a_file_is_read_whole_unless_it_was_closed_by_all(tmp_path) -> None:
    """One process closes it, another dies with it open: what the latter wrote may be damaged."""
    file = tmp_path / "data" / "imagine.db"
    async with opened(tmp_path) as other:
        async with opened(tmp_path):
            pass
        assert not is_as_left(file)
        async with opened(tmp_path):
            pass
        await queue(other)
        assert not is_as_left(file)
    assert is_as_left(file)
    assert not is_as_left(file), "the note counts once"
