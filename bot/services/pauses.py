"""Pauses of submissions: the operator's word, a full disk, the account's troubles at Evolink.

A trouble pauses everybody's submissions until a time; then a single task tries, and the first that
is taken ends the pause. The operator is told once, however many tasks ran into it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog

from bot.domain.pace import Waits
from bot.domain.standing import Pause
from bot.errors import AccessDenied, KeyRefused, OutOfCredits, RateLimited, Withheld
from bot.services.operator import Operator
from bot.services.shelf import Shelf
from bot.store.store import Store

log = structlog.get_logger()

#: Keys of the table ``fact``.
TROUBLE, PAUSED = "trouble", "paused"

#: Pauses in which nothing is tried.
OURS = frozenset({Pause.OPERATOR, Pause.DISK_FULL})
#: Milliseconds: whatever Evolink asks for, it is tried again after an hour.
LONGEST = 60 * 60 * 1000

_KINDS: dict[type[Withheld], Pause] = {
    KeyRefused: Pause.KEY_REFUSED,
    OutOfCredits: Pause.OUT_OF_CREDITS,
    AccessDenied: Pause.ACCESS_DENIED,
    RateLimited: Pause.RATE_LIMITED,
}
_ADVICE = {
    Pause.KEY_REFUSED: "Evolink refuses the key. Check EVOLINK_API_KEY and restart the bot.",
    Pause.OUT_OF_CREDITS: "Evolink's account is out of credits. Top it up.",
    Pause.ACCESS_DENIED: "Evolink's key may not use the model. Check its permissions.",
    Pause.RATE_LIMITED: "Evolink finds that we ask too often.",
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why submissions pause, and until when the next one is tried; epoch milliseconds."""

    pause: Pause
    until: int
    #: Whether the operator was told of it; if not, neither of its end.
    told: bool


@dataclass(frozen=True, slots=True)
class Pauses:
    """What holds submissions back."""

    store: Store
    operator: Operator
    shelf: Shelf
    waits: Waits
    clock: Callable[[], int]

    async def trouble(self) -> Trouble | None:
        """Return the trouble at Evolink, if there is one."""
        return _trouble(await self.store.facts.get(TROUBLE))

    async def state(self) -> tuple[Pause | None, Trouble | None]:
        """Return why submissions wait now, the operator's word first; and Evolink's trouble."""
        facts = await self.store.facts.several(PAUSED, TROUBLE)
        trouble = _trouble(facts.get(TROUBLE))
        if facts.get(PAUSED):
            return Pause.OPERATOR, trouble
        if self.shelf.is_full():
            return Pause.DISK_FULL, trouble
        return trouble.pause if trouble else None, trouble

    async def current(self) -> Pause | None:
        """Return why submissions wait now."""
        return (await self.state())[0]

    async def until(self) -> int | None:
        """Return until when nothing may be submitted; ``None``: it may be, now."""
        now = self.clock()
        pause, trouble = await self.state()
        if pause in OURS:
            return now + self.waits.retry
        return trouble.until if trouble and trouble.until > now else None

    async def begin(self, error: Withheld) -> int:
        """Pause submissions; return until when. The operator is told of what is new."""
        kind = _KINDS[type(error)]
        known = await self.trouble()
        if known is not None and known.pause is kind:
            told = known.told
        else:
            log.warning("submissions pause", pause=str(kind), answer=error.message)
            advice = f"Submissions pause: {_ADVICE[kind]} Tasks wait and go on by themselves."
            told = await self.operator.warn(kind, advice)
        wait = self.waits.pause if error.retry_after is None else round(error.retry_after * 1000)
        until = self.clock() + min(wait, LONGEST)
        await self.store.facts.put(TROUBLE, {"pause": kind, "until": until, "told": told})
        return until

    async def end(self) -> None:
        """Go on: Evolink has taken a task."""
        trouble = await self.trouble()
        if trouble is None or not await self.store.facts.remove(TROUBLE):
            return
        log.info("submissions go on")
        if trouble.told:
            await self.operator.tell("Submissions go on: Evolink has taken a task.")


def _trouble(fact: dict[str, Any] | None) -> Trouble | None:
    return Trouble(Pause(fact["pause"]), fact["until"], fact["told"]) if fact else None
