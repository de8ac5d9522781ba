"""Database addresses (DATABASE_URL), of SQLite and of PostgreSQL."""

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from bot.errors import StartError

SQLITE, POSTGRES = "sqlite+aiosqlite", "postgresql+asyncpg"
#: What may follow ? in a PostgreSQL address; asyncpg calls libpq's sslmode ssl.
_OPTIONS = ("ssl", "sslmode", "host", "port", "target_session_attrs")
_SSL = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")


def address_of(url: str, named: str = "DATABASE_URL") -> URL:
    """Parse DATABASE_URL or an argument; ``database`` of the result is SQLite's file.

    Raises:
        StartError: what is wrong with it.
    """
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        raise StartError(
            f"{named} isn't a database address; it should look like "
            f"{SQLITE}:///data/imagine.db or {POSTGRES}://user:password@host/imagine."
        ) from None
    if address.drivername in {POSTGRES, "postgresql", "postgres"}:
        return _postgres(address, named)
    if address.drivername != SQLITE:
        raise StartError(
            f"{named}: the driver {address.drivername} isn't supported; use {SQLITE} or {POSTGRES}."
        )
    return _sqlite(address, named)


def name_of(address: URL) -> str:
    """Return a database's name for messages, without user, password and options."""
    name = str(address.database)
    return f"{name} on {address.host}" if is_postgres(address) and address.host else name


def is_postgres(address: URL) -> bool:
    """Tell whether an address is PostgreSQL's; otherwise it is SQLite's."""
    return address.drivername == POSTGRES


def _postgres(address: URL, named: str) -> URL:
    if not address.database:
        raise StartError(
            f"{named} names no database; it should look like "
            f"{POSTGRES}://user:password@host/imagine."
        )
    if find_spec("asyncpg") is None:
        raise StartError(
            f"{named}: the driver for PostgreSQL is missing; "
            "run pip install --require-hashes -r requirements-postgres.txt."
        )
    return address.set(drivername=POSTGRES, query=_options(address, named))


def _options(address: URL, named: str) -> Mapping[str, str | tuple[str, ...]]:
    for option in address.query:
        if option not in _OPTIONS:
            raise StartError(f"{named}: ?{option} isn't supported; leave it out.")
    options = dict(address.query)
    mode = options.pop("sslmode", None) or options.get("ssl")
    if mode is None:
        return options
    if mode not in _SSL:
        raise StartError(f"{named}: sslmode is one of {', '.join(_SSL)}.")
    return {**options, "ssl": mode}


def _sqlite(address: URL, named: str) -> URL:
    if not address.database or address.database == ":memory:":
        raise StartError(
            f"{named} names no file, so a restart would forget every task; "
            f"it should look like {SQLITE}:///data/imagine.db."
        )
    try:
        return address.set(database=str(Path(address.database).expanduser()))
    except RuntimeError:
        raise StartError(
            f"{named}: ~ can't be expanded here ({address.database}); give the full path."
        ) from None


def file_of(url: str) -> Path:
    """Return the SQLite file that DATABASE_URL names.

    Raises:
        StartError: as ``address_of``, or it is PostgreSQL's.
    """
    address = address_of(url)
    if is_postgres(address):
        raise StartError(
            "DATABASE_URL is PostgreSQL's: use pg_dump; and pg_restore, followed by "
            "python -m bot restore without a file."
        )
    file = address.database
    assert file is not None
    return Path(file)
