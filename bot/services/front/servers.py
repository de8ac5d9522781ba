"""What a server's admins have turned on and off."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass

from bot.domain.ids import ServerId, UserId
from bot.domain.quota_settings import Policy
from bot.refusals import NotAllowed, PrivateOff
from bot.store.store import Store


@dataclass(frozen=True, slots=True)
class Servers:
    """Direct messages use the defaults."""

    store: Store

    async def policy(self, server: ServerId | None) -> Policy:
        """Return what the admins have set."""
        return await self.store.quota_settings.policy(server)

    async def check_private(self, server: ServerId | None) -> None:
        """Let results be private only where the admins allow it.

        Raises:
            PrivateOff: they don't.
        """
        if not (await self.policy(server)).private:
            raise PrivateOff

    async def check_pictures(
        self,
        server: ServerId | None,
        author: Callable[[], Awaitable[UserId | None]],
        free: Collection[UserId],
    ) -> None:
        """Let others' pictures be used only where the admins allow it.

        ``author``: asks who made them, if need be; it returns ``None`` where nobody can tell.
        ``free``: the users whose pictures are always allowed.

        Raises:
            NotAllowed: the admins don't, and the pictures are not by one of the ``free``.
        """
        if not (await self.policy(server)).others_images and await author() not in free:
            raise NotAllowed("others")
