"""What the admins of a server have decided, and what follows from it."""

from collections.abc import Callable
from dataclasses import dataclass, fields

from bot.domain.server import ServerRules
from bot.store.store import Store

_NAMES = frozenset(field.name for field in fields(ServerRules))


@dataclass(frozen=True, slots=True)
class Servers:
    """A direct message (server 0) has no admins, so everything is on there."""

    store: Store
    clock: Callable[[], int]

    async def get(self, guild_id: int) -> ServerRules:
        """Return a server's rules."""
        stored = await self.store.servers.get(guild_id)
        # A switch that was taken away may still have rows.
        return ServerRules(**{name: value for name, value in stored.items() if name in _NAMES})

    async def change(self, guild_id: int, *, actor: int, **switches: bool | None) -> ServerRules:
        """Set the switches that are not ``None``, by the names of ``ServerRules``."""
        values = {name: value for name, value in switches.items() if value is not None}
        assert values.keys() <= _NAMES
        await self.store.servers.set(guild_id, values, actor=actor, now=self.clock())
        return await self.get(guild_id)
