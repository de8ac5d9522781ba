"""A gateway and workers on machines of their own, with nothing in common but two servers."""

import pytest
import pytest_asyncio

from tests.acceptance.operating.runs import run_once
from tests.acceptance.operating.test_roles import WORKER, begin, rest, split
from tests.acceptance.results.test_more import more, until_deleted
from tests.acceptance.results_kit import answered, drawn, to_delete
from tests.acceptance.studio import opened, picture
from tests.kit.object_store import wire


@pytest_asyncio.fixture(loop_scope="session")
async def machines(tmp_path, postgres, s3):
    """A gateway and a worker, each with its own disk, and the connection between them and S3."""
    async with wire(s3.port) as it:
        settings = s3.settings(it.port) | {"STORAGE_URL": f"s3://imagine/{tmp_path.name}"}
        async with split(tmp_path, await postgres.database(), **settings) as (studio, worker):
            worker.settings["DATA_DIR"] = str(tmp_path / "worker-data")
            await begin(studio, worker)
            yield studio, worker, it


def objects(s3, tmp_path) -> set[str]:
    """Return the objects in the store, but for what an interrupted check left to the next sweep."""
    folder = tmp_path.name
    names = {name.removeprefix(f"{folder}/") for name in s3.objects() if name.startswith(folder)}
    return {name for name in names if "/writable-" not in name}


async def test_images_that_another_machine_drew(machines, s3, tmp_path):
    """The gateway hands out what the worker stored; another worker has its references."""
    studio, worker, _ = machines
    result = await drawn(studio, "two foxes", count=2, image=picture())
    await rest(studio)
    kinds = sorted(name.partition("/")[0] for name in objects(s3, tmp_path))
    assert kinds == ["references", "results", "results"]

    await worker.stop()
    panel = await more(studio, result, name="1")
    assert panel.images
    original = await answered(studio, await studio.ann.press(panel, "Original file"))
    assert original.images

    worker.settings["DATA_DIR"] = str(tmp_path / "another-data")
    await worker.start(*WORKER)
    fetched = len(studio.discord.books.downloads)
    await studio.ann.press(result, "Again (uses 2)")
    await studio.results(2)
    assert len(studio.discord.books.downloads) == fetched
    await rest(studio)

    question = await to_delete(studio, await more(studio, result))
    await until_deleted(studio, studio.ann, question, result)
    await rest(studio)
    kinds = sorted(name.partition("/")[0] for name in objects(s3, tmp_path))
    assert kinds == ["references", "results", "results"]


async def test_the_store_goes_away_and_comes_back(machines, s3, tmp_path):
    """Paid images are delivered once the store is back; people who ask meanwhile are told."""
    studio, worker, it = machines
    first = await drawn(studio, "a fox")
    await rest(studio)
    await studio.bot.kill()
    await worker.kill()
    for folder in ("data", "worker-data"):
        for copy in (tmp_path / folder / "copies-of-stored").rglob("*/0"):
            copy.unlink()
    await begin(studio, worker)

    studio.evolink.behaviour.drawing_seconds = 1.0
    card = await studio.slash("imagine", prompt="a hare")
    await studio.until(lambda: len(studio.evolink.books.submissions) == 2)
    it.is_cut = True
    await studio.until(lambda: "Couldn't get all of your images yet" in card.text)
    told = await answered(
        studio, await studio.ann.press(await more(studio, first), "Original file")
    )
    assert "can't reach its stored images" in told.text
    assert len(studio.posted()) == 1
    it.is_cut = False
    await studio.results(2)
    await rest(studio)
    assert len(studio.evolink.books.submissions) == len(studio.posted()) == 2
    assert len(objects(s3, tmp_path)) == 2


async def test_killed_while_it_stores_an_image(machines, s3, tmp_path):
    """Whether the object is there or not, no row names it: it is fetched and stored again, once."""
    studio, worker, it = machines
    studio.evolink.behaviour.drawing_seconds = 1.0
    card = await studio.slash("imagine", prompt="a fox", image=picture())
    await studio.until(lambda: studio.evolink.books.submissions)
    await studio.until(lambda: len(objects(s3, tmp_path)) == 1)
    it.hangs = True
    # The request arrives; its answer doesn't.
    await studio.until(lambda: len(objects(s3, tmp_path)) == 2)
    await worker.kill()
    it.hangs = False
    await worker.start(*WORKER)
    await studio.results()
    await studio.until(lambda: card.deleted)
    await rest(studio)
    assert len(studio.evolink.books.submissions) == len(studio.posted()) == 1
    assert len(objects(s3, tmp_path)) == 2


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"STORAGE_URL": "s3://nowhere"}, 78, "STORAGE_URL: s3://nowhere can't be used"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, 69, "STORAGE_URL: s3://imagine can't be used"),
    ],
)
async def test_a_store_that_cannot_be_written(tmp_path, s3, changes, code, words):
    """Start and doctor say so in a sentence; if it can be written, the doctor says that, too."""
    async with opened(tmp_path) as studio:
        await studio.bot.stop()
        studio.discord.clock.offset = 0.0
        ended, said = await run_once(studio, **(s3.settings() | changes))
        assert (ended, words in said) == (code, True), said
        ended, said = await run_once(studio, "doctor", **(s3.settings() | changes))
        assert (ended, words in said) == (1, True), said
        ended, said = await run_once(studio, "doctor", **s3.settings())
        assert (ended, "The object store s3://imagine takes files." in said) == (0, True), said
        await studio.restart()
