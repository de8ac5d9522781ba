"""Downloads the results, posts them where the user sees them, and settles the charge."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

import structlog

from bot.clock import ClockWatch
from bot.domain.durations import Durations
from bot.domain.result import Post, Result, Way, runs, split_into_pages
from bot.domain.state import Reason
from bot.domain.task import Task
from bot.errors import (
    ChatRefused,
    ChatUnavailable,
    HistoryUnreadable,
    PostUnknown,
    UnusablePicture,
)
from bot.files import FileStorage
from bot.images.fit import fit, fits
from bot.images.probe import Probe
from bot.measures import Measures
from bot.services.shared.alerts import Alerts
from bot.services.shared.card_updates import CardUpdates
from bot.services.shared.downloads import LITTLE, NO_ROOM, Downloaded, ResultDownloads
from bot.services.shared.ports import Posting, ResultFile
from bot.services.work.held_tasks import NextStep
from bot.services.work.sending import send_page
from bot.services.work.transitions import Transitions
from bot.store.outcomes import Outcome
from bot.store.store import Store

log = structlog.get_logger()

#: Milliseconds after its deadline for which a task still waits for an unavailable object store.
GRACE = 60 * 60 * 1000

_PUBLIC = (Way.CHANNEL, Way.CARD, Way.FOLLOWUP, Way.DIRECT)
_BY_INTERACTION = (Way.CARD, Way.FOLLOWUP, Way.DIRECT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How finished images reach the user."""

    store: Store
    transitions: Transitions
    chat: Posting
    downloads: ResultDownloads
    storage: FileStorage
    cards: CardUpdates
    alerts: Alerts
    measures: Measures
    durations: Durations
    clock: Callable[[], int]
    watch: ClockWatch
    #: When this process started.
    started_at: int

    async def deliver(self, task: Task, known: Outcome | None = None) -> NextStep | None:
        """Post the images by the best way that works, and charge what was delivered.

        ``known``: its outcome so far, if that needn't be read.

        Raises:
            Stale: somebody else has the task by now.
            ChatUnavailable: Discord is failing; the row says which pages are posted.
        """
        now = self.clock()
        late = task.deadline is not None and self.watch.is_over(task.deadline)
        known = known or await self.store.outcome(task.id)
        last = late and task.deadline is not None and self.watch.is_over(task.deadline + GRACE)
        got = await self.downloads.fetch(
            task, known.results, missing=self._forgiven(task), last=last
        )
        if got is None:
            return NextStep(task, now + NO_ROOM)
        if got.awaited and late:
            # The links are dead by now, so nothing more will follow. First check the row.
            task = await self.transitions.hold(task, "waiting")
            got = await self.downloads.give_up(known.results, got)
        if got.awaited and (
            # Kept images are charged once, all together: a stopped task waits for every one.
            task.cancel_requested or not got.here or self._waited(task) < self.durations.hold
        ):
            return await self._await(task, got)
        kept = not got.here or task.cancel_requested
        if not kept and (not late or _is_posted(known.posts, got)):
            try:
                return await self._post_all(task, got, known)
            except UnusablePicture as error:
                # One image cannot be made small enough; the user fetches the others.
                log.warning("a picture is broken", task=task.id, error=repr(error))
        ended = self._ended(task, got)
        return await self.transitions.go_on(ended, ended.state)

    def _waited(self, task: Task) -> int:
        """Return the milliseconds since the links became known; 0 while that can't be told."""
        if task.deadline is None or self.watch.step():
            return 0
        return max(0, self.clock() - (task.deadline - self.durations.give_up))

    def _forgiven(self, task: Task) -> float:
        """Return the fraction of its pixels that a picture may lack; it grows with time."""
        waited = self._waited(task)
        if task.deadline is not None and self.watch.is_over(task.deadline):
            return 1.0
        return LITTLE if waited >= self.durations.hold else 0.0

    async def _await(self, task: Task, got: Downloaded) -> None:
        """Retry missing results later; after a while, tell the operator, once."""
        waited = self._waited(task)
        if waited >= self.durations.hold:
            await self.alerts.warn(
                "results_awaited",
                f"Task {task.id}: {len(got.awaited)} finished images can't be downloaded from "
                f"Evolink yet ({task.remote_id}). The bot keeps trying for a day.",
            )
        until = self.clock() + self.durations.download(task.failures, waited)
        await self.transitions.save(task.awaiting(until), "waiting")

    async def give_up(self, task: Task) -> None:
        """Keep what was downloaded of finished images once their day is over.

        Raises:
            Stale: somebody else has the task by now.
        """
        results = await self.store.results.of_task(task.id)
        got = await self.downloads.present(results, last=True)
        ended = self._ended(task, got)
        await self.transitions.save(ended, ended.state)

    async def _post_all(self, task: Task, got: Downloaded, known: Outcome) -> NextStep | None:
        """Post what was not posted yet, and settle once no more results are awaited."""
        limit = task.upload_limit
        pictures = [
            await self._picture(each, limit, got.probes.get(each.position)) for each in got.here
        ]
        posts = await self._plan(task, got, known, pictures)
        # A planned page may have lost its images since; they may be awaited again, or gone.
        left = [
            post
            for post in posts
            if post.message_id is None and any(post.shows(each.position) for each in got.here)
        ]
        for post in left:
            shown = [each for each in pictures if post.shows(each.result.position)]
            task, done = await self._post(task, post, shown, posts, got.awaited)
            if done is None:
                if got.awaited:
                    return await self._await(task, got)
                kept = self._ended(task, got)
                return await self.transitions.go_on(kept, kept.state)
            if post is left[-1] and not got.awaited:
                step = await self._settle(task, got, posted=done)
                is_simple = len(posts) == 1 and not got.is_short
                whole = replace(known, results=got.here, posts=(done,))
                return replace(step, known=whole) if is_simple else step
            await self.transitions.save_post(done)
        if got.awaited:
            return await self._await(task, got)
        # Posted but not settled: the lease was lost in between.
        return await self._settle(task, got)

    async def _settle(self, task: Task, got: Downloaded, posted: Post | None = None) -> NextStep:
        reason = Reason.RESULTS_GONE if got.is_short else None
        delivered = task.delivered(self.clock(), len(got.here), reason)
        step = await self.transitions.go_on(delivered, "delivered", posted=posted)
        self.measures.delivered(self._waited(task))
        return step

    def _ended(self, task: Task, got: Downloaded) -> Task:
        """Leave the images in ``/tasks``, including those that were posted, if there are any."""
        if not got.here:
            return task.failed(self.clock(), Reason.RESULTS_GONE)
        reason = Reason.STOPPED if task.cancel_requested else Reason.NO_WAY_TO_POST
        return task.kept(self.clock(), reason, len(got.here))

    async def _plan(
        self, task: Task, got: Downloaded, known: Outcome, pictures: Sequence[ResultFile]
    ) -> Sequence[Post]:
        """Decide once which results go into which message: a restart must find the same pages.

        New ones are written with the intent to post the first of them.
        """
        newest = known.newest_known(task)
        # Earlier versions noted it with the intent.
        posts = [post if post.follows else replace(post, follows=newest) for post in known.posts]
        for run in runs(got.here, got.awaited, known.posts):
            sizes = [each.path.stat().st_size for each in pictures if each.result in run]
            for first, stop in split_into_pages(sizes):
                page = len(posts)
                of_page = run[first:stop]
                posts.append(
                    Post(
                        task_id=task.id,
                        page=page,
                        first=of_page[0].position,
                        stop=of_page[-1].position + 1,
                        way=_ways(task, page)[0],
                        nonce=task.nonce(page),
                        follows=newest,
                    )
                )
        if self._may_be_posted(task) and len(posts) > len(known.posts):
            return await self.store.posts.plan(task, posts)
        return posts

    async def _post(
        self,
        task: Task,
        post: Post,
        pictures: Sequence[ResultFile],
        posts: Sequence[Post],
        awaited: Sequence[int],
    ) -> tuple[Task, Post | None]:
        """Post one of ``posts`` by the best way that works; ``None``: none does, or it is unknown.

        All pages are written along with the intent.
        """
        if post.intent_at is not None or self._may_be_posted(task):
            # Without an intent nothing tells when it was posted, which may be before ``follows``.
            there = post if post.intent_at is not None else replace(post, follows=None)
            found, may_be_posted = await self._look(task, there)
            if not may_be_posted:
                return task, found
        ways = _ways(task, post.page)
        for way in ways[ways.index(post.way) :]:
            if way is not post.way and await self._was_restored(task):
                # It may have been posted this way since the backup was made, for the same reason.
                found, may_be_posted = await self._look(task, replace(post, way=way, follows=None))
                if not may_be_posted:
                    return task, found
            post = replace(post, way=way, intent_at=self.clock())
            task = await self.transitions.hold(
                replace(task, reason=None), "posting", posted=post, planned=posts
            )
            try:
                return task, await self._send(task, post, pictures, len(posts), awaited)
            except ChatUnavailable:
                # Only while we hold the task: a process that took it over has its own intent.
                await self.transitions.save(
                    task, "not posted", posted=replace(post, intent_at=None)
                )
                raise
            except PostUnknown as error:
                # It is looked up before it is repeated, once Discord had time to show it.
                raise ChatUnavailable from error
            except ChatRefused as error:
                log.info("no way to post", task=task.id, way=str(way), error=repr(error))
        return task, None

    def _may_be_posted(self, task: Task) -> bool:
        """Tell whether a page without an intent may be posted.

        After a restored backup, the intent may be in the rows that were lost.
        """
        return task.created_at < self.started_at

    async def _was_restored(self, task: Task) -> bool:
        return await self.store.facts.are_restored(task.created_at)

    async def _look(self, task: Task, post: Post) -> tuple[Post | None, bool]:
        """Return a page with its message if it was posted this way, and whether it may be now."""
        try:
            found = await self.chat.find_post(task, post)
        except HistoryUnreadable:
            is_unknown = post.intent_at is not None or await self._was_restored(task)
            if is_unknown:
                log.warning("whether a page was posted cannot be known", task=task.id)
            return None, not is_unknown
        if found is None:
            return None, True
        return replace(post, channel_id=found.channel_id, message_id=found.message_id), False

    async def _send(
        self,
        task: Task,
        post: Post,
        pictures: Sequence[ResultFile],
        pages: int,
        awaited: Sequence[int],
    ) -> Post:
        async def smaller(max_bytes: int) -> list[ResultFile]:
            return [await self._picture(each.result, max_bytes) for each in pictures]

        async with self.cards.hold_edits(task) if post.way is Way.CARD else nullcontext():
            return await send_page(
                self.chat, task, post, pictures, pages, smaller=smaller, awaited=awaited
            )

    async def _picture(
        self, result: Result, max_bytes: int, found: Probe | None = None
    ) -> ResultFile:
        """Return a picture to be posted; ``found``: what the original is, if that is known."""
        assert result.file is not None
        original = self.storage.path(result.file)
        if found is not None and fits(found, max_bytes):
            return ResultFile(result, original, found.extension)
        copy = self.storage.smaller_copy(result.file, max_bytes)
        path, found = await fit(original, copy, max_bytes=max_bytes)
        return ResultFile(result, Path(path), found.extension)


def _is_posted(posts: Sequence[Post], got: Downloaded) -> bool:
    shown = [post for post in posts if post.message_id is not None]
    return all(any(post.shows(each.position) for post in shown) for each in got.here)


def _ways(task: Task, page: int) -> tuple[Way, ...]:
    """Return the ways to post a page, best first; the card takes the first page only."""
    ways = _BY_INTERACTION if task.by_interaction else _PUBLIC
    return ways if page == 0 else tuple(way for way in ways if way is not Way.CARD)
