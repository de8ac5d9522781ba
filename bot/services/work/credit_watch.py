"""Warns the operator when few credits are left at Evolink."""

import asyncio
from dataclasses import dataclass

import structlog

from bot.errors import EvolinkError
from bot.services.shared.ports import Account, OperatorChannel
from bot.store.facts import CREDITS
from bot.store.store import Store

log = structlog.get_logger()

#: Seconds between two looks.
EVERY = 10 * 60
#: Set while few are left and the operator knows.
LOW = "credits_low"


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditWatch:
    """Says it once, and again only after there were enough meanwhile."""

    store: Store
    account: Account
    chat: OperatorChannel

    async def run(self) -> None:
        """Look every ``EVERY`` seconds until cancelled."""
        while True:
            try:
                if await self.store.peers.leads("credits"):
                    await self.run_once()
            except EvolinkError as error:
                log.info("evolink's credits can't be read", error=repr(error))
            except Exception:  # a busy database must not end it
                log.exception("credits could not be looked at")
            await asyncio.sleep(EVERY)

    async def run_once(self) -> None:
        """Look now, if the operator wants to be warned.

        Raises:
            EvolinkError: Evolink doesn't tell.
        """
        known = await self.store.facts.several(CREDITS, LOW)
        if CREDITS not in known:
            return
        least, left = known[CREDITS], await self.account.credits()
        if left is None or left >= least:
            if LOW in known:
                await self.store.facts.remove(LOW)
        elif known.get(LOW) != least:
            text = f"{left:.12g} credits are left at Evolink, fewer than {least}. Add some."
            log.warning("for the operator", text=text)
            if await self.chat.tell_operator(text):
                await self.store.facts.put(LOW, least)
