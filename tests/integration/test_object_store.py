"""An object store: files come back whole or not at all, and errors are explained."""

import asyncio
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot import object_store
from bot.errors import FilesUnavailable, StartError
from bot.object_store import ObjectStore
from bot.settings import Settings
from bot.wiring.storage import storage_of
from sandbox.imagine.process import ROOT
from tests.kit.object_store import ANOTHER, BUCKET, KEYS, Server, wire
from tests.kit.patience import slowness

#: More than one part has.
LARGE = bytes(range(256)) * 50_000
LONG_AGO = "Thu, 01 Jan 2026 10:00:00 GMT"


def written(folder: Path, content: bytes = b"x" * 1000) -> Path:
    """Write a file."""
    path = folder / "file"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("content", [b"", b"x", LARGE], ids=["empty", "small", "large"])
async def test_a_file_there_and_back(s3: Server, tmp_path, content) -> None:
    """Every byte, even if sent in parts; a second upload replaces it."""
    store, back = s3.store("there"), tmp_path / "back"
    for some in (b"before", content):
        await store.put("results/7/0", written(tmp_path, some))
    assert await store.get("results/7/0", back)
    assert back.read_bytes() == content
    assert await store.size("results/7/0") == len(content)
    found = [each async for each in store.all("results")]
    assert [(each.name, each.bytes) for each in found] == [("results/7/0", len(content))]
    assert abs(found[0].written_at - time.time()) < 60 * slowness()
    for _ in range(2):
        await store.remove("results/7/0")
    assert not await store.get("results/7/0", back)
    assert await store.size("results/7/0") == 0


@pytest.mark.parametrize("headers", [{}, {"ETag": '"5"', "Last-Modified": LONG_AGO}])
async def test_a_page_in_its_place(tmp_path, headers) -> None:
    """A captive portal's page, say, is taken neither for a picture nor for the store's answer."""

    async def page(_: web.Request) -> web.Response:
        return web.Response(text="<p>Sign in", content_type="text/html", headers=headers)

    app = web.Application()
    app.router.add_route("*", "/{any:.*}", page)
    async with TestServer(app) as server:
        store = ObjectStore(BUCKET, endpoint=str(server.make_url("")), keys=KEYS)
        for asked in (
            store.put("results/7/0", written(tmp_path)),
            store.get("results/7/0", tmp_path / "back"),
            store.size("results/7/0"),
            store.remove("results/7/0"),
        ):
            with pytest.raises(FilesUnavailable):
                await asked
    assert not (tmp_path / "back").exists()


async def test_more_than_a_page_of_objects(s3: Server) -> None:
    """All of a folder's are listed, and no others."""
    store = s3.store(bucket=ANOTHER)
    for folder, number in (("references", 1_100), ("references-old", 1)):
        there = s3.folder / ANOTHER / folder
        there.mkdir()
        for each in range(number):
            (there / f"sha256-{each}").touch()
    names = {each.name async for each in store.all("references")}
    assert names == {f"references/sha256-{each}" for each in range(1_100)}
    assert [each async for each in store.all("nothing")] == []


@pytest.fixture
def impatient(monkeypatch) -> None:
    """Waits are shorter than in reality."""
    monkeypatch.setattr(object_store, "READ", 3)
    monkeypatch.setattr(object_store, "TRIES", 1)


@pytest.mark.usefixtures("impatient")
async def test_a_store_that_is_out_of_reach(s3: Server, tmp_path) -> None:
    """Each request fails in bounded time, and the next one succeeds when the store is back."""
    path, to = written(tmp_path), tmp_path / "to"
    async with wire(s3.port) as it:
        store = s3.store("away", port=it.port)
        await store.put("a", path)
        for fault in ("is_cut", "hangs"):
            setattr(it, fault, True)
            for ask in (
                store.put("b", path),
                store.get("a", to),
                store.size("a"),
                store.remove("b"),
                anext(store.all("results")),
            ):
                async with asyncio.timeout(30 * slowness()):
                    with pytest.raises(FilesUnavailable) as caught:
                        await ask
                assert not caught.value.is_refused
            setattr(it, fault, False)
            assert await store.get("a", to)
    assert "away/b" not in s3.objects()


@pytest.mark.usefixtures("impatient")
async def test_an_answer_that_breaks_off(s3: Server, tmp_path) -> None:
    """Half of a picture is never taken for a whole one."""
    async with wire(s3.port) as it:
        store = s3.store("half", port=it.port)
        await store.put("a", written(tmp_path, LARGE))
        it.cut_after = 3_000_000
        with pytest.raises(FilesUnavailable):
            await store.get("a", tmp_path / "to")


async def test_what_the_store_refuses(s3: Server, tmp_path) -> None:
    """A missing bucket, and unknown keys: these won't pass by themselves."""
    path, endpoint = written(tmp_path), f"http://127.0.0.1:{s3.port}"
    for store in (
        ObjectStore("nowhere", endpoint=endpoint, keys=("imagine-tests", "no-secret-of-anybody")),
        ObjectStore(BUCKET, endpoint=endpoint, keys=("imagine-tests", "a wrong one")),
        ObjectStore(BUCKET, endpoint=endpoint, keys=("somebody", "a wrong one")),
    ):
        with pytest.raises(FilesUnavailable) as caught:
            await store.put("a", path)
        assert caught.value.is_refused
        assert "\n" not in caught.value.why


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"STORAGE_URL": "s3://nowhere"}, 78, "s3://nowhere can't be used"),
        ({"AWS_SECRET_ACCESS_KEY": "a-wrong-one"}, 78, "can't be used"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, 69, "can't be used"),
        ({"AWS_ACCESS_KEY_ID": ""}, 78, "belong together"),
        ({"AWS_SECRET_ACCESS_KEY": ""}, 78, "belong together"),
        ({"STORAGE_URL": "gs://imagine"}, 78, "STORAGE_URL must look like s3://bucket"),
        ({"STORAGE_URL": "s3://imagine/../other"}, 78, "STORAGE_URL must look like s3://bucket"),
        ({"STORAGE_URL": "s3://imagine//folder"}, 78, "STORAGE_URL must look like s3://bucket"),
        ({"AWS_ENDPOINT_URL": "imagine"}, 78, "AWS_ENDPOINT_URL must be an address"),
        ({"AWS_ENDPOINT_URL": "http://a store"}, 78, "AWS_ENDPOINT_URL must be an address"),
        ({"AWS_ENDPOINT_URL": "http://store:x"}, 78, "AWS_ENDPOINT_URL must be an address"),
        ({"AWS_ENDPOINT_URL": "http://store/?a=b"}, 78, "AWS_ENDPOINT_URL must be an address"),
    ],
)
async def test_a_start_without_it(s3: Server, monkeypatch, changes, code, words) -> None:
    """One sentence says which setting; it names no secret."""
    monkeypatch.chdir(s3.folder)
    given = {"DISCORD_TOKEN": "t", "EVOLINK_API_KEY": "k", **s3.settings(), **changes}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(StartError, match=re.escape(words)) as caught:
        await storage_of(Settings.read())
    assert caught.value.exit_code == code
    assert "\n" not in caught.value.sentence
    assert "a-wrong-one" not in caught.value.sentence


#: Runs the bot with library threads that stay in Python until it shuts down.
LATE_THREADS = """
import asyncio, runpy, threading, time
call_soon = asyncio.BaseEventLoop.call_soon_threadsafe

def and_stay(*given, **named):
    handle = call_soon(*given, **named)
    while isinstance(threading.current_thread(), threading._DummyThread):
        time.sleep(0.001)
    return handle

asyncio.BaseEventLoop.call_soon_threadsafe = and_stay
runpy.run_module("bot", run_name="__main__")
"""


def test_the_library_does_not_change_the_exit_code(tmp_path) -> None:
    """One of its threads that is late would make Python abort, with code 134."""
    settings = {
        "DISCORD_TOKEN": "x",
        "EVOLINK_API_KEY": "x",
        "DATA_DIR": str(tmp_path),
        "STORAGE_URL": f"s3://{BUCKET}",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(  # noqa: S603 - our own text
        [sys.executable, "-c", LATE_THREADS],
        cwd=tmp_path,
        env=settings,
        capture_output=True,
        text=True,
        check=False,
        timeout=120 * slowness(),
    )
    assert (done.returncode, done.stdout) == (69, ""), done.stderr
    assert done.stderr.startswith(f"STORAGE_URL: s3://{BUCKET} can't be used"), done.stderr
