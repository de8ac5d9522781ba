"""What was deleted since a backup, so that restoring it brings none of it back.

Only the database that is replaced knows, if it can be read and is the one that was backed up.
"""
# ruff: noqa: S608 - the names in its SQL are our own

import json
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager

from bot.store.facts import FORGOTTEN

#: Interactions whose tasks are forgotten, or still to be forgotten after an earlier restore.
_TASKS = (
    "SELECT interaction_id FROM task WHERE erasure IS NOT NULL"
    " UNION SELECT each.value FROM fact, json_each(fact.value) AS each WHERE fact.key = ?"
)
#: Tasks that were forgotten, or of which images were deleted or are to be.
_GONE = (
    "(erasure IS NOT NULL OR reason = 'deleted' OR deleting OR removing IS NOT NULL"
    " OR EXISTS (SELECT 1 FROM result WHERE task_id = task.id AND deleted))"
)
#: Those of them with images or messages that are still there.
_SHOWN = f"{_GONE} AND (erasure IS NULL OR erasure = 'posts')"
#: One of them, in the backup.
_ITS = "interaction_id = ? AND erasure IS NULL"
#: Columns that a task keeps from the backup: the search index needs its owner and prompt, and rows
#: may have other numbers there.
_KEPT = {"id", "parent_id", "guild_id", "channel_id", "user_id", "interaction_id", "request"}
#: How some of the others are read: nobody works on it, and what was forgotten has come back.
_READ = {
    "owner": "NULL",
    "wake_at": "CASE WHEN erasure IS NULL THEN wake_at END",
    "erasure": "CASE erasure WHEN 'done' THEN 'asked' ELSE erasure END",
}
_LAST_TASK = "SELECT interaction_id FROM task ORDER BY id DESC LIMIT 1"
#: Tables whose rows are deleted at once when somebody deletes their data, and the tables' keys.
_PERSONAL = {"user_default": "user_id", "draft": "id", "tray": "id"}
#: Only forgetting changes these columns.
_CHANGES = "SELECT before, after, reason, id FROM quota_change"
_FORGET_CHANGE = "UPDATE quota_change SET before = ?, after = ?, reason = ? WHERE id = ?"
#: A setting without its words, and its words; both NULL where it is damaged.
_VALID = "CASE WHEN json_valid(value) THEN"
_BARE = f"guild_id, subject, subject_id, kind, number, {_VALID} json_remove(value, '$.reason') END"
_WORDS = f"{_VALID} json_extract(value, '$.reason') END"
_WORDLESS = f"SELECT {_BARE} FROM quota_setting WHERE {_WORDS} = ''"
_FORGET_WORDS = (
    "UPDATE quota_setting SET value = json_set(value, '$.reason', '')"
    f" WHERE ({_BARE}) = (?, ?, ?, ?, ?, ?)"
)


def delete_again(present: sqlite3.Connection, copy: sqlite3.Connection) -> None:
    """Remove from a backup's copy what was deleted since, and have its tasks forgotten again.

    Only the bot can forget a task, as it has files and messages, too.

    Raises:
        sqlite3.OperationalError: the databases can't be read now. A damaged one is read as far as
            possible.
    """
    tasks = set[int]()
    # The backup may date from a time when an earlier restore wasn't finished.
    for database in (copy, present):
        with _damage_passed_over():
            if "erasure" in _columns(database, "task"):
                tasks |= {row[0] for row in database.execute(_TASKS, (FORGOTTEN,))}
    for part in (_take_over, _remove_personal, _remove_words):
        with _damage_passed_over():
            part(present, copy)
    copy.execute(
        "INSERT OR REPLACE INTO fact (key, value) VALUES (?, ?)",
        (FORGOTTEN, json.dumps(sorted(tasks))),
    )
    copy.commit()


@contextmanager
def _damage_passed_over() -> Generator[None]:
    """Make do with what a damaged database still yields: damage may be why it is replaced."""
    try:
        yield
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError:
        pass


def _take_over(present: sqlite3.Connection, copy: sqlite3.Connection) -> None:
    """Carry over the present state of tasks of which something was deleted.

    Otherwise they would continue, or their images come back. What was forgotten before the backup
    is forgotten in it, too.
    """
    names = _in_both("task", present, copy)
    if not {"erasure", "removing"} <= names:
        return
    for table in ("result", "post"):
        with _damage_passed_over():
            _replace_rows(table, present, copy)
    taken = sorted(names - _KEPT)
    values = ", ".join(_READ.get(name, name) for name in taken)
    places = ", ".join(f"{name} = ?" for name in taken)
    copy.executemany(
        f"UPDATE task SET {places} WHERE {_ITS}",
        present.execute(f"SELECT {values}, interaction_id FROM task WHERE {_GONE}"),
    )


def _replace_rows(table: str, present: sqlite3.Connection, copy: sqlite3.Connection) -> None:
    names = sorted(_in_both(table, present, copy) - {"task_id"})
    listed, places = ", ".join(names), ", ".join("?" * len(names))
    # Read first: a table that turns out to be damaged changes nothing.
    rows = present.execute(
        f"SELECT {listed}, (SELECT interaction_id FROM task WHERE id = task_id) FROM {table}"
        f" WHERE task_id IN (SELECT id FROM task WHERE {_SHOWN})"
    ).fetchall()
    ids = present.execute(f"SELECT interaction_id FROM task WHERE {_SHOWN}").fetchall()
    copy.executemany(f"DELETE FROM {table} WHERE task_id = (SELECT id FROM task WHERE {_ITS})", ids)
    copy.executemany(
        f"INSERT INTO {table} (task_id, {listed}) SELECT id, {places} FROM task WHERE {_ITS}", rows
    )


def _in_both(table: str, present: sqlite3.Connection, copy: sqlite3.Connection) -> set[str]:
    return _columns(present, table) & _columns(copy, table)


def _continues(present: sqlite3.Connection, copy: sqlite3.Connection) -> bool:
    """Tell whether the backup is of the present database: a new one lacks rows nobody deleted."""
    last = copy.execute(_LAST_TASK).fetchone()
    if last is None or not _columns(present, "task"):
        return False
    same = "SELECT 1 FROM task WHERE interaction_id = ?"
    return present.execute(same, last).fetchone() is not None


def _remove_personal(present: sqlite3.Connection, copy: sqlite3.Connection) -> None:
    if not _continues(present, copy):
        return
    for table, key in _PERSONAL.items():
        if _columns(present, table) and _columns(copy, table):
            keys = f"SELECT {key} FROM {table}"
            gone = set(copy.execute(keys)) - set(present.execute(keys))
            copy.executemany(f"DELETE FROM {table} WHERE {key} = ?", gone)


def _remove_words(present: sqlite3.Connection, copy: sqlite3.Connection) -> None:
    there = all(_columns(each, "quota_change") for each in (present, copy))
    if there and _continues(present, copy):
        copy.executemany(_FORGET_CHANGE, present.execute(_CHANGES))
        copy.executemany(_FORGET_WORDS, present.execute(_WORDLESS))


def _columns(database: sqlite3.Connection, table: str) -> set[str]:
    return {row[1] for row in database.execute(f"PRAGMA table_info({table})")}
