"""Where parts report what can be measured. By default nothing is, which costs nothing."""

import aiohttp

from bot.domain.task import Task


class Measures:
    """Measures nothing; ``bot.metrics`` does, where METRICS_PORT is set."""

    def watch(self, service: str, trace: aiohttp.TraceConfig) -> aiohttp.TraceConfig:
        """Have a session's requests to "discord" or "evolink" counted; return its trace."""
        del service
        return trace

    def refused(self, error: Exception) -> None:
        """Somebody was told that their request failed, or is refused."""

    def saved(self, task: Task, event: str) -> None:
        """A transition was written."""

    def delivered(self, milliseconds: int) -> None:
        """All images are posted, this long after Evolink was found to be done."""

    def lost(self, leases: int) -> None:
        """Other processes have taken tasks that this one held."""


NOTHING = Measures()
