"""Takes references from Discord to Evolink. Every step may be repeated."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import structlog

from bot.domain.ids import ChannelId, MessageId
from bot.domain.reference import FETCHED_BYTES, Reference
from bot.domain.source import FromMessage, FromResult, source_of
from bot.domain.task import Task
from bot.domain.upload import Upload
from bot.domain.visibility import Viewer
from bot.errors import (
    AccessDenied,
    ChatRefused,
    ChatUnavailable,
    EvolinkError,
    FetchFailed,
    FilesUnavailable,
    Flaw,
    HistoryUnreadable,
    RateLimited,
    Rejected,
    ServerFailed,
    UnusablePicture,
)
from bot.files import CONVERTED, FileStorage
from bot.images.convert import for_evolink
from bot.images.fit import fit
from bot.images.probe import probe
from bot.refusals import BadReference
from bot.services.shared.ports import AttachedFile, Attachments, FileApi
from bot.services.shared.reference_cache import ReferenceCache
from bot.services.shared.visibility import Visibility
from bot.store.store import Store

log = structlog.get_logger()

#: The largest posted result in bytes: a server of the highest tier takes 100 MiB.
POSTED_BYTES = 100 * 1024 * 1024
#: Seconds to find a fresh link: the user's answer is due within three.
LINK_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class References:
    """Fetches, checks and uploads what users attached, and deletes it again at Evolink."""

    store: Store
    chat: Attachments
    evolink: FileApi
    storage: FileStorage
    #: Limits concurrent transfers over all tasks, and so memory and sockets.
    gate: asyncio.Semaphore
    cache: ReferenceCache
    #: Shared by all services, as it remembers which messages it has seen.
    visibility: Visibility

    async def fetch_ahead(self, task: Task) -> None:
        """Fetch the references of a queued task, if there is room on the disk.

        Raises:
            BadReference: as ``collect``.
            FetchFailed: as ``collect``.
        """
        if not task.request.references:
            return
        if not await self.cache.make_room():
            log.info("no room for more references yet", task=task.id)
            return
        await self.collect(task)

    async def collect(self, task: Task) -> None:
        """Fetch missing references, as Discord's links expire while a task is queued.

        Raises:
            BadReference: one is gone, or Evolink cannot read it.
            FetchFailed: one could not be downloaded or stored; it may work later.
        """
        for upload in await self.store.uploads.of_task(task.id):
            reference = task.request.references[upload.position]
            # A result may have been deleted since it was fetched.
            await self._check(task, upload.position, reference)
            withheld = None
            try:
                if await self._is_here(task, upload, reference):
                    continue
            except FilesUnavailable as error:
                log.warning("a reference cannot be had", task=task.id, error=error.why)
                withheld = error
            await self._fetch(task, upload, reference, withheld)

    async def links(self, task: Task) -> list[str]:
        """Return the links for Evolink, uploading what is missing there.

        Raises:
            BadReference: as ``collect``.
            FetchFailed: as ``collect``.
            Withheld: Evolink refuses the account.
        """
        links = list[str]()
        if not task.request.references:
            return links
        await self.collect(task)
        for upload in await self.store.uploads.of_task(task.id):
            there = upload.url if upload.file_id else None
            links.append(there or await self._upload(task, upload))
        return links

    async def links_again(self, task: Task) -> list[str]:
        """Return the links that Evolink was given before: the same key needs the same body.

        Raises:
            BadReference: as ``links``, if one was never uploaded.
            FetchFailed: as ``links``.
            Withheld: as ``links``.
        """
        known = [upload.url for upload in await self.store.uploads.of_task(task.id) if upload.url]
        return known if len(known) == len(task.request.references) else await self.links(task)

    async def linked(self, reference: Reference) -> Reference:
        """Return it with a fresh link if it is in a message, so that it can be shown."""
        with suppress(FetchFailed, TimeoutError):
            async with asyncio.timeout(LINK_SECONDS):
                return replace(reference, url=await self._read(reference))
        return reference

    async def remove(self, task: Task) -> None:
        """Delete a task's references at Evolink, which stores at most 100 files.

        Our own files stay for tasks that use them again, except copies of results and of what was
        forgotten meanwhile.
        """
        references = task.request.references
        if not references:
            return
        uploads = await self.store.uploads.of_task(task.id)
        there = [upload for upload in uploads if upload.file_id is not None]
        for upload in there:
            assert upload.file_id is not None
            try:
                await self.evolink.delete(upload.file_id)
            except EvolinkError as error:
                # Evolink deletes it after 72 hours (its page on files).
                log.info("an upload stays at Evolink", task=task.id, error=repr(error))
        if there:
            await self.store.uploads.forget(there)
        for upload in uploads:
            reference = references[upload.position]
            ours = isinstance(source_of(reference), FromResult)
            if ours or await self.visibility.is_withdrawn(reference):
                await self.cache.release(upload)
        await self.storage.remove_incoming(task.interaction_id)
        await self.cache.make_room()

    async def _check(self, task: Task, position: int, reference: Reference) -> None:
        """Refuse what was deleted, and results that the requester can no longer see."""
        viewer = Viewer(task.requester)
        try:
            seen = await self.visibility.may_draw_from(reference, viewer)
        except (HistoryUnreadable, ChatUnavailable) as error:
            # A failed check says nothing about the picture.
            raise FetchFailed from error
        if not seen:
            raise BadReference(position, reference.name, Flaw.GONE)

    async def _is_here(self, task: Task, upload: Upload, reference: Reference) -> bool:
        if upload.file is not None and await self.storage.has(upload.file):
            return True
        # A result is never reused: it may have been deleted since.
        ours = isinstance(source_of(reference), FromResult)
        return not ours and await self.cache.reuse(task, upload, reference)

    async def _fetch(
        self,
        task: Task,
        upload: Upload,
        reference: Reference,
        withheld: FilesUnavailable | None,
    ) -> None:
        """Fetch and store a reference; ``withheld``: the object store may provide it later."""
        ours = isinstance(source_of(reference), FromResult)
        came, made = (self.storage.incoming(task.interaction_id, upload.position) for _ in range(2))
        try:
            async with self.gate:
                await self._get(reference, came, withheld)
            # Discord measures attachments; the sizes in embeds are whatever their author claims.
            if reference.width is None or reference.attachment_id is None:
                found = await probe(came)
                upload = replace(upload, pixels=found.width * found.height)
            # Results only have to be made small enough: Evolink drew them itself.
            model = task.request.model
            max_bytes = model.references.max_bytes
            path = (await fit(came, made, max_bytes=max_bytes))[0] if ours else came
            path, _ = await for_evolink(path, made, model, ours=ours)
            await self.cache.keep(upload, path, converted=path == made)
        except UnusablePicture as error:
            raise BadReference(upload.position, reference.name, error.flaw) from error
        except (FilesUnavailable, OSError) as error:
            raise FetchFailed from error
        finally:
            for path in (came, made):
                path.unlink(missing_ok=True)

    async def _get(self, reference: Reference, to: Path, withheld: FilesUnavailable | None) -> None:
        """Copy or download a reference from the first place that still has it."""
        source = source_of(reference)
        most = POSTED_BYTES if isinstance(source, FromResult) else FETCHED_BYTES
        try:
            if isinstance(source, FromResult) and await self._lent(source, to):
                return
        except FilesUnavailable as error:
            withheld = error
        for link in (self._given, self._refreshed, self._read):
            try:
                await self.chat.fetch(replace(reference, url=await link(reference)), to, most)
            except UnusablePicture as error:
                if error.flaw is not Flaw.GONE:
                    raise
            else:
                return
        if withheld is not None:
            raise withheld
        raise UnusablePicture(Flaw.GONE)

    async def _lent(self, source: FromResult, to: Path) -> bool:
        for result in await self.store.results.of_task(source.task_id):
            if result.position == source.position and result.file is not None:
                return await self.storage.copy_to(result.file, to)
        return False

    async def _given(self, reference: Reference) -> str:
        """Return the link that was attached."""
        if not reference.url:
            raise UnusablePicture(Flaw.GONE)
        return reference.url

    async def _refreshed(self, reference: Reference) -> str:
        """Return the attached link with a new signature."""
        try:
            link = await self.chat.refresh_url(reference.url) if reference.url else None
        except ChatRefused as error:
            raise UnusablePicture(Flaw.GONE) from error
        except ChatUnavailable as error:
            raise FetchFailed from error
        if link is None:
            raise UnusablePicture(Flaw.GONE)
        return link

    async def _read(self, reference: Reference) -> str:
        """Return a fresh link to a picture in a message, by reading the message."""
        source = source_of(reference)
        if isinstance(source, FromMessage):
            for file in await self._pictures(source.channel_id, source.message_id):
                if file.id == source.attachment_id:
                    return file.url
        elif source is not None:
            for post in await self.store.posts.of_task(source.task_id):
                if not post.first <= source.position < post.stop:
                    continue
                if post.channel_id is None or post.message_id is None:
                    continue
                start = f"{post.mark}{source.position}."
                with suppress(UnusablePicture):  # it may be in another message, too
                    for file in await self._pictures(post.channel_id, post.message_id):
                        if file.name.startswith(start):
                            return file.url
        raise UnusablePicture(Flaw.GONE)

    async def _pictures(
        self, channel_id: ChannelId, message_id: MessageId
    ) -> Sequence[AttachedFile]:
        try:
            return await self.chat.attached_files(channel_id, message_id)
        except ChatRefused as error:
            raise UnusablePicture(Flaw.GONE) from error
        except ChatUnavailable as error:
            raise FetchFailed from error

    async def _upload(self, task: Task, upload: Upload) -> str:
        assert upload.file is not None
        path = self.storage.path(upload.file)
        found = await probe(path)
        # Evolink overwrites files of the same name, so names are unique within an account.
        name = f"{task.name}-{upload.position}{found.extension}"
        try:
            async with self.gate:
                there = await self.evolink.upload(path, name, found.content_type)
        except (Rejected, ServerFailed, RateLimited, AccessDenied) as error:
            if upload.file.endswith(CONVERTED):
                # Discord's link leads to the file before conversion, which Evolink may be unable to
                # read, or which may reveal where a photo was taken.
                raise error if isinstance(error, Rejected) else ServerFailed from error
            log.warning("the file service refuses; Discord's link serves", error=repr(error))
            link = await self._lasting(task.request.references[upload.position])
            if link is None:
                raise
            await self.store.uploads.save(replace(upload, url=link))
            return link
        await self.store.uploads.save(replace(upload, file_id=there.file_id, url=there.url))
        return there.url

    async def _lasting(self, reference: Reference) -> str | None:
        """Return the link that lives longest; ``None``: there is none."""
        for link in (self._refreshed, self._given, self._read):
            with suppress(FetchFailed):
                return await link(reference)
        return None
