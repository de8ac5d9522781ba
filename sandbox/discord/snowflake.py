"""Ids that contain their time: https://docs.discord.com/developers/reference#snowflakes."""

from sandbox.clock import Clock

#: The first second of 2015, in milliseconds since 1970.
EPOCH = 1_420_070_400_000


class Snowflakes:
    """Generates ids that are unique and increase with time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0

    def next(self) -> int:
        """Return an id for this moment."""
        now = (int(self._clock.now() * 1000) - EPOCH) << 22
        self._last = max(now, self._last + 1)
        return self._last


def time_of(snowflake: int) -> float:
    """Return when an id was created, in seconds since 1970."""
    return ((snowflake >> 22) + EPOCH) / 1000


def earliest(seconds: float) -> int:
    """Return the smallest id of a moment."""
    return (int(seconds * 1000) - EPOCH) << 22
