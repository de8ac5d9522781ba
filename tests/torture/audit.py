"""Every broken promise, as far as the stand-ins' books and the bot's database show.

The audit trusts no code of the bot: it reads the database with SQL of its own, and asks the
stand-ins what was really posted, drawn and charged. It is for a bot that has come to rest; the
promises are those of ARCHITECTURE.md.
"""

import re
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from sandbox.discord import reading
from sandbox.discord.messages import Body, Message
from sandbox.discord.server import Discord
from sandbox.evolink.server import Evolink
from tests.torture.books import Asked, asked

ENDS = frozenset({"delivered", "kept", "failed", "cancelled", "unknown"})
#: As far as the user knows, nothing was drawn: everything is refunded.
REFUNDED = frozenset({"failed", "cancelled", "unknown"})
#: Counts tasks with something left to do now; a kept one still has a timer, its expiry.
UNREST = """
    SELECT count(*) FROM task WHERE wake_at IS NOT NULL
    AND NOT (state = 'kept' AND token IS NULL AND owner IS NULL)
"""
#: What the audit reads.
TABLES = ("task", "task_event ORDER BY id", "post ORDER BY task_id, page")
_STOPS = re.compile(r"task:\d+:stop")

Row = dict[str, Any]


@dataclass(frozen=True)
class Finding:
    """One promise that was not kept to one user."""

    promise: str
    detail: str
    #: The task's id; ``None`` where there is no row.
    task: int | None = None
    #: The interaction that asked for it.
    interaction: int | None = None


@dataclass(frozen=True)
class Rows:
    """What the database says."""

    tasks: Sequence[Row]
    events: Sequence[Row]
    posts: Sequence[Row]

    @classmethod
    def read(cls, database: Path) -> "Rows":
        """Read the whole database in one snapshot."""
        with sqlite3.connect(f"file:{database}?mode=ro", uri=True, isolation_level=None) as found:
            found.row_factory = sqlite3.Row
            found.execute("BEGIN")
            rows = [
                [dict(row) for row in found.execute(f"SELECT * FROM {table}")]  # noqa: S608 - a constant
                for table in TABLES
            ]
        found.close()
        return cls(*rows)


def audit(
    discord: Discord,
    evolink: Evolink,
    rows: Rows,
    told: Sequence[str],
    quota: int | None = None,
) -> list[Finding]:
    """Return every broken promise; ``told`` is what the operator could read.

    ``quota``: images that each user of a server could get; ``None``: as many as they liked.
    """
    by_interaction = {row["interaction_id"]: row for row in rows.tasks}
    requests = asked(discord, evolink)
    findings = list[Finding]()
    for number, request in requests.items():
        row = by_interaction.get(number)
        complaints = _of_none(request) if row is None else _of_task(request, row, rows, told)
        task = None if row is None else row["id"]
        findings += [Finding(*complaint, task, number) for complaint in complaints]
    for row in rows.tasks:
        if row["interaction_id"] not in requests:
            findings.append(Finding("nobody asked", "a task without a request", row["id"]))
    known = {submission.id for one in requests.values() for submission in one.submissions}
    for submission in evolink.books.submissions:
        if submission.id not in known:
            findings.append(Finding("nobody asked", f"{submission.id}: {submission.prompt}"))
    findings += [Finding("Discord's rules", violation) for violation in discord.books.violations]
    used = Counter[tuple[int, int]]()
    for row in rows.tasks:
        images = row["reserved"] if row["charged"] is None else row["charged"]
        used[row["guild_id"], row["user_id"]] += images
    for (_, user), images in used.items():
        if quota is not None and images > quota:
            findings.append(Finding("quotas hold", f"user {user} got {images} of {quota}"))
    return findings


Complaints = Iterator[tuple[str, str]]


def _of_none(request: Asked) -> Complaints:
    """Check a request that left no row."""
    if request.card is not None:
        yield "accepted tasks are never lost", "the card was shown, and there is no task"
    if request.submissions:
        yield "accepted tasks are never lost", "it was submitted, and there is no task"


def _of_task(request: Asked, row: Row, rows: Rows, told: Sequence[str]) -> Complaints:
    events = [event for event in rows.events if event["task_id"] == row["id"]]
    posts = [post for post in rows.posts if post["task_id"] == row["id"]]
    yield from _ended_once(row, events)
    yield from _submitted_once(request, row)
    yield from _posted_once(request, row, posts)
    yield from _charged_right(request, row, late=_came_late(events))
    yield from _drawn_counts(request, row)
    yield from _stopped_by_its_user(request, events)
    if row["reason"] == "answered_elsewhere":
        yield "nobody else has the token", "its card was taken for another bot's"
    yield from _told(request, row, posts, told)
    if not _came_late(events):
        yield from _last_word(request)


def _ended_once(row: Row, events: Sequence[Row]) -> Complaints:
    ends = Counter(event["kind"] for event in events if event["kind"] in ENDS)
    if _came_late(events):
        # A sign of it came after all: it then continues free of charge, to an end of its own.
        del ends["unknown"]
    if row["state"] not in ENDS:
        yield "tasks end", f"left open: {row['state']}"
    elif ends.total() != 1 or row["state"] not in ends:
        yield "tasks end once", f"{row['state']}, by events {dict(ends)}"
    if row["state"] in ENDS and (row["token"] is not None or row["owner"] is not None):
        yield "tasks are closed", "the token or the owner is still there"
    if row["wake_at"] is not None and not _expires(row):
        yield "tasks are closed", "something is still to be done"


def _submitted_once(request: Asked, row: Row) -> Complaints:
    if len(request.submissions) > 1:
        yield "submitted once", ", ".join(one.id for one in request.submissions)
    if request.interaction.message is None and request.submissions:
        yield "nothing is drawn unseen", request.submissions[0].id
    if request.submissions and row["state"] == "cancelled":
        yield "nothing is drawn of what was cancelled", request.submissions[0].id
    ids = [one.id for one in request.submissions]
    if row["remote_id"] is not None and row["remote_id"] not in ids:
        yield "the remote id is right", f"{row['remote_id']}, not of {ids}"
    if row["state"] in {"running", "ready", "delivered", "kept"} and row["remote_id"] is None:
        yield "the remote id is right", "there is none"


def _posted_once(request: Asked, row: Row, posts: Sequence[Row]) -> Complaints:
    places = dict[tuple[str, int], set[int]]()
    for one in request.posted:
        places.setdefault(one.picture, set()).add(one.message.id)
    for picture, messages in places.items():
        if len(messages) > 1:
            yield "posted once", f"{picture} in messages {sorted(messages)}"
    for leak in request.leaks():
        yield "posted where it belongs", f"{leak.picture} in message {leak.message.id}"
    standing = {one.picture for one in request.posted if one.stands}
    if row["state"] == "delivered" and len(standing) != request.drawn:
        yield "all is posted", f"{len(standing)} of {request.drawn} pictures are to be seen"
    if row["state"] in REFUNDED and places:
        yield "nothing is posted of what was given back", str(sorted(places))
    if row["reason"] == "stopped" and places:
        yield "nothing is posted of what was stopped", str(sorted(places))
    seen = {one.message.id for one in request.posted}
    for post in posts:
        if post["message_id"] is not None and post["message_id"] not in seen:
            yield "posts are real", f"page {post['page']}: {post['message_id']} has no picture"


def _charged_right(request: Asked, row: Row, *, late: bool) -> Complaints:
    state, charged, reserved = row["state"], row["charged"], row["reserved"]
    if late:
        if charged != 0:
            yield "charged right", f"{charged} after it was given back"
        return
    if charged is not None and charged > reserved:
        yield "charged right", f"{charged}, more than the {reserved} reserved"
    if (charged is None) != (row["charged_at"] is None):
        yield "charged right", "a charge and its time go together"
    # Kept images are charged, collected or not: they can be had.
    expected = {
        "delivered": min(len({one.picture for one in request.posted}), reserved),
        "kept": min(request.drawn, reserved),
        **dict.fromkeys(REFUNDED, 0),
    }.get(state)
    if expected is not None and charged != expected:
        yield "charged right", f"{state}: {charged} instead of {expected}"


def _drawn_counts(request: Asked, row: Row) -> Complaints:
    """Check what counts to the operator's caps: everything drawn, whoever is charged for it."""
    known, drawn = row["drawn"], min(request.drawn, row["reserved"])
    counted = known if known is not None else row["reserved"] if row["intent_at"] else 0
    if counted < drawn or (known is not None and known > drawn):
        yield "drawn counts", f"{counted} count, and {drawn} were drawn"


def _came_late(events: Sequence[Row]) -> bool:
    """Return whether a task went on after its outcome had counted as unknown."""
    kinds = [event["kind"] for event in events]
    return "unknown" in kinds and "taken" in kinds[kinds.index("unknown") :]


def _stopped_by_its_user(request: Asked, events: Sequence[Row]) -> Complaints:
    for event in events:
        if event["kind"] == "cancel_requested" and event["actor"] != str(
            request.interaction.user.id
        ):
            yield "only its user stops a task", f"stopped by {event['actor']}"


def _told(request: Asked, row: Row, posts: Sequence[Row], told: Sequence[str]) -> Complaints:
    """Check what can be read: of an unknown outcome by the operator, on the card by the user."""
    about = re.compile(rf"Task {row['id']}\b")
    if row["state"] == "unknown" and not any(about.search(text) for text in told):
        yield "the operator is told", "of an unknown outcome"
    card = request.interaction.message
    if card is None or card.deleted:
        return
    if card.loading:
        yield "the card tells the end", "it still reads: thinking"
    elif _offers_to_stop(card):
        yield "the card tells the end", f"{row['state']}, and it still offers to stop"
    elif row["state"] == "delivered" and not any(post["way"] == "card" for post in posts):
        yield "the card tells the end", "the images came, and it is still there"


def _last_word(request: Asked) -> Complaints:
    """Check that no edit of the card came after the final one."""
    card = request.card
    offers = [_offers_to_stop(edit) for edit in card.edits] if card is not None else []
    turns = [stops for stops, _ in groupby(offers)]
    # "Thinking…", then edits with a stop button, then edits without.
    if len(turns) > (2 if turns[:1] == [True] else 3):
        yield "no edit after the last word", "it offers to stop what has ended"


def _offers_to_stop(body: Body | Message) -> bool:
    return any(
        _STOPS.fullmatch(button.get("custom_id", "")) for button in reading.buttons(body.components)
    )


def _expires(task: Row) -> bool:
    return task["state"] == "kept" and task["token"] is None and task["owner"] is None
