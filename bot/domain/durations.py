"""How long to wait, and when to ask Evolink again. All durations are in milliseconds."""

import random
from dataclasses import dataclass, replace

#: After this long, a request to Discord that got no answer has arrived or never will.
ARRIVAL = 10_000


def may_arrive(sent_at: int, now: int) -> bool:
    """Tell whether it may still be on its way; a clock that was set back doesn't extend that."""
    return abs(now - sent_at) < ARRIVAL


@dataclass(frozen=True, kw_only=True, slots=True)
class PollSchedule:
    """When a running task is polled.

    First at half of the estimate, then after another 7 % of the elapsed time, clamped to ``floor``
    and ``ceiling``: measured 6.5 polls a task and 1.4 s of delay on average (every 3 s: 8.1 polls,
    1.5 s). From ``slow_after`` on, the ceiling is ``slowest``. Evolink asks its provider at each
    poll, so we poll no more often than we have to.
    """

    first_share: float = 0.5
    share: float = 0.07
    floor: int = 2_500
    ceiling: int = 20_000
    slow_after: int = 600_000
    slowest: int = 600_000
    jitter: float = 0.1
    #: An upper bound for the first poll, however long the estimate is.
    latest_first: int = 120_000

    def first(self, estimate: int) -> int:
        """Return how long to wait before the first poll."""
        return self._jittered(max(self.floor, min(estimate * self.first_share, self.latest_first)))

    def next(self, elapsed: int) -> int:
        """Return how long to wait for the next poll, ``elapsed`` after Evolink took the task."""
        ceiling = self.ceiling if elapsed < self.slow_after else self.slowest
        return self._jittered(min(ceiling, max(self.floor, elapsed * self.share)))

    def called_back(self, floor: int) -> "PollSchedule":
        """Return the schedule for use with callbacks: polls only make up for those that don't come.

        Measured 1.35 polls a task.
        """
        return replace(self, first_share=1.5, share=0.2, floor=floor, ceiling=self.slowest)

    def _jittered(self, wait: float) -> int:
        # Keeps tasks that were accepted together from polling together.
        return round(wait * random.uniform(1 - self.jitter, 1 + self.jitter))  # noqa: S311 - no secret


def backoff(failures: int, *, first: int = 1_000, most: int = 60_000) -> int:
    """Return how long to wait after ``failures`` in a row; it doubles, up to ``most``."""
    return min(most, first * 2 ** min(failures, 20))


@dataclass(frozen=True, kw_only=True, slots=True)
class Durations:
    """Durations in milliseconds, from the settings of the same names."""

    polling: PollSchedule = PollSchedule()
    #: How long a worker holds a task without renewing its claim.
    lease: int = 60_000
    #: The minimum time between two edits of a card.
    edit: int = 2_500
    #: The wait after the first failure; it doubles with each further one.
    retry: int = 1_000
    #: How long submissions pause if Evolink's refusal doesn't say.
    pause: int = 60_000
    #: How long we look for the outcome of a submission that got no answer.
    unknown_after: int = 600_000
    #: How long we keep polling a task.
    give_up: int = 24 * 60 * 60 * 1000
    #: How long a process follows a task, at the least, before giving it up: it can't know whether
    #: the clock was set before it started.
    patience: int = 600_000
    #: How long a task is expected to take if neither we nor Evolink know better.
    estimate: int = 20_000
    #: How long results are kept.
    keep: int = 7 * 24 * 60 * 60 * 1000
    #: How long a reference is kept after the last task that used it.
    keep_references: int = 7 * 24 * 60 * 60 * 1000
    #: How long closed tasks keep their prompts; and how long the log of admins' changes is kept,
    #: with blocks, grants and strikes that are over. 0: forever.
    keep_prompts: int = 0
    keep_log: int = 0
    #: How long a shutdown waits for running steps other than paid requests.
    stop: int = 10_000
    #: How long it then waits for paid requests to end and for their outcome to be written.
    last: int = 75_000

    def backoff(self, failures: int) -> int:
        """Return how long to wait after this many failures in a row."""
        return backoff(failures, first=self.retry, most=60 * self.retry)

    @property
    def hold(self) -> int:
        """How long finished images wait for one whose link doesn't work yet."""
        return 60 * self.retry

    def download(self, failures: int, waited: int) -> int:
        """Return how long to wait before retrying a link that hasn't worked for ``waited``.

        A quarter of that time, which makes 50 tries in the day for which a link is valid.
        """
        return max(self.backoff(failures), min(waited // 4, 3600 * self.retry))
