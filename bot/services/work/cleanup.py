"""Removes expired trays, events and files, the oldest files sooner when space runs out.

Leftovers of a crash are removed, too: files that no row names, and those of no open task.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from bot.domain.durations import Durations
from bot.domain.tray import TRAY_KEEPS
from bot.files import FileStorage
from bot.services.shared.alerts import Alerts
from bot.services.shared.reference_cache import ReferenceCache
from bot.store.store import Store

log = structlog.get_logger()

#: Seconds between two rounds.
EVERY = 120
#: Milliseconds: the row of a younger file may not be written yet.
YOUNG = 60 * 60 * 1000
#: Milliseconds that a task's events are kept at least, however short ``RESULT_DAYS`` is: until then
#: Evolink may still report a submission whose outcome is unknown, whose links live 24 hours.
EVENTS_KEPT = 3 * 24 * 60 * 60 * 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleanup:
    """Removes originals that nobody may fetch any more, and references that no task needs."""

    store: Store
    storage: FileStorage
    cache: ReferenceCache
    alerts: Alerts
    durations: Durations
    clock: Callable[[], int]
    #: Bytes that all originals together may take.
    max_bytes: int

    async def run(self) -> None:
        """Clean up every ``EVERY`` seconds until cancelled."""
        while True:
            try:
                await self.run_once()
            except Exception:  # a full disk or a busy database must not end the cleanup
                log.exception("cleanup failed")
            await asyncio.sleep(EVERY)

    async def run_once(self) -> int:
        """Remove what is too old, the oldest above the cap, and strays; return how many files."""
        await self.alerts.tell_again()
        # First: everything else writes, which fails on a full disk.
        if self.storage.is_full():
            await self.alerts.warn(
                "disk_full",
                f"The disk is nearly full at {self.storage.root}, so no new task starts. Free some "
                "space, or lower RESULT_DAYS, RESULT_DISK_GB and REFERENCE_DISK_GB. The bot then "
                "resumes automatically.",
            )
        now = self.clock()
        await self.store.trays.forget(now - TRAY_KEEPS)
        await self.store.events.prune(now - max(self.durations.keep, EVENTS_KEPT))
        gone = await self._results() + await self.cache.expire() + await self._strays()
        if gone:
            log.info("files removed", files=gone)
        return gone

    async def _results(self) -> int:
        kept = await self.store.results.stored()
        spare = sum(result.bytes or 0 for result, _ in kept) - self.max_bytes
        oldest = self.clock() - self.durations.keep
        gone = 0
        for result, ended_at in kept:
            if ended_at > oldest and spare <= 0:
                continue
            assert result.file is not None
            await asyncio.to_thread(self.storage.path(result.file).unlink, missing_ok=True)
            await self.storage.remove_all_copies(result.file)
            await self.store.results.save(result.gone())
            spare -= result.bytes or 0
            gone += 1
        return gone

    async def _strays(self) -> int:
        young = (self.clock() - YOUNG) / 1000
        # In this order: a task that ends in between counts as open, and is left for the next round.
        still_open = await self.store.tasks.open_names()
        stored = {result.file for result, _ in await self.store.results.stored()}
        stored |= await self.store.uploads.files()

        def keep(name: str, number: int) -> bool:
            return number in still_open or name in stored

        return await self.storage.sweep(keep, older_than=young)
