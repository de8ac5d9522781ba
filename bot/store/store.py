"""Opening the database, and its parts."""

import asyncio
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from sqlalchemy.exc import DBAPIError

from bot.clock import Clocks
from bot.domain.ids import TaskId
from bot.errors import StoreUnavailable
from bot.store.claims import Claims
from bot.store.daily_use import DailyUses
from bot.store.drafts import Drafts
from bot.store.engine import Database
from bot.store.erasures import Erasures
from bot.store.events import Events
from bot.store.facts import Facts
from bot.store.history import History
from bot.store.migrate import is_earlier
from bot.store.opening import is_intact, leave, open_database
from bot.store.outcomes import Outcome, read_outcome
from bot.store.peers import Peers
from bot.store.personal import Personal
from bot.store.posts import Posts
from bot.store.queue import Queue
from bot.store.quota_changes import QuotaChanges
from bot.store.quota_settings import QuotaSettings
from bot.store.quotas import Quotas
from bot.store.results import Results
from bot.store.task_export import TaskExport
from bot.store.task_log import TaskLog
from bot.store.tasks import Tasks
from bot.store.totals import Totals
from bot.store.trays import Trays
from bot.store.turns import Turns
from bot.store.unreadable import UnreadableRows
from bot.store.uploads import Uploads
from bot.store.user_defaults import UserDefaults

#: Seconds after which we say that the database doesn't answer; Prometheus waits 10 s for a scrape.
ANSWERS = 3.0


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
    turns: Turns
    unreadable: UnreadableRows
    quotas: Quotas
    quota_settings: QuotaSettings
    quota_changes: QuotaChanges
    daily_use: DailyUses
    task_export: TaskExport
    facts: Facts
    drafts: Drafts
    trays: Trays
    user_defaults: UserDefaults
    erasures: Erasures
    personal: Personal
    totals: Totals
    task_log: TaskLog
    #: The other processes on the database.
    peers: Peers
    _db: Database
    #: ``None``: the database isn't a file.
    _file: Path | None = None

    @classmethod
    def on(cls, db: Database, peers: Peers | None = None, file: Path | None = None) -> Self:
        """Create the parts on an open database."""
        unreadable = UnreadableRows()
        return cls(
            tasks=Tasks(db),
            events=Events(db),
            uploads=Uploads(db),
            results=Results(db),
            posts=Posts(db),
            queue=Queue(db),
            history=History(db),
            claims=Claims(db, unreadable),
            turns=Turns(db, unreadable),
            unreadable=unreadable,
            quotas=Quotas(db),
            quota_settings=QuotaSettings(db),
            quota_changes=QuotaChanges(db),
            daily_use=DailyUses(db),
            task_export=TaskExport(db),
            facts=Facts(db),
            drafts=Drafts(db),
            trays=Trays(db),
            user_defaults=UserDefaults(db),
            erasures=Erasures(db),
            personal=Personal(db),
            totals=Totals(db),
            task_log=TaskLog(db),
            peers=peers or Peers(),
            _db=db,
            _file=file,
        )

    @classmethod
    async def open(cls, url: str, *, migrates: bool = True) -> Self:
        """Open the database; create it and apply migrations as needed.

        Not ``migrates``: one of an earlier version is left unchanged, and is hardly usable.

        Raises:
            StartError: what is wrong with the address or the database.
        """
        return cls.on(*await open_database(url, migrates=migrates))

    @property
    def clocks(self) -> Clocks:
        """The clocks that times in rows are compared with."""
        return self._db.clocks

    async def outcome(self, task_id: TaskId) -> Outcome:
        """Return what came of a task."""
        return await self._db.read(lambda connection: read_outcome(connection, task_id))

    async def answers(self) -> bool:
        """Return whether the database can be read within ``ANSWERS`` seconds."""
        try:
            async with asyncio.timeout(ANSWERS):
                await self.claims.waiting(now=0)
        except (DBAPIError, sqlite3.Error, StoreUnavailable, TimeoutError):
            return False
        return True

    async def is_intact(self) -> bool:
        """Read the whole database; return whether it is intact."""
        return await self._db.read(is_intact)

    async def is_earlier(self) -> bool:
        """Return whether the next start migrates the database, which is of an earlier version."""
        return await self._db.read(lambda connection: is_earlier(connection.core))

    async def close(self) -> None:
        """Close all connections."""
        await self.peers.close()
        await self._db.close()
        if self._file is not None:
            leave(self._file)
