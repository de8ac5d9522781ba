"""Uploads of references to Evolink, and what its answers to them mean."""

import pytest

from bot.errors import (
    NotTaken,
    Rejected,
    ServerFailed,
)
from sandbox.faults import Fault
from tests.integration.evolink_kit import (
    always,
    answering,
    client,
    cut,
)

pytestmark = pytest.mark.usefixtures("no_waits")


@pytest.fixture
def picture(tmp_path):
    """Return a file that begins as a PNG does, of three megabytes."""
    path = tmp_path / "reference"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(3_000_000))
    return path


async def test_an_upload_is_stored_and_deleted(sandbox, picture):
    """The file arrives whole under its name; deleting it twice does no harm."""
    async with client(sandbox.url) as evolink:
        there = await evolink.upload(picture, "imagine-1-0.png", "image/png")
        assert there.file_id is not None
        await evolink.delete(there.file_id)
        await evolink.delete(there.file_id)
        sandbox.faults.add(Fault("DELETE", "/files/", status=404))
        with pytest.raises(NotTaken):
            await evolink.delete(there.file_id)
    [upload] = sandbox.books.uploads
    assert (upload.name, upload.size) == ("imagine-1-0.png", picture.stat().st_size)
    assert there.url.endswith("/imagine-1-0.png")
    assert upload.deleted_at is not None


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize(
    ("code", "error"),
    [
        (40001, Rejected),
        (40002, Rejected),
        (40004, Rejected),
        (40003, ServerFailed),
        (50001, ServerFailed),
    ],
)
async def test_an_upload_that_is_refused(picture, status, code, error):
    """``success: false`` is a refusal whatever its status; the code says of which kind."""
    handler = always(status, {"success": False, "code": code, "msg": "no", "data": None})
    async with answering(handler) as (url, _), client(url) as evolink:
        with pytest.raises(error) as raised:
            await evolink.upload(picture, "a.png", "image/png")
    if error is Rejected:
        assert raised.value.code == str(code)


@pytest.mark.parametrize("handler", [always(500, b""), always(200, b"<html>"), cut])
async def test_a_file_service_that_fails(picture, handler):
    """The caller can fall back: it never blames the account, and is never of unknown outcome."""
    async with answering(handler) as (url, _), client(url) as evolink:
        with pytest.raises(ServerFailed):
            await evolink.upload(picture, "a.png", "image/png")
