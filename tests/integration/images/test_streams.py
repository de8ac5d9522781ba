"""Downloads are written whole or not at all."""

import asyncio

import pytest

from bot.errors import FetchFailed, UnusablePicture
from bot.images.files import save_stream, sha256


async def pieces(*sizes: int):
    """Come in pieces, as a download does."""
    for size in sizes:
        yield bytes(size)


async def test_a_stream_is_saved_whole(tmp_path):
    """Its bytes are counted; exactly the maximum is fine."""
    to = tmp_path / "a"
    assert await save_stream(pieces(3_000_000, 0, 500_000), to, max_bytes=3_500_000) == 3_500_000
    assert [file.name for file in tmp_path.iterdir()] == ["a"]
    nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert await save_stream(pieces(), to, max_bytes=0) == 0
    assert await sha256(to) == nothing


async def test_a_stream_that_is_too_long_leaves_nothing(tmp_path):
    """An earlier file stays."""
    (tmp_path / "a").write_bytes(b"before")
    with pytest.raises(UnusablePicture):
        await save_stream(pieces(3_000_000, 1), tmp_path / "a", max_bytes=3_000_000)
    assert [file.read_bytes() for file in tmp_path.iterdir()] == [b"before"]


async def test_a_stream_that_is_cancelled_leaves_nothing(tmp_path):
    """Cancelling in the middle of a download leaves no file."""
    half = asyncio.Event()

    async def stalling():
        yield bytes(3_000_000)
        half.set()
        await asyncio.Event().wait()

    saving = asyncio.ensure_future(save_stream(stalling(), tmp_path / "a", max_bytes=10**12))
    await half.wait()
    assert list(tmp_path.iterdir())
    saving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await saving
    assert list(tmp_path.iterdir()) == []


async def test_a_disk_that_refuses_is_trouble_that_may_pass(tmp_path):
    """A paid picture is not given up because the disk is full or missing."""
    with pytest.raises(FetchFailed) as raised:
        await save_stream(pieces(10), tmp_path / "no" / "a", max_bytes=100)
    assert not isinstance(raised.value, UnusablePicture)
