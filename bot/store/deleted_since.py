"""What was deleted since a backup, so that restoring it brings none of it back.

Only the database that is replaced knows, if it can be read and is the one that was backed up.
"""

import json
import sqlite3

from bot.store.facts import FORGOTTEN

#: Interactions whose tasks are forgotten, or still to be forgotten after an earlier restore.
_TASKS = (
    "SELECT interaction_id FROM task WHERE erasure IS NOT NULL"
    " UNION SELECT each.value FROM fact, json_each(fact.value) AS each WHERE fact.key = ?"
)
#: Columns in which a task stays as it is in the backup: the search index goes by whose words they
#: were, and rows may have other numbers there.
_KEPT = {"id", "parent_id", "guild_id", "channel_id", "user_id", "interaction_id", "request"}
#: How some of the others are read: nobody works on it, and what was forgotten is there again.
_READ = {
    "owner": "NULL",
    "wake_at": "CASE WHEN erasure IS NULL THEN wake_at END",
    "erasure": "CASE erasure WHEN 'done' THEN 'asked' ELSE erasure END",
}
_DELETED_RESULTS = (
    "SELECT interaction_id, position FROM result JOIN task ON task.id = result.task_id"
    " WHERE result.deleted"
)
_DELETE_RESULT = (
    "INSERT INTO result (task_id, position, url, deleted)"
    " SELECT id, ?2, '', TRUE FROM task WHERE interaction_id = ?1"
    " ON CONFLICT (task_id, position) DO UPDATE"
    " SET url = '', file = NULL, width = NULL, height = NULL, bytes = NULL, deleted = TRUE"
)
_LAST_TASK = "SELECT interaction_id FROM task ORDER BY id DESC LIMIT 1"
#: Tables from which rows go at once when somebody deletes what is theirs, and their keys.
_PERSONAL = {"user_default": "user_id", "draft": "id", "tray": "id"}
#: Only forgetting changes these columns.
_CHANGES = "SELECT before, after, reason, id FROM quota_change"
_FORGET_CHANGE = "UPDATE quota_change SET before = ?, after = ?, reason = ? WHERE id = ?"
#: A setting without its words, and its words; both NULL where it is damaged.
_VALID = "CASE WHEN json_valid(value) THEN"
_BARE = f"guild_id, subject, subject_id, kind, number, {_VALID} json_remove(value, '$.reason') END"
_WORDS = f"{_VALID} json_extract(value, '$.reason') END"
_WORDLESS = f"SELECT {_BARE} FROM quota_setting WHERE {_WORDS} = ''"  # noqa: S608 - ours
_FORGET_WORDS = (
    "UPDATE quota_setting SET value = json_set(value, '$.reason', '')"  # noqa: S608 - ours
    f" WHERE ({_BARE}) = (?, ?, ?, ?, ?, ?)"
)


def delete_again(present: sqlite3.Connection, copy: sqlite3.Connection) -> None:
    """Remove from a backup's copy what was deleted since, and have its tasks forgotten again.

    Forgetting a task takes the bot, as it has files and messages, too.

    Raises:
        sqlite3.OperationalError: the databases can't be read now. A damaged one tells what it can.
    """
    tasks = set[int]()
    try:
        # The backup may date from a time when an earlier restore wasn't finished.
        for database in (copy, present):
            if "erasure" in _columns(database, "task"):
                tasks |= {row[0] for row in database.execute(_TASKS, (FORGOTTEN,))}
        _end_tasks(present, copy)
        _delete_results(present, copy)
        if _continues(present, copy):
            _remove_personal(present, copy)
            _remove_words(present, copy)
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError:
        pass  # it is damaged, which may be why it is replaced
    copy.execute(
        "INSERT OR REPLACE INTO fact (key, value) VALUES (?, ?)",
        (FORGOTTEN, json.dumps(sorted(tasks))),
    )
    copy.commit()


def _end_tasks(present: sqlite3.Connection, copy: sqlite3.Connection) -> None:
    """Have tasks end as they did whose images are gone: open in the backup, they would go on."""
    columns = _columns(present, "task")
    if "erasure" not in columns:
        return
    names = sorted((columns & _columns(copy, "task")) - _KEPT)
    values = ", ".join(_READ.get(name, name) for name in names)
    places = ", ".join(f"{name} = ?" for name in names)
    gone = "erasure IS NOT NULL OR reason = 'deleted'"
    copy.executemany(
        f"UPDATE task SET {places} WHERE interaction_id = ?",  # noqa: S608 - ours
        present.execute(f"SELECT {values}, interaction_id FROM task WHERE {gone}"),  # noqa: S608 - ours
    )


def _delete_results(present: sqlite3.Connection, copy: sqlite3.Connection) -> None:
    if all("deleted" in _columns(each, "result") for each in (present, copy)):
        copy.executemany(_DELETE_RESULT, present.execute(_DELETED_RESULTS))


def _continues(present: sqlite3.Connection, copy: sqlite3.Connection) -> bool:
    """Tell whether the present database was backed up: a new one lacks what nobody has deleted."""
    last = copy.execute(_LAST_TASK).fetchone()
    if last is None or not _columns(present, "task"):
        return False
    same = "SELECT 1 FROM task WHERE interaction_id = ?"
    return present.execute(same, last).fetchone() is not None


def _remove_personal(present: sqlite3.Connection, copy: sqlite3.Connection) -> None:
    for table, key in _PERSONAL.items():
        if _columns(present, table) and _columns(copy, table):
            keys = f"SELECT {key} FROM {table}"  # noqa: S608 - ours
            gone = set(copy.execute(keys)) - set(present.execute(keys))
            copy.executemany(f"DELETE FROM {table} WHERE {key} = ?", gone)  # noqa: S608 - ours


def _remove_words(present: sqlite3.Connection, copy: sqlite3.Connection) -> None:
    if _columns(present, "quota_change") and _columns(copy, "quota_change"):
        copy.executemany(_FORGET_CHANGE, present.execute(_CHANGES))
        copy.executemany(_FORGET_WORDS, present.execute(_WORDLESS))


def _columns(database: sqlite3.Connection, table: str) -> set[str]:
    return {row[1] for row in database.execute(f"PRAGMA table_info({table})")}
