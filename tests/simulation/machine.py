"""The basis of state machines: a store on a new file, and a clock that only they advance."""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any, TypeVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine
from typing_extensions import override

from bot.domain.ids import ChannelId, InteractionId, ServerId, UserId
from bot.domain.request import Request
from bot.domain.requester import Requester
from bot.domain.task import NewTask
from bot.domain.window import DAY
from bot.store.store import Store
from bot.store.tasks import Tasks
from tests.simulation.database import File, Files
from tests.simulation.life import Life

GUILD, USER = ServerId(10), UserId(20)

T = TypeVar("T")

#: The same examples each time, and few enough to run always.
EXAMPLES = settings(
    derandomize=True,
    database=None,
    deadline=None,
    phases=(Phase.generate, Phase.shrink),
    max_examples=30,
    stateful_step_count=40,
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.filter_too_much),
)


class Machine(RuleBasedStateMachine):
    """The part that is the same in all of them."""

    #: Where the store is; set beforehand, since hypothesis creates the machines.
    file: File
    #: A mutant may replace this.
    tasks: type[Tasks] = Tasks

    def __init__(self) -> None:
        super().__init__()
        self.file.overwrite(self.file.new)
        self.files = Files(self.file, Life())
        self.store = replace(Store.on(self.files), tasks=self.tasks(self.files))
        self.now = 20_000 * DAY + 1_000
        self._interactions = 0
        self._loop = asyncio.new_event_loop()

    @override
    def teardown(self) -> None:
        """Close what is open."""
        self.run(self.files.close())
        self._loop.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run it to its end."""
        return self._loop.run_until_complete(work)

    def draft(self, *, guild: ServerId = GUILD, user: UserId = USER, count: int = 1) -> NewTask:
        """Somebody types a command."""
        self._interactions += 1
        return NewTask(
            requester=Requester(guild, user),
            channel_id=ChannelId(30),
            locale="en-US",
            interaction_id=InteractionId(self._interactions),
            application_id=40,
            token="token",
            request=Request(prompt="a cat", count=count),
            upload_limit=10_485_760,
        )
