"""Moving an installation between SQLite and PostgreSQL: ``python -m bot copy``.

Nobody else uses either database meanwhile. Rows are inserted in the order of their keys, each batch
in a transaction, so a copy that was interrupted continues after its last row. At the end, all rows
are read from both databases and compared. Until then the bot refuses to start on the copy; from
then on it refuses to start on the original, because both would draw, and pay for, what waits.
"""

import sqlite3
from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import sqlalchemy
import structlog
from sqlalchemy import URL, StaticPool, create_engine, delete, insert, inspect, select
from sqlalchemy.exc import DBAPIError

from bot.errors import StartError
from bot.store.addresses import address_of, is_postgres, name_of
from bot.store.backup import locked
from bot.store.copied_rows import Different, Side, clear, compare, fill, index_prompts, number_on
from bot.store.engine import as_json
from bot.store.exclusive import exclusive
from bot.store.facts import ABOUT_COPIES, COPYING, MOVED_TO
from bot.store.migrate import is_known, migrate, newest, version_of
from bot.store.opening import damaged, explained
from bot.store.tables import fact, metadata

log = structlog.get_logger()


async def copy(source: str, target: str) -> Mapping[str, int]:
    """Copy a database to an empty one of the other engine, or finish such a copy.

    Returns how many rows each table has. What PostgreSQL can't store in a text (NUL, half a
    surrogate pair) is replaced, as when the bot writes it.

    Raises:
        StartError: what prevents it. ``target`` is then as it was, or an unfinished copy.
    """
    there, here = address_of(source, "FROM"), address_of(target, "TO")
    if is_postgres(there) and is_postgres(here):
        raise StartError("FROM and TO are both PostgreSQL; use pg_dump and pg_restore.")
    if is_postgres(there):
        with _file("TO", here) as lite:
            async with exclusive(f"FROM: {name_of(there)}", there) as connection:
                return await connection.run_sync(
                    lambda core: _copy(_side("FROM", there, core), lite)
                )
    if is_postgres(here):
        with _file("FROM", there) as lite:
            async with exclusive(f"TO: {name_of(here)}", here) as connection:
                return await connection.run_sync(lambda core: _copy(lite, _side("TO", here, core)))
    raise StartError("FROM and TO are both SQLite; use python -m bot backup and restore.")


def _side(argument: str, address: URL, core: sqlalchemy.Connection) -> Side:
    is_file = not is_postgres(address)
    name = str(Path(name_of(address)).resolve()) if is_file else name_of(address)
    return Side(f"{argument}: {name}", name, core)


@contextmanager
def _file(argument: str, address: URL) -> Generator[Side]:
    """Open SQLite's file so that nobody else can.

    Raises:
        StartError: it can't be opened, or used.
    """
    file = Path(address.database or "")
    where = f"{argument}: {file}"
    is_new = not file.is_file()
    if is_new:
        _check_place(argument, file)
    try:
        with closing(locked(file)) as driver:
            engine = create_engine(
                "sqlite://",
                creator=lambda: driver,
                poolclass=StaticPool,
                json_serializer=as_json,
                hide_parameters=True,  # as in bot/store/postgres.py
            )
            with engine.connect() as core:
                # Never ended: transactions are begun and ended on the driver, below SQLAlchemy.
                core.begin()
                if core.exec_driver_sql("PRAGMA quick_check(1)").scalar() != "ok":
                    raise damaged(where)
                yield _side(argument, address, core)
    except sqlite3.Error as error:
        raise explained(where, error) from error
    except DBAPIError as error:
        if not isinstance(error.orig, sqlite3.Error):
            raise
        raise explained(where, error.orig) from error
    finally:
        if is_new:
            _remove_empty(file)


def _check_place(argument: str, file: Path) -> None:
    """Check that a new file can be created here."""
    if argument == "FROM":
        raise StartError(f"FROM: there is no database at {file}.")
    # SQLite would take it for the new file's.
    wal = file.with_name(f"{file.name}-wal")
    if wal.exists():
        raise StartError(f"TO: {wal} is left of another database; move it away first.")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StartError(
            f"TO: the folder {file.parent} can't be created ({error.strerror})."
        ) from error


def _remove_empty(file: Path) -> None:
    """Remove the file that SQLite created to lock it, if the copy was refused before it began."""
    with suppress(sqlite3.Error, OSError), closing(sqlite3.connect(file)) as found:
        is_empty = found.execute("SELECT 1 FROM sqlite_master").fetchone() is None
        found.close()
        if is_empty:
            file.unlink()


def _copy(source: Side, target: Side) -> dict[str, int]:
    begun, there = _state(target), _state(source)
    with source.transaction() as core:
        if version_of(core) is None:
            raise StartError(f"{source.where} isn't a database of this bot.")
    if COPYING in there:
        raise StartError(f"{source.where} is an unfinished copy.")
    if MOVED_TO in there and not (there[MOVED_TO] == target.name and COPYING in begun):
        raise StartError(f"{source.where} was copied to {there[MOVED_TO]} already.")
    if COPYING not in begun:
        _begin(target, is_stale=begun.get(MOVED_TO) == source.name)
    try:
        counts = _filled(source, target)
    except Different as error:
        # The bot has run on the original since the copy was begun.
        log.info("the original has changed since; starting over", table=str(error))
        _begin(target, is_stale=True)
        counts = _filled(source, target)
    # The bot can start on only one of them, even if this is killed in between and run again.
    with source.transaction() as core:
        core.execute(delete(fact).where(fact.c.key == MOVED_TO))
        core.execute(insert(fact), {"key": MOVED_TO, "value": target.name})
    with target.transaction() as core:
        core.execute(delete(fact).where(fact.c.key == COPYING))
    return counts


def _filled(source: Side, target: Side) -> dict[str, int]:
    fill(source, target)
    index_prompts(target)
    number_on(source, target)
    return compare(source, target)


def _begin(target: Side, *, is_stale: bool) -> None:
    """Create empty tables, and keep the bot from starting on them."""
    with target.transaction() as core:
        if not is_stale and _is_used(core):
            raise StartError(f"{target.where} isn't empty; name a new database.")
        migrate(core)
        clear(core)
        core.execute(insert(fact), {"key": COPYING, "value": True})


def _is_used(core: sqlalchemy.Connection) -> bool:
    """Return whether there is more than what a bot writes when it starts for the first time."""
    return version_of(core) is not None and any(
        core.execute(select(table).limit(1)).first()
        for table in metadata.sorted_tables
        if table is not fact
    )


def _state(side: Side) -> dict[str, Any]:
    """Return a database's facts about itself.

    Raises:
        StartError: it is another program's, or another version's.
    """
    with side.transaction() as core:
        version = version_of(core)
        if version is None:
            if inspect(core).get_table_names():
                raise StartError(f"{side.where} isn't a database of this bot.")
            return {}
        if not is_known(version):
            raise StartError(f"{side.where} is from a later version of the bot; run that version.")
        if version != newest():
            raise StartError(
                f"{side.where} is from an earlier version of the bot; start this one on it once."
            )
        rows = core.execute(select(fact).where(fact.c.key.in_(ABOUT_COPIES)))
        return {row.key: row.value for row in rows}
