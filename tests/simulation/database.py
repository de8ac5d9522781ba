"""The bot's own statements on a real SQLite file, without threads: quick, and always in one order.

Nothing is synced to the disk: processes die here, machines don't.
"""

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Executable, NullPool, create_engine
from sqlalchemy.engine import Engine
from typing_extensions import override

from bot.errors import StoreUnavailable
from bot.store.compiled import Statements
from bot.store.engine import Body, Database, Row, as_json
from bot.store.sqlite import SqliteConnection, transaction
from bot.store.store import Store
from bot.store.upsert import ByDialect
from tests.simulation.life import Life

T = TypeVar("T")

#: Every event, for the audit, since the bot prunes its own; also trouble at Evolink.
STORY = """
    CREATE TABLE story AS SELECT * FROM task_event;
    CREATE TRIGGER told AFTER INSERT ON task_event
    BEGIN
        INSERT INTO story SELECT * FROM task_event WHERE id = NEW.id;
    END;
    CREATE TRIGGER troubled AFTER INSERT ON fact WHEN NEW.key = 'trouble'
    BEGIN
        INSERT INTO story (task_id, kind, at) VALUES (0, 'trouble', 0);
    END;
    CREATE TRIGGER calmed AFTER DELETE ON fact WHEN OLD.key = 'trouble'
    BEGIN
        INSERT INTO story (task_id, kind, at) VALUES (0, 'calm', 0);
    END;
"""


class File:
    """A database file, and the contents of a new one."""

    def __init__(self, path: Path, template: bytes) -> None:
        self.path = path
        #: The bytes of a new one.
        self.new = template
        self._plain: sqlite3.Connection | None = None
        self._engine: Engine = create_engine(
            f"sqlite:///{path}",
            poolclass=NullPool,
            connect_args={"isolation_level": None},
            json_serializer=as_json,
        )
        # Shared by all runs, so that each is compiled once.
        self._statements = Statements(self._engine.dialect)

    def connected(self) -> "Watched":
        """Open a connection."""
        connection = Watched(self._engine.connect(), self._statements)
        for pragma in ("journal_mode = MEMORY", "synchronous = OFF", "foreign_keys = ON"):
            connection.driver.execute(f"PRAGMA {pragma}")
        return connection

    @classmethod
    async def made(cls, folder: Path) -> "File":
        """Migrate a database in this folder, as a template to copy."""
        path = folder / "imagine.db"
        store = await Store.open(f"sqlite+aiosqlite:///{path}")
        await store.close()
        with closing(sqlite3.connect(path)) as connection:
            # One small file, which is quick to read and write as a whole.
            for pragma in ("journal_mode = MEMORY", "page_size = 1024"):
                connection.execute(f"PRAGMA {pragma}")
            connection.executescript(STORY)
            connection.execute("VACUUM")
        return cls(path, path.read_bytes())

    def overwrite(self, data: bytes) -> None:
        """Replace the database by another; nobody may have it open."""
        self.close()
        self.path.write_bytes(data)
        self._plain = sqlite3.connect(self.path)
        self._plain.row_factory = sqlite3.Row

    def rows(self, sql: str, *values: object) -> list[sqlite3.Row]:
        """Query in plain SQL: the audit trusts no code that it audits."""
        assert self._plain is not None
        return self._plain.execute(sql, values).fetchall()

    def set_fact(self, key: str, value: int) -> None:
        """Set a fact."""
        assert self._plain is not None
        with self._plain as connection:
            connection.execute("INSERT INTO fact VALUES (?, ?)", (key, str(value)))

    def close(self) -> None:
        """Close what is open."""
        if self._plain is not None:
            self._plain.close()
            self._plain = None


class Watched(SqliteConnection):
    """Knows whether a transaction has changed anything."""

    def __init__(self, core: Connection, statements: Statements) -> None:
        super().__init__(core, statements)
        self._unchanged = 0

    def begun(self) -> None:
        """Note what was changed before the transaction."""
        self._unchanged = self.driver.total_changes

    @property
    def has_changed(self) -> bool:
        """Whether there is a change to commit that somebody could see."""
        return self.driver.total_changes > self._unchanged


class Files(Database):
    """One writer, one reader, and a point around each commit."""

    def __init__(self, file: File, life: Life) -> None:
        self._life = life
        #: How many more writes fail: another program holds the lock, or the disk is full.
        self.failing = 0
        #: Whose; ``None``: everybody's.
        self.unlucky: asyncio.Task[Any] | None = None
        #: The number of writes, and the one (counted from 1) whose answer is lost.
        self.writes = 0
        self.loses = 0
        self._turn = asyncio.Lock()
        self._writer = file.connected()
        self._reader = file.connected()

    @override
    async def write(self, body: Body[T], *, urgent: bool = False, lasting: bool = True) -> T:
        """If it changes something, the process may die here."""
        await asyncio.sleep(0)
        await self._life.breathe()
        if self.failing and self.unlucky in {None, asyncio.current_task()}:
            self.failing -= 1
            raise StoreUnavailable("database is locked")
        async with self._turn:
            with transaction(self._writer.driver, "BEGIN IMMEDIATE"):
                self._writer.begun()
                result = body(self._writer)
                changed = self._writer.has_changed
                if changed:
                    await self._life.point("before commit")
        if changed:
            await self._life.point("after commit")
            self.writes += 1
            if self.writes == self.loses:
                raise StoreUnavailable("the answer is lost")
        return result

    @override
    async def read(self, body: Body[T]) -> T:
        await asyncio.sleep(0)
        await self._life.breathe()
        with transaction(self._reader.driver, "BEGIN"):
            return body(self._reader)

    @override
    async def rows(self, statement: Executable | ByDialect, **values: object) -> Sequence[Row]:
        await asyncio.sleep(0)
        await self._life.breathe()
        return self._reader.rows(statement, values)

    @override
    async def close(self) -> None:
        """Close the connections; what was not committed is undone."""
        self._writer.core.close()
        self._reader.core.close()
