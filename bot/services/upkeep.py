"""Upkeep: trays are forgotten; results go in time, the oldest sooner when space runs out."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

import structlog

from bot.domain.pace import Waits
from bot.domain.tray import TRAY_KEEPS
from bot.services.shelf import Shelf
from bot.store.store import Store

log = structlog.get_logger()

#: Seconds between two rounds.
EVERY = 600


@dataclass(frozen=True, slots=True)
class Upkeep:
    """Removes originals that nobody may fetch any more."""

    store: Store
    shelf: Shelf
    waits: Waits
    clock: Callable[[], int]
    #: Bytes that originals may take in all.
    most_bytes: int

    async def run(self) -> None:
        """Do a round now and then, for ever."""
        while True:
            try:
                await self.round()
            except Exception:  # a full disk or a busy database must not end the upkeep
                log.exception("upkeep failed")
            await asyncio.sleep(EVERY)

    async def round(self) -> int:
        """Remove what is too old, then the oldest above the cap; return how many files went."""
        await self.store.trays.forget(self.clock() - TRAY_KEEPS)
        kept = await self.store.tasks.stored_results()
        spare = sum(result.bytes or 0 for result, _ in kept) - self.most_bytes
        oldest = self.clock() - self.waits.keep
        gone = 0
        for result, ended_at in kept:
            if ended_at > oldest and spare <= 0:
                continue
            assert result.file is not None
            await asyncio.to_thread(self.shelf.path(result.file).unlink, missing_ok=True)
            await self.store.tasks.save_result(replace(result, file=None))
            spare -= result.bytes or 0
            gone += 1
        if gone:
            log.info("results removed", files=gone)
        return gone
