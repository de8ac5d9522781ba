"""Bringing a database to the present tables."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(connection: Connection) -> None:
    """Apply what is missing, inside the connection's transaction: all of it or nothing.

    Raises:
        alembic.util.CommandError: the database is from a later version of the bot.
    """
    config = Config()
    # Config expands % (configparser), and a folder's name may have one.
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
