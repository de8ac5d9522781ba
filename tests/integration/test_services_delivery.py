"""Delivery, on a real store and real files."""

import asyncio
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from typing_extensions import override

from bot.clock import Clocks
from bot.domain.durations import Durations
from bot.domain.ids import ChannelId, MessageId, TaskId
from bot.domain.queue_status import QueueStatus
from bot.domain.quota_settings import Limits
from bot.domain.request import Request
from bot.domain.result import PUBLISHED, Post, Result, Way
from bot.domain.state import Reason, State
from bot.domain.task import Task
from bot.domain.window import DAY
from bot.errors import ChatUnavailable, Stale
from bot.files import FileStorage
from bot.refusals import ImagesGone
from bot.services.shared.ports import Chat, Posted
from bot.services.work.delivery import GRACE
from bot.services.work.held_tasks import NextStep
from bot.store.claims import Claims
from bot.store.posts import Posts
from bot.store.store import Store
from bot.store.unreadable import UnreadableRows
from bot.wiring.config import Config
from bot.wiring.parts import Parts, wire
from bot.wiring.resources import Resources
from tests.fakes.chat import FakeChat
from tests.fakes.evolink import UnreachableEvolink
from tests.integration.store_kit import NOW, Damaged, accept, opened, run
from tests.kit.patience import PATIENCE

FAR = NOW + 900_000


async def _ready(store: Store, storage: FileStorage, count: int = 1, **changes: Any) -> Task:
    """A task whose images are downloaded."""
    storage.prepare()
    task = await run(store, request=Request(prompt="a cat", count=count), **changes)
    task = await store.tasks.save(task.ready(NOW), "ready", now=NOW)
    out = BytesIO()
    Image.new("RGB", (20, 20)).save(out, "PNG")
    for position in range(count):
        path = storage.result(task.interaction_id, position)
        path.write_bytes(out.getvalue())
        await store.results.save(
            Result(task_id=task.id, position=position, url="u", file=storage.name(path), bytes=90)
        )
    return task


def _parts(store: Store, storage: FileStorage, chat: Chat, now: int = NOW) -> Parts:
    config = Config(
        durations=Durations(patience=0),
        limits=Limits(),
        owner="main/1",
        max_running=1,
        user_running=1,
    )
    clocks = Clocks(lambda: now, lambda: now)
    return wire(
        Resources(
            store=store,
            chat=chat,
            evolink=UnreachableEvolink(),
            storage=storage,
            config=config,
            clocks=clocks,
        )
    )


async def _present(store: Store, task: Task) -> Task:
    present = await store.tasks.get(task.id)
    assert present is not None
    return present


class Discord(FakeChat):
    """Takes nothing in the channel; edits of a card take as long as they are told to."""

    def __init__(self) -> None:
        super().__init__(closed=frozenset({Way.CHANNEL, Way.FOLLOWUP, Way.DIRECT}))
        self.came = list[str]()
        self.editing, self.answers = asyncio.Event(), asyncio.Event()

    @override
    async def edit_card(self, task: Task, queue_status: QueueStatus, *, before: int) -> None:
        self.editing.set()
        await self.answers.wait()
        self.came.append("edit")

    @override
    async def post(self, task: Task, post: Post, *page: Any, **when: Any) -> Posted:
        posted = await super().post(task, post, *page, **when)
        self.came.append("images")
        return posted


async def test_posted_and_not_settled(tmp_path):
    """A page with a known message is settled without asking Discord."""
    storage = FileStorage(tmp_path / "files")
    async with opened(tmp_path) as store:
        task = await _ready(store, storage)
        await store.posts.save(
            [
                Post(
                    task_id=task.id,
                    page=0,
                    first=0,
                    stop=1,
                    nonce=task.nonce(0),
                    channel_id=ChannelId(30),
                    message_id=MessageId(99),
                )
            ]
        )
        delivery = _parts(store, storage, FakeChat()).work.steps.delivery
        await delivery.deliver(task)
        settled = await _present(store, task)

        assert (settled.state, settled.charged) == (State.DELIVERED, 1)


async def test_a_page_whose_images_can_no_longer_be_had(tmp_path):
    """The page is skipped; the task is delivered, and nobody is told that images wait."""
    storage, chat = FileStorage(tmp_path / "files"), FakeChat()
    async with opened(tmp_path) as store:
        task = await _ready(store, storage, count=12)
        cut = ((0, 10), (10, 12))
        planned = [
            Post(task_id=task.id, page=page, first=first, stop=stop, nonce=task.nonce(page))
            for page, (first, stop) in enumerate(cut)
        ]
        there = {"channel_id": ChannelId(30), "message_id": MessageId(99)}
        await store.posts.save([replace(planned[0], **there), planned[1]])
        for result in (await store.results.of_task(task.id))[10:]:
            assert result.file is not None
            storage.path(result.file).unlink()
        waiting = _parts(store, storage, chat, NOW + DAY // 2).work.steps
        assert await waiting.run(task) is None
        task = await _present(store, task)
        assert (task.state, task.reason) == (State.READY, Reason.RESULTS_AWAITED)

        late = _parts(store, storage, chat, NOW + DAY + 1).work.steps
        step = await late.run(task)
        assert step is not None
        await late.run(step.task)
        task = await _present(store, task)
        assert (task.state, task.reason) == (State.DELIVERED, Reason.RESULTS_GONE)
        assert (task.charged, task.token) == (10, None)
        assert (chat.posts, chat.told) == ({}, set())


@pytest.mark.parametrize(
    ("lost", "end"),
    [
        ((0,), (State.FAILED, Reason.RESULTS_GONE, 0)),
        ((1,), (State.KEPT, Reason.NO_WAY_TO_POST, 1)),
    ],
)
async def test_an_object_that_the_store_can_never_give(tmp_path, lost, end):
    """The task waits as long as the links live, and then ends as its other images allow."""
    storage = Damaged(tmp_path / "files")
    async with opened(tmp_path) as store:
        task = await _ready(store, storage, count=len(lost) + end[2])
        results = await store.results.of_task(task.id)
        storage.unread.update(str(results[position].file) for position in lost)
        ends = list[State]()
        # Just after the links' day, the store might only be unreachable.
        for now in (NOW + DAY // 2, NOW + DAY + 1, NOW + DAY + GRACE + 1):
            await store.claims.due("main/1", now=now, until=now + 60_000, limit=1)
            worker = _parts(store, storage, FakeChat(), now).work.worker
            await worker._step(NextStep(await _present(store, task), now))
            task = await _present(store, task)
            ends.append(task.state)
        assert ends == [State.READY, State.READY, end[0]]
        assert (task.reason, task.charged) == end[1:]


async def test_expired_images_are_not_handed_out(tmp_path):
    """Expired images are gone, even while their files are still on disk."""
    storage = FileStorage(tmp_path / "files")
    async with opened(tmp_path) as store:
        task = await _ready(store, storage)
        task = await store.tasks.save(task.kept(NOW, Reason.NO_WAY_TO_POST, 1), "kept", now=NOW)
        results = _parts(store, storage, FakeChat()).services.results
        who = task.id, task.requester
        assert len(await results.fetch(*who, max_bytes=10_000)) == 1
        await store.tasks.save(task.expired(), "expired", now=NOW)

        with pytest.raises(ImagesGone):
            await results.fetch(*who, max_bytes=10_000)


class History(FakeChat):
    """A channel with one message; a page is found only if it is newer than what it follows."""

    @override
    async def find_post(self, task: Task, post: Post) -> Posted | None:
        found = await super().find_post(task, post)
        after = post.follows or max(task.interaction_id, task.card_id or 0)
        return found if found is not None and found.message_id > after else None


async def test_asked_for_before_a_restored_task_is_delivered(tmp_path):
    """What was posted since the backup is found, though somebody has asked for more since."""
    storage = FileStorage(tmp_path / "files")
    async with opened(tmp_path) as store:
        task = await _ready(store, storage)
        posted = Posted(ChannelId(30), MessageId(task.interaction_id + 1))
        await accept(store, interaction_id=task.interaction_id + 2)
        chat = History(posts={task.nonce(0): posted})
        delivery = _parts(store, storage, chat).work.steps.delivery
        await replace(delivery, started_at=NOW + 1).deliver(task)
        (post,) = await store.posts.of_task(task.id)

        assert (post.message_id, post.intent_at) == (posted.message_id, None)


async def test_by_a_wrong_clock_nothing_expires(tmp_path):
    """A clock that is weeks ahead for a minute would tell everybody that their images are gone."""
    storage = FileStorage(tmp_path / "files")
    async with opened(tmp_path) as store:
        ready = await _ready(store, storage)
        kept = await store.tasks.save(ready.kept(NOW, Reason.STOPPED, 1), "kept", now=NOW)
        task = await store.tasks.save(kept.closed(NOW - 1), "closed", now=NOW)
        ended = {"ended_at": NOW - Durations().keep}
        closing = _parts(store, storage, FakeChat()).work.steps.closing
        task = replace(task, **ended)
        wrong = replace(closing, is_clock_right=lambda: False)
        await wrong.close(task)
        waiting = await store.tasks.get(task.id)
        assert waiting is not None
        assert (waiting.reason, waiting.wake_at) == (Reason.STOPPED, NOW + 60 * 60 * 1000)
        await closing.close(waiting)
        expired = await store.tasks.get(task.id)
        assert expired is not None
        assert (expired.reason, expired.wake_at) == (Reason.EXPIRED, None)


class Overtaken(FakeChat):
    """Discord fails, just as another process has taken the task over and recorded its intent."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self._store = store

    @override
    async def post(self, task: Task, post: Post, *page: Any, **when: Any) -> Posted:
        (other,) = await self._store.claims.due("other/1", now=NOW + 90_000, until=FAR, limit=1)
        await self._store.tasks.save(
            replace(other, wake_at=FAR),
            "posting",
            now=NOW,
            posted=replace(post, intent_at=NOW + 90_000),
        )
        raise ChatUnavailable


async def test_the_intent_of_who_took_it_over_stands(tmp_path):
    """The old holder clears nothing: the new one's post may be there, and is looked for."""
    storage = FileStorage(tmp_path / "files")
    async with opened(tmp_path) as store:
        task = await _ready(store, storage)
        (task,) = await store.claims.due("main/a", now=NOW, until=NOW + 60_000, limit=1)
        delivery = _parts(store, storage, Overtaken(store)).work.steps.delivery
        with pytest.raises(Stale):
            await delivery.deliver(task)

        (post,) = await store.posts.of_task(task.id)
        assert post.intent_at == NOW + 90_000


async def test_a_plan_does_not_go_over_an_intent(tmp_path):
    """A process that plans the pages a moment later gets the existing plan."""
    async with opened(tmp_path) as store:
        task = await _ready(store, FileStorage(tmp_path / "files"))
        plan = [Post(task_id=task.id, page=0, first=0, stop=1, nonce=task.nonce(0))]
        assert await store.posts.plan(task, plan) == tuple(plan)
        stated = replace(plan[0], intent_at=NOW, way=Way.DIRECT)
        await store.posts.save([stated])
        assert await store.posts.plan(task, plan) == (stated,)


async def test_a_plan_of_who_lost_the_task(tmp_path):
    """It is refused: the new holder would post these pages, and charge for all images."""
    async with opened(tmp_path) as store:
        before = await _ready(store, FileStorage(tmp_path / "files"))
        (task,) = await store.claims.due("main/b", now=NOW, until=NOW + 60_000, limit=1)
        late = [Post(task_id=task.id, page=0, first=1, stop=2, nonce=task.nonce(0))]
        with pytest.raises(Stale):
            await store.posts.plan(before, late)

        whole = [Post(task_id=task.id, page=0, first=0, stop=2, nonce=task.nonce(0))]
        assert await store.posts.plan(task, whole) == tuple(whole)


class Frozen(Posts):
    """The process freezes right after it has read that nothing is published yet."""

    @override
    async def published(self, task_id: TaskId) -> tuple[Post, ...]:
        found = await super().published(task_id)
        (other,) = await Claims(self._db, UnreadableRows()).due(
            "other/1", now=NOW + 90_000, until=FAR, limit=1
        )
        page = PUBLISHED
        mine = Post(task_id=task_id, page=page, first=0, stop=1, nonce=other.nonce(page))
        planned = [post for post in await self.plan(other, [mine]) if post.page == page]
        await self.save([replace(post, intent_at=NOW + 90_000) for post in planned])
        return found


async def test_post_to_channel_of_who_lost_the_task(store, storage):
    """The new holder's intent stands: its post may be there, and is looked for."""
    task = await _ready(store, storage, private=True)
    task = await store.tasks.save(task.delivered(NOW, 1), "delivered", now=NOW)
    await store.tasks.save(task.to_publish(NOW), "publish", now=NOW)
    (task,) = await store.claims.due("main/a", now=NOW, until=NOW + 60_000, limit=1)
    chat = FakeChat()
    frozen = replace(store, posts=Frozen(store.posts._db))
    with pytest.raises(Stale):
        await _parts(frozen, storage, chat).work.steps.publish_step.run(task)

    (post,) = await store.posts.published(task.id)
    assert (post.intent_at, chat.posts) == (NOW + 90_000, {})


async def test_an_edit_that_is_under_way(tmp_path):
    """Images wait for it: arriving after them, it would take them off the card."""
    storage, discord = FileStorage(tmp_path / "files"), Discord()
    async with opened(tmp_path) as store:
        task = await _ready(store, storage)
        parts = _parts(store, storage, discord)
        delivery, cards = parts.work.steps.delivery, parts.shared.cards
        cards.changed(task)
        editing = asyncio.create_task(cards.edit_due())
        await discord.editing.wait()
        delivering = asyncio.create_task(delivery.deliver(task))
        async with asyncio.timeout(PATIENCE):
            while [post.way for post in await store.posts.of_task(task.id)] != [Way.CARD]:  # noqa: ASYNC110 - in the store
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        discord.answers.set()
        await asyncio.gather(editing, delivering)
        cards.changed(task)
        await cards.edit_due()

    assert discord.came == ["edit", "images"]
