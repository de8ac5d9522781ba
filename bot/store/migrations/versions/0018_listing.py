"""The indexes of /tasks: pages in the order of interactions, and the words of prompts."""

import json

from alembic import op
from sqlalchemy import text

from bot.domain.ids import InteractionId, ServerId, UserId
from bot.domain.requester import Requester
from bot.store.full_text import INSERT_TEXT, text_of

revision = "0018"
down_revision = "0017"

_LISTED = ["user_id", "guild_id", "interaction_id"]
#: Rows that are inserted at once.
_MANY = 1_000


def upgrade() -> None:
    """Create them, and fill the full-text index."""
    op.create_index("member_user", "member", ["user_id"])
    op.create_index("task_listed", "task", _LISTED)
    for name, which in (
        ("task_open", text("state IN ('preparing', 'queued', 'ready', 'running', 'submitting')")),
        ("task_failed", text("state IN ('failed', 'unknown')")),
        ("task_private", text("private IS 1")),
    ):
        op.create_index(name, "task", _LISTED, sqlite_where=which)
    op.drop_index("result_stored", "result")
    stored = text("file IS NOT NULL")
    columns = ["task_id", "position", "bytes"]
    op.create_index("result_stored", "result", columns, sqlite_where=stored)
    # It keeps no copy of the texts, and splits only at spaces: what is a word, we decide.
    op.execute(
        "CREATE VIRTUAL TABLE task_text USING fts5"
        "(owner, prompt, content = '', columnsize = 0, tokenize = 'ascii')"
    )
    connection = op.get_bind()
    rows = connection.execute(text("SELECT interaction_id, guild_id, user_id, request FROM task"))
    for some in rows.partitions(_MANY):
        connection.execute(INSERT_TEXT["sqlite"], [_text(*row) for row in some])


def _text(interaction_id: int, guild_id: int, user_id: int, request: str) -> dict[str, object]:
    try:
        prompt = json.loads(request)["prompt"]
    except (ValueError, LookupError, TypeError):  # a damaged row is in no search
        prompt = ""
    return text_of(
        InteractionId(interaction_id),
        Requester(ServerId(guild_id) or None, UserId(user_id)),
        str(prompt),
    )
