"""A database that version 0.1 wrote and was killed over: nothing in it is lost.

``version_0_1.sql`` is the dump of one: a result from a reference, twelve images in two messages, a
private one, one that its user stopped waiting for, one that waited for credits; a refused request,
a tray, a limit, a block and a switch.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from bot.domain.ids import InteractionId, ServerId, TaskId, UserId
from bot.domain.quota_settings import Policy, Rule
from bot.domain.requester import Requester
from bot.domain.state import State
from bot.refusals import Scope
from tests.integration.store_kit import opened

DUMP = Path(__file__).with_name("version_0_1.sql")
SERVER = ServerId(1576377990500057093)
ADMIN, ANN, BOB = (UserId(1576377990500057089 + n) for n in range(3))


async def test_everything_is_brought_along(tmp_path) -> None:
    """Tasks with states and charges, posts under their old names, and everything people set."""
    (tmp_path / "data").mkdir()
    with closing(sqlite3.connect(tmp_path / "data" / "imagine.db")) as db:
        db.executescript(DUMP.read_text(encoding="utf-8"))

    async with opened(tmp_path) as store:
        tasks = [task for number in range(1, 6) if (task := await store.tasks.get(TaskId(number)))]
        assert [(task.state, task.charged, task.drawn) for task in tasks] == [
            (State.DELIVERED, 1, 1),
            (State.DELIVERED, 12, 12),
            (State.DELIVERED, 1, 1),
            (State.KEPT, 1, 1),
            (State.QUEUED, None, None),
        ]
        assert [len(await store.results.of_task(task.id)) for task in tasks] == [1, 12, 1, 1, 0]
        pages = [(page.nonce, page.mark) for page in await store.posts.of_task(TaskId(2))]
        assert pages == [("2.0", "imagine-2-0-"), ("2.1", "imagine-2-1-")]
        assert len(tasks[0].request.references) == 1
        assert not any(task.publishing or task.deleting for task in tasks)

        bobs = await store.quotas.usage(Requester(SERVER, BOB), now=0)
        assert (bobs.rules, bobs.open_tasks) == ((Rule(Scope.USER, 7),), 1)
        assert (await store.quotas.usage(Requester(SERVER, ADMIN), now=0)).block
        (held,) = await store.trays.items(Requester(SERVER, BOB), since=0)
        assert held.reference.name == "image.png"
        draft = await store.drafts.get(InteractionId(1), Requester(SERVER, ANN), since=0)
        assert draft is not None
        assert (draft.prompt, draft.size) == ("bad", "16:99")
        assert await store.quota_settings.policy(SERVER) == Policy(private=False)
