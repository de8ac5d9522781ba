"""Callbacks in which Evolink says that a task has ended: a hint to ask the API.

They are not signed, so each task has an unguessable path of its own, and only the id in the body is
read. A callback that is forged, repeated, late or missing does no harm: only the API's answer
counts, and tasks are polled anyway.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from bot.domain.ids import InteractionId, RemoteId, TaskId
from bot.domain.task import Task
from bot.errors import Rejected
from bot.evolink.values import Status
from bot.refusals import NotFound
from bot.services.shared.pauses import Pauses
from bot.services.shared.ports import ImageApi
from bot.services.work.held_tasks import HeldTasks
from bot.services.work.remote_ids import RemoteIds
from bot.services.work.wakeup import Wakeup
from bot.store.store import Store

log = structlog.get_logger()

#: The path below PUBLIC_URL; the task's name follows.
PATH = "/evolink/"
#: The fact that holds the secret. Changing it would refuse callbacks already in flight.
SECRET = "callback_secret"  # noqa: S105 - a key of the table ``fact``

_NAME = re.compile(r"(?P<interaction>\d{1,19})-(?P<attempt>\d{1,9})-(?P<seal>[0-9a-f]{32})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Callbacks:
    """Makes the URLs that Evolink calls, and handles the calls."""

    store: Store
    evolink: ImageApi
    remote_ids: RemoteIds
    pauses: Pauses
    held: HeldTasks
    wakeup: Wakeup
    clock: Callable[[], int]
    #: PUBLIC_URL; ``None``: Evolink is not asked to call back.
    public_url: str | None

    async def url(self, task: Task) -> str | None:
        """Return the callback URL of a task's current attempt; ``None`` without PUBLIC_URL."""
        if self.public_url is None:
            return None
        # Not the row's number: in a restored backup, it may be somebody else's task by now.
        number, attempt = task.interaction_id, task.attempt
        seal = await self._seal(number, attempt)
        return f"{self.public_url}{PATH}{number}-{attempt}-{seal}"

    async def heard(self, name: str, remote_id: RemoteId) -> None:
        """Handle a callback; ``name`` is the last part of its path.

        Raises:
            NotFound: the path isn't one of ours.
            EvolinkError: the API could not be asked; Evolink should call again.
        """
        task, attempt = await self._named(name)
        if task.remote_id == remote_id and self.hurry(task.id):
            return
        if task.remote_id == remote_id and task.may_be_drawn:
            await self._reopen(task, remote_id)
        elif task.remote_id == remote_id:
            peers = self.store.peers
            await self.store.tasks.wake(task.id, now=self.clock(), take_over=peers.is_alone)
            peers.hurry(task.id)
        else:
            await self._adopt(task, attempt, remote_id)
        self.wakeup.nudge_all()

    def hurry(self, task_id: TaskId) -> bool:
        """Take a task's next step now; return whether it is held here."""
        is_held = self.held.wake(task_id, self.clock())
        if is_held:
            self.wakeup.stir()
        return is_held

    async def _named(self, name: str) -> tuple[Task, int]:
        parts = _NAME.fullmatch(name)
        if parts is None:
            raise NotFound
        number, attempt = InteractionId(int(parts["interaction"])), int(parts["attempt"])
        if not hmac.compare_digest(parts["seal"], await self._seal(number, attempt)):
            raise NotFound
        task = await self.store.tasks.by_interaction(number)
        if task is None:
            raise NotFound
        return task, attempt

    async def _reopen(self, task: Task, remote_id: RemoteId) -> None:
        """Resume a task that was given up if it has images now, free of charge."""
        try:
            remote = await self.evolink.read(remote_id)
        except Rejected as error:
            log.info("a callback names what is lost", task=task.id, error=repr(error))
            return
        if remote.status is Status.COMPLETED and remote.results:
            log.info("drawn after all", task=task.id)
            await self.store.tasks.reopen(task.id, remote_id, now=self.clock())

    async def _adopt(self, task: Task, attempt: int, remote_id: RemoteId) -> None:
        """Adopt the id of a submission whose answer was lost; free of charge if given up."""
        known = await self.store.tasks.by_remote(remote_id)
        if known is not None:
            log.warning("a callback names another task's id", task=task.id, remote=remote_id)
            return
        try:
            await self.evolink.read(remote_id)
        except Rejected as error:
            log.warning("a callback names no task", task=task.id, error=repr(error))
            return
        log.info("found by its callback", task=task.id, remote=remote_id)
        await self.remote_ids.record(task, attempt, remote_id)
        await self.pauses.answered(task)

    async def _seal(self, number: InteractionId, attempt: int) -> str:
        secret = await self.store.facts.get(SECRET)
        if secret is None:
            await self.store.facts.put_if_absent(SECRET, secrets.token_hex(32))
            secret = await self.store.facts.get(SECRET)
        seal = hmac.new(bytes.fromhex(str(secret)), f"{number}-{attempt}".encode(), hashlib.sha256)
        return seal.hexdigest()[:32]
