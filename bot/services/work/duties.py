"""Duties: what one process at a time does for all of them, again and again."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from bot.store.store import Store

log = structlog.get_logger()

#: Milliseconds that a round may take. If a process dies in one, the next starts that much later;
#: twice as much if the clock is set back meanwhile.
ROUND = 5 * 60 * 1000


async def keep_up(
    duty: str,
    work: Callable[[], Awaitable[None]],
    store: Store,
    *,
    every: float,
    is_due: Callable[[], Awaitable[bool]] | None = None,
) -> None:
    """Do some work every so many seconds until cancelled, while this process has the duty.

    Any error is logged: a busy database must not end the loop. ``is_due``: tells whether there is
    anything to do, which costs less than a round.
    """
    while True:
        try:
            await take_round(duty, work, store, is_due=is_due)
        except Exception:
            log.exception("a duty could not be done", duty=duty)
        await asyncio.sleep(every)


async def take_round(
    duty: str,
    work: Callable[[], Awaitable[None]],
    store: Store,
    *,
    is_due: Callable[[], Awaitable[bool]] | None = None,
) -> None:
    """Do it once, if this process has the duty and there is anything to do."""
    if await store.peers.leads(duty) and (is_due is None or await is_due()):
        await _alone(duty, work, store)


async def _alone(duty: str, work: Callable[[], Awaitable[None]], store: Store) -> None:
    """Do it, unless another process is doing it.

    One that has lost its lead without noticing would otherwise repeat what its successor does.
    """
    if store.peers.is_alone:
        await work()
        return
    key, now = f"duty:{duty}", store.clocks.wall()
    if not await store.facts.claim(key, now=now, until=now + ROUND):
        return
    try:
        async with asyncio.timeout(ROUND / 1000):
            await work()
    finally:
        await store.facts.release(key, now + ROUND)
