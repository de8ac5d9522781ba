"""What one of several processes does: ``python -m bot --role gateway --shards 0-3/16``."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from bot.errors import StartError

_RANGE = re.compile(r"(?P<first>\d{1,5})(?:-(?P<last>\d{1,5}))?/(?P<count>\d{1,5})")


class Role(StrEnum):
    """Which half of the bot a process is."""

    ALL = "all"
    #: Connected to Discord's gateway: it accepts, answers and shows.
    GATEWAY = "gateway"
    #: Draws and delivers; it uses only Discord's REST API.
    WORKER = "worker"


@dataclass(frozen=True, slots=True)
class Shards:
    """Some of the gateway's shards: https://docs.discord.com/developers/events/gateway#sharding."""

    first: int
    last: int
    count: int

    @property
    def ids(self) -> range:
        """Their numbers."""
        return range(self.first, self.last + 1)

    @classmethod
    def read(cls, text: str) -> Self:
        """Read ``0-3/16`` or ``0/16``.

        Raises:
            StartError: it isn't such a range.
        """
        found = _RANGE.fullmatch(text.strip())
        if found is not None:
            first, count = int(found["first"]), int(found["count"])
            last = first if found["last"] is None else int(found["last"])
            if first <= last < count:
                return cls(first, last, count)
        raise StartError(f"--shards: {text} isn't a range of shards; 0-3/16 is the first 4 of 16.")


@dataclass(frozen=True, slots=True)
class Assignment:
    """What this process does."""

    role: Role = Role.ALL
    #: ``None``: all of them.
    shards: Shards | None = None
    #: Whether the process that has these shards should hand them over.
    takes_over: bool = False

    @property
    def answers(self) -> bool:
        """Whether it is connected to the gateway."""
        return self.role is not Role.WORKER

    @property
    def works(self) -> bool:
        """Whether it draws and delivers."""
        return self.role is not Role.GATEWAY

    @classmethod
    def read(cls, role: str | None, shards: str | None, *, takes_over: bool = False) -> Self:
        """Read the options of the command line.

        Raises:
            StartError: what is wrong with them.
        """
        roles = {each.value: each for each in Role}
        if role is not None and role not in roles:
            raise StartError(f"--role: {role} is unknown; it is one of {', '.join(roles)}.")
        assignment = cls(
            roles[role or Role.ALL], Shards.read(shards) if shards else None, takes_over
        )
        if assignment.shards is not None and assignment.role is not Role.GATEWAY:
            raise StartError(
                "--shards needs --role gateway: other processes have all shards or none."
            )
        if takes_over and not assignment.answers:
            raise StartError("--take-over is for shards, and a worker has none.")
        return assignment


EVERYTHING = Assignment()
