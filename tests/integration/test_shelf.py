"""Copies of results: what the end of a task takes away, and what its deletion does."""

from bot.services.shelf import Shelf


async def test_the_end_of_a_task_takes_nothing_from_who_looks_at_it(tmp_path):
    """Copies that were posted go; a thumbnail and an archive being sent stay until deletion."""
    shelf = Shelf(tmp_path)
    shelf.prepare()
    original = shelf.name(shelf.result(7, 0))
    posted, small = shelf.copy(original, 10_000), shelf.thumbnail(original)
    archive = shelf.archive(7).with_suffix(".zip")
    anothers = shelf.copy(shelf.name(shelf.result(77, 0)), 10_000)
    for path in (posted, small, archive, anothers):
        path.write_bytes(b"x")

    await shelf.remove_copies(original)
    assert [path.exists() for path in (posted, small, archive, anothers)] == [
        False,
        True,
        True,
        True,
    ]
    await shelf.remove_all_copies(original)
    await shelf.remove_archives(7)
    assert [path.name for path in (tmp_path / "copies").iterdir()] == [anothers.name]
