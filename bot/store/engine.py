"""What the store needs from a database.

A transaction is a plain function of a connection. It is executed as a whole on the driver's thread,
one call for all of its statements: when each was awaited on its own, a task made 456 calls between
threads, which took most of its processor time.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

import sqlalchemy
from sqlalchemy import Executable

from bot.clock import SYSTEM, Clocks
from bot.store.upsert import ByDialect

T = TypeVar("T")

Row: TypeAlias = Mapping[str, Any]


def as_json(value: object) -> str:
    """Write a JSON column: without spaces, and a Chinese character takes three bytes, not six.

    Half a surrogate pair can't be stored, and is replaced.
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.encode(errors="replace").decode()


def as_text(value: str) -> str:
    """Write a text column of PostgreSQL.

    Half a surrogate pair isn't valid UTF-8, and a text can't contain NUL.
    """
    return value.encode(errors="replace").decode().replace("\0", "")


class Connection(ABC):
    """A transaction, in which statements are executed."""

    #: SQLAlchemy's connection, for migrations.
    core: sqlalchemy.Connection
    #: Whether no other transaction can write at the same time, so that no row needs a lock.
    writes_alone = False

    @abstractmethod
    def rows(
        self, statement: Executable | ByDialect, values: Mapping[str, Any] | None = None
    ) -> Sequence[Row]:
        """Execute a statement, and return its rows."""

    @abstractmethod
    def execute(
        self,
        statement: Executable | ByDialect,
        values: Mapping[str, Any] | Sequence[Mapping[str, Any]],
    ) -> int:
        """Execute a statement; return how many rows it changed.

        ``values`` are those of one row or of several; without any row, nothing is executed.
        """

    def first(
        self, statement: Executable | ByDialect, values: Mapping[str, Any] | None = None
    ) -> Row | None:
        """Return the first row, if there is any."""
        return next(iter(self.rows(statement, values)), None)


#: What is executed in a transaction. It may run on another thread, so it changes nothing but rows.
Body: TypeAlias = Callable[[Connection], T]

#: Rows that are changed in one transaction, so that other writers wait only milliseconds.
BATCH = 1_000


class Database(ABC):
    """Executes transactions."""

    #: The clocks that times in rows are compared with.
    clocks: Clocks = SYSTEM

    @abstractmethod
    async def read(self, body: Body[T]) -> T:
        """Execute a read-only transaction on a snapshot of the database.

        Raises:
            StoreUnavailable: the database can't be read now.
        """

    @abstractmethod
    async def write(self, body: Body[T], *, urgent: bool = False, lasting: bool = True) -> T:
        """Execute a writing transaction: committed when this returns, undone if ``body`` raises.

        If cancelled, it has either not begun or has ended. ``urgent``: somebody is waiting for an
        answer, so it goes before others that wait. Not ``lasting``: a power cut may undo it, unless
        something lasting was committed after it; the work is then done again. A process that dies
        undoes nothing.

        Raises:
            StoreUnavailable: the database can't be written now. Nothing was written, unless the
                server fell silent after COMMIT was sent, and stays away for longer than we ask it.
        """

    @abstractmethod
    async def rows(self, statement: Executable | ByDialect, **values: object) -> Sequence[Row]:
        """Execute a single SELECT, which needs no transaction to see a snapshot.

        Raises:
            StoreUnavailable: as ``read``.
        """

    @abstractmethod
    async def close(self) -> None:
        """Close every connection."""

    async def change(self, statement: Executable | ByDialect, **values: object) -> int:
        """Execute a single statement that writes; return how many rows it changed.

        Raises:
            StoreUnavailable: as ``write``.
        """
        return await self.write(lambda connection: connection.execute(statement, values))

    async def change_in_batches(self, statement: Executable, **values: object) -> int:
        """Repeat a statement that changes at most ``most`` rows until none is left.

        Each time is a transaction of its own. Returns how many rows were changed.

        Raises:
            StoreUnavailable: as ``write``.
        """
        total, changed = 0, BATCH
        while changed == BATCH:
            changed = await self.change(statement, **values, most=BATCH)
            total += changed
        return total
