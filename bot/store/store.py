"""Opening the database, and its parts."""

import sqlite3
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Self

from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError

from bot.errors import StartError, StoreUnavailable
from bot.store.claims import Claims
from bot.store.drafts import Drafts
from bot.store.engine import Connection, Database
from bot.store.events import Events
from bot.store.facts import Facts, write_opened
from bot.store.history import History
from bot.store.migrate import LaterVersion, migrate
from bot.store.opening import address_of, damaged, explained, is_as_left, leave
from bot.store.outcomes import Outcome, read_outcome
from bot.store.posts import Posts
from bot.store.queue import Queue
from bot.store.quotas import Quotas
from bot.store.results import Results
from bot.store.servers import Servers
from bot.store.sqlite import SqliteConnection, SqliteDatabase
from bot.store.tasks import Tasks
from bot.store.trays import Trays
from bot.store.uploads import Uploads
from bot.store.user_defaults import UserDefaults


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """Everything the bot knows. It is written here before it is acted on."""

    tasks: Tasks
    events: Events
    uploads: Uploads
    results: Results
    posts: Posts
    queue: Queue
    history: History
    claims: Claims
    quotas: Quotas
    facts: Facts
    drafts: Drafts
    trays: Trays
    servers: Servers
    user_defaults: UserDefaults
    _db: Database
    #: ``None``: the database is no file of ours.
    _file: Path | None = None

    @classmethod
    def on(cls, db: Database, file: Path | None = None) -> Self:
        """Create the parts on an open database."""
        return cls(
            tasks=Tasks(db),
            events=Events(db),
            uploads=Uploads(db),
            results=Results(db),
            posts=Posts(db),
            queue=Queue(db),
            history=History(db),
            claims=Claims(db),
            quotas=Quotas(db),
            facts=Facts(db),
            drafts=Drafts(db),
            trays=Trays(db),
            servers=Servers(db),
            user_defaults=UserDefaults(db),
            _db=db,
            _file=file,
        )

    @classmethod
    async def open(cls, url: str) -> Self:
        """Open the database; create the file and apply migrations as needed.

        Raises:
            StartError: what is wrong with the address or the file.
        """
        address = address_of(url)
        file = _made_file(address)
        is_known = is_as_left(file)
        db = SqliteDatabase(address)
        try:
            await db.write(partial(_prepare, address, is_known))
            # Open the first reading connection now, not when somebody waits for an answer.
            await db.read(lambda _: None)
        except (DBAPIError, sqlite3.Error, StoreUnavailable) as error:
            await db.close()
            cause = error.__cause__ if isinstance(error, StoreUnavailable) else error
            raise explained(_where(address), getattr(cause, "orig", cause)) from error
        except LaterVersion as error:
            await db.close()
            raise StartError(
                f"DATABASE_URL: {address.database} is from a later version of the bot; "
                "run that version, or put back the backup from before it."
            ) from error
        except BaseException:
            await db.close()
            raise
        return cls.on(db, file)

    async def outcome(self, task_id: int) -> Outcome:
        """Return what came of a task."""
        return await self._db.read(lambda connection: read_outcome(connection, task_id))

    async def answers(self) -> bool:
        """Return whether the database can be read."""
        try:
            await self.claims.waiting(now=0)
        except (DBAPIError, sqlite3.Error, StoreUnavailable):
            return False
        return True

    async def is_intact(self) -> bool:
        """Read the whole database; return whether it is intact."""
        return await self._db.read(_is_intact)

    async def close(self) -> None:
        """Close all connections."""
        await self._db.close()
        if self._file is not None:
            leave(self._file)


def _made_file(address: URL) -> Path:
    assert address.database is not None
    folder = Path(address.database).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StartError(
            f"DATABASE_URL: the folder {folder} can't be created ({error.strerror})."
        ) from error
    try:
        # Not with aiosqlite, which leaks its thread if the file can't be opened (0.22.1).
        sqlite3.connect(address.database).close()
    except sqlite3.Error as error:
        raise explained(_where(address), error) from error
    return Path(address.database)


def _is_intact(connection: Connection) -> bool:
    assert isinstance(connection, SqliteConnection)
    return connection.core.exec_driver_sql("PRAGMA quick_check(1)").scalar() == "ok"


def _prepare(address: URL, is_known: bool, connection: Connection) -> None:  # noqa: FBT001 - partial
    # Otherwise a damaged page is only noticed by the task that needs it. It reads the whole file.
    if not is_known and not _is_intact(connection):
        raise damaged(_where(address))
    assert isinstance(connection, SqliteConnection)
    migrate(connection.core)
    # A read-only file is noticed now, not by the first task.
    write_opened(connection)


def _where(address: URL) -> str:
    return f"DATABASE_URL: {address.database}"
