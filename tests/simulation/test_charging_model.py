"""What is charged, and what counts to the caps, whatever people do in whatever order.

People ask, stop waiting, collect, use, publish and delete; images find a way or none, expire, fail
to come. What is right is worked out from the books of the stand-ins alone: who could have which
images, and what Evolink drew on which day.
"""

import asyncio
import shutil
from collections import Counter
from collections.abc import Coroutine, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from typing_extensions import override

import bot.images.threads
from bot.clock import Clocks
from bot.domain.ids import InteractionId, TaskId, UserId
from bot.domain.quota import day_of
from bot.domain.quota_settings import Limits
from bot.domain.request import Request
from bot.domain.requester import Requester
from bot.domain.state import ENDED
from bot.domain.task import NewTask, Task
from bot.domain.visibility import Viewer
from bot.domain.window import DAY
from bot.errors import ImagineError, OutcomeUnknown, Rejected, ServerFailed
from bot.files import FileStorage
from bot.refusals import CapReached, QuotaReached
from bot.wiring.config import Config
from tests.simulation.database import File, Files
from tests.simulation.discord import Discord
from tests.simulation.engine import TRUE, build
from tests.simulation.evolink import Account
from tests.simulation.inline import Inline
from tests.simulation.life import Life
from tests.simulation.log import Log, listening
from tests.simulation.machine import EXAMPLES
from tests.simulation.pressing import GUILD
from tests.simulation.wire import Fault, Faults, Wire
from tests.simulation.world import CHANNEL, WAITS, Clock

USERS = UserId(20), UserId(21)
LIMITS = Limits(images=5, cap_total=8, open_tasks=100)
MOST = 10_485_760
HAS_IMAGES = {"delivered", "kept"}
#: Failures after which Evolink hasn't said that it drew nothing.
UNTOLD = {"no_images", "gave_up", "resource_not_found", "server_failed"}
#: If these turn up after all, they are free.
GIVEN_BACK = """
    SELECT 1 FROM story WHERE task_id = ? AND kind IN ('unknown', 'failed', 'cancelled')
"""
#: A try that may have drawn something, whatever was told of a later one.
DOUBTED = "SELECT 1 FROM story WHERE task_id = ? AND kind = 'doubtful'"
#: What has to be so for a task to end in a way: at Discord, at Evolink, with the submission.
ENDINGS: dict[str, tuple[dict[str, Any], dict[str, Any], list[Fault]]] = {
    "delivered": ({}, {}, []),
    "private": ({}, {}, []),
    "stopped": ({}, {}, []),
    "no way": ({"channel_gone": True, "direct_closed": True, "token_life": 1}, {}, []),
    "fewer": ({}, {"short_by": 1}, []),
    "failed": ({}, {"failure": "content_policy_violation"}, []),
    "results gone": ({}, {"lost": frozenset(range(15))}, []),
    "lost": ({}, {}, [Fault(OutcomeUnknown)]),
    "lost, and drawn": ({}, {}, [Fault(OutcomeUnknown, took_effect=True)]),
    "not taken": ({}, {}, [Fault(ServerFailed)]),
    "not taken thrice": ({}, {}, [Fault(ServerFailed)] * 3),
    "refused": ({}, {}, [Fault(lambda: Rejected("invalid_parameters"))]),
}

users = st.sampled_from(USERS)
# Most end with images.
endings = st.sampled_from((*ENDINGS, *3 * ("delivered", "stopped", "no way", "private", "fewer")))


class ChargingMachine(RuleBasedStateMachine):
    """One bot, its stand-ins, and two people."""

    file: File
    data: Path
    log: Log

    def __init__(self) -> None:
        super().__init__()
        self.file.overwrite(self.file.new)
        shutil.rmtree(self.data, ignore_errors=True)
        self.log.errors.clear()
        self.clock = Clock()
        self.discord, self.account = Discord(self.clock), Account(self.clock)
        self.ahead = dict[str, list[Fault | None]]()
        self.loop = asyncio.new_event_loop()
        self.loop.set_default_executor(Inline())
        storage, life = FileStorage(self.data), Life()
        storage.prepare()
        clocks = Clocks(self.clock, self.clock.steady)
        wire = Wire(life, Faults(self.ahead), clocks, _nothing, _nothing)
        files = Files(self.file, life)
        self.bot = build(
            TRUE, life, files, self.discord, self.account, wire, storage,
            config=Config(
                durations=WAITS, limits=LIMITS, owner="main/1", max_running=20, user_running=3,
                callback_url="https://bot", outcome_seconds=0,
            ),
            clocks=clocks, sleep=asyncio.sleep,
        )  # fmt: skip
        self.asked = 0

    @override
    def teardown(self) -> None:
        self.run(self.bot.end())
        self.loop.close()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(work)

    @rule(user=users, count=st.integers(1, 3), private=st.booleans())
    def ask(self, user: UserId, count: int, private: bool) -> None:
        """A refusal is right only if what they have had leaves no room for so many."""
        self._ask(user, count, private=private)

    def _ask(self, user: UserId, count: int, *, private: bool) -> TaskId | None:
        self.asked += 1
        self.discord.typed[self.asked] = self.clock.now
        new = NewTask(
            requester=Requester(GUILD, user), channel_id=CHANNEL, locale="en-US",
            interaction_id=InteractionId(self.asked), application_id=40, token="token",
            request=Request(prompt="a cat", count=count), private=private, upload_limit=MOST,
        )  # fmt: skip
        today = day_of(self.clock.now)
        used, costs = self._due(user, today), self._costs(today)
        try:
            task = self.run(self.bot.acceptance.accept(new))
        except QuotaReached:
            assert used + count > LIMITS.images
        except CapReached:
            assert costs + count > LIMITS.cap_total
        else:
            self.run(self.bot.acceptance.shown(task, self.run(self.bot.chat.answer(task))))
            return task.id
        return None

    @rule(seconds=st.sampled_from((0, 12, 700)))
    def work(self, seconds: int) -> None:
        """The bot works, and some time passes."""
        self.run(self._round())
        self.clock.now += seconds * 1000

    @rule(user=users, count=st.integers(1, 3), end=endings)
    def draw(self, user: UserId, count: int, end: str) -> None:
        """Somebody asks, and waits until it has ended in some way."""
        before = vars(self.discord).copy(), vars(self.account).copy()
        discord, account, faults = ENDINGS[end]
        vars(self.discord).update(discord)
        vars(self.account).update(account)
        for fault in faults:
            self.ahead.setdefault("submit", []).append(fault)
        task_id = self._ask(user, count, private=end == "private")
        self.run(self._round())
        if end == "stopped" and task_id is not None:
            self._try(self.bot.cancellation.cancel(task_id, Requester(GUILD, user)))
        for _ in range(6):
            self.clock.now += 130_000
            self.run(self._round())
        for there, was in zip((self.discord, self.account), before, strict=True):
            vars(there).update({name: was[name] for name in (*discord, *account) if name in was})

    @rule(hours=st.sampled_from((5, 24, 8 * 24)))
    def pass_time(self, hours: int) -> None:
        """A new day may begin; uncollected images may expire."""
        self.clock.now += hours * DAY // 24
        self.run(self._round())
        self.run(self.bot.cleanup.run_once())

    @rule(took_effect=st.booleans())
    def lose_an_answer(self, took_effect: bool) -> None:
        """Nobody knows whether Evolink accepted the next one."""
        self.ahead.setdefault("submit", []).append(Fault(OutcomeUnknown, took_effect=took_effect))

    @rule()
    def call_back(self) -> None:
        """Evolink calls back about its drawings, however late."""
        for drawing in self.account.drawings.values():
            if drawing.callback is not None and drawing.done_at <= self.clock.now:
                name = drawing.callback.rpartition("/")[2]
                self._try(self.bot.callbacks.heard(name, drawing.id))

    @precondition(lambda self: self._open())
    @rule(data=st.data())
    def stop(self, data: st.DataObject) -> None:
        """*Cancel*, or *Stop waiting*."""
        task = self._one_of(data, self._open())
        self._try(self.bot.cancellation.cancel(task.id, Requester(GUILD, task.requester.user)))

    @precondition(lambda self: self._finished())
    @rule(
        data=st.data(),
        what=st.sampled_from(
            ("collect", "original", "originals", "use", "edit", "redraw", "thumbnail", "publish")
        ),
        own=st.booleans(),
    )
    def take(self, data: st.DataObject, what: str, own: bool) -> None:
        """Anything that can be done with images, and is refused if it may not be."""
        task = self._one_of(data, self._finished())
        self._try(
            self._take(task, what, task.requester.user if own else _other_than(task.requester.user))
        )

    @precondition(lambda self: self._finished())
    @rule(data=st.data(), own=st.booleans())
    def delete(self, data: st.DataObject, own: bool) -> None:
        """The requester or a moderator deletes the images; their cost stays."""
        task = self._one_of(data, self._finished())
        user = task.requester.user if own else _other_than(task.requester.user)
        self._try(self.bot.deletion.delete(task, user, moderates=not own))

    @invariant()
    def charged_is_what_could_be_had(self) -> None:
        """Rows and books agree, for each person and for all, and no limit is exceeded."""
        quotas, today = self.bot.worker.store.quotas, day_of(self.clock.now)
        for day in {today, *(day_of(row["created_at"]) for row in self._rows())}:
            for user in USERS:
                usage = self.run(quotas.usage(Requester(GUILD, user), now=day))
                assert usage.used == self._due(user, day)
                assert usage.used_total == self._costs(day)
        drawn = Counter[int]()
        for drawing in self.account.drawings.values():
            drawn[day_of(drawing.at)] += drawing.images
        assert all(images <= LIMITS.cap_total for images in drawn.values())
        assert self.log.errors == []

    def _due(self, user: UserId, day: int) -> int:
        """Images that a person could have, or may get, of what they asked for on a day."""
        return sum(
            self._could_have(row)
            for row in self._rows()
            if row["user_id"] == user and day_of(row["created_at"]) == day
        )

    def _could_have(self, row: Any) -> int:
        if self.file.rows(GIVEN_BACK, row["id"]):
            return 0
        if row["state"] not in ENDED:
            return row["reserved"]
        return self._images(row) if row["state"] in HAS_IMAGES else 0

    def _costs(self, day: int) -> int:
        """Images that Evolink drew on a day, may have drawn, or is still to be asked for."""
        return sum(self._cost(row, day) for row in self._rows())

    def _cost(self, row: Any, day: int) -> int:
        if row["state"] in {"queued", "preparing"}:
            # Whatever was tried before, it is drawn today or later.
            return row["reserved"]
        if row["intent_at"] is None:
            return 0 if row["state"] in ENDED else row["reserved"]
        if day_of(row["intent_at"]) != day:
            return 0
        told = row["state"] in {"ready", *HAS_IMAGES}
        told = told or (row["state"] == "failed" and row["reason"] not in UNTOLD)
        if self.file.rows(DOUBTED, row["id"]):
            told = False
        return self._images(row) if told else row["reserved"]

    async def _round(self) -> None:
        self.bot.worker.wakeup.nudge()
        await self.bot.worker.start_due()
        await asyncio.gather(self.bot.worker.idle(), self.bot.cards.edit_due())

    async def _take(self, task: Task, what: str, user: UserId) -> None:
        results = self.bot.results
        seen = await results.visibility.visible_task(task.id, Viewer(Requester(GUILD, user)))
        match what:
            case "collect":
                pages = await results.fetch(task.id, Requester(GUILD, user), max_bytes=MOST)
                shown = tuple(each.result.position for page in pages for each in page)
                await self.bot.chat.hand_out(task, shown)
                await results.collected(task.id)
            case "original":
                await results.original(seen, 0, max_bytes=MOST)
                await results.collected(task.id)
            case "originals":
                archives, _ = await results.originals(
                    task.id, Requester(GUILD, user), max_bytes=MOST
                )
                for archive in archives:
                    archive.unlink()
                await results.collected(task.id)
            case "use":
                await results.reference(seen, 0)
            case "edit":
                await results.edited(seen, 0)
            case "redraw":
                await results.redrawn(seen, 0)
            case "thumbnail":
                await results.thumbnail((await results.images(seen))[0])
            case _:
                await self.bot.publishing.publish(task.id, Requester(GUILD, user))

    def _open(self) -> list[TaskId]:
        return [row["id"] for row in self._rows() if row["state"] not in ENDED]

    def _finished(self) -> list[TaskId]:
        return [row["id"] for row in self._rows() if row["state"] in HAS_IMAGES]

    def _one_of(self, data: st.DataObject, ids: list[TaskId]) -> Task:
        return self.run(self.bot.worker.store.tasks.get(data.draw(st.sampled_from(ids))))

    def _try(self, work: Coroutine[Any, Any, Any]) -> None:
        with suppress(ImagineError):
            self.run(work)

    def _rows(self) -> list[Any]:
        return self.file.rows("SELECT * FROM task")

    def _images(self, row: Any) -> int:
        drawings = self.account.of_key(f"imagine-{row['interaction_id']}-")
        return sum(drawing.images for drawing in drawings)


def _other_than(user: UserId) -> UserId:
    return next(each for each in USERS if each != user)


async def _nothing(_call: str) -> None:
    return


@pytest.fixture
def machine(file, tmp_path, monkeypatch) -> Iterator[type[ChargingMachine]]:
    """The machine on a stage of its own: no threads, and two files make a page."""
    monkeypatch.setattr(bot.images.threads, "_threads", Inline)
    monkeypatch.setattr("bot.domain.result.FILES_A_PAGE", 2)
    with listening() as log:

        class OnStage(ChargingMachine):
            pass

        OnStage.file, OnStage.data, OnStage.log = file, tmp_path / "data", log
        yield OnStage


def test_whatever_is_done_in_whatever_order(machine) -> None:
    """Charged is what could be had, counted is what was drawn, and no limit is ever exceeded."""
    run_state_machine_as_test(machine, settings=EXAMPLES)
