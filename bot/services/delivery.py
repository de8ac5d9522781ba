"""The last steps: fetch the results, post them where the user sees them, settle, tidy up."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import structlog

from bot.domain.pace import Waits
from bot.domain.result import Post, Result, Way, pages
from bot.domain.task import Reason, State, Task
from bot.errors import (
    ChatRefused,
    ChatUnavailable,
    FetchFailed,
    HistoryUnreadable,
    PictureGone,
    PostUnknown,
    TooLarge,
)
from bot.evolink.client import Evolink
from bot.images.files import sha256
from bot.images.fit import fit
from bot.images.probe import probe
from bot.services.cards import Cards
from bot.services.outcomes import Outcomes
from bot.services.persistence import Persistence
from bot.services.ports import Chat, Picture
from bot.services.references import References
from bot.services.shelf import Shelf
from bot.store.store import Store

log = structlog.get_logger()

#: Bytes that one result may have: a 4K PNG of pure noise has 50 MB.
MOST_BYTES = 100_000_000
#: After so many failures in a row an ended task is closed as it is.
CLOSING_TRIES = 20
#: A file is made smaller so many times when Discord finds it too large.
SHRINKS = 3

_PUBLIC = (Way.CHANNEL, Way.CARD, Way.FOLLOWUP, Way.DIRECT)
_BY_INTERACTION = (Way.CARD, Way.FOLLOWUP, Way.DIRECT)


@dataclass(frozen=True, slots=True)
class Delivery:
    """How finished images reach the user."""

    store: Store
    chat: Chat
    evolink: Evolink
    references: References
    shelf: Shelf
    cards: Cards
    outcomes: Outcomes
    persistence: Persistence
    waits: Waits
    clock: Callable[[], int]

    async def deliver(self, task: Task) -> None:
        """Post what was drawn, by the best way that works; charge what was delivered.

        Raises:
            Stale: somebody else has the task by now.
            ChatUnavailable: Discord is failing; the row knows how far it came.
        """
        late = task.deadline is not None and self.clock() >= task.deadline
        try:
            results = await self._fetch(task)
        except FetchFailed as error:
            if not late:
                await self._later(task, error)
                return
            # The links are dead by now: what is here is all that there will ever be.
            results = await self._here(task)
        if not results:
            await self._save(task.failed(self.clock(), Reason.RESULTS_GONE), "failed")
        elif task.cancel_requested:
            await self._save(task.kept(self.clock(), Reason.STOPPED, len(results)), "kept")
        elif late:
            await self._keep(task, results)
        else:
            try:
                await self._post_all(task, results)
            except PictureGone as error:
                # It is there and cannot be made small enough: whoever wants it fetches the others.
                log.warning("a picture is broken", task=task.id, error=repr(error))
                await self._keep(task, results)

    async def close(self, task: Task) -> None:
        """Let the card of an ended task tell its end, and take its uploads away.

        Raises:
            Stale: somebody else has the task by now.
        """
        now = self.clock()
        until = self._kept_until(task)
        if task.token is None and until is not None and now >= until:
            await self._save(task.expired(), "expired")
            return
        try:
            await self._last_word(task)
        except ChatUnavailable as error:
            if task.failures < CLOSING_TRIES:
                await self._later(task, error)
                return
        except ChatRefused as error:
            log.info("the card is out of reach", task=task.id, error=repr(error))
        await self.references.remove(task)
        for result in await self._here(task):
            await self.shelf.remove_copies(result.file or "")
        await self._tell_of_unknown(task)
        await self._save(task.closed(until), "closed")

    async def give_up(self, task: Task) -> None:
        """Keep what is here of finished images; close an ended task as it is.

        Raises:
            Stale: somebody else has the task by now.
        """
        if task.has_ended:
            await self._tell_of_unknown(task)
            await self._save(task.closed(self._kept_until(task)), "closed")
        elif results := await self._here(task):
            await self._keep(task, results)
        else:
            await self._save(task.failed(self.clock(), Reason.RESULTS_GONE), "failed")

    async def _tell_of_unknown(self, task: Task) -> None:
        if task.state is State.UNKNOWN:
            # Before the row is closed: whoever dies in between tells it twice rather than never.
            await self.outcomes.tell(task)

    def _kept_until(self, task: Task) -> int | None:
        if task.state is not State.KEPT or task.ended_at is None:
            return None
        return task.ended_at + self.waits.keep

    async def _last_word(self, task: Task) -> None:
        if await self.cards.shows_images(task):
            return
        if task.state is State.DELIVERED or task.reason == Reason.STOPPED:
            try:
                await self.cards.take_away(task)
            except ChatRefused as error:
                log.info("the card cannot be taken away", task=task.id, error=repr(error))
            else:
                return
        await self.cards.last_word(task)

    async def _here(self, task: Task) -> list[Result]:
        results = await self.store.tasks.results(task.id)
        return [result for result in results if result.file is not None]

    async def _fetch(self, task: Task) -> list[Result]:
        """Download what is not here yet: Evolink's links live 24 hours."""
        here = list[Result]()
        failure: FetchFailed | None = None
        for result in await self.store.tasks.results(task.id):
            if result.file is not None:
                here.append(result)
                continue
            if result.is_gone:
                continue
            try:
                here.append(await self._download(task, result))
            except PictureGone as error:
                log.warning("a result is gone", task=task.id, error=repr(error))
                # Once and for all, so that pages that were planned without it stay as they are.
                await self.store.tasks.save_result(result.gone())
            except FetchFailed as error:
                # The others are fetched first: their links die too.
                failure = error
        if failure is not None:
            raise failure
        return here

    async def _download(self, task: Task, result: Result) -> Result:
        path = self.shelf.result(task.interaction_id, result.position)
        await self.evolink.download(result.url, path, most=MOST_BYTES)
        try:
            found = await probe(path)
        except PictureGone:
            path.unlink()
            raise
        stored = replace(
            result,
            file=self.shelf.name(path),
            width=found.width,
            height=found.height,
            bytes=found.bytes,
            sha256=await sha256(path),
        )
        await self.store.tasks.save_result(stored)
        return stored

    async def _post_all(self, task: Task, results: Sequence[Result]) -> None:
        pictures = [await self._picture(result, task.upload_limit) for result in results]
        posts = await self._plan(task, pictures)
        if all(post.message_id is not None for post in posts):
            # Posted, and not settled: the lease was lost in between.
            await self._save(task.delivered(self.clock(), len(results)), "delivered")
            return
        for post in posts:
            if post.message_id is not None:
                continue
            task, done = await self._post(task, post, pictures[post.first : post.stop], len(posts))
            if done is None:
                await self._keep(task, results)
                return
            if post is not posts[-1]:
                await self.persistence.until_written(partial(self.store.tasks.save_posts, [done]))
            else:
                delivered = task.delivered(self.clock(), len(results))
                await self._save(delivered, "delivered", posted=done)

    async def _keep(self, task: Task, results: Sequence[Result]) -> None:
        """Leave the images in ``/tasks``, those that were posted among them."""
        kept = task.kept(self.clock(), Reason.NO_WAY_TO_POST, len(results))
        await self._save(kept, "kept")

    async def _plan(self, task: Task, pictures: Sequence[Picture]) -> Sequence[Post]:
        """Fix which results go into which message, once: a restart must find the same pages."""
        planned = await self.store.tasks.posts(task.id)
        if planned:
            return planned
        sizes = [picture.path.stat().st_size for picture in pictures]
        posts = [
            Post(
                task_id=task.id,
                page=page,
                first=first,
                stop=stop,
                way=_ways(task, page)[0],
                nonce=task.nonce(page),
            )
            for page, (first, stop) in enumerate(pages(sizes))
        ]
        return await self.store.tasks.plan_posts(task.id, posts)

    async def _post(
        self, task: Task, post: Post, pictures: Sequence[Picture], of: int
    ) -> tuple[Task, Post | None]:
        """Post one page by the best way that works; no post: by none, or it cannot be known."""
        if post.intent_at is not None:
            try:
                found = await self.chat.find_post(task, post)
            except HistoryUnreadable:
                log.warning("whether a page was posted cannot be known", task=task.id)
                return task, None
            if found is not None:
                return task, replace(post, channel_id=found.channel_id, message_id=found.message_id)
        if post.follows is None:
            post = replace(post, follows=await self.store.tasks.newest_known(task))
        ways = _ways(task, post.page)
        for way in ways[ways.index(post.way) :]:
            post = replace(post, way=way, intent_at=self.clock())
            held = replace(task, wake_at=self.clock() + self.waits.lease)
            # Who lost the lease learns it here, before anything is sent.
            task = await self._save(held, "posting", posted=post)
            try:
                return task, await self._send(task, post, pictures, of)
            except ChatUnavailable:
                # Only while we hold the task: whoever took it over has an intent of their own.
                await self._save(task, "not posted", posted=replace(post, intent_at=None))
                raise
            except PostUnknown as error:
                # Looked for before it is repeated, once Discord had time to show it.
                raise ChatUnavailable from error
            except ChatRefused as error:
                log.info("no way to post", task=task.id, way=str(way), error=repr(error))
        return task, None

    async def _send(self, task: Task, post: Post, pictures: Sequence[Picture], of: int) -> Post:
        most, lease = task.upload_limit, task.wake_at
        assert lease is not None
        for _ in range(SHRINKS):
            try:
                async with self.cards.still(task) if post.way is Way.CARD else nullcontext():
                    there = await self.chat.post(task, post, pictures, of, before=lease)
            except TooLarge:
                most //= 2
                pictures = [await self._picture(picture.result, most) for picture in pictures]
            else:
                return replace(post, channel_id=there.channel_id, message_id=there.message_id)
        raise TooLarge

    async def _picture(self, result: Result, most: int) -> Picture:
        assert result.file is not None
        original = self.shelf.path(result.file)
        copy = self.shelf.copy(result.file, most)
        path, found = await fit(original, copy, most=most)
        return Picture(result, Path(path), found.ending.lstrip("."))

    async def _later(self, task: Task, error: Exception) -> None:
        log.info("later", task=task.id, state=task.state, error=repr(error))
        shut_out = error.retry_after if isinstance(error, ChatUnavailable) else 0.0
        wait = max(self.waits.backoff(task.failures), round(shut_out * 1000))
        await self._save(task.waiting(self.clock() + wait), "waiting")
        self.cards.changed(task.id)

    async def _save(self, task: Task, kind: str, *, posted: Post | None = None) -> Task:
        return await self.persistence.until_written(
            lambda: self.store.tasks.save(task, kind, now=self.clock(), posted=posted)
        )


def _ways(task: Task, page: int) -> tuple[Way, ...]:
    """Return how a page may be posted, best first; the card has room for the first page only."""
    ways = _BY_INTERACTION if task.by_interaction else _PUBLIC
    return ways if page == 0 else tuple(way for way in ways if way is not Way.CARD)
