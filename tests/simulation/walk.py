"""Random walks: two workers, people who press anything, faults, deaths, clocks that step.

The scenarios know what they look for; a walk does not. What happens, and in which order the parts
of two processes take their turns, is chance from a seed: the same seed is the same walk.
"""

import asyncio
import random
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from bot.domain.ids import ServerId, TaskId, UserId
from bot.domain.requester import Requester
from bot.domain.visibility import Viewer
from bot.domain.window import DAY
from bot.roles import Role
from bot.services.work.daily_summary import TOLD
from bot.services.work.duties import ROUND
from bot.services.work.leases import Leases
from tests.simulation import pressing
from tests.simulation.audit import Finding
from tests.simulation.chance import FAULTS, HOUR, MINUTE, SECOND, USERS, Chance, scenario_of
from tests.simulation.engine import TRUE, Engine, Process
from tests.simulation.looking import draw_from, look, note
from tests.simulation.pressing import GUILD
from tests.simulation.running import Mortal, Running, refused
from tests.simulation.scenario import BEGINNING
from tests.simulation.together import Together
from tests.simulation.world import CHANNEL, ROUNDS, WAITS, Stage, World

#: A user who never draws, and a server where nobody does.
STRANGER, OTHER_GUILD = UserId(29), ServerId(11)
#: Processes that are each the whole bot, and those that share the work.
ALONE = ("main", "other")
MEMBERS = {
    "g0": Role.GATEWAY,
    "g1": Role.GATEWAY,
    "w0": Role.WORKER,
    "w1": Role.WORKER,
    "w2": Role.WORKER,
}
#: How many things happen in a walk before it calms down.
MOVES = 100


def _followed_the_clock(leases: Leases) -> bool:
    return bool(leases.watch._apart) and not leases.watch._set_by


class Walk:
    """One walk, from its seed."""

    def __init__(
        self, stage: Stage, seed: int, engine: Engine = TRUE, *, several: bool = False
    ) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - no secret
        self._engine = engine
        #: Gateways and workers on one database; ``None``: two processes, one after the other.
        self._together = Together() if several else None
        self.world = World(stage, scenario_of(seed, self.chance, several=several))
        # Slow drawings, in sequence, are read hundreds of times.
        self.world.rounds = 10 * ROUNDS
        self.world.may_meet = FAULTS
        self.faults = Chance(
            {}, self.world.outside.met, self.chance, slow_edits=several, loses_edits=seed % 4 < 2
        )
        self._moves = (*_MOVES, *_OF_SEVERAL) if several else _MOVES
        self._left = list(self.world.scenario.typed)
        self._running = dict[str, Running]()
        self._turn = asyncio.Lock()
        self._excused = set[str]()
        #: The processes that noticed the clock being set.
        self._saw_clock_set = list[Leases]()

    async def findings(self) -> list[Finding]:
        """Walk, let everything calm down, and return the broken promises."""
        self.world.outside.typed = True
        self.world.file.set_fact(TOLD, BEGINNING // DAY - 1)
        try:
            for _ in range(MOVES):
                await self.chance.choice(self._moves)(self)
                await self._pass(self.chance.randrange(1, 20))
            await self._calm()
        finally:
            for each in list(self._running.values()):
                await each.kill()
        self.world.audit()
        return [each for each in self.world.findings if each.promise not in self._excused]

    async def _calm(self) -> None:
        """Let everything come to rest: no more faults, one process, and all remaining work."""
        self.faults.calm = True
        for name in list(self._running):
            await self.die(name)
        self.world.discord.arrive("*")
        if self._together is not None:
            await self._tell_places()
        process = self._start("main").process
        while self._left:
            await self.world._type(process, self._left.pop(0))
        self.world.clock.now += WAITS.lease + SECOND
        await self.world.live(process)
        await self.moderates()
        for row in self.world.file.rows("SELECT id FROM task"):
            viewer = Viewer(Requester(GUILD, STRANGER))
            await refused(draw_from(self.world, process, row["id"], 0, viewer))

    async def _tell_places(self) -> None:
        """Each process looks at the waiting tasks' places; one of them shows them."""
        cards = self.world.discord.cards.values()
        before = [len(each.said) for each in cards]
        for name in MEMBERS:
            process = self._start(name).process
            await process.cards._look_at_turns()
            await process.cards.edit_due()
        for card, said in zip(cards, before, strict=True):
            if len(card.said) > said + 1:
                self.world.findings.append(Finding("a place is told once", 0, str(card.said)))
        for name in MEMBERS:
            await self.die(name)

    def _start(self, name: str) -> Running:
        clock = self.world.clock
        if clock.was_set > 0 and not any(map(_followed_the_clock, self._saw_clock_set)):
            # Nobody is left who knows: running tasks seem to take an hour, and to hold no place.
            self._excused.add("places hold")
        life = Mortal(chance=self.chance)
        seat = None
        if self._together is not None:
            ahead = 0 if self.faults.calm else self.chance.choice([-5 * MINUTE, 0, 5 * MINUTE])
            seat = self._together.join(self._engine.seat, ahead=ahead)
        process = self.world.start(life, self._engine, instance=name, faults=self.faults, seat=seat)
        # The processes take turns at SQLite's lock; here they would wait for it endlessly.
        process.files._turn = self._turn
        self._running[name] = Running(process, life, seat)
        return self._running[name]

    async def die(self, name: str) -> None:
        killed = self._running.pop(name)
        await killed.kill()
        self._lose(killed)
        self.world.account.left |= self.world.unwritten() & killed.process.client.uploaded

    async def _pass(self, turns: int) -> None:
        for _ in range(turns):
            await asyncio.sleep(0)

    def _lose(self, running: Running) -> None:
        if self._together is not None and running.seat is not None:
            self._together.lose(running.seat)

    def _any(self, role: Role = Role.ALL) -> Running:
        """Return a process that has a role; each of the two single ones has all roles."""
        names = self._names(role)
        fit = [each for name, each in self._running.items() if name in names]
        if not fit:
            return self._begin(names[0])
        return self.chance.choice(fit)

    def _names(self, role: Role = Role.ALL) -> Sequence[str]:
        if self._together is None:
            return ALONE
        return [name for name, each in MEMBERS.items() if role in {Role.ALL, each}]

    # What may happen

    async def types(self) -> None:
        at_once = 1 if self._together is None else self.chance.choice([1, 5])
        for _ in range(at_once):
            running = self._any(Role.GATEWAY)
            if self._left:
                running.begin(self.world._type(running.process, self._left.pop(0)))

    async def works(self) -> None:
        self._work(self._any(Role.WORKER))

    def _work(self, running: Running) -> None:
        running.process.worker.wakeup.nudge()
        running.begin(running.process.worker.start_due())
        if self._together is not None:
            running.begin(running.process.cards.edit_due())

    async def edits(self) -> None:
        running = self._any()
        running.begin(running.process.cards.edit_due())

    async def hears(self) -> None:
        running = self._any()
        running.begin(self.world._call_back(running.process))

    async def tidies(self) -> None:
        running = self._any()
        running.begin(running.process.cleanup.run_once())
        running.begin(running.process.cleanup.sweep())

    async def waits(self) -> None:
        self.world.clock.now += self.chance.choice(
            [100, SECOND, 5 * SECOND, 15 * SECOND, MINUTE, 10 * MINUTE]
        )

    async def dies(self) -> None:
        if self._running and self.chance.random() < 0.3:
            await self.die(self.chance.choice(list(self._running)))

    async def suspends(self) -> None:
        """Suspend a process, or wake it up, some time later."""
        if self._running:
            running = self.chance.choice(list(self._running.values()))
            running.life.suspended = not running.life.suspended
            if running.life.suspended and self._together and self.chance.random() < 0.5:
                self._lose(running)

    async def is_outrun(self) -> None:
        """A process is held up, wherever it is, for less than a lease; others go on."""
        # Refused tasks may be due again.
        self.world.clock.now += self.chance.choice([0, 0, 10 * MINUTE])
        role = self.chance.choice([Role.WORKER, Role.GATEWAY])
        late = self._any(role)
        await self._hold_up(late, role)
        if self.chance.random() < 0.5:
            self._lose(late)
            await self._replace(late)
        workers = [
            self._running.get(name) or self._begin(name) for name in self._names(Role.WORKER)
        ]
        for _ in range(12):
            for each in workers:
                if each is not late:
                    self._work(each)
            if self.chance.random() < 0.3:
                await self.hears()
            await self._pass(self.chance.choice([20, 60]))
            self.world.clock.now += self.chance.choice([0, SECOND, 5 * SECOND])
        late.life.suspended, late.life.held_up_at = False, None

    async def _hold_up(self, late: Running, role: Role) -> None:
        """Suspend a process somewhere in its work, or just before it edits a card."""
        rounds = self.chance.choice([1, 12])
        if rounds > 1:
            late.life.held_up_at = "before edit card"
        for _ in range(rounds):
            if role is Role.WORKER:
                self._work(late)
            else:
                late.begin(late.process.cards.edit_due())
            await self._pass(self.chance.choice([12, 60, 120]) - self.chance.randrange(12))
            if late.life.suspended:
                break
            self.world.clock.now += self.chance.choice([0, SECOND, 5 * SECOND]) * (rounds > 1)
        late.life.suspended = True

    async def sums_up(self) -> None:
        """Each process checks whether it should report the day's summary."""
        for running in list(self._running.values()):
            running.begin(self._sum_up(running.process))

    async def _sum_up(self, process: Process) -> None:
        """Report it, or leave that to another; if one dies over it, another may repeat it."""
        began, done = self.world.clock.now, False
        try:
            await process.sum_up()
            done = self.world.clock.now < began + ROUND
        finally:
            if not done:
                self._excused.add("the day is summed up once")

    async def sets_the_clock(self) -> None:
        """Set the machine's clock, once at most: ahead or back."""
        if not self.world.clock.was_set and self.chance.random() < 0.2:
            # The audit doesn't know which times in the rows are older than this.
            self._excused.add("submitted in time")
            leases = [each.process.worker.leases for each in self._running.values()]
            self._saw_clock_set = [each for each in leases if each.watch._apart is not None]
            # Nobody knows any more how long ago anything was sent.
            self.world.discord.arrive("*")
            self.world.clock.set(self.chance.choice([-HOUR, -MINUTE, MINUTE, HOUR, 48 * HOUR]))

    async def starts(self) -> None:
        name = self.chance.choice(self._names())
        if name in self._running:
            await self._replace(self._running[name])
        else:
            self._begin(name)

    def _begin(self, name: str) -> Running:
        running = self._start(name)
        running.begin(running.process.worker.leases.seize())
        return running

    async def _replace(self, running: Running) -> None:
        """Start another of its name once the others have lost sight of it; the old one goes on."""
        name = next(name for name, each in self._running.items() if each is running)
        if running.seat is None or not running.seat.is_lost or name not in MEMBERS:
            return
        cut_off = f"{name}, cut off"
        if cut_off in self._running:
            await self.die(cut_off)
        self._running[cut_off] = self._running.pop(name)
        self._begin(name)

    async def presses(self) -> None:
        running = self._any(Role.GATEWAY)
        rows = self.world.file.rows("SELECT id, user_id FROM task")
        if rows:
            row = self.chance.choice(rows)
            user = self.chance.choice([row["user_id"], row["user_id"], *USERS])
            button = self.chance.choice(
                [
                    pressing.stop,
                    self._fetch,
                    pressing.publish,
                    pressing.delete,
                    pressing.remove,
                    self.chance.choice([pressing.erase, self._erase_with_posts]),
                ]
            )
            running.begin(button(running.process, row["id"], user))

    async def looks(self) -> None:
        """Somebody opens a task's images, or wants to draw from one, here or anywhere else."""
        rows = self.world.file.rows("SELECT id, interaction_id, user_id FROM task")
        if not rows:
            return
        running, row = self._any(), self.chance.choice(rows)
        shown = [
            each.id
            for each in self.world.discord.about(row["interaction_id"])
            if each.place == CHANNEL and not each.deleted
        ]
        guild = self.chance.choice([GUILD, GUILD, GUILD, OTHER_GUILD, None])
        requester = Requester(guild, self.chance.choice([row["user_id"], STRANGER, *USERS]))
        message = self.chance.choice([None, *shown]) if guild == GUILD else None
        viewer = Viewer(requester, message)
        running.begin(
            look(self.world, running.process, row["id"], viewer)
            if self.chance.random() < 0.7
            else draw_from(self.world, running.process, row["id"], self.chance.randrange(3), viewer)
        )

    async def moderates(self) -> None:
        """A moderator deletes a message with images, once nothing more is done with it."""
        done = "SELECT interaction_id FROM task WHERE state = 'delivered' AND wake_at IS NULL"
        for row in self.world.file.rows(done):
            for message in self.world.discord.about(row["interaction_id"]):
                if message.place == CHANNEL and not message.deleted and self.chance.random() < 0.3:
                    message.delete(self.world.discord.clock())
                    message.by_hand = True

    async def _erase_with_posts(self, process: Process, task_id: TaskId, user: UserId) -> None:
        self.world.outside.wanted_posts_gone.add(user)
        await pressing.BUTTONS["erase with posts"](process, task_id, user)

    async def _fetch(self, process: Process, task_id: TaskId, user: UserId) -> None:
        """Press *Get images*, and note what was seen."""
        requester = Requester(GUILD, user)
        task = await process.results.task(task_id, requester)
        began = self.world.clock.steady()
        messages = await process.results.fetch(task_id, requester, max_bytes=task.upload_limit)
        got = {each.result.position for pictures in messages for each in pictures}
        note(self.world, task_id, Viewer(requester), began, got)
        await pressing.hand_out(process, task, messages)


Move = Callable[[Walk], Coroutine[Any, Any, None]]
_MOVES: Sequence[Move] = (
    *[Walk.types] * 6,
    *[Walk.works] * 12,
    *[Walk.waits] * 8,
    *[Walk.presses] * 4,
    *[Walk.edits] * 2,
    *[Walk.starts] * 2,
    *[Walk.suspends] * 2,
    *[Walk.looks] * 6,
    Walk.moderates,
    Walk.sets_the_clock,
    Walk.hears,
    Walk.tidies,
    Walk.dies,
)
#: What else may happen to several.
_OF_SEVERAL: Sequence[Move] = (*[Walk.edits] * 4, *[Walk.is_outrun] * 4, *[Walk.sums_up] * 2)
