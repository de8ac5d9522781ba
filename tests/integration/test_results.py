"""Handing out images, on a real store."""

import asyncio
from pathlib import Path

from PIL import Image
from typing_extensions import override

from bot.domain.durations import Durations
from bot.domain.ids import UserId
from bot.domain.result import BYTES_A_PAGE, Result
from bot.files import FileStorage
from bot.services.shared.downloads import TASKS, USER_TASKS, ResultDownloads
from bot.services.shared.results import Results
from bot.services.shared.visibility import Visibility
from tests.fakes.evolink import UnreachableEvolink
from tests.fakes.post_lookup import FakePostLookup
from tests.integration.store_kit import NOW, USER, opened, run
from tests.kit.pictures import png


async def test_many_large_images_in_few_messages(tmp_path):
    """An interaction has five follow-ups: all images fit, a little smaller if necessary."""
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
            await store.results.save(each)
        task = await store.tasks.save(task.delivered(NOW, 11), "delivered", now=NOW)
        storage = FileStorage(tmp_path)
        storage.prepare()
        results = Results(
            store=store,
            storage=storage,
            downloads=ResultDownloads(store, UnreachableEvolink(), storage),
            visibility=Visibility(store, FakePostLookup()),
            durations=Durations(),
            clock=lambda: NOW,
        )
        usual = await results.fetch(task.id, task.requester, max_bytes=most)
        few = await results.fetch(task.id, task.requester, max_bytes=most, messages=5)

    assert len(usual) == 6
    assert len(few) <= 5
    assert [each.result.position for page in few for each in page] == list(range(11))


class _Hanging(UnreachableEvolink):
    """Its links lead to servers that never answer."""

    @override
    async def download(self, url: str, to: Path, *, max_bytes: int) -> int:
        await asyncio.Event().wait()
        raise AssertionError


async def test_hanging_links_of_one_user(tmp_path):
    """They take only a few places; other users still get one, as long as there are any."""
    storage = FileStorage(tmp_path / "files")
    storage.prepare()
    async with opened(tmp_path) as store:
        downloads = ResultDownloads(store, _Hanging(), storage)
        hanging = list[asyncio.Task[object]]()

        async def begins(user: UserId) -> bool:
            """Return whether another of a user's tasks gets a place to download."""
            task = await run(store, user=user)
            result = Result(task_id=task.id, position=0, url="u")
            fetching = asyncio.create_task(downloads.fetch(task, [result]))
            hanging.append(fetching)
            await asyncio.sleep(0)
            return not fetching.done()

        places = [
            await begins(user) for user in [USER] * 9 + [UserId(100 + n) for n in range(TASKS)]
        ]
        for each in hanging:
            each.cancel()
        await asyncio.gather(*hanging, return_exceptions=True)

    assert places[:9] == [True] * USER_TASKS + [False] * (9 - USER_TASKS)
    assert sum(places) == TASKS


class _BreakingOff(UnreachableEvolink):
    """Its links end in the middle of the picture."""

    def __init__(self, picture: bytes) -> None:
        self.sent = picture[: len(picture) // 2]

    @override
    async def download(self, url: str, to: Path, *, max_bytes: int) -> int:
        return await asyncio.to_thread(to.write_bytes, self.sent)


async def test_a_lost_file_whose_link_breaks_off(tmp_path):
    """The half that came isn't taken for the file in the row, however often it is asked for."""
    picture = png(600, 400)
    storage = FileStorage(tmp_path / "files")
    storage.prepare()
    async with opened(tmp_path) as store:
        evolink = _BreakingOff(picture)
        downloads = ResultDownloads(store, evolink, storage)
        task = await run(store)
        path = storage.result(task.interaction_id, 0)
        lost = Result(task_id=task.id, position=0, url="u", file=storage.name(path))
        await store.results.save(lost)
        for _ in range(2):
            got = await downloads.fetch(task, [lost])
            assert got is not None
            assert got.awaited == (0,)
        evolink.sent = picture
        got = await downloads.fetch(task, [lost])
        assert got is not None
        assert len(got.here) == 1
        assert path.read_bytes() == picture
