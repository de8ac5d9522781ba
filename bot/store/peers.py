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
        """Tell whether this process is to handle an event, by its id; then no other one does.

        Called while the place is shared; answers within two seconds. If the database can't be
        reached, it says yes.
        """
        return True

    def connected(self) -> None:
        """Note that this process is connected to all of its shards."""

    async def passed_on(self) -> None:
        """Return once a successor answers, and this process is to handle no more events."""
        await asyncio.Event().wait()

    async def leave(self) -> None:
        """Before this process ends, wait until a successor answers, if one is about to."""


class Peers:
    """No other processes: a SQLite database belongs to one."""

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
        """Take a place: an instance's name and, if this process connects to Discord, its shards.

        ``woken`` is called when another process has made something due, ``hurried`` with a task
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
        """Tell whether this process has a duty that only one may have; if so, it keeps it."""
        return True

    @asynccontextmanager
    async def alone(self, work: str) -> AsyncGenerator[bool]:  # noqa: ARG002 - as above
        """Tell whether no other process is doing this work; none starts it during the block."""
        yield True

    def wake(self) -> None:
        """Have other processes look at the database now."""

    def hurry(self, task_id: TaskId) -> None:
        """Have the process that holds a task take its next step now."""

    async def close(self) -> None:
        """Give up the place."""


ALONE = Peers()
