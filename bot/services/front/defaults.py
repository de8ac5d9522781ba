"""A user's defaults: ``/imagine-defaults``, and *Make these my defaults*."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.domain.defaults import Defaults
from bot.domain.ids import UserId
from bot.domain.models import Model
from bot.store.store import Store


@dataclass(frozen=True, slots=True)
class OwnDefaults:
    """Reads and changes them."""

    store: Store
    model: Model
    clock: Callable[[], int]

    async def get(self, user_id: UserId) -> Defaults:
        """Return a user's defaults."""
        return await self.store.user_defaults.get(user_id)

    async def set(self, user_id: UserId, defaults: Defaults) -> Defaults:
        """Change them; return them in their normalized spelling.

        Raises:
            InvalidRequest: the model doesn't accept them together.
        """
        checked = defaults.checked(self.model)
        await self.store.user_defaults.set(user_id, checked, now=self.clock())
        return checked

    async def reset(self, user_id: UserId) -> None:
        """Go back to the model's defaults."""
        await self.store.user_defaults.reset(user_id)
