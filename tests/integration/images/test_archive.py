"""Originals as one file."""

import zipfile

from bot.images.archive import fits, packed


async def test_files_are_packed_into_as_few_archives_as_can_be(tmp_path):
    """In order, each archive within the bytes, the files untouched."""
    files = []
    for number, size in enumerate((40_000, 50_000, 30_000, 99_000)):
        path = tmp_path / str(number)
        path.write_bytes(bytes([number]) * size)
        files.append((f"{number}.png", path))
    archives, left_out = await packed(files, tmp_path / "all", max_bytes=100_000)

    assert left_out == 0
    assert [archive.name for archive in archives] == ["all-0.zip", "all-1.zip", "all-2.zip"]
    assert all(archive.stat().st_size <= 100_000 for archive in archives)
    found = []
    for archive in archives:
        with zipfile.ZipFile(archive) as opened:
            found += [(name, opened.read(name)) for name in opened.namelist()]
    assert found == [(name, path.read_bytes()) for name, path in files]


async def test_no_more_archives_than_can_be_sent(tmp_path):
    """Files that don't fit are counted; each archive is whole."""
    files = []
    for number in range(5):
        path = tmp_path / str(number)
        path.write_bytes(b"x" * 40_000)
        files.append((f"{number}.png", path))
    archives, left_out = await packed(files, tmp_path / "all", max_bytes=100_000, archives=2)

    assert [archive.name for archive in archives] == ["all-0.zip", "all-1.zip"]
    assert left_out == 1


async def test_a_file_that_just_fits(tmp_path):
    """A file for which ``fits`` is true stays within the limit as an archive of its own."""
    path = tmp_path / "one"
    path.write_bytes(b"x" * 10_000)
    least = next(most for most in range(10_000, 12_000) if fits(path, most))
    (archive,), _ = await packed(
        [("imagine-9223372036854775807-15.webp", path)], path, max_bytes=least
    )

    assert archive.stat().st_size <= least
    assert not fits(path, 10_000)
