"""When to ask Evolink again. All durations are milliseconds."""

import random
from dataclasses import dataclass, replace


@dataclass(frozen=True, kw_only=True, slots=True)
class PollSchedule:
    """How reads of a running task are spread.

    The first read comes at half of the estimate, then every 7 % of what has passed, between
    ``floor`` and ``ceiling``: measured 6.5 reads a task, 1.4 s late on average (a fixed 3 s: 8.1
    and 1.5). After ``slow_after`` the ceiling falls away: a task that late is asked ever more
    slowly. Evolink asks its provider at each read, so no faster than it has to be.
    """

    first_share: float = 0.5
    share: float = 0.07
    floor: int = 2_500
    ceiling: int = 20_000
    slow_after: int = 600_000
    slowest: int = 600_000
    jitter: float = 0.1
    #: The first read comes by then, however long it may take by anybody's word.
    latest_first: int = 120_000

    def first(self, estimate: int) -> int:
        """Return how long to wait before the first read."""
        return self._jittered(max(self.floor, min(estimate * self.first_share, self.latest_first)))

    def next(self, elapsed: int) -> int:
        """Return how long to wait after a read, ``elapsed`` since Evolink took the task."""
        ceiling = self.ceiling if elapsed < self.slow_after else self.slowest
        return self._jittered(min(ceiling, max(self.floor, elapsed * self.share)))

    def called_back(self, floor: int) -> "PollSchedule":
        """Return the pace where Evolink calls back: reads are for callbacks that do not come.

        Measured 1.35 reads a task.
        """
        return replace(self, first_share=1.5, share=0.2, floor=floor, ceiling=self.slowest)

    def _jittered(self, wait: float) -> int:
        # So that tasks accepted together do not ask together.
        return round(wait * random.uniform(1 - self.jitter, 1 + self.jitter))  # noqa: S311 - no secret


def backoff(failures: int, *, first: int = 1_000, most: int = 60_000) -> int:
    """Return how long to wait after that many failures in a row: doubling, at most ``most``."""
    return min(most, first * 2 ** min(failures, 20))


@dataclass(frozen=True, kw_only=True, slots=True)
class Durations:
    """How long things wait, in milliseconds; from the settings of the same names."""

    polling: PollSchedule = PollSchedule()
    #: How long a claim lasts unless it is renewed.
    lease: int = 60_000
    #: A card is edited once in this time at most.
    edit: int = 2_500
    #: After the first failure; doubled with each further one.
    retry: int = 1_000
    #: How long submissions pause when Evolink does not say.
    pause: int = 60_000
    #: How long a submission without an answer is looked for.
    unknown_after: int = 600_000
    #: How long a task that Evolink has taken is asked for.
    give_up: int = 24 * 60 * 60 * 1000
    #: How long a drawing takes, where neither we nor Evolink know better.
    estimate: int = 20_000
    #: How long results are kept.
    keep: int = 7 * 24 * 60 * 60 * 1000
    #: How long a stop waits for steps under way, other than a paid request.
    stop: int = 10_000
    #: How long it waits then for a paid request to end, and for what it told to be written.
    last: int = 75_000

    def backoff(self, failures: int) -> int:
        """Return how long to wait after that many failures in a row."""
        return backoff(failures, first=self.retry, most=60 * self.retry)

    @property
    def hold(self) -> int:
        """How long finished images wait for one whose link leads to nothing."""
        return 60 * self.retry

    def download(self, failures: int, waited: int) -> int:
        """Return how long until a link is tried again that has led to nothing for ``waited``.

        A quarter of that: what was wrong for minutes is late by minutes, and a day has 50 tries.
        """
        return max(self.backoff(failures), min(waited // 4, 3600 * self.retry))
