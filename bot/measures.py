"""Takes what may be measured. By default it measures nothing, which costs nothing."""

import aiohttp

from bot.domain.task import Task


class Measures:
    """Measures nothing; ``bot.metrics`` does, where METRICS_PORT is set."""

    def watch(self, service: str, trace: aiohttp.TraceConfig) -> aiohttp.TraceConfig:
        """Have a session's requests to "discord" or "evolink" counted; return its trace."""
        del service
        return trace

    def refused(self, error: Exception) -> None:
        """Somebody was told that what they asked for failed, or is refused."""

    def saved(self, task: Task, event: str) -> None:
        """A transition was written."""

    def delivered(self, milliseconds: int) -> None:
        """All images are posted, so long after Evolink was found to be done."""

    def lost(self, leases: int) -> None:
        """Other processes have taken tasks that this one held."""


NOTHING = Measures()
