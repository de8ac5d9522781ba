"""The sandbox's Evolink stores files and draws from references, within the documented limits."""

import asyncio
import base64
import io
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from PIL import Image

from sandbox.evolink import files, references
from tests.kit.patience import PATIENCE

KEY = {"Authorization": "Bearer sandbox-key"}


@pytest.fixture
async def http(evolink) -> AsyncIterator[aiohttp.ClientSession]:
    """A client with an agent of its own, and no key."""
    headers = {"User-Agent": "imagine-tests/1"}
    async with aiohttp.ClientSession(evolink.url, headers=headers) as http:
        yield http


def picture(kind="PNG", size=(64, 48), mode="RGB") -> bytes:
    """Return a small image file."""
    out = io.BytesIO()
    Image.new(mode, size, 90).save(out, kind)
    return out.getvalue()


async def upload(http, data, **fields):
    """Upload a file; return status and body."""
    form = aiohttp.FormData(fields)
    form.add_field("file", data, filename="mine.bin", content_type="application/octet-stream")
    async with http.post("/api/v1/files/upload/stream", data=form, headers=KEY) as answer:
        return answer.status, await answer.json()


async def quota(http):
    """Return the account's file quota."""
    async with http.get("/api/v1/files/quota", headers=KEY) as answer:
        return (await answer.json())["data"]


async def draw(http, *urls, **fields):
    """Submit an order with references and return the task once it has ended."""
    order = {"model": "doubao-seedream-4.5", "prompt": "as shown", "image_urls": urls, **fields}
    async with http.post("/v1/images/generations", json=order, headers=KEY) as answer:
        assert answer.status == 200
        task_id = (await answer.json())["id"]
    while True:
        async with http.get(f"/v1/tasks/{task_id}", headers=KEY) as answer:
            task = await answer.json()
        if task["status"] not in {"pending", "processing"}:
            return task
        await asyncio.sleep(0.005)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
async def test_an_image_is_stored_under_its_name(evolink, http, kind) -> None:
    """The bytes decide the type, and the link serves them."""
    data = picture(kind)
    status, body = await upload(http, data, upload_path="imagine", file_name="t1-1.img")
    stored = body["data"]
    assert (status, body["success"], body["code"]) == (200, True, 200)
    assert stored["mime_type"] == f"image/{kind.lower()}"
    assert (stored["original_name"], stored["file_size"]) == ("mine.bin", len(data))
    assert stored["file_url"] == f"{evolink.url}/files/imagine/t1-1.img"
    for link in (stored["file_url"], stored["download_url"]):
        async with http.get(link) as answer:
            assert await answer.read() == data


@pytest.mark.parametrize("kind", ["BMP", "TIFF"])
@pytest.mark.parametrize("status", [400, 200])
async def test_another_type_is_40002(evolink, http, kind, status) -> None:
    """Only four types are taken; success is false even where the status is 200."""
    evolink.behaviour.file_refusal_status = status
    answered, body = await upload(http, picture(kind))
    assert (answered, body["success"], body["code"]) == (status, False, 40002)
    assert evolink.books.uploads == []


async def test_a_large_file_is_40001(monkeypatch, http) -> None:
    """Over 100 MB in reality; over 1000 bytes here, for speed."""
    monkeypatch.setattr(files, "MAX_BYTES", 1000)
    data = picture().ljust(1001, b"\0")
    assert (await upload(http, data))[1]["code"] == 40001
    assert (await upload(http, data[:1000]))[0] == 200


async def test_a_full_account_is_40003_until_a_file_is_deleted(evolink, http) -> None:
    """Overwriting a file needs no extra place."""
    evolink.behaviour.stored_files = 2
    await upload(http, picture(), file_name="a.png")
    _, second = await upload(http, picture(), file_name="b.png")
    assert (await upload(http, picture(), file_name="c.png"))[1]["code"] == 40003
    assert (await upload(http, picture(), file_name="a.png"))[0] == 200
    assert await quota(http) == {
        "user_group": "default",
        "total_files": 2,
        "used_files": 2,
        "remaining_files": 0,
    }
    file = f"/api/v1/files/{second['data']['file_id']}"
    for status in (200, 404):
        async with http.delete(file, headers=KEY) as answer:
            assert answer.status == status
    assert (await quota(http))["remaining_files"] == 1
    assert [upload.deleted_at is None for upload in evolink.books.uploads] == [False, False, True]


async def test_a_name_that_comes_again_overwrites(http) -> None:
    """The link serves the latest upload."""
    await upload(http, picture("PNG"), file_name="same")
    _, body = await upload(http, picture("GIF"), file_name="same")
    async with http.get(body["data"]["file_url"]) as answer:
        assert await answer.read() == picture("GIF")
    assert (await quota(http))["used_files"] == 1


async def test_files_without_a_name_get_one(http) -> None:
    """Two uploads never get the same name by chance."""
    links = {(await upload(http, picture()))[1]["data"]["file_url"] for _ in range(3)}
    assert len(links) == 3


async def test_a_path_cannot_leave_the_store(evolink, http) -> None:
    """Dotted parts are dropped."""
    _, body = await upload(http, picture(), upload_path="../../x", file_name="../y.png")
    assert body["data"]["file_url"] == f"{evolink.url}/files/x/y.png"


async def test_a_file_expires(evolink, http) -> None:
    """After 72 sandbox hours it is gone, and its place is free."""
    evolink.clock.speed = 1e9
    _, body = await upload(http, picture())
    await asyncio.sleep(0.01)
    async with http.get(body["data"]["file_url"]) as answer:
        assert answer.status == 404
    assert (await quota(http))["used_files"] == 0


async def test_a_form_without_a_file_is_refused(http) -> None:
    """400 in the service's envelope."""
    form = aiohttp.FormData({"upload_path": "x"}, default_to_multipart=True)
    async with http.post("/api/v1/files/upload/stream", data=form, headers=KEY) as answer:
        assert (answer.status, (await answer.json())["success"]) == (400, False)


async def test_a_file_can_come_as_base64_or_from_a_link(http) -> None:
    """The other two ways in; a link that can't be fetched is 40004."""
    encoded = base64.b64encode(picture()).decode()
    link = ""
    for data in (encoded, f"data:image/png;base64,{encoded}"):
        body = {"base64_data": data, "file_name": "b.png"}
        async with http.post("/api/v1/files/upload/base64", json=body, headers=KEY) as answer:
            link = (await answer.json())["data"]["file_url"]
    for url, code in ((link, 200), (f"{link}x", 40004), ("http://192.0.2.1/x.png", 40004)):
        body = {"file_url": url}
        async with http.post("/api/v1/files/upload/url", json=body, headers=KEY) as answer:
            assert (await answer.json())["code"] == code


async def test_references_are_fetched_and_auto_takes_the_first_ones_ratio(evolink, http) -> None:
    """Fetched references are in the books, in order, and determine the size."""
    wide, tall = picture("PNG", (320, 180)), picture("WEBP", (90, 160))
    links = [(await upload(http, data))[1]["data"]["file_url"] for data in (wide, tall)]
    task = await draw(http, *links, quality="4K")
    [submission] = evolink.books.submissions
    shapes = [(image.format, image.width, image.height) for image in submission.references]
    assert shapes == [("PNG", 320, 180), ("WEBP", 90, 160)]
    async with http.get(task["results"][0]) as answer, asyncio.timeout(PATIENCE):
        with Image.open(io.BytesIO(await answer.read())) as image:
            assert image.size == (5504, 3040)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (picture("PNG", (14, 100)), "image_dimension_mismatch"),
        (picture("PNG", (15, 241)), "image_dimension_mismatch"),
        (picture("PNG", (6001, 6000), "1"), "image_dimension_mismatch"),
        (picture("PNG", (300, 300))[:-30], "image_processing_error"),
        (b"\x89PNG\r\n\x1a\n" + bytes(64), "image_processing_error"),
    ],
    ids=["small", "narrow", "many pixels", "truncated", "no image"],
)
async def test_a_reference_out_of_limits_fails_the_task(evolink, http, data, code) -> None:
    """The task fails and costs nothing; the limits are those on Evolink's page."""
    _, body = await upload(http, data)
    task = await draw(http, body["data"]["file_url"])
    assert (task["status"], task["error"]["code"]) == ("failed", code)
    assert evolink.credits == 10_000


async def test_a_reference_of_too_many_bytes_fails_the_task(monkeypatch, http) -> None:
    """Over 10 MB in reality; over 1000 bytes here, for speed."""
    monkeypatch.setattr(references, "MAX_BYTES", 1000)
    for size, state in ((1000, "completed"), (1001, "failed")):
        _, body = await upload(http, picture().ljust(size, b"\0"))
        assert (await draw(http, body["data"]["file_url"]))["status"] == state


@pytest.mark.parametrize(("kind", "size"), [("PNG", (15, 240)), ("GIF", (15, 15))])
async def test_a_reference_at_its_limit_is_taken(http, kind, size) -> None:
    """More than 14 px a side, and a ratio of 1 to 16, are in."""
    _, body = await upload(http, picture(kind, size))
    assert (await draw(http, body["data"]["file_url"]))["status"] == "completed"


@pytest.mark.parametrize(
    "link", ["{url}/files/gone.png", "http://192.0.2.1/x.png", "http://127.0.0.1:1/x"]
)
async def test_a_reference_that_cannot_be_fetched_fails_the_task(evolink, http, link) -> None:
    """Gone, outside this machine, or nobody listens."""
    task = await draw(http, link.format(url=evolink.url))
    assert task["error"]["code"] == "image_processing_error"


async def test_closing_removes_the_files(evolink, http) -> None:
    """Somebody who tried the sandbox has nothing left on their disk."""
    await upload(http, picture())
    folder = Path(evolink._files._folder.name)
    assert folder.exists()  # noqa: ASYNC240 - a test may block
    await evolink.close()
    assert not folder.exists()  # noqa: ASYNC240 - as above
