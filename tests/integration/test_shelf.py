"""Copies of results: what the end of a task takes away, and what its deletion does."""

from bot.services.shelf import Shelf


async def test_the_end_of_a_task_takes_nothing_from_who_looks_at_it(tmp_path):
    """Copies that were posted go; a thumbnail and an archive being sent stay until deletion."""
    shelf = Shelf(tmp_path)
    shelf.prepare()
    posted, small = shelf.copy(7, 0, 10_000), shelf.thumbnail(7, 0)
    archive = shelf.archive(7).with_suffix(".zip")
    anothers = shelf.copy(77, 0, 10_000)
    for path in (posted, small, archive, anothers):
        path.write_bytes(b"x")

    await shelf.remove_copies(7)
    assert [path.exists() for path in (posted, small, archive, anothers)] == [
        False,
        True,
        True,
        True,
    ]
    await shelf.remove_all_copies(7)
    assert [path.name for path in (tmp_path / "copies").iterdir()] == [anothers.name]
