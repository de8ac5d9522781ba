"""Warns the operator when few credits are left at Evolink."""

from dataclasses import dataclass

import structlog

from bot.errors import EvolinkError
from bot.services.shared.ports import Account, OperatorChannel
from bot.services.work.duties import keep_up
from bot.store.facts import OPERATOR
from bot.store.settings_codec import operator_rules_of
from bot.store.store import Store

log = structlog.get_logger()

#: Seconds between two looks.
EVERY = 10 * 60
#: Set while few are left and the operator knows.
LOW = "credits_low"


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditWatch:
    """Warns once, and again only after there were enough in between."""

    store: Store
    account: Account
    chat: OperatorChannel

    async def run(self) -> None:
        """Look every ``EVERY`` seconds until cancelled."""
        await keep_up("credits", self.run_once, self.store, every=EVERY)

    async def run_once(self) -> None:
        """Look now, if the operator wants to be warned and the credits can be read."""
        known = await self.store.facts.several(OPERATOR, LOW)
        least = operator_rules_of(known.get(OPERATOR)).warn_below
        if not least:
            return
        try:
            left = await self.account.credits()
        except EvolinkError as error:
            log.info("evolink's credits can't be read", error=repr(error))
            return
        if left is None or left >= least:
            if LOW in known:
                await self.store.facts.remove(LOW)
        elif known.get(LOW) != least:
            text = f"{left:.12g} credits are left at Evolink, fewer than {least}. Add some."
            log.warning("for the operator", text=text)
            if await self.chat.tell_operator(text):
                await self.store.facts.put(LOW, least)
