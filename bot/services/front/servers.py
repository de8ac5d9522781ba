"""The settings of a server, made by its admins."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, fields

from bot.domain.server import ServerRules
from bot.refusals import NotAllowed, PrivateOff
from bot.store.store import Store

_NAMES = frozenset(field.name for field in fields(ServerRules))


@dataclass(frozen=True, slots=True)
class Servers:
    """Reads and changes them. Direct messages have the defaults: everything is on."""

    store: Store
    clock: Callable[[], int]

    async def get(self, server: int | None) -> ServerRules:
        """Return a server's settings."""
        if server is None:
            return ServerRules()
        stored = await self.store.servers.get(server)
        # Settings of earlier versions may still have rows.
        return ServerRules(**{name: value for name, value in stored.items() if name in _NAMES})

    async def change(self, server: int, *, actor: int, **settings: bool | None) -> ServerRules:
        """Change the settings that are not ``None``; names as in ``ServerRules``."""
        values = {name: value for name, value in settings.items() if value is not None}
        assert values.keys() <= _NAMES
        await self.store.servers.set(server, values, actor=actor, now=self.clock())
        return await self.get(server)

    async def check_private(self, server: int | None) -> None:
        """Let results be private only where the admins allow it.

        Raises:
            PrivateOff: they don't.
        """
        if not (await self.get(server)).private:
            raise PrivateOff

    async def check_pictures(
        self, server: int | None, author: Callable[[], Awaitable[int | None]], free: Collection[int]
    ) -> None:
        """Let others' pictures be used only where the admins allow it.

        ``author``: asks who made them, if need be; it returns ``None`` where nobody can tell.
        ``free``: the users whose pictures are always allowed.

        Raises:
            NotAllowed: the admins don't, and the pictures are not by one of the ``free``.
        """
        if not (await self.get(server)).others_images and await author() not in free:
            raise NotAllowed("others")
