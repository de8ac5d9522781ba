"""What users do with finished images: look, edit, redraw, fetch."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import structlog

from bot.domain.draft import Draft
from bot.domain.durations import Durations
from bot.domain.ids import ChannelId, MessageId, TaskId
from bot.domain.models import Quality
from bot.domain.reference import Reference
from bot.domain.request import Size, redraw
from bot.domain.requester import Requester
from bot.domain.result import BYTES_A_PAGE, Result, split_into_pages
from bot.domain.source import reference_to
from bot.domain.state import State
from bot.domain.task import Task
from bot.domain.visibility import Viewer, VisibleTask, is_posted_publicly
from bot.errors import Stale, UnusablePicture
from bot.files import FileStorage
from bot.images.archive import fits, packed
from bot.images.fit import fit
from bot.images.probe import probe
from bot.refusals import ImagesGone, NotFound
from bot.services.shared.downloads import ResultDownloads
from bot.services.shared.ports import ResultFile
from bot.services.shared.thumbnails import small
from bot.services.shared.visibility import Visibility
from bot.store.store import Store

log = structlog.get_logger()

#: Attempts at a transition when others write the row at the same time.
TRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """The images of ended tasks, for those who may see them."""

    store: Store
    storage: FileStorage
    downloads: ResultDownloads
    visibility: Visibility
    durations: Durations
    clock: Callable[[], int]

    async def task(self, task_id: TaskId, requester: Requester) -> Task:
        """Return a task that the user may see: their own, or a public one of this server.

        Raises:
            NotFound: there is none with this id, or it is somebody else's private one.
            HistoryUnreadable: the bot cannot check whether its posts still exist.
            ChatUnavailable: Discord is failing.
        """
        return (await self.visibility.visible_task(task_id, Viewer(requester), whole=False)).task

    async def images(self, seen: VisibleTask) -> tuple[Result, ...]:
        """Return the results that the user may see, in Evolink's order.

        Raises:
            ImagesGone: there are none, or they were deleted.
            NotFound: none was posted for this user.
        """
        results = await self._all(seen.task)
        shown = tuple(result for result in results if seen.shows(result.position))
        if not shown:
            raise NotFound
        return shown

    async def _all(self, task: Task) -> tuple[Result, ...]:
        results = tuple(
            result
            for result in await self.store.results.of_task(task.id)
            if not result.deleted and result.position != task.removing
        )
        if not results or task.images_gone:
            raise ImagesGone
        return results

    async def thumbnail(self, result: Result) -> Path | None:
        """Return a result's thumbnail; ``None``: there is none."""
        return await small(self.storage, result)

    async def reference(self, seen: VisibleTask, position: int) -> Reference:
        """Return one result as a reference.

        Raises:
            ImagesGone: there is no such result.
            NotFound: as ``images``.
        """
        for result in await self.images(seen):
            if result.position == position:
                return reference_to(result, spoiler=seen.task.request.spoiler)
        raise ImagesGone

    def kept_until(self, task: Task) -> int | None:
        """Return until when its originals are kept; ``None``: they no longer are."""
        if task.images_gone:
            return None
        # What was just posted may not have ended yet.
        until = (task.ended_at or self.clock()) + self.durations.keep
        return until if until > self.clock() else None

    async def edited(self, seen: VisibleTask, position: int) -> Draft:
        """Return the draft for one image drawn from a result, otherwise like the task.

        Raises:
            ImagesGone: there is no such result.
            NotFound: as ``images``.
        """
        task = seen.task
        return replace(
            Draft.like(task.request, private=task.private, parent_id=task.id),
            count=1,
            references=(await self.reference(seen, position),),
            instruction="",
            made_from=await self._shown_at(task, position),
        )

    async def varied(self, seen: VisibleTask, position: int) -> Draft:
        """Return the draft for variations of a result, otherwise like the task.

        Raises:
            ImagesGone: there is no such result.
            NotFound: as ``images``.
        """
        draft = await self.edited(seen, position)
        return replace(draft, count=seen.task.request.model.variations)

    async def redrawn(self, seen: VisibleTask, position: int) -> Draft:
        """Return the draft for a result in 4K, in its own aspect ratio.

        Raises:
            ImagesGone: there is no such result.
            NotFound: as ``images``.
        """
        task = seen.task
        size = task.request.size if task.request.size.pixels is None else Size()
        return replace(
            await self.edited(seen, position),
            size=size.text,
            quality=Quality.K4.value,
            instruction=redraw(task.request.prompt),
        )

    async def _shown_at(self, task: Task, position: int) -> tuple[ChannelId, MessageId] | None:
        """Return channel and message of a result, if everybody there can open the message."""
        for post in await self.store.posts.of_task(task.id):
            if is_posted_publicly(task, post) and post.shows(position):
                assert post.channel_id is not None
                assert post.message_id is not None
                return post.channel_id, post.message_id
        return None

    async def fetch(
        self,
        task_id: TaskId,
        requester: Requester,
        *,
        max_bytes: int,
        messages: int | None = None,
    ) -> list[list[ResultFile]]:
        """Return the images of a user's own task, each of at most ``max_bytes``, by message.

        They are made smaller if more than ``messages`` would be needed.

        Raises:
            NotFound: the user has no such task.
            ImagesGone: they are no longer kept.
        """
        task = await self.task(task_id, requester)
        if task.requester.user != requester.user:
            raise NotFound
        pictures = await self.pictures(task, max_bytes)
        cuts = split_into_pages([picture.path.stat().st_size for picture in pictures])
        if messages is not None and len(cuts) > messages:
            in_each = -(-len(pictures) // messages)
            pictures = await self.pictures(task, min(max_bytes, BYTES_A_PAGE // in_each))
            cuts = split_into_pages([picture.path.stat().st_size for picture in pictures])
        return [pictures[first:stop] for first, stop in cuts]

    async def pictures(self, task: Task, max_bytes: int) -> list[ResultFile]:
        """Return a task's images that are still kept, each of at most ``max_bytes``.

        Raises:
            ImagesGone: there are none.
        """
        return await self._fitting(task, await self._all(task), max_bytes)

    async def original(self, seen: VisibleTask, position: int, *, max_bytes: int) -> ResultFile:
        """Return the original of a result, or a copy of at most ``max_bytes``.

        Raises:
            NotFound: none was posted for this user.
            ImagesGone: it is no longer kept.
        """
        wanted = [each for each in await self.images(seen) if each.position == position]
        return (await self._fitting(seen.task, wanted, max_bytes))[0]

    async def originals(
        self,
        task_id: TaskId,
        requester: Requester,
        *,
        max_bytes: int,
        archives: int | None = None,
    ) -> tuple[list[Path], int]:
        """Return archives of a user's own originals, and how many images are left out.

        There are at most ``archives`` of ``max_bytes`` each; an image too large for one is left
        out. The caller removes the archives.

        Raises:
            NotFound: the user has no such task.
            ImagesGone: none are kept.
        """
        task = await self.task(task_id, requester)
        if task.requester.user != requester.user:
            raise NotFound
        files = list[tuple[str, Path]]()
        left_out = 0
        for known in await self._all(task):
            result = await self.downloads.again(task, known)
            if result.file is None or not await self.storage.has(result.file):
                continue
            path = self.storage.path(result.file)
            if not fits(path, max_bytes):
                left_out += 1
                continue
            found = await probe(path)
            files.append((f"{task.name}-{result.position + 1}{found.extension}", path))
        if not files and not left_out:
            raise ImagesGone
        made, without = await packed(
            files, self.storage.archive(task.interaction_id), max_bytes=max_bytes, archives=archives
        )
        return made, left_out + without

    async def collected(self, task_id: TaskId) -> Task:
        """Record that images of a kept task were handed out."""
        for _ in range(TRIES):
            task = await self._present(task_id)
            if task.state is not State.KEPT or task.collected_at is not None:
                return task
            now = self.clock()
            try:
                return await self.store.tasks.save(task.collected(now), "collected", now=now)
            except Stale:
                log.info("changed meanwhile; again", task=task_id)
        return await self._present(task_id)

    async def _present(self, task_id: TaskId) -> Task:
        task = await self.store.tasks.get(task_id)
        assert task is not None  # rows stay
        return task

    async def _fitting(
        self, task: Task, results: Sequence[Result], max_bytes: int
    ) -> list[ResultFile]:
        pictures = list[ResultFile]()
        for known in results:
            # A missing file is downloaded once more, as its link may still live; while the task is
            # open, its own step does that.
            result = await self.downloads.again(task, known) if task.has_ended else known
            if result.file is None or not await self.storage.has(result.file):
                continue
            path = self.storage.path(result.file)
            copy = self.storage.smaller_copy(result.file, max_bytes)
            try:
                fitting, found = await fit(path, copy, max_bytes=max_bytes)
            except UnusablePicture as error:
                log.warning("a picture is broken", task=result.task_id, error=repr(error))
                continue
            pictures.append(ResultFile(result, fitting, found.extension))
        if not pictures:
            raise ImagesGone
        return pictures
