"""A world: Discord, Evolink and a lasting database, processes that come and go, one clock."""

import asyncio
import pickle
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from bot.clock import Clocks
from bot.domain.durations import Durations, PollSchedule
from bot.domain.ids import ChannelId, InteractionId, TaskId
from bot.domain.queue_status import QueueStatus
from bot.domain.quota_settings import Limits
from bot.domain.reference import Reference
from bot.domain.request import Request
from bot.domain.requester import Requester
from bot.domain.result import Way
from bot.domain.task import NewTask
from bot.domain.window import DAY
from bot.errors import ChatError, EvolinkError, Stale, StoreUnavailable
from bot.files import FileStorage
from bot.refusals import Refusal
from bot.wiring.config import Config
from tests.simulation.audit import Finding, audit
from tests.simulation.database import File
from tests.simulation.discord import Discord
from tests.simulation.engine import TRUE, Engine, Process, build
from tests.simulation.evolink import Account, Drawing
from tests.simulation.life import Life
from tests.simulation.log import Log
from tests.simulation.looking import Look
from tests.simulation.pressing import BUTTONS, GUILD
from tests.simulation.scenario import BEGINNING, Press, Scenario, Typed
from tests.simulation.together import Seat
from tests.simulation.wire import Faults, Wire

#: A world that isn't at rest after this many rounds never will be.
ROUNDS = 300
CHANNEL, ELSEWHERE = ChannelId(30), ChannelId(31)

WAITS = Durations(polling=PollSchedule(jitter=0))


@dataclass
class Clock:
    """Epoch milliseconds; it stands still while processes work."""

    now: int = field(default=BEGINNING, repr=False)
    #: By how many milliseconds somebody has set it in total.
    was_set: int = 0

    def __call__(self) -> int:
        return self.now

    def steady(self) -> int:
        """Return the time as Discord and Evolink know it, which nobody sets."""
        return self.now - self.was_set

    def set(self, by: int) -> None:
        """Set it, ahead or back; no time passes."""
        self.now += by
        self.was_set += by


@dataclass
class Outside:
    """What outlives a process, beside its own database and files."""

    clock: Clock
    discord: Discord
    account: Account
    #: How many faults were met, by call.
    met: Counter[str] = field(default_factory=Counter[str])
    typed: bool = False
    pressed: list[Press] = field(default_factory=list[Press])
    #: People in a walk who asked to have their data deleted, posts included.
    wanted_posts_gone: set[int] = field(default_factory=set[int])
    starts: int = 0
    #: Whether everything has come to rest, and the week after has begun.
    rested: bool = False
    looks: list[Look] = field(default_factory=list[Look], repr=False)


@dataclass(frozen=True)
class Moment:
    """Everything that outlives a process, at one point."""

    outside: bytes = field(compare=False)
    #: What of it can matter to the next process: not what a card says, nor how late it is, as every
    #: step may be late.
    matters: str
    database: bytes
    files: dict[str, bytes]


@dataclass
class Stage:
    """Where worlds are set up, one at a time."""

    file: File
    data: Path
    log: Log


class World:
    """A scenario under way."""

    def __init__(
        self,
        stage: Stage,
        scenario: Scenario,
        moment: Moment | None = None,
        deaths: Sequence[str] = (),
    ) -> None:
        self.scenario = scenario
        self.file, self.data, self.log = stage.file, stage.data, stage.log
        self.log.errors.clear()
        #: What the audits found: broken promises.
        self.findings = list[Finding]()
        self._pressing = list[Press]()
        self._regretted = set[Press]()
        self.rounds = ROUNDS
        #: The faults that calls may meet.
        self.may_meet = scenario.faults
        #: Milliseconds after which a drawing holds no place any more.
        self.slow_after = WAITS.polling.slow_after
        #: Milliseconds in which one task tries after a trouble.
        self.pause = WAITS.pause
        #: The points at which processes died, or lost their database's answer.
        self.deaths = deaths
        if moment is None:
            moment = self._beginning()
        self.outside = cast("Outside", pickle.loads(moment.outside))  # noqa: S301 - our own
        self.clock, self.discord = self.outside.clock, self.outside.discord
        self.account = self.outside.account
        self.file.overwrite(moment.database)
        for path in _below(self.data):
            path.unlink()
        for name, data in moment.files.items():
            (self.data / name).parent.mkdir(parents=True, exist_ok=True)
            (self.data / name).write_bytes(data)
        if deaths:
            self.account.left |= self.unwritten()

    def unwritten(self) -> set[str]:
        """Return the uploads that no row names, since their answers weren't written."""
        rows = self.file.rows("SELECT file_id FROM upload")
        return set(self.account.files.values()) - {row["file_id"] for row in rows}

    def moment(self) -> Moment:
        """Return everything that would be left if the process died now."""
        return Moment(
            pickle.dumps(self.outside),
            repr(self.outside),
            self.file.path.read_bytes(),
            {str(path.relative_to(self.data)): path.read_bytes() for path in _below(self.data)},
        )

    def _beginning(self) -> Moment:
        clock = Clock()
        discord = Discord(clock.steady, **cast("dict[str, Any]", self.scenario.discord))
        account = Account(clock.steady, **cast("dict[str, Any]", self.scenario.evolink))
        # An earlier database, with the same task numbers, had drawings until a moment ago.
        for page in range(2):
            discord.put(ELSEWHERE, discord.snowflake(), Way.CHANNEL, nonce=f"1.{page}")
        FileStorage(self.data).prepare()
        return Moment(pickle.dumps(Outside(clock, discord, account)), "", self.file.new, {})

    def start(
        self,
        life: Life,
        engine: Engine,
        *,
        instance: str = "main",
        faults: Faults | None = None,
        seat: Seat | None = None,
    ) -> Process:
        """Start a process; ``seat``: among others, on one database."""
        self.outside.starts += 1
        # Its successor may go on at once: what it has sent must have arrived by then.
        self.discord.arrive("*" if seat is None else instance)
        faults = faults or Faults(self.scenario.faults, self.outside.met)
        ahead = 0 if seat is None else seat.ahead
        clocks = engine.clocks(Clocks(self.clock, self.clock.steady), ahead)
        wire = Wire(
            life,
            faults,
            clocks,
            lambda call: self._meanwhile(call, process),
            lambda call: self._answering(call, process),
            instance,
        )
        process = build(
            engine,
            life,
            engine.files(self.file, life),
            self.discord,
            self.account,
            wire,
            FileStorage(self.data),
            config=Config(
                durations=WAITS,
                limits=Limits(images=self.scenario.quota, cap_total=self.scenario.cap),
                owner=f"{instance}/{self.outside.starts}",
                max_running=self.scenario.max_running,
                user_running=3,
                keys_trusted=self.scenario.trusted,
                callback_url="https://bot" if self._is_called_back else None,
                outcome_seconds=0,
            ),
            clocks=clocks,
            sleep=self._wait,
            seat=seat,
        )
        return process

    async def live(self, process: Process) -> None:
        """Let a process work until there is nothing left to do."""
        await self.work(process)
        if self.scenario.a_week_later:
            if not self.outside.rested:
                self.audit()
                self.outside.rested = True
            self.clock.now += 8 * DAY
            await self.rest(process)
            await self._tidy(process)

    async def run(self, engine: Engine = TRUE) -> None:
        """Start a process, let it work until all is at rest, and end it."""
        process = self.start(Life(), engine)
        try:
            await self.work(process)
        finally:
            await process.end()

    async def work(self, process: Process) -> None:
        """Let a process work until all is at rest, for now."""
        await process.worker.leases.seize()
        if not self.outside.typed:
            self.outside.typed = True
            typing = [self._type(process, each) for each in self.scenario.typed]
            await asyncio.gather(*typing)
        await self.rest(process)
        if self._regretted.intersection(self._to_press()):
            await self._look(process)
            await self.rest(process)
        await self._tidy(process)
        await self.rest(process)

    async def _tidy(self, process: Process) -> None:
        """Clean up once, as ``Cleanup.run`` does: an error means that it is tried again later."""
        with suppress(StoreUnavailable):
            await process.cleanup.run_once()
        with suppress(StoreUnavailable):
            await process.cleanup.sweep()

    def ends(self) -> tuple[str, ...]:
        """Say how each task stands, and what was charged for it."""
        rows = self.file.rows("SELECT state, charged FROM task ORDER BY id")
        return tuple(f"{row['state']} {row['charged']}" for row in rows)

    async def rest(self, process: Process) -> None:
        """Let the worker go round until nothing is due, or not for a long time."""
        for _ in range(self.rounds):
            before, locked = process.life.points, process.files.failing
            await self._look(process)
            await self._call_back(process)
            # The clock stands still; the real worker would see what is due within two seconds.
            process.worker.wakeup.nudge()
            await process.worker.start_due()
            await asyncio.gather(process.worker.idle(), process.cards.edit_due())
            # While the database is locked, the next look may find it unlocked.
            stuck = process.life.points == before and not locked
            if not self._sleep(process, stuck=stuck):
                return
        self.findings.append(Finding("nothing left open", 0, "no rest"))

    def audit(self) -> None:
        """Look whether every promise was kept so far."""
        self.discord.arrive("*")
        self.findings += audit(self)

    def _sleep(self, process: Process, *, stuck: bool) -> bool:
        """Let time pass until something is due; if nothing is due soon, all is at rest.

        ``stuck``: what is due can't continue now.
        """
        found = self.file.rows(
            "SELECT wake_at AS at FROM task WHERE wake_at IS NOT NULL UNION ALL "
            "SELECT json_extract(value, '$.until') FROM fact WHERE key = 'trouble'"
        )
        times = [row["at"] for row in found]
        times += [
            each.linked_at + self.clock.was_set
            for each in self.account.drawings.values()
            if each.callback
        ]
        if (due_at := process.worker.held.next_due()) is not None:
            times.append(due_at)
        if not stuck and any(time <= self.clock.now for time in times):
            return True
        ahead = [time for time in times if time > self.clock.now]
        if not ahead or min(ahead) > self.clock.now + 6 * DAY:
            return False
        self.clock.now = min(ahead)
        return True

    async def _type(self, process: Process, typed: Typed) -> None:
        """Do what the command does."""
        interaction_id = self.discord.snowflake()
        self.discord.typed[interaction_id] = self.clock.steady()
        try:
            task = await process.acceptance.accept(_new(typed, interaction_id))
        except (Refusal, StoreUnavailable):
            return
        if task is None:
            return
        try:
            if typed.mention:
                assert task.wake_at is not None
                card_id = await process.chat.reply_card(task, QueueStatus(), before=task.wake_at)
            else:
                card_id = await process.chat.answer(task)
        except Exception:  # noqa: BLE001 - as the bot does: the row is there, whatever it was
            await process.acceptance.unconfirmed(task)
            return
        try:
            await process.acceptance.shown(task, card_id)
        except Exception as error:  # noqa: BLE001 - told to the user; the audit finds it
            self.log.errors.append(repr(error))

    async def _look(self, process: Process) -> None:
        """Have people press their buttons when they see a task in some state."""
        for row in self.file.rows("SELECT state FROM task WHERE id = 1"):
            self._set_the_clock(row["state"])
        for press in self._to_press():
            if press.seen is not None or press in self._regretted:
                state = self.file.rows("SELECT state FROM task WHERE id = 1")
                if state and (press in self._regretted or state[0]["state"] == press.seen):
                    await self._press(process, press)

    async def _call_back(self, process: Process) -> None:
        """Call back as Evolink does, until it is heard."""
        for drawing in list(self.account.drawings.values()):
            if drawing.linked_at <= self.clock.steady():
                await self._tell(process, drawing)

    def _set_the_clock(self, moment: str) -> None:
        step = self.scenario.clock_set.get(moment, 0)
        if step and not self.outside.met[f"clock set in {moment}"]:
            self.outside.met[f"clock set in {moment}"] += 1
            self.clock.set(step)

    async def _meanwhile(self, call: str, process: Process) -> None:
        self._set_the_clock(call)
        if call == "submit" and process.files.failing:
            self.findings.append(Finding("nothing new while unwritten", 0, "submitted"))
        for press in self._to_press():
            if press.during == call:
                await self._press(process, press)

    @property
    def _is_called_back(self) -> bool:
        return self.scenario.called_back or self.scenario.called_back_early

    async def _answering(self, call: str, process: Process) -> None:
        """Lock the database, or have Evolink call back, before the answer arrives."""
        fails = self.scenario.locked.get(call, 0)
        if fails and not self.outside.met[f"locked in {call}"]:
            self.outside.met[f"locked in {call}"] += 1
            process.files.failing = fails
            process.files.unlucky = asyncio.current_task() if self.scenario.unlucky else None
        if self.scenario.called_back_early and call == "submit":
            for drawing in list(self.account.drawings.values()):
                await self._tell(process, drawing)

    async def _wait(self, seconds: float) -> None:
        self.clock.now += round(seconds * 1000)
        await asyncio.sleep(0)

    async def _tell(self, process: Process, drawing: Drawing) -> None:
        if drawing.callback is not None:
            with suppress(EvolinkError, StoreUnavailable):
                await process.callbacks.heard(drawing.callback.rpartition("/")[2], drawing.id)
                drawing.callback = None

    def _to_press(self) -> list[Press]:
        done = (*self.outside.pressed, *self._pressing)
        return [press for press in self.scenario.presses if press not in done]

    async def _press(self, process: Process, press: Press) -> None:
        """Press; after "This interaction failed", press again at the next occasion."""
        self._pressing.append(press)
        if press.once:
            self.outside.pressed.append(press)
        user = self.scenario.typed[0].user
        try:
            with suppress(Refusal, ChatError):
                await BUTTONS[press.button](process, TaskId(1), user)
        except (Stale, StoreUnavailable):
            # "This task has just changed", or "try again": pressed again at the next occasion.
            self._pressing.remove(press)
            self._regretted.add(press)
            return
        self.outside.pressed.append(press)


def _new(typed: Typed, interaction_id: int) -> NewTask:
    references = tuple(
        Reference(
            url=f"https://attachments/{interaction_id}/{number}",
            name=f"{number}.png",
            content_type="image/png",
            bytes=100,
            width=16,
            height=16,
        )
        for number in range(typed.references)
    )
    return NewTask(
        requester=Requester(GUILD, typed.user),
        channel_id=CHANNEL,
        locale="en-US",
        interaction_id=InteractionId(interaction_id),
        application_id=40,
        token="" if typed.mention else "token",
        request=Request(prompt="a cat", count=typed.count, references=references),
        private=typed.private,
        upload_limit=10_485_760,
    )


def _below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
