"""The full-text index of prompts: FTS5 of SQLite (sqlite.org/fts5.html), vectors of PostgreSQL.

``bot/domain/text.py`` decides what a word is, for all languages; both are only given words. FTS5
keeps no copy of the texts. With PostgreSQL a search reads the requester's own vectors, newest
first, so the only index they need is by owner.
"""

from collections.abc import Mapping

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Dialect,
    Index,
    MetaData,
    String,
    Table,
    TypeDecorator,
    and_,
    bindparam,
    cast,
    column,
    delete,
    insert,
    literal,
    literal_column,
    select,
    table,
    true,
)
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR
from typing_extensions import override

from bot.domain.ids import InteractionId, UserId
from bot.domain.requester import Requester
from bot.domain.text import search_words
from bot.store.engine import Connection

#: The largest position in a vector (postgresql.org/docs/current/textsearch-limitations.html).
_LAST = 16_383
#: Characters of a word that we give PostgreSQL, which accepts 2,046 bytes.
_LONGEST = 500
#: FTS5's query that finds nothing.
_NOTHING = '""'


class _Words(TypeDecorator[str]):
    """Words with their positions, from a text of words with spaces between them."""

    impl = TSVECTOR
    cache_ok = True

    @override
    def process_bind_param(self, value: str | None, dialect: Dialect) -> str:
        words = enumerate((value or "").split(), start=1)
        return " ".join(f"'{word[:_LONGEST]}':{min(position, _LAST)}" for position, word in words)


#: ``rowid`` is the interaction of the task; ``owner`` says whose it is, so that a search only goes
#: through the requester's own.
task_text = table(
    "task_text",
    column("rowid", BigInteger),
    column("owner", String),
    column("prompt", String),
)
#: Not among the tables of SQLite, where migrations create it.
postgres_only = MetaData()
task_words = Table(
    "task_text",
    postgres_only,
    Column("rowid", BigInteger, primary_key=True, autoincrement=False),
    Column("owner", String, nullable=False),
    Column("prompt", _Words, nullable=False),
)
Index("task_text_of_owner", task_words.c.owner, task_words.c.rowid)

INSERT_TEXT = {"sqlite": insert(task_text), "postgresql": insert(task_words)}
# FTS5 deletes by the words inserted, as it keeps no copy of them (sqlite.org/fts5.html, 6.3).
_command = table(
    "task_text",
    column("task_text", String),
    column("rowid", BigInteger),
    column("owner", String),
    column("prompt", String),
)
_rowid = bindparam("rowid", type_=BigInteger)
DELETE_TEXT = {
    "sqlite": insert(_command).values(
        task_text=literal("delete", literal_execute=True),
        rowid=_rowid,
        owner=bindparam("owner", type_=String),
        prompt=bindparam("prompt", type_=String),
    ),
    "postgresql": delete(task_words).where(task_words.c.rowid == _rowid),
}
#: Whether a task is in the index: told to delete what isn't, FTS5 reports a malformed database.
INDEXED = {
    dialect: select(index.c.rowid).where(condition, index.c.rowid == _rowid)
    for dialect, index, condition in (
        (
            "sqlite",
            task_text,
            literal_column("task_text").op("MATCH")(bindparam("theirs", type_=String)),
        ),
        ("postgresql", task_words, true()),
    )
}
#: The index, and the condition on it, by dialect; ``search_values`` are the values.
INDEXES = {"sqlite": task_text, "postgresql": task_words}
FOUND: dict[str, ColumnElement[bool]] = {
    "sqlite": literal_column("task_text").op("MATCH")(bindparam("match", type_=String)),
    "postgresql": and_(
        task_words.c.owner == bindparam("owner", type_=String),
        task_words.c.prompt.op("@@")(cast(bindparam("query", type_=String), TSQUERY)),
    ),
}


def text_of(interaction_id: InteractionId, requester: Requester, prompt: str) -> dict[str, object]:
    """Return the row for a new task."""
    return {
        "rowid": interaction_id,
        "owner": _owner(requester.server or 0, requester.user),
        "prompt": " ".join(search_words(prompt)),
    }


def forget_text(connection: Connection, text: Mapping[str, object]) -> None:
    """Take a task's row, as ``text_of`` made it, out of the index, if it is there."""
    theirs = f'owner : "{text["owner"]}"'
    if connection.first(INDEXED, {"rowid": text["rowid"], "theirs": theirs}) is not None:
        connection.execute(DELETE_TEXT, text)


def search_values(search: str, guild_id: int, user_id: UserId) -> dict[str, str]:
    """Return the values that find a user's prompts that have all words of a search.

    A word of the search may be the beginning of one in the prompt, except for single letters before
    other words: FTS5 reads everybody's prompts that have a word with such a beginning, 0.4 s for 25
    letters in 100,000 prompts. Without any word, nothing is found.
    """
    owner = _owner(guild_id, user_id)
    phrases = [words for part in search.split() if (words := search_words(part))]
    begun = [len(words[-1]) > 1 or words is phrases[-1] for words in phrases]
    wanted = " AND ".join(
        f'"{" ".join(words)}"{"*" * is_begun}'
        for words, is_begun in zip(phrases, begun, strict=True)
    )
    cut = [[word[:_LONGEST] for word in words] for words in phrases]
    return {
        "owner": owner,
        "match": f'owner : "{owner}" AND prompt : ({wanted or _NOTHING})',
        "query": " & ".join(
            " <-> ".join(f"'{word}'" for word in words) + ":*" * is_begun
            for words, is_begun in zip(cut, begun, strict=True)
        ),
    }


def _owner(guild_id: int, user_id: UserId) -> str:
    return f"g{guild_id}u{user_id}"
