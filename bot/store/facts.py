"""The table ``fact``: what holds for the bot as a whole, such as a pause."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, String, bindparam, delete, select

from bot import __version__
from bot.store.engine import Database, execute
from bot.store.tables import fact
from bot.store.upsert import insert_absent, replaced, upsert

#: Set while the operator has paused the bot.
PAUSED = "paused"

_key = bindparam("of_key", type_=String)

FACTS = select(fact.c.key, fact.c.value).where(fact.c.key.in_(bindparam("keys", expanding=True)))
PUT = upsert(fact, replaced(fact))
PUT_IF_ABSENT = insert_absent(fact)
REMOVE = delete(fact).where(fact.c.key == _key)


def write_opened(connection: Connection) -> None:
    """Record which version of the bot opened the database."""
    execute(connection, PUT, {"key": "opened_by", "value": __version__})


@dataclass(frozen=True, slots=True)
class Facts:
    """JSON values by key."""

    _db: Database

    async def get(self, key: str) -> Any | None:  # noqa: ANN401 - any JSON value
        """Return a fact; ``None``: it isn't set."""
        return (await self.several(key)).get(key)

    async def several(self, *keys: str) -> dict[str, Any]:
        """Return the facts that are set, by key, from one snapshot."""
        rows = await self._db.rows(FACTS, keys=list(keys))
        return {row["key"]: row["value"] for row in rows}

    async def put(self, key: str, value: object) -> None:
        """Set a fact to any JSON value."""
        await self._db.change(PUT, key=key, value=value)

    async def put_if_absent(self, key: str, value: object) -> bool:
        """Set a fact unless it is set already; return whether it was set now."""
        return bool(await self._db.change(PUT_IF_ABSENT, key=key, value=value))

    async def remove(self, key: str) -> bool:
        """Remove a fact; return whether it was set."""
        return bool(await self._db.change(REMOVE, of_key=key))
