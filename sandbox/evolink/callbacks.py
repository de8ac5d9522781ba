"""Calling back when a task has ended, as documented: 10 s each, up to three more tries."""

from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp

from sandbox.clock import Clock
from sandbox.evolink.books import Books, Callback, Submission

TIMEOUT = 10.0
#: Seconds before the second, third and fourth try.
WAITS = (1.0, 2.0, 4.0)
#: Real seconds that an answer may take, at any speed.
_PATIENCE = 1.0


@dataclass
class Callbacks:
    """Sends callbacks."""

    clock: Clock
    books: Books

    async def send(self, task: Submission, url: str, body: Mapping[str, object]) -> None:
        """POST ``body`` until the answer is a 2xx or all tries are used."""
        for attempt, wait in enumerate((0.0, *WAITS), start=1):
            await self.clock.sleep(wait)
            at = self.clock.now()
            status = await self._post(url, body)
            self.books.callbacks.append(Callback(task.id, url, at, attempt, status))
            if status is not None and 200 <= status < 300:
                return

    async def _post(self, url: str, body: Mapping[str, object]) -> int | None:
        timeout = aiohttp.ClientTimeout(total=max(self.clock.lasting(TIMEOUT), _PATIENCE))
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as http,
                http.post(url, json=body, allow_redirects=False) as answer,
            ):
                return answer.status
        except (aiohttp.ClientError, TimeoutError):
            return None
