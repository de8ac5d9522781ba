"""Who sees which images of a task, on a real store."""

from typing import cast

import pytest
from PIL import Image
from store_kit import NOW, USER, opened, run

from bot.domain.pace import Waits
from bot.domain.result import BYTES_A_PAGE, PUBLISHED, Post, Result, Way
from bot.domain.task import Reason
from bot.errors import NotFound
from bot.services.ports import Chat
from bot.services.results import Results
from bot.services.shelf import Shelf

STRANGER = USER + 1


@pytest.mark.parametrize(
    ("private", "posted", "seen"),
    [
        (False, {"page": 0, "way": Way.CHANNEL}, [0, 1]),
        (False, {"page": 0, "way": Way.CARD}, [0, 1]),
        (False, {"page": 0, "way": Way.FOLLOWUP}, []),
        (False, {"page": 0, "way": Way.DIRECT}, []),
        (False, {"page": 0, "way": Way.CHANNEL, "message_id": None}, []),
        (True, {"page": 0, "way": Way.CARD}, []),
        (True, {"page": PUBLISHED, "way": Way.CHANNEL}, [0, 1]),
    ],
)
async def test_others_see_of_what_is_kept_what_was_posted(tmp_path, private, posted, seen):
    """A third image found no way: it waits for its requester, who sees them all."""
    async with opened(tmp_path) as store:
        task = await run(store, private=private)
        drawn = [Result(task_id=task.id, position=position, url="u") for position in range(3)]
        task = await store.tasks.save(task.ready(NOW), "ready", now=NOW, results=drawn)
        page = {"first": 0, "stop": 2, "channel_id": 30, "message_id": 99} | posted
        await store.tasks.save_posts([Post(task_id=task.id, nonce="n", **page)])
        kept = task.kept(NOW, Reason.NO_WAY_TO_POST, 2)
        task = await store.tasks.save(kept, "kept", now=NOW)
        results = Results(store, cast("Chat", None), Shelf(tmp_path), Waits(), lambda: NOW)

        assert [each.position for each in await results.images(task, USER)] == [0, 1, 2]
        try:
            found = await results.images(task, STRANGER)
        except NotFound:
            found = ()
        assert [each.position for each in found] == seen


async def test_many_large_images_in_few_messages(tmp_path):
    """Where an interaction has five follow-ups, all of them come, a little smaller if need be."""
    noise = Image.effect_noise((2400, 2400), 100).convert("RGB")
    first = tmp_path / "results"
    first.mkdir()
    noise.save(first / "noise", "JPEG", quality=99, subsampling=0)
    size = (first / "noise").stat().st_size
    most = size + 1
    assert BYTES_A_PAGE // 3 < size < BYTES_A_PAGE // 2, "two of them fit into a message, not three"
    async with opened(tmp_path) as store:
        task = await run(store)
        drawn = []
        for position in range(11):
            (first / str(position)).hardlink_to(first / "noise")
            drawn.append(
                Result(task_id=task.id, position=position, url="u", file=f"results/{position}")
            )
        task = await store.tasks.save(task.ready(NOW), "ready", now=NOW, results=drawn)
        for each in drawn:
            await store.tasks.save_result(each)
        task = await store.tasks.save(task.delivered(NOW, 11), "delivered", now=NOW)
        shelf = Shelf(tmp_path)
        shelf.prepare()
        results = Results(store, cast("Chat", None), shelf, Waits(), lambda: NOW)
        usual = await results.fetch(task.id, task.guild_id, USER, most=most)
        few = await results.fetch(task.id, task.guild_id, USER, most=most, messages=5)

    assert len(usual) == 6
    assert len(few) <= 5
    assert [each.result.position for page in few for each in page] == list(range(11))
