"""What the store needs of a database.

A transaction is a plain function of a connection. It is executed as a whole on the driver's thread,
one call for all of its statements: when each was awaited by itself, a task made 456 calls between
threads, which took most of its processor time.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import Connection, Executable, RowMapping

from bot.store.upsert import Upsert

T = TypeVar("T")

#: What is executed in a transaction. It may run on another thread, so it changes nothing but rows.
Body: TypeAlias = Callable[[Connection], T]


class Database(ABC):
    """Executes transactions."""

    @abstractmethod
    async def read(self, body: Body[T]) -> T:
        """Execute a read-only transaction on a snapshot of the database.

        Raises:
            StoreUnavailable: the database can't be read now.
        """

    @abstractmethod
    async def write(self, body: Body[T], *, urgent: bool = False) -> T:
        """Execute a writing transaction: committed when this returns, undone if ``body`` raises.

        If cancelled, nothing is under way any more: it was never begun, or has ended. ``urgent``:
        somebody waits for an answer, so it goes before others that wait.

        Raises:
            StoreUnavailable: the database can't be written now; nothing was.
        """

    @abstractmethod
    async def rows(self, statement: Executable, **values: object) -> Sequence[RowMapping]:
        """Execute a single SELECT, which needs no transaction to see a snapshot.

        Raises:
            StoreUnavailable: as ``read``.
        """

    @abstractmethod
    async def close(self) -> None:
        """Close every connection."""

    async def change(self, statement: Executable | Upsert, **values: object) -> int:
        """Execute a single statement that writes; return how many rows it changed.

        Raises:
            StoreUnavailable: as ``write``.
        """
        return await self.write(lambda connection: execute(connection, statement, values))


def execute(
    connection: Connection,
    statement: Executable | Upsert,
    values: Mapping[str, Any] | Sequence[Mapping[str, Any]],
) -> int:
    """Execute a statement in the caller's transaction; return how many rows it changed.

    ``values`` are those of one row or of several; of none, nothing is executed.
    """
    if not values and not isinstance(values, Mapping):
        return 0
    if isinstance(statement, Mapping):
        statement = statement[connection.dialect.name]
    return connection.execute(statement, values).rowcount
