"""Duties: what one process at a time does for all of them, again and again."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from bot.store.peers import Peers

log = structlog.get_logger()


async def keep_up(
    duty: str, work: Callable[[], Awaitable[None]], peers: Peers, *, every: float
) -> None:
    """Do some work every so many seconds until cancelled, while this process has the duty.

    An error is logged, whatever it is: a busy database must not end it.
    """
    while True:
        try:
            if await peers.leads(duty):
                await work()
        except Exception:
            log.exception("a duty could not be done", duty=duty)
        await asyncio.sleep(every)
