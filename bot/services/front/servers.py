"""The settings of a server, made by its admins."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, fields

from bot.domain.server import ServerRules
from bot.errors import NotAllowed, PrivateOff
from bot.store.store import Store

_NAMES = frozenset(field.name for field in fields(ServerRules))


@dataclass(frozen=True, slots=True)
class Servers:
    """Reads and changes them. Direct messages (server 0) have the defaults: everything is on."""

    store: Store
    clock: Callable[[], int]

    async def get(self, guild_id: int) -> ServerRules:
        """Return a server's settings."""
        stored = await self.store.servers.get(guild_id)
        # Settings of earlier versions may still have rows.
        return ServerRules(**{name: value for name, value in stored.items() if name in _NAMES})

    async def change(self, guild_id: int, *, actor: int, **settings: bool | None) -> ServerRules:
        """Change the settings that are not ``None``; names as in ``ServerRules``."""
        values = {name: value for name, value in settings.items() if value is not None}
        assert values.keys() <= _NAMES
        await self.store.servers.set(guild_id, values, actor=actor, now=self.clock())
        return await self.get(guild_id)

    async def check_private(self, guild_id: int) -> None:
        """Let results be private only where the admins allow it.

        Raises:
            PrivateOff: they don't.
        """
        if not (await self.get(guild_id)).private:
            raise PrivateOff

    async def check_pictures(
        self, guild_id: int, author: Callable[[], Awaitable[int | None]], free: Collection[int]
    ) -> None:
        """Let others' pictures be used only where the admins allow it.

        ``author``: asks who made them, if need be; it returns ``None`` where nobody can tell.
        ``free``: the users whose pictures are always allowed.

        Raises:
            NotAllowed: the admins don't, and the pictures are not by one of the ``free``.
        """
        if not (await self.get(guild_id)).others_images and await author() not in free:
            raise NotAllowed("others")
