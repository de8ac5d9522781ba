"""Removes expired trays, events and files, the oldest files sooner when space runs out.

Leftovers of a crash are removed, too: files that no row names and that belong to no open task.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog

from bot.domain.durations import Durations
from bot.domain.result import Result
from bot.domain.tray import TRAY_KEEPS
from bot.domain.window import DAY
from bot.errors import FilesUnavailable
from bot.files import FileStorage
from bot.services.shared.alerts import Alerts
from bot.services.shared.reference_cache import ReferenceCache
from bot.store.store import Store

log = structlog.get_logger()

#: As in ``Peers.leads``.
DUTY = "cleanup"
#: Seconds between two rounds.
EVERY = 120
#: Rounds until the folders are swept again.
ROUNDS = 24 * 60 * 60 // EVERY
#: Results that are read at once.
AT_ONCE = 100
#: Milliseconds: the row of a younger file may not be written yet.
YOUNG = 60 * 60 * 1000
#: The least time in milliseconds that a task and its events are kept, however short ``PROMPT_DAYS``
#: and ``RESULT_DAYS`` are: Evolink may still report a submission of unknown outcome, and its links
#: live 24 hours.
EVENTS_KEPT = 3 * DAY
#: Milliseconds for which a past task counts in a limit: the longest month, in any time zone.
COUNTED = 32 * DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleanup:
    """Removes originals that nobody may fetch any more, and references that no task needs."""

    store: Store
    storage: FileStorage
    cache: ReferenceCache
    alerts: Alerts
    durations: Durations
    clock: Callable[[], int]
    #: As in ``ClockCheck``: while the clock is wrong, nothing is too old.
    is_clock_right: Callable[[], bool]
    #: Bytes that all originals together may take.
    max_bytes: int

    async def run(self) -> None:
        """Clean up every ``EVERY`` seconds until cancelled; sweep and forget now and once a day."""
        while True:
            await _logged(self.sweep)
            await _logged(self.forget)
            for _ in range(ROUNDS):
                await _logged(self.run_once)
                await asyncio.sleep(EVERY)

    async def run_once(self) -> int:
        """Remove what is too old, and the oldest above the cap; return how many files."""
        await self.alerts.tell_again()
        # First: everything else writes, which fails on a full disk.
        if self.storage.is_full():
            await self.alerts.warn(
                "disk_full",
                f"The disk is nearly full at {self.storage.root}, so no new task starts. Free some "
                "space, or lower RESULT_DAYS, RESULT_DISK_GB and REFERENCE_DISK_GB. The bot then "
                "resumes automatically.",
            )
        try:
            await self.storage.check()
        except FilesUnavailable as error:
            await self.alerts.warn(
                "storage",
                f"The object store doesn't take files ({error.why}), so no new task starts. "
                "The bot resumes automatically.",
            )
        await self.storage.trim()
        if not await self.store.peers.leads(DUTY):
            return 0
        if not self.is_clock_right():
            return await self._make_room()
        now = self.clock()
        await self.store.trays.forget(now - TRAY_KEEPS)
        await self.store.drafts.forget(now - DAY)
        # Each of these wakes the next once it is done.
        await self.store.erasures.go_on(now=now)
        await self.store.events.prune(now - max(self.durations.keep, EVENTS_KEPT))
        gone = await self._expire() + await self._make_room() + await self.cache.expire()
        if gone:
            log.info("files removed", files=gone)
        return gone

    async def forget(self) -> int:
        """Have old tasks forgotten, and delete what admins did long ago; return how many."""
        if not self.is_clock_right() or not await self.store.peers.leads(DUTY):
            return 0
        now, durations = self.clock(), self.durations
        gone = await self.store.erasures.ask_again()
        gone += await self.store.erasures.anonymise(now - COUNTED)
        if durations.keep_prompts:
            gone += await self.store.erasures.ask_old(now - durations.keep_prompts)
        if durations.keep_log:
            gone += await self.store.quota_changes.prune(now - durations.keep_log)
            gone += await self.store.quota_settings.prune(now - durations.keep_log)
        if gone:
            log.info("forgotten", rows=gone)
        return gone

    async def sweep(self) -> int:
        """Remove what a crash left behind: files that no row names and no open task needs."""
        if not self.is_clock_right():
            return 0
        leads = await self.store.peers.leads(DUTY)
        young = (self.clock() - YOUNG) / 1000
        # In this order: a task that ends in between counts as open, and is left for the next time.
        still_open = await self.store.tasks.open_names()
        stored = await self.store.results.files() | await self.store.uploads.files()
        is_new = await self.store.tasks.are_none()
        if is_new or await self.store.facts.are_restored(self._too_old()):
            # The previous database may come back, with rows that name these files.
            return 0

        def keep(name: str, number: int) -> bool:
            return number in still_open or name in stored

        gone = await self.storage.sweep(keep, older_than=young) if leads else 0
        return gone + await self.storage.sweep_disk(keep, older_than=young)

    async def _expire(self) -> int:
        gone = 0
        until = self._too_old()
        while expired := await self.store.results.expired(until, limit=AT_ONCE):
            gone += await self._remove(expired)
        return gone

    def _too_old(self) -> int:
        return self.clock() - self.durations.keep

    async def _make_room(self) -> int:
        gone = 0
        spare = await self.store.results.bytes_stored() - self.max_bytes
        while spare > 0 and (oldest := await self.store.results.oldest(limit=AT_ONCE)):
            for result in oldest:
                if spare <= 0:
                    break
                gone += await self._remove([result])
                spare -= result.bytes or 0
        return gone

    async def _remove(self, results: Sequence[Result]) -> int:
        for result in results:
            assert result.file is not None
            try:
                await self.storage.remove_result(result.file)
            except (OSError, FilesUnavailable) as error:
                # No row names it any more, so the next sweep tries it again.
                log.warning("a file could not be deleted", error=str(error))
            await self.store.results.save(result.gone())
        return len(results)


async def _logged(step: Callable[[], Awaitable[int]]) -> None:
    try:
        await step()
    except Exception:  # a full disk or a busy database must not end the cleanup
        log.exception("cleanup failed")
