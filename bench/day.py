"""``python -m bench day``: a day of up to a million servers, as a model; into docs/scaling.md.

Discord and Evolink can't be played at that size, nor have we that many machines. So this is
arithmetic, second by second: tasks arrive by chance, wait in one line for a place at Evolink, are
drawn, and wait in another one for a worker and for Discord to take the post. What a task costs is
measured (``Costs``); how people behave, how long a drawing takes and what Evolink admits is assumed
(``Day``, ``Fleet``). Turns, references, faults and memory are left out.
"""

import math
import random
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bench import page

SECONDS, HOUR = 86_400, 3_600
#: Posts a second that Discord takes from one bot
#: (docs.discord.com/developers/topics/rate-limits#global-rate-limit).
DISCORD = 50.0
#: The hour that is the busiest.
EVENING = 20


@dataclass(frozen=True)
class Costs:
    """Of one task, in seconds of a processor: measured, see "What a task takes" on the page.

    A gateway's share of it is counted to the workers, which makes them seem slower than they are.
    """

    worker: float
    database: float


SQLITE, POSTGRES = Costs(0.020, 0.0), Costs(0.043, 0.016)


@dataclass(frozen=True)
class Day:
    """What people do: assumed."""

    tasks: int
    #: Servers with an event, each with so many tasks within ten minutes, an hour apart.
    events: int = 0
    tasks_of_event: int = 5_000

    def arrivals(self, chance: random.Random) -> Iterator[int]:
        """Yield how many tasks are typed in each second.

        The busiest hour has a tenth of the day's; a minute has up to twice what is usual then.
        """
        # With 1.2, exp(k cos) has a tenth in its highest hour of 24.
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
    """What there is to do it with."""

    name: str
    workers: int
    costs: Costs = POSTGRES
    #: Processors of the database's server.
    database: int = 4
    #: Tasks a second that Evolink admits, which nobody publishes: assumed.
    evolink: float = math.inf
    max_running: int = 2_000
    #: Seconds that a drawing takes: assumed.
    drawing: int = 20


@dataclass
class Line:
    """Tasks that wait, the first first, and how long those waited that are through."""

    _waiting: deque[tuple[int, int]] = field(default_factory=deque[tuple[int, int]])
    #: How many waited for so many seconds.
    waited: dict[int, int] = field(default_factory=dict[int, int])

    def join(self, second: int, number: int) -> None:
        """Have so many more wait."""
        if number:
            self._waiting.append((second, number))

    def leave(self, second: int, most: float) -> int:
        """Let so many through, the first first; return how many were."""
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
        """How many wait."""
        return sum(number for _, number in self._waiting)

    def share(self, part: float) -> int:
        """Return the seconds that this part of them did not exceed."""
        due = part * sum(self.waited.values())
        for seconds in sorted(self.waited):
            due -= self.waited[seconds]
            if due <= 0:
                return seconds
        return 0


@dataclass
class Outcome:
    """What a day came to."""

    tasks: int = 0
    queue: Line = field(default_factory=Line)
    posts: Line = field(default_factory=Line)
    #: The most that waited to be submitted at one time.
    longest: int = 0
    #: Seconds in which something kept tasks waiting, by what it was.
    held: dict[str, int] = field(default_factory=dict[str, int])
    #: Tasks that were not done a day later.
    left: int = 0

    def hold(self, limits: Mapping[str, float]) -> None:
        """Note what keeps tasks waiting in this second."""
        least = min(limits, key=lambda name: limits[name])
        self.held[least] = self.held.get(least, 0) + 1


def play(day: Day, fleet: Fleet) -> Outcome:
    """Play a day, and one more in which nobody types, until all is done."""
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
        # Half of the work comes before the drawing, half after it, which goes first.
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
    """Return how many of many rare things happen."""
    number, left = 0, math.exp(-mean)
    product = chance.random()
    while product > left:
        number += 1
        product *= chance.random()
    return number


#: Servers, their day, and what plays it.
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
    """Play every day, and return what came of it."""
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
