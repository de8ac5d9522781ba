"""Several processes on one database, and what they know of each other."""

from collections.abc import Callable
from dataclasses import dataclass, field

from typing_extensions import override

from bot.domain.ids import TaskId
from bot.store.peers import Peers


class Seat(Peers):
    """One process's connection to the others. Its calls may be heard or not."""

    is_alone = False

    def __init__(self, together: "Together", ahead: int = 0) -> None:
        self._together = together
        #: Milliseconds by which its machine's clock is ahead of the database's.
        self.ahead = ahead
        self.woken: Callable[[], None] = lambda: None
        self.hurried: Callable[[TaskId], object] = lambda _: None
        #: Whether the connection is gone without the process knowing.
        self.is_lost = False
        self._duties = set[str]()

    @override
    async def leads(self, duty: str) -> bool:
        # A process that has lost its connection believes that it still leads.
        if not self.is_lost and self._together.duties.setdefault(duty, self) is self:
            self._duties.add(duty)
        return duty in self._duties

    @override
    def wake(self) -> None:
        for each in self._together.others(self):
            each.woken()

    @override
    def hurry(self, task_id: TaskId) -> None:
        for each in self._together.others(self):
            each.hurried(task_id)


@dataclass
class Together:
    """Who is connected, and who has which duty."""

    seats: list[Seat] = field(default_factory=list[Seat])
    duties: dict[str, Seat] = field(default_factory=dict[str, Seat])

    def join(self, kind: type[Seat], *, ahead: int) -> Seat:
        """Connect a process."""
        seat = kind(self, ahead)
        self.seats.append(seat)
        return seat

    def lose(self, seat: Seat) -> None:
        """Lose a connection: others take over its duties; its process doesn't notice."""
        seat.is_lost = True
        self.duties = {duty: each for duty, each in self.duties.items() if each is not seat}

    def others(self, seat: Seat) -> list[Seat]:
        """Return who hears a call."""
        return [each for each in self.seats if each is not seat and not each.is_lost] * (
            not seat.is_lost
        )
