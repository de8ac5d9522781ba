"""References on their way from Discord to Evolink. Every step may be repeated."""

import asyncio
from dataclasses import dataclass, replace

import structlog

from bot.domain.reference import FETCHED_BYTES, Reference
from bot.domain.task import Task
from bot.domain.upload import Upload
from bot.errors import (
    AccessDenied,
    BadReference,
    EvolinkError,
    PictureGone,
    RateLimited,
    Rejected,
    ServerFailed,
)
from bot.evolink.client import Evolink
from bot.images.convert import for_evolink
from bot.services.ports import Chat
from bot.services.shelf import Shelf
from bot.store.store import Store

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class References:
    """Fetches, checks and uploads what the user attached, and takes it away again."""

    store: Store
    chat: Chat
    evolink: Evolink
    shelf: Shelf
    #: Downloads at a time, over all tasks: what users attach must not fill memory or sockets.
    gate: asyncio.Semaphore

    async def collect(self, task: Task) -> None:
        """Fetch what is not here yet: Discord's links die while a task queues.

        Raises:
            BadReference: one is gone, or its bytes are not what Evolink reads.
            FetchFailed: one could not be downloaded now.
        """
        for upload in await self.store.tasks.uploads(task.id):
            if upload.file is None or not self.shelf.has(upload.file):
                await self._fetch(upload, task.request.references[upload.position])

    async def links(self, task: Task) -> list[str]:
        """Return what Evolink is to read, uploading what is not there yet.

        Raises:
            BadReference: as ``collect``.
            FetchFailed: as ``collect``.
            Withheld: Evolink refuses the account.
        """
        await self.collect(task)
        links = list[str]()
        for upload in await self.store.tasks.uploads(task.id):
            links.append(upload.url or await self._upload(task, upload))
        return links

    async def remove(self, task: Task) -> None:
        """Take a task's references away, here and at Evolink, which keeps 100 files at most."""
        for upload in await self.store.tasks.uploads(task.id):
            if upload.file_id is not None:
                try:
                    await self.evolink.delete(upload.file_id)
                except EvolinkError as error:
                    # It lives 72 hours at most without us (Evolink's page on files).
                    log.info("an upload stays at Evolink", task=task.id, error=repr(error))
            if upload.file is not None or upload.file_id is not None:
                await self.store.tasks.save_upload(replace(upload, file=None, file_id=None))
        await self.shelf.remove_references(task.id)

    async def _fetch(self, upload: Upload, reference: Reference) -> None:
        came = self.shelf.reference(upload.task_id, upload.position)
        converted = self.shelf.reference(upload.task_id, upload.position, converted=True)
        try:
            async with self.gate:
                await self.chat.fetch(reference, came, FETCHED_BYTES)
            path, _ = await for_evolink(came, converted)
        except PictureGone as error:
            raise BadReference(upload.position, reference.name, error.flaw) from error
        await self.store.tasks.save_upload(replace(upload, file=self.shelf.name(path)))

    async def _upload(self, task: Task, upload: Upload) -> str:
        assert upload.file is not None
        path = self.shelf.path(upload.file)
        _, probe = await for_evolink(path, path)
        # Evolink overwrites a file of the same name: names are unique over all bots of an account.
        name = f"imagine-{task.interaction_id}-{upload.position}{probe.ending}"
        try:
            async with self.gate:
                there = await self.evolink.upload(path, name, probe.content_type)
        except (Rejected, ServerFailed, RateLimited, AccessDenied) as error:
            if path != self.shelf.reference(upload.task_id, upload.position):
                # Discord's link leads to what was converted: Evolink may not read it, or may read
                # from it where a photo was taken.
                raise ServerFailed from error
            log.warning("the file service refuses; Discord's link serves", error=repr(error))
            return upload.source
        await self.store.tasks.save_upload(replace(upload, file_id=there.file_id, url=there.url))
        return there.url
