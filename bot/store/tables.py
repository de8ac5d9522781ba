"""The tables. A change here needs a migration beside it; a test compares the two."""

from collections.abc import Collection

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    and_,
    false,
    literal,
    literal_column,
    true,
)

from bot.domain.state import FAILED, OPEN, State

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
    }
)

# SQLite numbers rows only in a column declared INTEGER PRIMARY KEY (sqlite.org/autoinc.html).
_Serial = BigInteger().with_variant(Integer, "sqlite")

member = Table(
    "member",
    metadata,
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    # Incremented by each reservation: writing the row is what locks it.
    Column("turns", BigInteger, nullable=False),
)
Index("member_user", member.c.user_id)

# What admins have set for a user, a role or a server. Each change of a row is kept.
quota_setting = Table(
    "quota_setting",
    metadata,
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    # "user", "role" or "server", and its id.
    Column("subject", String, primary_key=True),
    Column("subject_id", BigInteger, primary_key=True, autoincrement=False),
    # ``bot.domain.quota_change.Kind``; a user may have several grants and strikes, by number.
    Column("kind", String, primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("value", JSON, nullable=False),
)

Index("quota_setting_about", quota_setting.c.subject_id)
IS_POLICY = quota_setting.c.kind == literal_column("'policy'")
Index(
    "quota_policy",
    quota_setting.c.kind,
    sqlite_where=IS_POLICY,
    postgresql_where=IS_POLICY,
)

quota_change = Table(
    "quota_change",
    metadata,
    # The interaction's id.
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("guild_id", BigInteger, nullable=False),
    Column("subject", String, nullable=False),
    Column("subject_id", BigInteger, nullable=False),
    Column("kind", String, nullable=False),
    Column("number", BigInteger, nullable=False),
    # NULL: it wasn't set.
    Column("before", JSON(none_as_null=True)),
    Column("after", JSON(none_as_null=True)),
    Column("actor", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("reason", String, nullable=False),
    Column("undone", Boolean, nullable=False, server_default=false()),
    # Whether it was reported in the server's channel for changes, if there is one.
    Column("told", Boolean, nullable=False, server_default=true()),
)
UNTOLD = quota_change.c.told.is_(false())
Index("quota_change_untold", quota_change.c.id, sqlite_where=UNTOLD, postgresql_where=UNTOLD)
Index("quota_change_of_server", quota_change.c.guild_id, quota_change.c.id)
Index("quota_change_about", quota_change.c.subject_id)

task = Table(
    "task",
    metadata,
    Column("id", _Serial, primary_key=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("channel_id", BigInteger, nullable=False),
    Column("user_id", BigInteger, nullable=False),
    Column("locale", String, nullable=False),
    Column("interaction_id", BigInteger, nullable=False),
    Column("application_id", BigInteger, nullable=False),
    Column("token", String),
    Column("card_id", BigInteger),
    # Distinguishes the card from one by another process with the same token.
    Column("card_mark", BigInteger),
    # Rows from before 0016 have the default.
    Column("model", String, nullable=False, server_default="doubao-seedream-4.5"),
    Column("request", JSON, nullable=False),
    # The request's quality, to look up durations by; empty for exact pixels.
    Column("quality", String, nullable=False),
    Column("private", Boolean, nullable=False),
    Column("state", String, nullable=False),
    Column("reserved", Integer, nullable=False),
    Column("charged", Integer),
    Column("charged_at", BigInteger),
    Column("weight", Integer, nullable=False, server_default="1"),
    Column("weight_4k", Integer, nullable=False, server_default="1"),
    Column("weight_references", Integer, nullable=False, server_default="1"),
    Column("granted", Integer, nullable=False, server_default="0"),
    Column("drawn", Integer),
    Column("credits", BigInteger),
    Column("attempt", Integer, nullable=False),
    Column("intent_at", BigInteger),
    Column("remote_id", String),
    Column("submitted_at", BigInteger),
    Column("progress", Integer, nullable=False),
    Column("estimate", Integer),
    Column("wake_at", BigInteger),
    Column("owner", String),
    Column("version", Integer, nullable=False),
    Column("cancel_requested", Boolean, nullable=False),
    Column("publishing", Boolean, nullable=False, server_default=false()),
    Column("deleting", Boolean, nullable=False, server_default=false()),
    Column("removing", Integer),
    Column("failures", Integer, nullable=False),
    Column("deadline", BigInteger),
    Column("parent_id", _Serial, ForeignKey("task.id")),
    Column("upload_limit", BigInteger, nullable=False),
    Column("reason", String),
    Column("created_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("collected_at", BigInteger),
    # Milliseconds from submitted_at until the links were known.
    Column("drawn_ms", BigInteger),
    # Where it is logged for the server's admins; NULL: nowhere.
    Column("log_channel", BigInteger),
    # ``bot.domain.erasure``; NULL: nobody has asked for it.
    Column("erasure", String),
    UniqueConstraint("interaction_id"),
    UniqueConstraint("remote_id"),
)


# Conditions of partial indexes, which SQLite only uses if a statement repeats them literally.
def _in(states: Collection[State]) -> ColumnElement[bool]:
    return task.c.state.in_([literal(each.value, literal_execute=True) for each in sorted(states)])


IS_OPEN, IS_FAILED = _in(OPEN), _in(FAILED)
IS_PRIVATE = task.c.private.is_(true())
_due = task.c.wake_at.is_not(None)
_owned = task.c.owner.is_not(None)
_drawn = task.c.drawn_ms.is_not(None)
_intended = task.c.intent_at.is_not(None)
IS_GRANTED = task.c.granted > literal_column("0")
# Most tasks are closed, and the partial indexes leave them out.
Index("task_due", task.c.wake_at, sqlite_where=_due, postgresql_where=_due)
Index("task_owned", task.c.owner, sqlite_where=_owned, postgresql_where=_owned)
Index(
    "task_drawn",
    task.c.model,
    task.c.quality,
    task.c.reserved,
    task.c.id,
    sqlite_where=_drawn,
    postgresql_where=_drawn,
)
Index("task_of_user", task.c.guild_id, task.c.user_id, task.c.created_at)
# The server's own cap, and its members' usage: read from this index alone.
Index(
    "task_of_server",
    task.c.guild_id,
    task.c.created_at,
    task.c.user_id,
    task.c.weight,
    task.c.reserved,
    task.c.charged,
)
Index(
    "task_granted",
    task.c.guild_id,
    task.c.user_id,
    task.c.created_at,
    sqlite_where=IS_GRANTED,
    postgresql_where=IS_GRANTED,
)
# What /tasks lists, by the time that Discord put into the interaction's id.
_listed = (task.c.user_id, task.c.guild_id, task.c.interaction_id)
Index("task_listed", *_listed)
Index("task_open", *_listed, sqlite_where=IS_OPEN, postgresql_where=IS_OPEN)
Index("task_failed", *_listed, sqlite_where=IS_FAILED, postgresql_where=IS_FAILED)
Index("task_private", *_listed, sqlite_where=IS_PRIVATE, postgresql_where=IS_PRIVATE)
Index("task_in_state", task.c.state, task.c.user_id)
Index("task_created", task.c.created_at)
Index("task_paid", task.c.intent_at, sqlite_where=_intended, postgresql_where=_intended)
# Neither forgotten nor due: no images wait to be collected.
TO_FORGET = and_(task.c.erasure.is_(None), task.c.wake_at.is_(None))
Index("task_to_forget", task.c.created_at, sqlite_where=TO_FORGET, postgresql_where=TO_FORGET)
_forgotten = task.c.erasure.is_not(None)
Index(
    "task_erasure",
    task.c.erasure,
    task.c.user_id,
    sqlite_where=_forgotten,
    postgresql_where=_forgotten,
)

upload = Table(
    "upload",
    metadata,
    Column("task_id", _Serial, ForeignKey("task.id"), primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("source", String, nullable=False),
    Column("pixels", Integer, nullable=False, server_default="0"),
    Column("file", String),
    Column("file_id", String),
    Column("url", String),
)

# To find the stored file of a picture, and the rows that still use a file.
_kept = upload.c.file.is_not(None)
Index("upload_picture", upload.c.source, sqlite_where=_kept, postgresql_where=_kept)
Index("upload_file", upload.c.file, sqlite_where=_kept, postgresql_where=_kept)

result = Table(
    "result",
    metadata,
    Column("task_id", _Serial, ForeignKey("task.id"), primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("url", String, nullable=False),
    Column("file", String),
    Column("width", Integer),
    Column("height", Integer),
    Column("bytes", BigInteger),
    Column("deleted", Boolean, nullable=False, server_default=false()),
)

# Cleanup looks for stored files every two minutes, among the results of all time.
_stored = result.c.file.is_not(None)
Index(
    "result_stored",
    result.c.task_id,
    result.c.position,
    result.c.bytes,
    sqlite_where=_stored,
    postgresql_where=_stored,
)

post = Table(
    "post",
    metadata,
    Column("task_id", _Serial, ForeignKey("task.id"), primary_key=True, autoincrement=False),
    Column("page", Integer, primary_key=True, autoincrement=False),
    Column("first", Integer, nullable=False),
    Column("stop", Integer, nullable=False),
    Column("way", String, nullable=False),
    Column("nonce", String, nullable=False, server_default=""),
    Column("follows", BigInteger),
    Column("intent_at", BigInteger),
    Column("channel_id", BigInteger),
    Column("message_id", BigInteger),
)
Index("post_message", post.c.message_id)

# Tasks that are still to be logged for their server's admins.
task_log = Table(
    "task_log",
    metadata,
    Column("task_id", _Serial, ForeignKey("task.id"), primary_key=True, autoincrement=False),
    Column("channel_id", BigInteger, nullable=False),
    # When the intent to post it was written; NULL: it was certainly not posted.
    Column("intent_at", BigInteger),
)
Index("task_log_of_channel", task_log.c.channel_id, task_log.c.task_id)

task_event = Table(
    "task_event",
    metadata,
    Column("id", _Serial, primary_key=True),
    Column("task_id", _Serial, ForeignKey("task.id"), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("kind", String, nullable=False),
    Column("actor", String, nullable=False),
    Column("detail", String, nullable=False),
)
Index("task_event_of_task", task_event.c.task_id)
Index("task_event_at", task_event.c.at)

# Refused drafts, for their authors to correct; deleted after a day.
draft = Table(
    "draft",
    metadata,
    Column("id", _Serial, primary_key=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("user_id", BigInteger, nullable=False),
    Column("draft", JSON, nullable=False),
    Column("refused_at", BigInteger, nullable=False),
    # The name of the error's class.
    Column("reason", String, nullable=False, server_default=""),
    # The interaction's id. Earlier versions numbered rows, and AUTOINCREMENT never reuses a number
    # (sqlite.org/autoinc.html).
    sqlite_autoincrement=True,
)
Index("draft_refused", draft.c.refused_at)
Index("draft_of_user", draft.c.user_id)
Index("draft_of_server", draft.c.guild_id, draft.c.refused_at, draft.c.reason)

# References that a user collects for later; deleted after a day.
tray = Table(
    "tray",
    metadata,
    Column("id", _Serial, primary_key=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("user_id", BigInteger, nullable=False),
    # ``Reference.key``.
    Column("picture", String, nullable=False),
    Column("reference", JSON, nullable=False),
    Column("put_at", BigInteger, nullable=False),
    UniqueConstraint("guild_id", "user_id", "picture"),
    # Never reused: an old menu must not find a new picture.
    sqlite_autoincrement=True,
)
Index("tray_put", tray.c.put_at)
Index("tray_of_user", tray.c.user_id)

# Users' own defaults for options they leave out; those without a row have the model's.
user_default = Table(
    "user_default",
    metadata,
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("defaults", JSON, nullable=False),
    Column("set_at", BigInteger, nullable=False),
)

fact = Table(
    "fact",
    metadata,
    Column("key", String, primary_key=True),
    Column("value", JSON, nullable=False),
)
