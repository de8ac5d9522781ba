"""What the store's tests share: a store on a real file, and tasks to put into it."""

import inspect
import pkgutil
import sqlite3
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import import_module
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import (
    ClauseElement,
    CompoundSelect,
    Delete,
    Executable,
    Insert,
    Select,
    Update,
    create_engine,
)
from typing_extensions import override

import bot.store
from bot.domain.durations import Durations
from bot.domain.ids import ChannelId, InteractionId, MessageId, RemoteId, ServerId, UserId
from bot.domain.moderation import Struck
from bot.domain.quota_change import By, Change, Target
from bot.domain.quota_settings import Setting
from bot.domain.request import Request
from bot.domain.requester import Requester
from bot.domain.result import Post
from bot.domain.task import NewTask, Task
from bot.domain.window import DAY
from bot.errors import FilesUnavailable
from bot.files import FileStorage
from bot.services.shared.alerts import Alerts
from bot.services.shared.reference_cache import ReferenceCache
from bot.services.work.cleanup import Cleanup
from bot.store.compiled import Compiled
from bot.store.engine import Connection
from bot.store.migrate import migrate
from bot.store.postgres import PostgresConnection
from bot.store.quota_settings import note_removal
from bot.store.sqlite import SqliteConnection, SqliteDatabase
from bot.store.store import Store
from tests.fakes.operator_channel import FakeOperatorChannel

NOW = 20_000 * DAY + 1_000
GUILD, USER = ServerId(10), UserId(20)
#: The admin who changes settings.
ADMIN = UserId(1)
OWNER = "main/a"

_interactions = count(1_000_000)


def address(folder: Path) -> str:
    """Return the address of the test's database."""
    return f"sqlite+aiosqlite:///{folder}/data/imagine.db"


#: Statements that are built per dialect are kept under these names.
DIALECTS = ("sqlite", "postgresql")


STATEMENTS = (Select, CompoundSelect, Insert, Update, Delete)


def statements() -> Iterator[tuple[str, str | None, ClauseElement]]:
    """Yield every statement of the store: its name, the one dialect it is for, itself."""
    for found in pkgutil.iter_modules(bot.store.__path__, "bot.store."):
        module = import_module(found.name)
        for name, value in inspect.getmembers(module):
            if not name.isupper():
                continue
            if isinstance(value, Mapping):
                for key, statement in value.items():
                    only = key if key in DIALECTS else None
                    if isinstance(statement, STATEMENTS):
                        yield f"{found.name}.{name}", only, statement
            elif isinstance(value, STATEMENTS):
                yield f"{found.name}.{name}", None, value


async def number_of_tasks(store: Store, requester: Requester) -> int:
    """Return how many tasks a user's list has."""
    return len((await store.history.page(requester, limit=999)).tasks)


@cache
def migrated() -> bytes:
    """Return a database with the present tables; migrating once saves most of a test's time."""
    with TemporaryDirectory() as folder:
        file = Path(folder, "imagine.db")
        engine = create_engine(f"sqlite:///{file}")
        with engine.begin() as connection:
            migrate(connection)
        engine.dispose()
        return file.read_bytes()


@asynccontextmanager
async def opened(folder: Path) -> AsyncGenerator[Store]:
    """Open a store on a file, which is made with the present tables if it isn't there."""
    async with opened_at(prepared(folder)) as store:
        yield store


def prepared(folder: Path) -> str:
    """Make the test's database with the present tables if it isn't there; return its address."""
    file = folder / "data" / "imagine.db"
    if not file.exists():
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(migrated())
    return address(folder)


@asynccontextmanager
async def opened_at(url: str) -> AsyncGenerator[Store]:
    """Open a store that executes only the statements that are compiled in the tests."""
    store = await Store.open(url)
    if isinstance(store._db, SqliteDatabase):
        _check_statements(store._db)
    try:
        yield store
    finally:
        await store.close()


def _check_statements(db: SqliteDatabase) -> None:
    present = db.statements
    compiled, known = present.compiled, _known()

    def checked(statement: Executable, values: Mapping[str, Any]) -> Compiled:
        assert id(statement) in known, f"built per call: {statement}"
        return compiled(statement, values)

    present.compiled = checked


def run_sql(text: str, connection: Connection) -> None:
    """Execute a statement of the tests' own, on either database."""
    assert isinstance(connection, SqliteConnection | PostgresConnection)
    connection.core.exec_driver_sql(text)


def driver_of(connection: Connection) -> sqlite3.Connection:
    """Return the driver under a transaction, for the tests' own statements."""
    assert isinstance(connection, SqliteConnection)
    return connection.driver


@cache
def _known() -> set[int]:
    return {id(statement) for _, _, statement in statements()}


def new(*, server: ServerId | None = GUILD, user: UserId = USER, **changes: Any) -> NewTask:
    """Return a task to accept."""
    made = NewTask(
        requester=Requester(server, user),
        channel_id=ChannelId(30),
        locale="zh-CN",
        interaction_id=InteractionId(next(_interactions)),
        application_id=40,
        token="token",
        request=Request(prompt="a cat"),
        upload_limit=10_485_760,
    )
    return replace(made, **changes)


async def accept(
    store: Store,
    *,
    now: int = NOW,
    owner: str = OWNER,
    estimate: int = 20_000,
    credits_expected: int | None = None,
    **changes: Any,
) -> Task:
    """Write a task whose card is just being sent: held by ``owner`` for a minute."""
    wanted = new(**changes)
    values: dict[str, Any] = {"wake_at": now + 60_000, "estimate": estimate}
    values["credits_expected"] = credits_expected
    return await store.quotas.reserve(
        wanted.requester, lambda book: book.insert(wanted, now=now, owner=owner, **values)
    )


async def settle(
    store: Store,
    target: Target,
    setting: Setting | None,
    *,
    actor: UserId = ADMIN,
    now: int = NOW,
    reason: str = "",
) -> Change:
    """Set something as an admin does."""
    by = By(id=InteractionId(next(_interactions)), actor=actor, at=now, reason=reason)
    return await store.quota_settings.change(target, setting, by)


async def strike(store: Store, user: UserId, by: By) -> Struck:
    """Give a strike as a moderator does, for a new task."""
    requester = Requester(GUILD, user)
    struck = await store._db.write(
        lambda connection: note_removal(connection, requester, by.id, by, strike=True)
    )
    assert struck is not None
    return struck


async def queue(store: Store, *, now: int = NOW, **changes: Any) -> Task:
    """Write a task that waits for its turn: its card is there, nobody holds it."""
    task = await accept(store, now=now, **changes)
    await store.tasks.record_card(task.id, MessageId(5_000 + task.id), now=now)
    return await store.tasks.save(task.waiting(now, failures=0), "queued", now=now)


async def start(store: Store, *, now: int = NOW, limit: int = 100, **caps: Any) -> list[Task]:
    """Start what is queued."""
    limits: dict[str, Any] = {
        "max_running": 100,
        "user_running": 100,
        "slow_before": 0,
        **caps,
    }
    claims = store.turns.start(OWNER, now=now, until=now + 60_000, limit=limit, **limits)
    return list(await claims)


async def run(store: Store, *, now: int = NOW, **changes: Any) -> Task:
    """Write a task that Evolink is drawing."""
    await queue(store, now=now, **changes)
    (task,) = await start(store, now=now)
    task = await store.tasks.save(task.submitting(now), "submitting", now=now)
    remote_id = RemoteId(f"remote-{task.id}")
    assert await store.tasks.record_remote(task.id, 1, remote_id, now=now)
    task = replace(task, remote_id=remote_id)
    running = task.running(now, now + 10_000, 20_000, now + DAY)
    return await store.tasks.save(running, "running", now=now)


def cleanup_of(
    store: Store,
    storage: FileStorage,
    *,
    now: int = NOW,
    max_bytes: int = 10**9,
    channel: FakeOperatorChannel | None = None,
    clock_right: bool = True,
) -> Cleanup:
    """Return a cleanup that keeps at most so many bytes of results, and of references."""

    def clock() -> int:
        return now

    cache = ReferenceCache(
        store=store, storage=storage, durations=Durations(), clock=clock, max_bytes=max_bytes
    )
    return Cleanup(
        store=store,
        storage=storage,
        cache=cache,
        alerts=Alerts(store, channel or FakeOperatorChannel(), clock),
        durations=Durations(),
        clock=clock,
        is_clock_right=lambda: clock_right,
        max_bytes=max_bytes,
    )


@dataclass(frozen=True)
class Damaged(FileStorage):
    """An object store that answers, but never for some of its objects."""

    #: The objects that it doesn't return, and those that it doesn't accept, by name.
    unread: set[str] = field(default_factory=set[str])
    unwritten: set[str] = field(default_factory=set[str])

    @override
    async def has(self, file: str) -> bool:
        if file in self.unread:
            raise FilesUnavailable("500")
        return await super().has(file)

    @override
    async def share(self, path: Path) -> None:
        if self.name(path) in self.unwritten:
            raise FilesUnavailable("500")
        await super().share(path)


def page_of(task: Task, channel: int, message: int) -> Post:
    """Return the message with a task's only image."""
    return Post(
        task_id=task.id,
        page=0,
        first=0,
        stop=1,
        nonce="n",
        channel_id=ChannelId(channel),
        message_id=MessageId(message),
    )
