"""Applying migrations."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(connection: Connection) -> None:
    """Apply missing migrations in the connection's transaction: all of them or none.

    Raises:
        alembic.util.CommandError: the database is from a later version of the bot.
    """
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def is_known(version: str) -> bool:
    """Return whether this version of the bot knows a database's schema version."""
    revisions = ScriptDirectory.from_config(_config()).walk_revisions()
    return any(each.revision == version for each in revisions)


def _config() -> Config:
    config = Config()
    # Config expands % (configparser), and a path may contain one.
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config
