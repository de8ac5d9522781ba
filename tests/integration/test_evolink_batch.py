"""Reads of the same moment share a request, where Evolink can answer it."""

import asyncio
import json
from collections import Counter

import pytest
from aiohttp import web

from bot.domain.ids import RemoteId
from bot.errors import NotTaken, RateLimited, Rejected
from bot.evolink.batch_reads import AGAIN, BatchReads
from bot.evolink.values import RemoteTask, Status
from tests.integration.evolink_kit import FOX, KEY, PAGE, answering, client, told

pytestmark = pytest.mark.usefixtures("no_waits", "all_together")

ONE, BATCH = "GET", "POST"
IDS = [RemoteId(f"task-unified-{number}") for number in range(60)]


@pytest.fixture
def all_together(monkeypatch):
    """Disable the single reads that chance decides on."""
    monkeypatch.setattr("bot.evolink.batch_reads.ALONE", 0.0)


def _drawing(remote_id: RemoteId) -> dict[str, object]:
    return {"id": remote_id, "status": "processing", "progress": 40}


def _failed(remote_id: RemoteId) -> dict[str, object]:
    return {"id": remote_id, "status": "failed"}


def _serving(batch):
    """Answer single reads well, and batches by what a test wants."""

    async def handler(request: web.Request) -> web.Response:
        if request.method == ONE:
            return web.json_response(_drawing(RemoteId(request.path.rpartition("/")[2])))
        wanted = (await request.json())["task_ids"]
        assert 1 < len(wanted) <= 50
        return batch(wanted)

    return handler


async def _read(handler, ids) -> tuple[list[object], Counter[str]]:
    async with answering(handler) as (url, seen), client(url) as evolink:
        found = await asyncio.gather(*map(evolink.read, ids), return_exceptions=True)
        return [_short(each) for each in found], Counter(method for method, _, _ in seen)


def _short(found: object) -> object:
    return found.remote_id if isinstance(found, RemoteTask) else found


async def test_many_are_read_with_few_requests():
    """At most fifty go together; a single one is read as before."""
    handler = _serving(lambda wanted: web.json_response({"data": list(map(_drawing, wanted))}))

    assert await _read(handler, IDS) == (IDS, {BATCH: 2})
    assert await _read(handler, IDS[:1]) == (IDS[:1], {ONE: 1})
    # Twice the same, which a callback and a poll may want at once.
    assert await _read(handler, [*IDS[:2], IDS[0]]) == ([*IDS[:2], IDS[0]], {BATCH: 1})


@pytest.mark.parametrize(
    "data",
    [
        [],
        [_drawing(IDS[0])],
        [_drawing(IDS[2])],
        [None, 7, {"id": {}}, {"status": "completed"}],
        # Other ways to say that a task wasn't found.
        [{"id": IDS[0], "status": "failed", "error": told("not_found")["error"]}],
        [{"id": IDS[0], "status": "not_found"}, {"id": IDS[1], "error": "no such task"}],
        [_failed(IDS[0]), _failed(IDS[1])],
        [{"id": each, "status": "completed"} for each in IDS[:2]],
        # Of three images, maybe.
        [{"id": IDS[0], "status": "completed", "results": ["https://a.b/c"]}],
        # The same task twice, with two answers.
        [_failed(IDS[0]), {"id": IDS[0], "status": "completed", "results": ["https://a.b/c"]}],
    ],
)
async def test_what_a_batch_leaves_out_is_read_by_itself(data):
    """Another task isn't taken for it, and an answer without an id describes none."""
    handler = _serving(lambda _: web.json_response({"data": data}))
    left = [each for each in IDS[:2] if _drawing(each) not in data]

    assert await _read(handler, IDS[:2]) == (IDS[:2], {BATCH: 1, ONE: len(left)})


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, json.dumps(told("not_found"))),
        (404, PAGE),
        (405, PAGE),
        (200, PAGE),
        (200, '{"data": {"task_ids": []}}'),
        (200, "[1, 2]"),
        (200, '{"data": [{"id": "task-unif'),
    ],
)
async def test_a_batch_that_fails_is_not_tried_again(status, body):
    """Each is read on its own, this time and the next."""
    handler = _serving(lambda _: web.Response(status=status, body=body))
    async with answering(handler) as (url, seen), client(url) as evolink:
        for _ in range(2):
            found = await asyncio.gather(*map(evolink.read, IDS[:3]))
            assert [each.remote_id for each in found] == IDS[:3]
        tried = Counter((method, path) for method, path, _ in seen)

    assert sum(number for (method, _), number in tried.items() if method == ONE) == 6
    assert tried[BATCH, "/v1/tasks/batch"] <= 3  # the quick attempts of the only one


async def test_a_rate_limit_is_everybodys():
    """Asking for each on its own would only prolong it."""
    handler = _serving(lambda _: web.json_response(told("rate_limit"), status=429))
    found, seen = await _read(handler, IDS[:3])

    assert {type(each) for each in found} == {RateLimited}
    assert seen[ONE] == 0


@pytest.mark.parametrize(("status", "code"), [(401, "unauthorized"), (403, "ip_restricted")])
async def test_a_refusal_may_be_of_batches_alone(status, code):
    """The key may lack permission for something undocumented; its tasks are still read."""
    handler = _serving(lambda _: web.json_response(told(code), status=status))

    assert (await _read(handler, IDS[:3]))[0] == IDS[:3]


async def test_batches_that_are_out_of_date(monkeypatch):
    """Evolink may ask its provider only about tasks that are read on their own."""
    monkeypatch.setattr("bot.evolink.batch_reads.ALONE", 0.1)

    async def one(remote_id: RemoteId) -> RemoteTask:
        return RemoteTask(remote_id=remote_id, status=Status.COMPLETED, results=("https://a.b/c",))

    async def many(wanted):
        return {each: RemoteTask(remote_id=each, status=Status.DRAWING) for each in wanted}

    reads, left = BatchReads(one, many), set(IDS[:20])
    async with asyncio.timeout(60):
        while left:
            told_now = await asyncio.gather(*map(reads.read, left))
            left -= {each.remote_id for each in told_now if each.status is Status.COMPLETED}
    await reads.close()


async def test_a_day_later_it_is_tried_again():
    """Evolink may support it by then."""
    asked, now = Counter[str](), 0.0

    async def one(remote_id: RemoteId) -> RemoteTask:
        asked[ONE] += 1
        return RemoteTask(remote_id=remote_id, status=Status.DRAWING)

    async def many(_):
        asked[BATCH] += 1
        raise NotTaken

    reads = BatchReads(one, many, lambda: now)
    for now in (0.0, AGAIN - 1.0, AGAIN + 1.0):  # noqa: B007 - the clock reads it
        await asyncio.gather(*map(reads.read, IDS[:2]))
    await reads.close()

    assert asked == {ONE: 6, BATCH: 2}


async def test_whoever_gives_up_takes_nothing_from_the_others():
    """A read is cancelled when its lease ends."""
    answered = asyncio.Event()

    async def one(remote_id: RemoteId) -> RemoteTask:
        raise Rejected("task_not_found", remote_id)

    async def many(wanted):
        await answered.wait()
        return {each: RemoteTask(remote_id=each, status=Status.DRAWING) for each in wanted}

    reads = BatchReads(one, many)
    first, same, second = [
        asyncio.create_task(reads.read(each)) for each in (IDS[0], IDS[0], IDS[1])
    ]
    await asyncio.sleep(0.1)
    first.cancel()
    answered.set()

    assert (await same).remote_id == IDS[0]
    assert (await second).remote_id == IDS[1]
    assert first.cancelled()
    await reads.close()


async def test_the_sandbox_answers_as_the_client_expects(sandbox):
    """It answers several tasks at once; a task that it doesn't know gets Evolink's own code."""
    async with client(sandbox.url) as evolink:
        taken = [
            await evolink.submit(FOX, [], key=f"{KEY}-{number}", before=10**15)
            for number in range(2)
        ]
        wanted = [*(each.remote_id for each in taken), RemoteId("task-unified-none")]
        found = await asyncio.gather(*map(evolink.read, wanted), return_exceptions=True)

    assert [_short(each) for each in found[:2]] == wanted[:2]
    assert isinstance(found[2], Rejected)
