"""The step of *Post to channel*: it posts for everybody what only the requester saw.

As in delivery, the holder of the task's lease writes an intent, posts, and looks up what may have
been posted.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import structlog

from bot.domain.durations import Durations
from bot.domain.result import PUBLISHED, Post, Way, split_into_pages
from bot.domain.state import State
from bot.domain.task import Task
from bot.domain.task_events import PublishEvent
from bot.errors import ChatError, ChatRefused, HistoryUnreadable, ImagineError, PostUnknown
from bot.refusals import ImagesGone
from bot.services.shared.ports import Posting, ResultFile
from bot.services.shared.results import Results
from bot.services.work.sending import send_page
from bot.services.work.transitions import Transitions
from bot.store.store import Store

log = structlog.get_logger()

#: Failures in a row, a quarter of an hour, after which the step ends until somebody asks again.
TRIES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishStep:
    """Its pages are rows of their own, beside the private ones."""

    store: Store
    transitions: Transitions
    chat: Posting
    results: Results
    durations: Durations
    clock: Callable[[], int]

    async def run(self, task: Task) -> None:
        """Post what is not there yet, and write an event with the outcome.

        Raises:
            Stale: somebody else has the task by now.
        """
        try:
            pictures = await self.results.pictures(task, task.upload_limit)
        except ImagesGone:
            await self._end(task, PublishEvent.GONE)
            return
        posts = await self._plan(task, pictures)
        left = [picture.result.position for picture in pictures]
        for post in posts:
            # All images of a page that Discord once refused may be deleted by now.
            if post.message_id is None and any(map(post.shows, left)):
                posted = await self._post(task, post, pictures, len(posts))
                if posted is None:
                    return
                task = posted
        await self._end(task, PublishEvent.DONE)

    async def _plan(self, task: Task, pictures: Sequence[ResultFile]) -> Sequence[Post]:
        """Decide once which results go into which message: a restart must find the same pages."""
        if planned := await self.store.posts.published(task.id):
            return planned
        sizes = [picture.path.stat().st_size for picture in pictures]
        posts = [
            Post(
                task_id=task.id,
                page=PUBLISHED + page,
                first=pictures[first].result.position,
                stop=pictures[stop - 1].result.position + 1,
                way=Way.CHANNEL,
                nonce=task.nonce(PUBLISHED + page),
            )
            for page, (first, stop) in enumerate(split_into_pages(sizes))
        ]
        # Guarded by the version: a process that lost the task could wipe out the new one's intent.
        planned = await self.store.posts.plan(task, posts)
        return [post for post in planned if post.page >= PUBLISHED]

    async def _post(
        self, task: Task, post: Post, pictures: Sequence[ResultFile], pages: int
    ) -> Task | None:
        """Post a page unless it is there already; ``None``: the step ends, or is repeated later."""
        try:
            there = None
            if post.intent_at is not None:
                there = await self.chat.find_post(task, post)
            elif await self.store.facts.are_restored(task.created_at):
                there = await self.chat.find_post(task, replace(post, follows=None))
        except ChatError as error:
            await self._failed(task, post, error)
            return None
        if there is None:
            follows = post.follows or (await self.store.outcome(task.id)).newest_known(task)
            post = replace(post, intent_at=self.clock(), follows=follows)
            task = await self.transitions.hold(task, "publishing", posted=post)
            try:
                post = await self._send(task, post, pictures, pages)
            except PostUnknown as error:
                # It is looked up before it is repeated, once Discord had time to show it.
                await self._failed(task, post, error)
                return None
            except (ChatError, ImagesGone) as error:
                await self._failed(task, replace(post, intent_at=None), error)
                return None
        else:
            post = replace(post, channel_id=there.channel_id, message_id=there.message_id)
        task = replace(task, failures=0)
        if task.state is State.KEPT:
            task = task.collected(self.clock())
        return await self.transitions.save(task, "page_published", posted=post)

    async def _send(
        self, task: Task, post: Post, pictures: Sequence[ResultFile], pages: int
    ) -> Post:
        async def smaller(max_bytes: int) -> list[ResultFile]:
            return _of_page(post, await self.results.pictures(task, max_bytes))

        # Everybody sees it, so it has no *Post to channel* button.
        shown = replace(task, private=False)
        page = _of_page(post, pictures)
        return await send_page(self.chat, shown, post, page, pages, smaller=smaller)

    async def _failed(self, task: Task, post: Post, error: ImagineError) -> None:
        """End the step with the reason, or have it repeated later."""
        log.info("not posted for everybody", task=task.id, error=repr(error))
        match error:
            case ImagesGone():
                await self._end(task, PublishEvent.GONE, posted=post)
            case HistoryUnreadable():
                await self._end(task, PublishEvent.UNKNOWN)
            case ChatRefused():
                await self._end(task, PublishEvent.REFUSED, str(error.code), posted=post)
            case _ if task.failures >= TRIES:
                await self._end(task, PublishEvent.FAILING, posted=post)
            case _:
                later = task.waiting(self.clock() + self.durations.backoff(task.failures))
                await self.transitions.save(later, "waiting", posted=post)

    async def _end(
        self, task: Task, kind: str, detail: str = "", *, posted: Post | None = None
    ) -> None:
        ended = task.request_ended(self.clock(), task.kept_until(self.durations.keep))
        await self.transitions.save(ended, kind, detail=detail, posted=posted)


def _of_page(post: Post, pictures: Sequence[ResultFile]) -> list[ResultFile]:
    page = [each for each in pictures if post.shows(each.result.position)]
    if not page:
        raise ImagesGone
    return page
