"""The table ``fact``: what holds for the bot as a whole, such as a pause."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import BigInteger, Executable, String, bindparam, cast, delete, select

from bot import __version__
from bot.store.engine import Connection, Database
from bot.store.locks import TOTALS, lock
from bot.store.tables import fact
from bot.store.upsert import ByDialect, insert_absent, replaced, upsert

#: What the operator has set: ``OperatorRules`` as JSON; "owner" as in /imagine-owner.
OPERATOR = "owner"
#: Interactions whose tasks were forgotten, and that a restored backup has brought back.
FORGOTTEN = "forgotten"
#: When a backup was last restored; epoch milliseconds.
RESTORED = "restored_at"
#: Set while ``python -m bot copy`` fills this database.
COPYING = "copying"
#: The database that this one was copied to.
MOVED_TO = "moved_to"
#: Facts about the database itself, which aren't copied.
ABOUT_COPIES = (COPYING, MOVED_TO)
#: Milliseconds after which another process's change of a fact is noticed, at the latest.
RECENT = 2_000

_key = bindparam("of_key", type_=String)

FACTS = select(fact.c.key, fact.c.value).where(fact.c.key.in_(bindparam("keys", expanding=True)))
PUT = upsert(fact, replaced(fact))
PUT_IF_ABSENT = insert_absent(fact)
REMOVE = delete(fact).where(fact.c.key == _key)
_until = cast(cast(fact.c.value, String), BigInteger)
CLAIM = upsert(
    fact,
    replaced(fact),
    (_until <= bindparam("now", type_=BigInteger))
    | (_until > bindparam("latest", type_=BigInteger)),
)
RELEASE = delete(fact).where(
    fact.c.key == _key, _until == bindparam("present_until", type_=BigInteger)
)


class NotCurrent(Exception):
    """The bot must not work on this database; the argument says why, after its name."""


def write_opened(connection: Connection) -> None:
    """Record which version of the bot opened the database.

    Raises:
        NotCurrent: it is half of a copy, or has been copied.
    """
    found = {row["key"]: row["value"] for row in connection.rows(FACTS, {"keys": [*ABOUT_COPIES]})}
    if COPYING in found:
        raise NotCurrent("is an unfinished copy; run the same python -m bot copy again.")
    if MOVED_TO in found:
        raise NotCurrent(
            f"was copied to {found[MOVED_TO]}; use that. To use this one again, copy it back."
        )
    connection.execute(PUT, {"key": "opened_by", "value": __version__})


@dataclass(slots=True)
class _Remembered:
    """Facts that were read together, and when."""

    facts: dict[str, Any] = field(default_factory=dict[str, Any])
    keys: tuple[str, ...] = ()
    at: int = 0
    #: How often this process has begun or ended changing facts.
    changes: int = 0


@dataclass(frozen=True, slots=True)
class Facts:
    """JSON values by key."""

    _db: Database
    _remembered: _Remembered = field(default_factory=_Remembered)

    async def get(self, key: str) -> Any | None:  # noqa: ANN401 - any JSON value
        """Return a fact; ``None``: it isn't set."""
        return (await self.several(key)).get(key)

    async def are_restored(self, created_at: int) -> bool:
        """Tell whether rows of this age come from a backup: what was posted since is unknown."""
        restored_at = await self.get(RESTORED)
        return restored_at is not None and created_at < restored_at

    async def several(self, *keys: str) -> dict[str, Any]:
        """Return the facts that are set, by key, from one snapshot."""
        rows = await self._db.rows(FACTS, keys=list(keys))
        return {row["key"]: row["value"] for row in rows}

    async def recent(self, *keys: str, now: int) -> dict[str, Any]:
        """Return the same, from memory if this process has read them less than 2 s ago.

        Its own changes are always seen. ``now``: epoch milliseconds.
        """
        known = self._remembered
        if known.keys == keys and 0 <= now - known.at < RECENT:
            return known.facts
        changes, facts = known.changes, await self.several(*keys)
        if changes == known.changes:
            known.facts, known.keys, known.at = facts, keys, now
        return facts

    async def put(self, key: str, value: object) -> None:
        """Set a fact to any JSON value."""
        await self._change(PUT, key=key, value=value)

    async def put_if_absent(self, key: str, value: object) -> bool:
        """Set a fact unless it is set already; return whether it was set now."""
        return bool(await self._change(PUT_IF_ABSENT, key=key, value=value))

    async def remove(self, key: str) -> bool:
        """Remove a fact; return whether it was set."""
        return bool(await self._change(REMOVE, of_key=key))

    async def revise(
        self, key: str, revised: Callable[[Any], object | None]
    ) -> tuple[Any, object | None]:
        """Set a fact to what ``revised`` returns for it; nobody changes it in between.

        It gets ``None`` if the fact isn't set, and returns ``None`` to leave it as it is. Returns
        the fact before, and what was set.
        """

        def revise(connection: Connection) -> tuple[Any, object | None]:
            lock(connection, TOTALS)
            row = connection.first(FACTS, {"keys": [key]})
            before = row and row["value"]
            after = revised(before)
            if after is not None:
                connection.execute(PUT, {"key": key, "value": after})
            return before, after

        try:
            return await self._db.write(revise)
        finally:
            self.forget()

    async def claim(self, key: str, *, now: int, until: int) -> bool:
        """Hold a fact until then (epoch milliseconds), unless somebody does; return whether we do.

        A holder for more than twice as long claimed it before the clock was set back, and doesn't
        count. Twice, because the clocks of two processes may differ a little.
        """
        latest = until + (until - now)
        return bool(await self._db.change(CLAIM, key=key, value=until, now=now, latest=latest))

    async def release(self, key: str, until: int) -> None:
        """Let a fact go, if it is still held as it was claimed."""
        await self._db.change(RELEASE, of_key=key, present_until=until)

    async def _change(self, statement: Executable | ByDialect, **values: object) -> int:
        try:
            self.forget()
            return await self._db.change(statement, **values)
        finally:
            self.forget()

    def forget(self) -> None:
        """Have all facts read again, because one was changed elsewhere."""
        self._remembered.keys = ()
        self._remembered.changes += 1
