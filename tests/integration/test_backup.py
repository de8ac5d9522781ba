"""``python -m bot backup`` and ``restore``: whole copies, out and in."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.domain.request import Request
from bot.domain.requester import Requester
from bot.domain.result import Post, Result
from bot.domain.task import Task
from bot.errors import StartError
from bot.store.backup import Contents, back_up, locked, restore
from bot.store.store import Store
from tests.integration.store_kit import (
    GUILD,
    NOW,
    USER,
    address,
    number_of_tasks,
    opened,
    page_of,
    queue,
    run,
)

HERE = Path(__file__).parents[2]
TWO = Request(prompt="a fox", count=2)


def database(folder: Path) -> Path:
    """Return the file of the test's database."""
    return folder / "data" / "imagine.db"


async def tasks(folder: Path) -> int:
    """Count the tasks that a bot would find."""
    store = await Store.open(address(folder))
    try:
        return await number_of_tasks(store, Requester(GUILD, USER))
    finally:
        await store.close()


def refused(folder: Path, backup: Path) -> StartError:
    """Return the error with which a restore is refused."""
    before = database(folder).read_bytes()
    with pytest.raises(StartError) as caught:
        restore(address(folder), backup)
    assert database(folder).read_bytes() == before
    assert sorted(path.name for path in (folder / "data").iterdir())[:1] == ["imagine.db"]
    return caught.value


async def _backed_up(folder: Path) -> Path:
    """Make a database with one task, and return a backup of it."""
    backup = folder / "backup.db"
    async with opened(folder) as store:
        await queue(store)
        back_up(address(folder), backup)
    return backup


async def test_out_while_it_runs_and_in_again(tmp_path) -> None:
    """A copy has what was committed when it was made; later changes are undone, but kept aside."""
    backup = tmp_path / "backup.db"
    async with opened(tmp_path) as store:
        await run(store)
        await queue(store)
        assert back_up(address(tmp_path), backup) == Contents(tasks=2, waiting=1)
        await queue(store)
    contents, kept = restore(address(tmp_path), backup)
    assert contents == Contents(tasks=2, waiting=1)
    assert await tasks(tmp_path) == 2
    assert kept is not None
    with closing(sqlite3.connect(kept)) as old:
        assert old.execute("SELECT count(*) FROM task").fetchone() == (3,)
    assert not list(tmp_path.glob("*.part"))


async def test_not_while_the_bot_runs(tmp_path) -> None:
    """An idle bot counts as running; nothing is touched."""
    backup = tmp_path / "backup.db"
    async with opened(tmp_path) as store:
        await queue(store)
        back_up(address(tmp_path), backup)
        error = refused(tmp_path, backup)
        assert "stop the bot first" in error.sentence
        assert error.exit_code == 69
        await queue(store)
    assert await tasks(tmp_path) == 2


HOLDING = """
import asyncio, sys
from bot.store.store import Store

async def main():
    await Store.open(sys.argv[1])
    print("open", flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_a_second_process_and_its_end_by_kill(tmp_path) -> None:
    """A frozen process counts as running; a killed one holds nothing, and its -wal does no harm."""
    backup = tmp_path / "backup.db"
    async with opened(tmp_path) as store:
        await queue(store)
        back_up(address(tmp_path), backup)
        await queue(store)
    with subprocess.Popen(  # noqa: S603, ASYNC220 - our own text; nothing else runs here
        [sys.executable, "-c", HOLDING, address(tmp_path)], cwd=HERE, stdout=subprocess.PIPE
    ) as bot:
        assert bot.stdout is not None
        bot.stdout.readline()
        os.kill(bot.pid, signal.SIGSTOP)
        assert "stop the bot first" in refused(tmp_path, backup).sentence
        bot.kill()
    assert database(tmp_path).with_name("imagine.db-wal").exists()
    restore(address(tmp_path), backup)
    assert await tasks(tmp_path) == 1


async def test_beside_the_wal_of_a_database_that_is_gone(tmp_path) -> None:
    """Somebody removed only the database: the files beside it are put aside, not applied."""
    backup = tmp_path / "backup.db"
    async with opened(tmp_path) as store:
        await queue(store)
        back_up(address(tmp_path), backup)
        await queue(store)
        stale = database(tmp_path).with_name("imagine.db-wal").read_bytes()
    database(tmp_path).unlink()
    database(tmp_path).with_name("imagine.db-wal").write_bytes(stale)
    restore(address(tmp_path), backup)
    assert await tasks(tmp_path) == 1
    assert [path.read_bytes() for path in (tmp_path / "data").glob("*before*-wal")] == [stale]


def notes(data: bytes) -> bytes:
    """Return text, which is no database at all."""
    return b"no database " * (len(data) // 12)


def overwritten(start: int, end: int) -> Callable[[bytes], bytes]:
    """Return a function that writes nonsense over some bytes of a file."""
    return lambda data: data[:start] + b"\xff" * (end - start) + data[end:]


RUINS = {
    "no database": notes,
    "cut to nothing": lambda _: b"",
    "cut": lambda data: data[: len(data) // 2],
    "cut within the first page": lambda data: data[:50],
    "inside": overwritten(4096 * 3, 4096 * 8),
    "header": overwritten(16, 100),
    "schema": overwritten(100, 4096),
    "format of the schema": overwritten(44, 48),
}


@pytest.mark.parametrize("ruin", RUINS.values(), ids=RUINS)
async def test_over_a_database_that_is_damaged(tmp_path, ruin) -> None:
    """That is what backups are for; the damaged one is kept as it was found."""
    backup = await _backed_up(tmp_path)
    data = ruin(database(tmp_path).read_bytes())
    database(tmp_path).write_bytes(data)
    _, kept = restore(address(tmp_path), backup)
    assert await tasks(tmp_path) == 1
    assert kept is not None
    # SQLite may have written the header if it could still read it; to an empty file, a whole page.
    assert kept.read_bytes()[100 : len(data)] == data[100:]


@pytest.mark.parametrize("ruin", RUINS.values(), ids=RUINS)
async def test_not_while_the_bot_runs_on_a_damaged_database(tmp_path, ruin) -> None:
    """Nothing is put aside that a running bot still has open."""
    backup = tmp_path / "backup.db"
    async with opened(tmp_path) as store:
        await queue(store)
        back_up(address(tmp_path), backup)
        database(tmp_path).write_bytes(ruin(database(tmp_path).read_bytes()))
        assert "stop the bot first" in refused(tmp_path, backup).sentence


async def test_images_that_were_deleted_since(tmp_path) -> None:
    """They stay deleted, and nothing of their task is drawn, posted or charged anew.

    So wherever it stood in the backup; what is still to be deleted goes on being deleted.
    """

    async def delivered(store: Store, task: Task) -> Task:
        ready = task.ready(NOW, drawn=2)
        images = [
            Result(task_id=task.id, position=n, url=f"https://e/{n}", file="f") for n in (0, 1)
        ]
        ready = await store.tasks.save(ready, "ready", now=NOW, results=images)
        await store.posts.save([page_of(task, 3, 4)])
        return await store.tasks.save(ready.delivered(NOW, 2), "delivered", now=NOW)

    backup = tmp_path / "backup.db"
    async with opened(tmp_path) as store:
        then = [await delivered(store, await run(store, request=TWO))]
        then += [await run(store, request=TWO) for _ in range(4)]
        back_up(address(tmp_path), backup)
        done = [then[0], *[await delivered(store, each) for each in then[1:]]]
        for number, changed in (
            (0, done[0].deleted(NOW)),
            (1, done[1].deleted(NOW)),
            (2, replace(done[2].to_delete(NOW + 1), owner="main/killed")),
            (3, done[3].to_remove(NOW + 1, 1)),
        ):
            done[number] = await store.tasks.save(changed, "deleted", now=NOW)
        await store.results.save(Result(task_id=done[4].id, position=1, url="", deleted=True))
        before = [await everything(store, each) for each in done]
    restore(address(tmp_path), backup)
    async with opened(tmp_path) as store:
        now = [await everything(store, each) for each in done]
    # Nobody works on the task any more.
    assert before[2][0].owner == "main/killed"
    assert now == [(replace(task, owner=None), *others) for task, *others in before]


async def test_images_that_were_deleted_since_from_a_damaged_database(tmp_path) -> None:
    """The intact tables count: the task has ended, though its messages are unknown."""
    backup, file = tmp_path / "backup.db", database(tmp_path)
    async with opened(tmp_path) as store:
        task = await run(store)
        back_up(address(tmp_path), backup)
        ready = await store.tasks.save(task.ready(NOW, drawn=1), "ready", now=NOW)
        done = await store.tasks.save(ready.delivered(NOW, 1), "delivered", now=NOW)
        await store.posts.save([page_of(task, 3, 4)])
        await store.tasks.save(done.deleted(NOW), "deleted", now=NOW)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        select = "SELECT rootpage FROM sqlite_master WHERE name = 'post'"
        (page,) = connection.execute(select).fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with file.open("r+b") as ruined:
        ruined.seek((page - 1) * size)
        ruined.write(b"\xff" * 100)
    restore(address(tmp_path), backup)
    async with opened(tmp_path) as store:
        present, _, _ = await everything(store, task)
    assert present.images_gone


async def everything(store: Store, task: Task) -> tuple[Task, Sequence[Result], Sequence[Post]]:
    """Return a task, its images and its messages."""
    present = await store.tasks.get(task.id)
    assert present is not None
    images, posts = await store.results.of_task(task.id), await store.posts.of_task(task.id)
    return present, images, posts


async def test_into_an_empty_place(tmp_path) -> None:
    """A new machine has nothing yet."""
    backup = tmp_path / "backup.db"
    (tmp_path / "old").mkdir()
    async with opened(tmp_path / "old") as store:
        await queue(store)
        back_up(address(tmp_path / "old"), backup)
    assert restore(address(tmp_path / "new"), backup) == (Contents(1, 1), None)
    assert await tasks(tmp_path / "new") == 1


async def test_files_that_are_no_backup(tmp_path) -> None:
    """Each gets a sentence, and the database stays as it was."""
    async with opened(tmp_path) as store:
        await queue(store)
        whole = tmp_path / "whole.db"
        back_up(address(tmp_path), whole)
    junk, others, later, torn = (tmp_path / f"{name}.db" for name in ("a", "b", "c", "d"))
    junk.write_bytes(b"somebody's notes" * 100)
    torn.write_bytes(whole.read_bytes()[:-4096])
    later.write_bytes(whole.read_bytes())
    for path, sql in (
        (others, "CREATE TABLE cats (name)"),
        (later, "UPDATE alembic_version SET version_num = '9999'"),
    ):
        with closing(sqlite3.connect(path)) as file, file:
            file.execute(sql)
    assert "There is no file" in refused(tmp_path, tmp_path / "none.db").sentence
    assert "There is no file" in refused(tmp_path, tmp_path).sentence
    assert "damaged or not" in refused(tmp_path, junk).sentence
    assert "damaged or not" in refused(tmp_path, torn).sentence
    assert "isn't a database of this bot" in refused(tmp_path, others).sentence
    assert "from a later version" in refused(tmp_path, later).sentence
    assert "is the database itself" in refused(tmp_path, database(tmp_path)).sentence


async def test_where_no_backup_can_be_made(tmp_path) -> None:
    """An existing file isn't overwritten; a missing database isn't created."""
    with pytest.raises(StartError, match="no database"):
        back_up(address(tmp_path), tmp_path / "backup.db")
    assert not database(tmp_path).exists()
    async with opened(tmp_path):
        pass
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(StartError, match="exists already"):
        back_up(address(tmp_path), tmp_path / "mine.txt")
    with pytest.raises(StartError, match="can't be written"):
        back_up(address(tmp_path), tmp_path / "mine.txt" / "x.db")
    with pytest.raises(StartError, match="failed"):
        back_up(address(tmp_path), tmp_path / "nowhere" / "x.db")
    assert (tmp_path / "mine.txt").read_text() == "mine"


def pages_of(file: Path) -> int:
    """Count the pages of a database."""
    with closing(sqlite3.connect(file)) as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
    return pages


KILLED = """
import os, sqlite3, signal, sys
from pathlib import Path
from bot.store.backup import restore

step = int(sys.argv[3])

def count(*_):
    global step
    step -= 1
    if step == 0:
        os.kill(os.getpid(), signal.SIGKILL)

class Slowly(sqlite3.Connection):
    def backup(self, target, **_):
        target.execute("PRAGMA cache_size = 1")  # so that pages reach the disk on the way
        super().backup(target, pages=1, progress=count)

connect = sqlite3.connect
sqlite3.connect = lambda *a, **k: connect(*a, **k | {"factory": Slowly})
restore(sys.argv[1], Path(sys.argv[2]))
"""


async def test_killed_in_the_middle(tmp_path) -> None:
    """The database is the old or the new one, whole, and the next try succeeds."""
    backup = tmp_path / "backup.db"
    async with opened(tmp_path) as store:
        await queue(store)
        back_up(address(tmp_path), backup)
        await queue(store)
    pages = pages_of(backup)
    # The new one is copied first, then the old one is kept, then the new one replaces it; each step
    # is past a page.
    for step in (1, pages, pages + 2, 2 * pages + 2, 2 * pages + pages // 2, 3 * pages - 1):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", KILLED, address(tmp_path), str(backup), str(step), cwd=HERE
        )
        assert await process.wait() == -signal.SIGKILL
        assert await tasks(tmp_path) == 2
    restore(address(tmp_path), backup)
    assert await tasks(tmp_path) == 1
    assert not list(tmp_path.glob("data/*restoring*"))


async def test_without_room_for_temporary_files(tmp_path, monkeypatch) -> None:
    """SQLite's temporary files are often in memory, which has no room for a large database."""
    backup = await _backed_up(tmp_path)
    connect = sqlite3.connect

    def connect_to_file(database: str | Path, *args: Any, **options: Any) -> sqlite3.Connection:
        if database in {"", ":memory:"}:
            raise sqlite3.OperationalError("unable to open database file")
        return connect(database, *args, **options)

    monkeypatch.setattr("sqlite3.connect", connect_to_file)
    restore(address(tmp_path), backup)
    assert await tasks(tmp_path) == 1


async def test_over_what_a_killed_restore_has_left(tmp_path) -> None:
    """Whatever it left, even after a power cut."""
    backup = await _backed_up(tmp_path)
    left = database(tmp_path).with_name("imagine.db.restoring")
    for data in (backup.read_bytes(), backup.read_bytes()[:5000], b"\0" * 5000):
        left.write_bytes(data)
        left.with_name("imagine.db.restoring-journal").write_bytes(data)
        assert restore(address(tmp_path), backup)[0] == Contents(1, 1)
        assert not list(tmp_path.glob("data/*restoring*"))
    assert await tasks(tmp_path) == 1


async def test_not_twice_at_once(tmp_path) -> None:
    """Neither uses what the other has only begun to write."""
    backup = await _backed_up(tmp_path)
    with closing(locked(database(tmp_path).with_name("imagine.db.restoring"))):
        error = refused(tmp_path, backup)
    assert "imagine.db.restoring is in use" in error.sentence
    assert error.exit_code == 69


FULL = """
import resource, sys
from pathlib import Path
from bot.errors import StartError
from bot.store.backup import restore

resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
try:
    restore(sys.argv[1], Path(sys.argv[2]))
except StartError as error:
    sys.exit(error.sentence)
"""


@pytest.mark.parametrize(
    ("ruin", "room"), [(bytes, 0.5), (notes, 0.5), (bytes, 1.5)], ids=["new", "new alone", "old"]
)
async def test_where_it_has_no_room(tmp_path, ruin, room) -> None:
    """The sentence names the database's folder, and what was there is still there."""
    backup = tmp_path / "backup.db"
    async with opened(tmp_path) as store:
        await queue(store)
        back_up(address(tmp_path), backup)
        await store.facts.put("large", "x" * 2 * backup.stat().st_size)
    data = ruin(database(tmp_path).read_bytes())
    database(tmp_path).write_bytes(data)
    before = sorted((tmp_path / "data").iterdir())
    process = await asyncio.create_subprocess_exec(
        *(
            sys.executable,
            "-c",
            FULL,
            address(tmp_path),
            str(backup),
            str(int(room * backup.stat().st_size)),
        ),
        cwd=HERE,
        stderr=subprocess.PIPE,
    )
    _, said = await process.communicate()
    assert process.returncode == 1
    assert said.startswith(b"DATABASE_URL: ")
    assert sorted((tmp_path / "data").iterdir()) == before
    assert database(tmp_path).read_bytes()[100:] == data[100:]
