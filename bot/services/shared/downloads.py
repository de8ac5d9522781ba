"""Downloads results from Evolink; each is retried while its link lives, and verified."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import structlog

from bot.domain.ids import UserId
from bot.domain.result import Result
from bot.domain.task import Task
from bot.errors import FetchFailed, FilesUnavailable, Flaw, UnusablePicture
from bot.files import FileStorage
from bot.images.probe import Probe, whole
from bot.services.shared.ports import ResultSource
from bot.store.store import Store

log = structlog.get_logger()

#: The largest result in bytes: a 4K PNG of pure noise has 50 MB.
MOST_BYTES = 100_000_000
#: Tasks that download at the same time, in all and for one user: hanging links leave most of the
#: worker's 32 concurrent steps to other tasks.
TASKS = 12
USER_TASKS = 3
#: Stands for the user where somebody is waiting for the download.
ANYBODY = UserId(0)
#: Concurrent downloads for one task.
AT_ONCE = 3
#: Seconds for the downloads of one step; the rest is retried later.
STEP_SECONDS = 120
#: Milliseconds until a task checks again whether it may download.
NO_ROOM = 5_000
#: Fraction of its pixels that a truncated picture may lack after a minute of retries: the last rows
#: of a JPEG without its last bytes.
LITTLE = 0.02


@dataclass(frozen=True, slots=True)
class Downloaded:
    """A task's results, as far as they are downloaded."""

    here: tuple[Result, ...]
    #: Positions, from 0, of those that may still follow.
    awaited: tuple[int, ...] = ()
    #: Whether some will never follow.
    is_short: bool = False
    #: What was found in the files that were downloaded just now, by position.
    probes: Mapping[int, Probe] = field(default_factory=dict[int, Probe])


#: A row that has changed, and what was downloaded for it.
_Changed = tuple[Result, Probe | None]


@dataclass(frozen=True, slots=True)
class ResultDownloads:
    """A link that fails now may well work later."""

    store: Store
    evolink: ResultSource
    storage: FileStorage
    _under_way: Counter[UserId] = field(default_factory=Counter[UserId])

    async def fetch(
        self, task: Task, results: Sequence[Result], *, missing: float = 0.0, last: bool = False
    ) -> Downloaded | None:
        """Download missing results of a task; ``None``: too many downloads are running.

        ``missing``: the fraction of its pixels that a truncated picture may lack. ``last``: as for
        ``present``.

        Raises:
            FilesUnavailable: as ``present``.
        """
        wanted = [
            each for each in results if not (each.is_gone or await self._is_here(each, last=last))
        ]
        if not wanted:
            return await self.present(results, last=last)
        if not self._has_room(task.requester.user):
            return None
        async with self._counted(task.requester.user):
            changed = await self._download(task, wanted, missing)
        known = {position: result for position, (result, _) in changed.items()}
        probes = {position: probe for position, (_, probe) in changed.items() if probe is not None}
        got = await self.present([known.get(each.position, each) for each in results], last=last)
        return replace(got, probes=probes)

    async def present(self, results: Sequence[Result], *, last: bool = False) -> Downloaded:
        """Return what is downloaded, and what may still follow.

        ``last``: the task ends now, so what the object store can't provide counts as missing.

        Raises:
            FilesUnavailable: the object store can't be read now, and this isn't ``last``.
        """
        known = [each for each in results if not each.is_gone]
        here = tuple([each for each in known if await self._is_here(each, last=last)])
        awaited = tuple(each.position for each in known if each not in here)
        return Downloaded(here, awaited, is_short=len(known) < len(results))

    async def again(self, task: Task, result: Result) -> Result:
        """Try once to download a missing result, for somebody who is waiting; return the result."""
        if not (await self._is_here(result) or result.is_gone) and self._has_room(ANYBODY):
            async with self._counted(ANYBODY):
                await self._download(task, [result], LITTLE)
            for known in await self.store.results.of_task(task.id):
                if known.position == result.position:
                    if known.deleted:  # meanwhile, before this file was there
                        path = self.storage.result(task.interaction_id, result.position)
                        await self.storage.remove_result(self.storage.name(path))
                    return known
        return result

    async def give_up(self, results: Sequence[Result], got: Downloaded) -> Downloaded:
        """Record that awaited results will never follow; planned pages stay as they are."""
        for result in results:
            if result.position in got.awaited:
                await self.store.results.save(result.gone())
        return replace(got, awaited=(), is_short=True)

    async def _is_here(self, result: Result, *, last: bool = False) -> bool:
        try:
            return result.file is not None and await self.storage.has(result.file)
        except FilesUnavailable as error:
            if not last:
                raise
            log.warning("a result cannot be had", task=result.task_id, error=error.why)
            return False

    def _has_room(self, user_id: UserId) -> bool:
        return self._under_way.total() < TASKS and self._under_way[user_id] < USER_TASKS

    @asynccontextmanager
    async def _counted(self, user_id: UserId) -> AsyncGenerator[None]:
        self._under_way[user_id] += 1
        try:
            yield
        finally:
            self._under_way[user_id] -= 1
            if not self._under_way[user_id]:
                del self._under_way[user_id]

    async def _download(
        self, task: Task, wanted: Sequence[Result], missing: float
    ) -> dict[int, _Changed]:
        """Download what comes in time; return the rows that changed, by position."""
        gate, changed = asyncio.Semaphore(AT_ONCE), dict[int, _Changed]()

        async def one(result: Result) -> None:
            path = self.storage.result(task.interaction_id, result.position)
            async with gate:
                if (known := await self._try(result, path, missing)) is not None:
                    await self.store.results.save(known[0])
                    changed[result.position] = known

        try:
            async with asyncio.timeout(STEP_SECONDS), asyncio.TaskGroup() as group:
                for result in wanted:
                    group.create_task(one(result))
        except TimeoutError:
            log.info("downloads take too long; again later", task=task.id)
        except ExceptionGroup as group:
            # Callers recognize a busy database by its own error, not by a group around it.
            raise group.exceptions[0] from group
        return changed

    async def _try(self, result: Result, path: Path, missing: float) -> _Changed | None:
        """Return the row with its file, or as gone; ``None``: it may come later."""
        try:
            return await self._one(result, path, missing)
        except UnusablePicture as error:
            log.warning("a result can never be had", task=result.task_id, error=repr(error))
            return result.gone(), None
        except (FetchFailed, FilesUnavailable, OSError) as error:
            log.info("a result is not there yet", task=result.task_id, error=repr(error))
            return None

    async def _one(self, result: Result, path: Path, missing: float) -> _Changed:
        """Download one result and decode it whole.

        Raises:
            UnusablePicture: the link itself is bad, or the picture too large.
            FetchFailed: it may work later.
            FilesUnavailable: it can't be shared now; that may work later.
        """
        # If the row already names this path, half a picture there would pass for the lost file.
        to = path if result.file is None else path.with_name(f"{path.name}-again")
        await self._get(result, to, missing)
        try:
            found = await whole(to)
        except UnusablePicture as error:
            await asyncio.to_thread(to.unlink)
            if error.flaw is Flaw.PIXELS:
                raise
            # A web page or an empty body, as Evolink's links may return at first.
            raise FetchFailed(str(error.flaw)) from error
        if found.missing is None or found.missing > missing:
            raise FetchFailed("it breaks off")
        if to != path:
            await asyncio.to_thread(to.replace, path)
        file = self.storage.name(path)
        await self.storage.share(path)
        known = replace(
            result,
            file=file,
            width=found.width,
            height=found.height,
            bytes=found.bytes,
        )
        return known, found

    async def _get(self, result: Result, path: Path, missing: float) -> None:
        try:
            await self.evolink.download(result.url, path, max_bytes=MOST_BYTES)
        except UnusablePicture:
            raise
        except FetchFailed:
            # The link is dead: a truncated picture from before is better than nothing.
            if missing < 1 or not await asyncio.to_thread(path.exists):
                raise
