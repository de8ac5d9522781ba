"""What the buttons do, as in the cogs, without Discord."""

from collections.abc import Sequence
from functools import partial

from bot.domain.ids import MessageId, ServerId, TaskId, UserId
from bot.domain.requester import Requester
from bot.domain.task import Task
from bot.errors import Stale
from bot.services.shared.ports import ResultFile
from tests.kit.changes import changed_by
from tests.simulation.engine import Process
from tests.simulation.scenario import BEGINNING

#: The server where everybody is, and a moderator of it.
GUILD, MODERATOR = ServerId(10), UserId(9)


async def stop(process: Process, task_id: TaskId, user: UserId) -> None:
    """Press *Cancel* or *Stop waiting*."""
    task = await process.cancellation.cancel(task_id, Requester(GUILD, user))
    await process.cancellation.remove_card(task)


async def fetch(process: Process, task_id: TaskId, user: UserId) -> None:
    """Press *Get images*."""
    requester = Requester(GUILD, user)
    task = await process.results.task(task_id, requester)
    messages = await process.results.fetch(task_id, requester, max_bytes=task.upload_limit)
    await hand_out(process, task, messages)


async def hand_out(process: Process, task: Task, messages: Sequence[Sequence[ResultFile]]) -> None:
    """Send what was fetched; the first message counts as collecting it."""
    for sent, pictures in enumerate(messages):
        await process.chat.hand_out(task, tuple(picture.result.position for picture in pictures))
        if sent == 0:
            await process.results.collected(task.id)


async def publish(process: Process, task_id: TaskId, user: UserId) -> None:
    """Press *Post to channel*; it doesn't wait, since the clock stands still."""
    await process.publishing.publish(task_id, Requester(GUILD, user))


async def delete(process: Process, task_id: TaskId, user: UserId) -> None:
    """Press *Delete*."""
    task = await process.results.task(task_id, Requester(GUILD, user))
    await process.deletion.delete(task, user, moderates=False)


async def remove(process: Process, task_id: TaskId, user: UserId) -> None:
    """Press *Delete this image* in the panel of the second."""
    task = await process.results.task(task_id, Requester(GUILD, user))
    await process.deletion.delete_one(task, user, position=1, moderates=False)


async def moderate(process: Process, task_id: TaskId, user: UserId) -> None:
    """Send the form of *Remove image* with a strike; who sees the images go doesn't repeat it."""
    task = await process.results.task(task_id, Requester(GUILD, user))
    if task.owner is not None:
        # It will be closed in a moment.
        raise Stale
    if task.deleting or task.images_gone:
        return
    await process.removal.remove(
        task,
        (task.channel_id, MessageId(0)),
        changed_by(1, actor=MODERATOR, at=BEGINNING),
        strike=True,
    )


async def erase(process: Process, _: int, user: UserId, *, posts: bool = False) -> None:
    """Press *Delete my data…*, again and again while something is unfinished."""
    if (await process.privacy.delete(user, posts=posts)).unfinished:
        raise Stale


BUTTONS = {
    "stop": stop,
    "fetch": fetch,
    "publish": publish,
    "delete": delete,
    "remove": remove,
    "moderate": moderate,
    "erase": erase,
    "erase with posts": partial(erase, posts=True),
}
