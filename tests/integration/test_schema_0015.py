"""A database as it was before migration 0016: a task in every state, and all that people set.

``schema_0015.sql`` is its dump. The tasks are, in the order of ``State`` below: one that waits for
credits, one with a reference that was uploaded, one whose intent was written, one at 40 %, one with
two images and the intent to post them, and one for each way to end.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from bot.domain.ids import ChannelId, InteractionId, MessageId, TaskId, UserId
from bot.domain.quota_settings import Policy, Rule
from bot.domain.requester import Requester
from bot.domain.task import State
from bot.domain.window import DAY
from bot.refusals import Scope
from tests.integration.store_kit import GUILD, NOW, USER, opened

DUMP = Path(__file__).with_name("schema_0015.sql")


async def test_everything_is_brought_along(tmp_path) -> None:
    """Every row is read as it was written, and the open tasks go on."""
    (tmp_path / "data").mkdir()
    with closing(sqlite3.connect(tmp_path / "data" / "imagine.db")) as db:
        db.executescript(DUMP.read_text(encoding="utf-8"))

    async with opened(tmp_path) as store:
        tasks = [task for number in range(1, 11) if (task := await store.tasks.get(TaskId(number)))]
        assert [(task.state, task.charged, task.drawn) for task in tasks] == [
            (State.QUEUED, None, None),
            (State.PREPARING, None, 0),
            (State.SUBMITTING, None, None),
            (State.RUNNING, None, None),
            (State.READY, None, 2),
            (State.DELIVERED, 2, 2),
            (State.KEPT, 1, 1),
            (State.FAILED, 0, 0),
            (State.CANCELLED, 0, 0),
            (State.UNKNOWN, 0, None),
        ]
        assert tasks[1].request.references[0].name == "cat.png"
        (upload,) = await store.uploads.of_task(TaskId(2))
        assert (upload.file, upload.file_id) == ("references/sha256-00", "f-1")
        (intended,) = await store.posts.of_task(TaskId(5))
        assert (intended.follows, intended.intent_at, intended.message_id) == (
            5005,
            NOW + 21_000,
            None,
        )
        assert await store.posts.at(ChannelId(30), MessageId(6006)) is not None
        results = await store.results.of_task(TaskId(5))
        assert [(each.width, each.height, each.bytes) for each in results] == [
            (2848, 1600, 5_000_000)
        ] * 2
        events = [event.kind for event in await store.events.of_task(TaskId(1))]
        assert events == ["accepted", "shown", "queued", "preparing", "submitting", "refused"]

        usage = await store.quotas.usage(Requester(GUILD, USER), now=NOW - NOW % DAY)
        assert set(usage.rules) == {Rule(Scope.USER, 7), Rule(Scope.SERVER, None)}
        assert (usage.open_tasks, usage.operator_rules.paused) == (5, True)
        assert (await store.quotas.usage(Requester(GUILD, UserId(21)), now=0)).block
        assert len(await store.trays.items(Requester(GUILD, USER), since=0)) == 1
        draft = await store.drafts.get(InteractionId(77), Requester(GUILD, USER), since=0)
        assert draft is not None
        assert draft.prompt == "bad"
        assert await store.quota_settings.policy(GUILD) == Policy(private=False)

        due = await store.claims.due("main/b", now=NOW + DAY, until=NOW + 2 * DAY, limit=10)
        assert [task.id for task in due] == [2, 3, 4, 5]
