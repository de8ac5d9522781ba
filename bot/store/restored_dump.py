"""Noting that a PostgreSQL database comes from a dump, as ``restore`` does for SQLite."""

import sqlalchemy
from sqlalchemy import delete, func, insert, select

from bot.errors import StartError
from bot.store.addresses import address_of, name_of
from bot.store.backup import Contents
from bot.store.exclusive import exclusive
from bot.store.facts import MOVED_TO, RESTORED
from bot.store.migrate import version_of
from bot.store.tables import fact, task


async def note_restored(url: str) -> Contents:
    """Note that the database comes from a dump: no row knows what its task has posted since.

    Raises:
        StartError: as ``exclusive``; the database isn't the bot's.
    """
    address = address_of(url)
    where = f"DATABASE_URL: {name_of(address)}"
    async with exclusive(where, address) as connection:
        found = await connection.run_sync(_noted)
    if found is None:
        raise StartError(f"{where} isn't a database of this bot; run pg_restore first.")
    return found


def _noted(core: sqlalchemy.Connection) -> Contents | None:
    # Its driver is an extra.
    from bot.store.postgres import NOW  # noqa: PLC0415 - see above

    with core.begin():
        if version_of(core) is None:
            return None
        core.execute(delete(fact).where(fact.c.key.in_([RESTORED, MOVED_TO])))
        core.execute(insert(fact), {"key": RESTORED, "value": core.scalar(NOW)})
        tasks = select(func.count()).select_from(task)
        waiting = tasks.where(task.c.ended_at.is_(None), task.c.remote_id.is_(None))
        return Contents(core.scalar(tasks) or 0, core.scalar(waiting) or 0)
