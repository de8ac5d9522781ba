"""Applying migrations. Alembic is imported only if there are any: it takes 0.2 s."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from sqlalchemy import Connection, inspect

from bot.store.full_text import postgres_only
from bot.store.tables import metadata

MIGRATIONS = Path(__file__).parent / "migrations"
#: Brings a database up to date, as far as it is allowed to.
Migrate: TypeAlias = Callable[[Connection], None]
#: Our number among PostgreSQL's advisory locks.
LOCK = 7_433_021


class LaterVersion(Exception):
    """The database is from a later version of the bot."""


def migrate(connection: Connection) -> None:
    """Apply missing migrations in the connection's transaction: all of them or none.

    On PostgreSQL, which earlier versions didn't support, an empty database gets today's tables.

    Raises:
        LaterVersion: this version of the bot doesn't know the database's schema.
    """
    is_postgres = connection.dialect.name == "postgresql"
    if is_postgres:
        # One process migrates; others that start at the same time wait for it.
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
    version = version_of(connection)
    if version == newest():
        return
    if version is not None and not is_known(version):
        raise LaterVersion
    from alembic import command  # noqa: PLC0415 - see above
    from alembic.config import Config  # noqa: PLC0415 - see above

    config = Config()
    # Config expands % (configparser), and a path may contain one.
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    if is_postgres and version is None:
        metadata.create_all(connection)
        postgres_only.create_all(connection)
        command.stamp(config, "head")
    else:
        command.upgrade(config, "head")


def migrate_unless_earlier(connection: Connection) -> None:
    """Do the same, but leave a database of an earlier version alone: a bot may be running on it.

    Raises:
        LaterVersion: as ``migrate``.
    """
    if not is_earlier(connection):
        migrate(connection)


def is_earlier(connection: Connection) -> bool:
    """Return whether a database is of an earlier version of the bot."""
    version = version_of(connection)
    return version is not None and version != newest() and is_known(version)


def is_known(version: str) -> bool:
    """Return whether this version of the bot knows a database's schema version."""
    return version in _versions()


def newest() -> str:
    """Return the schema version of this version of the bot."""
    return _versions()[-1]


def version_of(connection: Connection) -> str | None:
    """Return a database's schema version; ``None``: it isn't this bot's."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()


def _versions() -> list[str]:
    """Return all schema versions, oldest first: the numbers of the files."""
    return sorted(file.name[:4] for file in (MIGRATIONS / "versions").glob("[0-9]*.py"))
