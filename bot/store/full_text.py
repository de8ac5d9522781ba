"""The full-text index of prompts (sqlite.org/fts5.html).

It keeps no copy of the texts. What a word is, is decided in ``bot/domain/text.py`` for all
languages; SQLite only splits at the spaces between them.
"""

from sqlalchemy import BigInteger, String, bindparam, column, insert, literal_column, table

from bot.domain.requester import Requester
from bot.domain.text import search_words

#: ``rowid`` is the interaction of the task; ``owner`` says whose it is, so that a search only goes
#: through the requester's own.
task_text = table(
    "task_text",
    column("rowid", BigInteger),
    column("owner", String),
    column("prompt", String),
)

INSERT_TEXT = insert(task_text)
FOUND = literal_column("task_text").op("MATCH")(bindparam("match", type_=String))


def text_of(interaction_id: int, requester: Requester, prompt: str) -> dict[str, object]:
    """Return the row for a new task."""
    return {
        "rowid": interaction_id,
        "owner": _owner(requester.server or 0, requester.user),
        "prompt": " ".join(search_words(prompt)),
    }


def match_of(search: str, guild_id: int, user_id: int) -> str:
    """Return the expression for a user's prompts that have all words of a search.

    A word of the search may be the beginning of one in the prompt. Without any word, nothing is
    found.
    """
    phrases = [" ".join(words) for part in search.split() if (words := search_words(part))]
    wanted = " AND ".join(f'"{phrase}"*' for phrase in phrases) or '""'
    return f'owner : "{_owner(guild_id, user_id)}" AND prompt : ({wanted})'


def _owner(guild_id: int, user_id: int) -> str:
    return f"g{guild_id}u{user_id}"
