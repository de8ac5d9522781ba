"""Pictures are known by what they are known by today: an attachment only where it surely is one."""

import re
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_SIGNATURE = frozenset({"ex", "is", "hm"})
_OWN = re.compile(r"https://cdn\.discordapp\.com/(?:ephemeral-)?attachments/\d+/(\d+)/[^/]+")

_tray = sa.table(
    "tray",
    sa.column("id", sa.BigInteger()),
    sa.column("guild_id", sa.BigInteger()),
    sa.column("user_id", sa.BigInteger()),
    sa.column("picture", sa.String()),
    sa.column("reference", sa.JSON()),
)
_task = sa.table("task", sa.column("id", sa.BigInteger()), sa.column("request", sa.JSON()))
_upload = sa.table(
    "reference",
    sa.column("task_id", sa.BigInteger()),
    sa.column("position", sa.Integer()),
    sa.column("source", sa.String()),
    sa.column("file", sa.String()),
)


def upgrade() -> None:
    """Of one picture that is in a tray twice by now, the later one goes."""
    _trays(op.get_bind())
    _kept_files(op.get_bind())


def _trays(connection: sa.Connection) -> None:
    known = set[tuple[int, int, str]]()
    keys = dict[int, str]()
    for row in connection.execute(sa.select(_tray).order_by(_tray.c.id)).mappings().all():
        key = (row["guild_id"], row["user_id"], _key(row["reference"]))
        if key in known:
            connection.execute(sa.delete(_tray).where(_tray.c.id == row["id"]))
        else:
            known.add(key)
            keys[row["id"]] = key[2]
    # What one was called, another may be called now; no two may be called the same meanwhile.
    for interim in (True, False):
        for number, key in keys.items():
            picture = f"row:{number}" if interim else key
            connection.execute(sa.update(_tray).where(_tray.c.id == number).values(picture=picture))


def _kept_files(connection: sa.Connection) -> None:
    """What a link brought that asks for another size must not be given out as the attachment."""
    rows = connection.execute(
        sa.select(_upload.c.task_id, _upload.c.position, _upload.c.source, _task.c.request)
        .join_from(_upload, _task, _upload.c.task_id == _task.c.id)
        .where(_upload.c.file.is_not(None), _upload.c.source.like("attachment:%"))
    )
    for task_id, position, source, request in rows.all():
        key = _key(request["references"][position])
        if key != source:
            connection.execute(
                sa.update(_upload)
                .where(_upload.c.task_id == task_id, _upload.c.position == position)
                .values(source=key)
            )


def _key(reference: Mapping[str, Any]) -> str:
    source: str = reference.get("source") or ""
    if source.startswith("result:"):
        return source
    address, _, query = reference["url"].partition("?")
    asked = [part for part in query.split("&") if part and part.split("=")[0] not in _SIGNATURE]
    own = None if asked else _OWN.fullmatch(address)
    attachment_id = reference.get("attachment_id") or (int(own[1]) if own else None)
    if attachment_id:
        return f"attachment:{attachment_id}"
    return f"{address}?{'&'.join(asked)}" if asked else address
