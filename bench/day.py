"""``python -m bench day``: a day of up to two million servers, as a model; into docs/scaling.md.

We can't run Discord and Evolink at that size, nor do we have that many machines. So this is
arithmetic, second by second: tasks arrive at random, queue for a place at Evolink, are drawn, and
queue again for a worker and for Discord to accept the post. What a task costs is measured
(``Costs``); how people behave, how long a drawing takes and what Evolink admits are assumptions
(``Day``, ``Fleet``). Turns, references, faults and memory are left out.
"""

import math
import random
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bench import page

SECONDS, HOUR = 86_400, 3_600
#: Posts per second that Discord accepts from one bot
#: (docs.discord.com/developers/topics/rate-limits#global-rate-limit).
DISCORD = 50.0
#: The busiest hour.
EVENING = 20


@dataclass(frozen=True)
class Costs:
    """What one task costs in CPU seconds, as measured: see "What a task takes" on the page.

    A gateway's share is counted as the workers', which makes them seem slower than they are.
    """

    worker: float
    database: float


SQLITE, POSTGRES = Costs(0.020, 0.0), Costs(0.043, 0.016)


@dataclass(frozen=True)
class Day:
    """What people do (assumed)."""

    tasks: int
    #: Servers with an event, an hour apart; each adds ``tasks_of_event`` tasks within ten minutes.
    events: int = 0
    tasks_of_event: int = 5_000

    def arrivals(self, chance: random.Random) -> Iterator[int]:
        """Yield how many tasks are typed in each second.

        The busiest hour has a tenth of the day's tasks; a minute has up to twice its usual number.
        """
        # exp(k cos) with k = 1.2 puts a tenth of the day into its highest hour.
        curve = [
            math.exp(1.2 * math.cos(math.tau * (s / HOUR - EVENING) / 24)) for s in range(SECONDS)
        ]
        usual, swing = self.tasks / sum(curve), 1.0
        begins = [round((EVENING - each) * HOUR) for each in range(self.events)]
        for second, height in enumerate(curve):
            if second % 60 == 0:
                swing = chance.lognormvariate(-0.03, 0.25)
            beside = sum(begin <= second < begin + 600 for begin in begins)
            yield _poisson(chance, usual * height * swing + beside * self.tasks_of_event / 600)


@dataclass(frozen=True)
class Fleet:
    """What the tasks run on."""

    name: str
    workers: int
    costs: Costs = POSTGRES
    #: CPUs of the database server.
    database: int = 4
    #: Tasks per second that Evolink admits; it publishes no number, so this is assumed.
    evolink: float = math.inf
    max_running: int = 2_000
    #: Seconds that a drawing takes (assumed).
    drawing: int = 20


@dataclass
class Line:
    """A queue of tasks, first in, first out, and how long those that left it had waited."""

    _waiting: deque[tuple[int, int]] = field(default_factory=deque[tuple[int, int]])
    #: Number of tasks by seconds waited.
    waited: dict[int, int] = field(default_factory=dict[int, int])

    def join(self, second: int, number: int) -> None:
        """Add ``number`` tasks."""
        if number:
            self._waiting.append((second, number))

    def leave(self, second: int, most: float) -> int:
        """Let up to ``most`` tasks through, oldest first; return how many went."""
        through = 0
        while self._waiting and through < int(most):
            since, number = self._waiting.popleft()
            taken = min(number, int(most) - through)
            through += taken
            self.waited[second - since] = self.waited.get(second - since, 0) + taken
            if taken < number:
                self._waiting.appendleft((since, number - taken))
        return through

    @property
    def length(self) -> int:
        """How many tasks are waiting."""
        return sum(number for _, number in self._waiting)

    def share(self, part: float) -> int:
        """Return the wait in seconds that this share of the tasks did not exceed."""
        due = part * sum(self.waited.values())
        for seconds in sorted(self.waited):
            due -= self.waited[seconds]
            if due <= 0:
                return seconds
        return 0


@dataclass
class Outcome:
    """The result of a day."""

    tasks: int = 0
    queue: Line = field(default_factory=Line)
    posts: Line = field(default_factory=Line)
    #: The most tasks that waited to be submitted at one time.
    longest: int = 0
    #: For each bottleneck, the seconds in which it kept tasks waiting.
    held: dict[str, int] = field(default_factory=dict[str, int])
    #: Tasks that were still unfinished a day later.
    left: int = 0

    def hold(self, limits: Mapping[str, float]) -> None:
        """Record the tightest limit, which keeps tasks waiting in this second."""
        least = min(limits, key=lambda name: limits[name])
        self.held[least] = self.held.get(least, 0) + 1


def play(day: Day, fleet: Fleet) -> Outcome:
    """Play the day, then up to one more in which nobody types, until all tasks are done."""
    chance, found = random.Random(day.tasks), Outcome()
    arrivals, drawn, running = day.arrivals(chance), dict[int, int](), 0
    costs, evolink = fleet.costs, 0.0
    for second in range(2 * SECONDS):
        if second >= SECONDS and not running and not found.queue.length:
            break
        typed, done = next(arrivals, 0), drawn.pop(second, 0)
        found.tasks += typed
        found.queue.join(second, typed)
        found.posts.join(second, done)
        # Half of a task's work precedes the drawing, half follows it; the second half goes first.
        halves = {"the workers": 2 * fleet.workers / costs.worker}
        if costs.database:
            halves["PostgreSQL"] = 2 * fleet.database / costs.database
        limits = {**halves, "Discord": DISCORD}
        posted = found.posts.leave(second, min(limits.values()))
        if found.posts.length:
            found.hold(limits)
        running -= posted
        evolink = min(max(fleet.evolink, 1.0), evolink + fleet.evolink)
        limits = {name: most - posted for name, most in halves.items()}
        limits |= {"Evolink": evolink, "MAX_RUNNING": fleet.max_running - running}
        started = found.queue.leave(second, min(limits.values()))
        if found.queue.length:
            found.hold(limits)
            found.longest = max(found.longest, found.queue.length)
        running += started
        evolink -= started
        if started:
            drawn[second + fleet.drawing] = started
    found.left = found.queue.length + found.posts.length + sum(drawn.values())
    return found


def _poisson(chance: random.Random, mean: float) -> int:
    """Return a Poisson-distributed number."""
    number, left = 0, math.exp(-mean)
    product = chance.random()
    while product > left:
        number += 1
        product *= chance.random()
    return number


#: The number of servers, their day, and the fleet that handles it.
PLAYED = (
    ("10,000", Day(10_000), Fleet("one process, SQLite", 1, SQLITE)),
    ("100,000", Day(100_000), Fleet("one process, SQLite", 1, SQLITE)),
    ("100,000", Day(100_000), Fleet("the same, MAX_RUNNING=20", 1, SQLITE, max_running=20)),
    ("1,000,000", Day(1_000_000), Fleet("1 worker", 1)),
    ("1,000,000", Day(1_000_000), Fleet("2 workers", 2)),
    ("1,000,000", Day(1_000_000), Fleet("4 workers", 4)),
    ("1,000,000, 5 with an event", Day(1_000_000, events=5), Fleet("4 workers", 4)),
    ("1,000,000", Day(1_000_000), Fleet("4 workers, MAX_RUNNING=500", 4, max_running=500)),
    ("1,000,000", Day(1_000_000), Fleet("4 workers, Evolink admits 20 a second", 4, evolink=20)),
    ("1,000,000", Day(1_000_000), Fleet("4 workers, Evolink admits 10 a second", 4, evolink=10)),
    ("2,000,000", Day(2_000_000), Fleet("8 workers", 8)),
)


def table() -> str:
    """Play every day; return the results as a Markdown table."""
    rows = [_row(servers, fleet, play(day, fleet)) for servers, day, fleet in PLAYED]
    columns = (
        "servers",
        "with",
        "tasks",
        "wait to be drawn, 99 %",
        "longest",
        "most waiting",
        "wait to be posted, longest",
        "held up by",
    )
    return "\n".join(
        [f"| {' | '.join(columns)} |", "|---|---|---:|---:|---:|---:|---:|---|", *rows]
    )


def _row(servers: str, fleet: Fleet, found: Outcome) -> str:
    held = sorted(found.held.items(), key=lambda each: -each[1])
    why = ", ".join(f"{name} ({_time(seconds)})" for name, seconds in held if seconds >= 60)
    left = f"; {found.left:,} not done a day later" if found.left else ""
    return (
        f"| {servers} | {fleet.name} | {found.tasks:,} | {_time(found.queue.share(0.99))} "
        f"| {_time(found.queue.share(1))} | {found.longest:,} "
        f"| {_time(found.posts.share(1))} | {why or 'nothing'}{left} |"
    )


def _time(seconds: int) -> str:
    if seconds >= HOUR:
        return f"{seconds / HOUR:.1f} h"
    return f"{seconds / 60:.0f} min" if seconds >= 120 else f"{seconds} s"


def main() -> None:
    """Write the table."""
    page.replace("make bench ARGS=day", table())
