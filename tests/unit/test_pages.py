"""Whatever happens to a page, the task's other pages are changed."""

from dataclasses import dataclass, field, replace

import pytest
from typing_extensions import override

from bot.domain.durations import ARRIVAL
from bot.domain.ids import ChannelId, MessageId
from bot.domain.result import Post, Way
from bot.domain.task import Task
from bot.errors import ChatRefused, ChatUnavailable, HistoryUnreadable
from bot.services.shared.ports import Posted
from bot.services.work.pages import change_pages, delete_pages
from tests.fakes.posting import FakePosting
from tests.unit.ui_kit import NOW, task

CHANNEL = ChannelId(30)
#: By then, a page that was posted at ``NOW`` is there, or never will be.
LATER = NOW + ARRIVAL


def _at(message: int) -> Posted:
    return Posted(CHANNEL, MessageId(message))


def _page(number: int, message_id: int | None = None, *, is_unsure: bool = False) -> Post:
    return Post(
        task_id=task().id,
        page=number,
        first=number,
        stop=number + 1,
        nonce=f"14.{number}",
        channel_id=None if message_id is None else CHANNEL,
        message_id=None if message_id is None else MessageId(message_id),
        intent_at=NOW if is_unsure else None,
    )


@dataclass
class Hidden(FakePosting):
    """Discord, with a history that nobody may read."""

    looked: list[str] = field(default_factory=list[str])

    @override
    async def find_post(self, task: Task, post: Post) -> Posted | None:
        self.looked.append(post.nonce)
        raise HistoryUnreadable


async def test_pages_that_were_not_posted_are_nowhere():
    """An unanswered one is looked up, and found or not; a follow-up can't be reached any more."""
    chat = FakePosting(posts={"14.1": _at(71)})
    posts = [_page(0, 70), _page(1, is_unsure=True), _page(2, is_unsure=True), _page(3)]
    posts.append(replace(_page(4, 74), way=Way.FOLLOWUP))
    changed = list[tuple[int, Posted]]()

    async def change(post: Post, where: Posted) -> None:
        changed.append((post.page, where))

    assert await change_pages(chat, task(), posts, change, now=LATER) == (2, [])
    assert changed == [(0, _at(70)), (1, _at(71))]


async def test_what_cannot_be_changed_stops_no_other_page():
    """The answer says why each remains."""
    chat = Hidden()
    done = list[int]()

    async def change(post: Post, where: Posted) -> None:
        if post.page == 1:
            raise ChatRefused(50013)
        done.append(where.message_id)

    posts = [_page(0, is_unsure=True), _page(1, 71), _page(2, 72)]
    count, failures = await change_pages(chat, task(), posts, change, now=LATER)
    assert (count, done, chat.looked) == (1, [72], ["14.0"])
    assert [type(each) for each in failures] == [HistoryUnreadable, ChatRefused]


async def test_an_outage_ends_it():
    """The step is repeated later, so the rest waits."""
    tried = list[int]()

    async def change(post: Post, where: Posted) -> None:
        del where
        tried.append(post.page)
        raise ChatUnavailable

    with pytest.raises(ChatUnavailable):
        await change_pages(FakePosting(), task(), [_page(0, 70), _page(1, 71)], change, now=LATER)
    assert tried == [0]


async def test_deleted_pages_are_gone():
    """All of them; nothing else is."""
    chat = FakePosting(posts={"14.0": _at(70), "14.1": _at(71), "9.0": _at(9)})
    posts = [_page(0, 70), _page(1, is_unsure=True)]
    assert await delete_pages(chat, task(), posts, now=LATER) == (2, [])
    assert chat.posts == {"9.0": _at(9)}


@pytest.mark.parametrize("waited", [0, ARRIVAL - 1, 1 - ARRIVAL])
async def test_a_page_that_may_be_on_its_way_is_looked_for_again(waited):
    """Its post had no answer, and may arrive after this look; then it would stay for ever."""
    chat = FakePosting()
    with pytest.raises(ChatUnavailable):
        await delete_pages(chat, task(), [_page(0, is_unsure=True)], now=NOW + waited)
    chat.posts["14.0"] = _at(70)
    assert await delete_pages(chat, task(), [_page(0, is_unsure=True)], now=NOW + waited) == (1, [])
    assert chat.posts == {}


@pytest.mark.parametrize("waited", [ARRIVAL, -60 * 60 * 1000])
async def test_a_page_that_never_arrived(waited):
    """Nobody waits for it any longer, not even for an hour if the clock was set back."""
    now = NOW + waited
    assert await delete_pages(FakePosting(), task(), [_page(0, is_unsure=True)], now=now) == (0, [])
