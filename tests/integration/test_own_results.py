"""Which pictures of messages are results of ours."""

import asyncio
from dataclasses import replace

import pytest

from bot.domain.durations import Durations
from bot.domain.ids import ChannelId, MessageId, TaskId, UserId
from bot.domain.reference import Reference
from bot.domain.requester import Requester
from bot.domain.result import Post, Result, Way
from bot.domain.visibility import Viewer
from bot.files import FileStorage
from bot.services.front.own_results import OwnResults
from bot.services.shared.downloads import ResultDownloads
from bot.services.shared.ports import AttachedFile
from bot.services.shared.results import Results
from bot.services.shared.visibility import Visibility, press_deadline
from tests.fakes.chat import FakeChat
from tests.fakes.evolink import UnreachableEvolink
from tests.integration.store_kit import GUILD, NOW, USER, opened, run
from tests.kit.patience import slowness

CHANNEL, MESSAGE = ChannelId(30), MessageId(77)


@pytest.fixture
async def own(tmp_path):
    """The service on a store of its own."""
    async with opened(tmp_path) as store:
        chat, storage = FakeChat(), FileStorage(tmp_path)
        visibility = Visibility(store, chat)
        results = Results(
            store=store,
            storage=storage,
            downloads=ResultDownloads(store, UnreachableEvolink(), storage),
            visibility=visibility,
            durations=Durations(),
            clock=lambda: NOW,
        )
        yield OwnResults(store, chat, results, visibility)


async def _posted(
    own: OwnResults, way: Way = Way.CHANNEL, message: int = MESSAGE, **changes
) -> tuple[TaskId, Reference]:
    """Post two results; return the task's id, and the second as it is seen in the message."""
    task = await run(own.store, **changes)
    links = [Result(task_id=task.id, position=position, url="u") for position in range(2)]
    task = await own.store.tasks.save(task.ready(NOW), "ready", now=NOW, results=links)
    page = Post(task_id=task.id, page=0, nonce="7.0", first=0, stop=2, way=way)
    page = replace(page, channel_id=CHANNEL, message_id=message)
    await own.store.posts.save([page])
    await own.store.tasks.save(task.delivered(NOW, 2), "delivered", now=NOW)
    seen = Reference(
        url="https://cdn.discordapp.com/attachments/30/9/x.png?ex=1&is=1&hm=1",
        name=f"{page.mark}1.png",
        bytes=9,
        source=f"message:{CHANNEL}:{message}",
        attachment_id=message,
    )
    return task.id, seen


async def _source(own: OwnResults, seen: Reference, user_id: UserId = USER) -> str:
    (known,) = await own.recognized([seen], Viewer(Requester(GUILD, user_id), MESSAGE))
    assert known.url == seen.url
    return known.source


async def test_a_posted_result(own):
    """Seen in its message or in a forward, it is the result, with a link to show."""
    task_id, seen = await _posted(own)
    assert await _source(own, seen) == f"result:{task_id}:1"
    assert await _source(own, seen, user_id=UserId(99)) == f"result:{task_id}:1"
    (once,) = await own.recognized(
        [seen, replace(seen, attachment_id=10)], Viewer(Requester(GUILD, USER))
    )
    assert once.source == f"result:{task_id}:1"


async def test_a_message_whose_post_has_no_answer_yet(own):
    """Its files' names tell which page it shows; another page's or a stranger's don't match."""
    task_id, _ = await _posted(own)
    task = await own.store.tasks.get(task_id)
    for page, message in ((0, 77), (1, None)):
        post = Post(task_id=task_id, page=page, nonce=task.nonce(page), first=0, stop=2)
        await own.store.posts.save([replace(post, channel_id=CHANNEL, message_id=message)])
    name = f"imagine-{task.interaction_id}-1-1.png"
    assert (await own.page(CHANNEL, 78, [name])).page == 1
    assert (await own.page(CHANNEL, 77, [name])).page == 0
    known = f"imagine-{task.interaction_id}-0-1.png"
    for names in ([], ["image.png"], [known], [f"imagine-{2**64}-1-1.png"], ["imagine-5-1-1.png"]):
        assert await own.page(CHANNEL, 78, names) is None


async def test_what_is_none(own):
    """Another message, another name, a link to it in somebody's message."""
    _, seen = await _posted(own)
    for other in (
        replace(seen, source=f"message:{CHANNEL}:78"),
        replace(seen, source=f"message:31:{MESSAGE}"),
        replace(seen, name="image.png"),
        replace(seen, source=""),
    ):
        assert await _source(own, other) == other.source


async def test_a_private_one_that_its_requester_forwards(own):
    """Others draw with the picture that they see; the result stays its requester's."""
    task_id, seen = await _posted(own, Way.DIRECT, private=True)
    assert await _source(own, seen) == f"result:{task_id}:1"
    assert await _source(own, seen, user_id=UserId(99)) == seen.source


async def test_many_of_them_while_somebody_waits(own):
    """All lookups share one time limit, since a press must be answered within three seconds."""
    seen = [(await _posted(own, message=message))[1] for message in (77, 78)]
    own.chat.quick = 0
    async with asyncio.timeout(2 * slowness()):
        known = await own.recognized(
            seen, Viewer(Requester(GUILD, UserId(99)), MessageId(1)), until=press_deadline()
        )
    assert [each.source for each in known] == [each.source for each in seen]


@pytest.mark.parametrize(("its_own", "is_result"), [(9, True), (10, False)])
async def test_its_link_pasted_as_text(own, its_own, is_result):
    """It is the same tray entry; another file of that name in the same channel isn't."""
    task_id, seen = await _posted(own)
    task = await own.store.tasks.get(task_id)
    nonce = task.nonce(0)
    (page,) = await own.store.posts.of_task(task_id)
    await own.store.posts.save([replace(page, nonce=nonce)])
    (page,) = await own.store.posts.of_task(task_id)
    own.chat.files = [AttachedFile(its_own, "any", "u")]
    name = f"{page.mark}1.png"
    pasted = replace(
        seen,
        name=name,
        url=f"https://cdn.discordapp.com/attachments/{CHANNEL}/9/{name}?ex=1&is=1&hm=1",
        source="",
        attachment_id=None,
    )
    shown = replace(seen, name=name)
    known = await own.recognized([shown, pasted], Viewer(Requester(GUILD, UserId(99))))
    assert (len(known) == 1) is is_result
    assert known[0].source == f"result:{task_id}:1"
    elsewhere = replace(pasted, url=pasted.url.replace("/30/", "/31/"))
    (other,) = await own.recognized([elsewhere], Viewer(Requester(GUILD, UserId(99))))
    assert not other.source
