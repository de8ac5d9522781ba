"""Copies of results: what the end of a task takes away, and what its deletion does."""

from bot.domain.ids import InteractionId
from bot.files import FileStorage

TASK = InteractionId(7)


async def test_the_end_of_a_task_takes_nothing_from_who_looks_at_it(tmp_path):
    """Posted copies go; a thumbnail, and an archive that is being sent, stay until deletion."""
    storage = FileStorage(tmp_path)
    storage.prepare()
    path = storage.result(TASK, 0)
    original = storage.name(path)
    posted, small = storage.smaller_copy(original, 10_000), storage.thumbnail(original)
    archive = storage.archive(TASK).with_suffix(".zip")
    anothers = storage.smaller_copy(storage.name(storage.result(InteractionId(77), 0)), 10_000)
    for each in (path, posted, small, archive, anothers):
        each.write_bytes(b"x")

    await storage.remove_copies(original)
    assert [path.exists() for path in (posted, small, archive, anothers)] == [
        False,
        True,
        True,
        True,
    ]
    await storage.remove_archives(TASK)
    await storage.remove_result(original)
    assert [path.name for path in (tmp_path / "results").iterdir()] == ["77"]
    assert anothers.exists()


async def test_originals_of_earlier_versions(tmp_path):
    """They are where their rows say; copies are in the task's folder, with which all go later."""
    (tmp_path / "copies").mkdir()
    storage = FileStorage(tmp_path)
    storage.prepare()
    assert not (tmp_path / "copies").exists()
    original, small = tmp_path / "results" / "7-12", storage.thumbnail("results/7-12")
    for path in (original, small, storage.smaller_copy("results/7-12", 10_000)):
        path.write_bytes(b"x")
    assert small == storage.result(TASK, 12).with_name("12-small")

    await storage.remove_copies("results/7-12")
    assert small.exists()
    await storage.remove_result("results/7-12")
    assert not list((tmp_path / "results").iterdir())
