"""Row locks for reserving quota and starting tasks, in the table ``member``.

On SQLite, the writing transaction is already exclusive, so users' rows are only inserted, to record
their servers. On PostgreSQL, the upsert locks the row until the transaction ends: measured, 59 of
60 races overspent a quota without it, none with it.
"""

from bot.domain.ids import NO_SERVER, NOBODY, ServerId, UserId
from bot.domain.requester import Requester
from bot.store.engine import Connection
from bot.store.tables import member
from bot.store.upsert import insert_absent, upsert

#: Server and user id of the row for totals over all servers.
TOTALS = (NO_SERVER, NOBODY)

LOCK = upsert(member, lambda _proposed: {"turns": member.c.turns + 1})
ENTER = insert_absent(member)


def of_server(requester: Requester) -> tuple[ServerId, UserId]:
    """Return the row of what is counted in one server."""
    return requester.server or NO_SERVER, NOBODY


def of_user(requester: Requester) -> tuple[ServerId, UserId]:
    """Return the row of what is counted for one user in a server."""
    return requester.server or NO_SERVER, requester.user


def lock(connection: Connection, *rows: tuple[ServerId, UserId]) -> None:
    """Lock these rows until the transaction ends.

    Widest first, so two transactions cannot deadlock.
    """
    distinct = dict.fromkeys(rows)
    values = [{"guild_id": guild, "user_id": user, "turns": 1} for guild, user in distinct]
    if connection.writes_alone:
        connection.execute(ENTER, [row for row in values if row["user_id"]])
    else:
        connection.execute(LOCK, values)
