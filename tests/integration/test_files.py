"""Copies of results: what the end of a task takes away, and what its deletion does."""

from bot.files import FileStorage


async def test_the_end_of_a_task_takes_nothing_from_who_looks_at_it(tmp_path):
    """Copies that were posted go; a thumbnail and an archive being sent stay until deletion."""
    storage = FileStorage(tmp_path)
    storage.prepare()
    original = storage.name(storage.result(7, 0))
    posted, small = storage.smaller_copy(original, 10_000), storage.thumbnail(original)
    archive = storage.archive(7).with_suffix(".zip")
    anothers = storage.smaller_copy(storage.name(storage.result(77, 0)), 10_000)
    for path in (posted, small, archive, anothers):
        path.write_bytes(b"x")

    await storage.remove_copies(original)
    assert [path.exists() for path in (posted, small, archive, anothers)] == [
        False,
        True,
        True,
        True,
    ]
    await storage.remove_all_copies(original)
    await storage.remove_archives(7)
    assert [path.name for path in (tmp_path / "copies").iterdir()] == [anothers.name]
