"""The other processes on the same database."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from bot.domain.ids import TaskId
from bot.roles import Assignment


class Place:
    """A process's place at Discord's gateway, which nobody else wants."""

    #: Whether another process may get the same events from Discord.
    is_shared = False

    async def claim(self, event: int) -> bool:  # noqa: ARG002 - as in PostgresPlace
        """Tell whether this process is to handle an event, by its id; no other one is then.

        It is asked while the place is shared, and answers within two seconds. If the database
        can't be reached, it says yes.
        """
        return True

    def connected(self) -> None:
        """Note that this process is connected to all of its shards."""

    async def passed_on(self) -> None:
        """Return when a successor answers, and this process is to handle no more events."""
        await asyncio.Event().wait()

    async def leave(self) -> None:
        """Before this process ends, wait until a successor answers, if one is about to."""


class Peers:
    """There are none: SQLite's database belongs to one process."""

    #: Whether no other process works on the same tasks.
    is_alone = True
    place = Place()

    async def join(
        self,
        instance: str,
        assignment: Assignment,
        *,
        woken: Callable[[], None],
        hurried: Callable[[TaskId], object],
    ) -> None:
        """Take a place: an instance's name, and the shards of whoever is connected to Discord.

        ``woken`` is called when another process has made something due, ``hurried`` with the task
        that another process has heard of.

        Raises:
            StartError: another process has it.
        """

    async def run(self) -> None:
        """Stay in touch with the others until cancelled.

        Raises:
            StartError: another process has taken the place.
        """
        await asyncio.Event().wait()

    async def leads(self, duty: str) -> bool:  # noqa: ARG002 - as in PostgresPeers
        """Tell whether this process does what one at a time may do; it then goes on doing it."""
        return True

    @asynccontextmanager
    async def alone(self, work: str) -> AsyncGenerator[bool]:  # noqa: ARG002 - as above
        """Tell whether no other process does the same at the moment; none begins in the block."""
        yield True

    def wake(self) -> None:
        """Have other processes look at the database now."""

    def hurry(self, task_id: TaskId) -> None:
        """Have the process that holds a task take its next step now."""

    async def close(self) -> None:
        """Give up the place."""


ALONE = Peers()
