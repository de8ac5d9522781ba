"""The client against real servers on loopback: what each answer means, and what is sent."""

import asyncio

import pytest
from aiohttp import web

from bot.domain.ids import RemoteId
from bot.domain.request import Request
from bot.errors import (
    AccessDenied,
    EvolinkError,
    KeyRefused,
    ModelUnavailable,
    NotTaken,
    OutcomeUnknown,
    OutOfCredits,
    RateLimited,
    Rejected,
    ServerFailed,
)
from bot.evolink.client import Evolink
from bot.evolink.values import RemoteTask, Status
from bot.evolink.wire import listed_tasks
from bot.proxies import Proxies
from sandbox.faults import Fault
from tests.integration.evolink_kit import (
    FOX,
    KEY,
    MODEL,
    PAGE,
    always,
    answering,
    client,
    cut,
    silent,
    told,
)
from tests.kit.proxy import proxy

pytestmark = pytest.mark.usefixtures("no_waits")


@pytest.mark.parametrize(
    ("handler", "error"),
    [
        (always(400, told("invalid_request")), Rejected("invalid_request", "why")),
        (always(400, told(1001)), Rejected("1001", "why")),
        (always(404, told("not_found")), Rejected("not_found", "why")),
        (always(401, told("unauthorized")), KeyRefused("why")),
        (always(402, told("insufficient_quota")), OutOfCredits("why")),
        (always(403, told("model_access_denied")), AccessDenied("why")),
        (always(403, told("content_filter")), Rejected("content_filter", "why")),
        (always(451, told("moderation_blocked")), Rejected("moderation_blocked", "why")),
        (always(500, told("input_moderation_failed")), Rejected("input_moderation_failed", "why")),
        (always(403, told("insufficient_user_quota")), OutOfCredits("why")),
        (always(400, told("account_balance_insufficient")), OutOfCredits("why")),
        (always(429, told("key_daily_quota_exhausted")), OutOfCredits("why")),
        (always(403, told("key_disabled")), KeyRefused("why")),
        (always(400, told("user_disabled")), KeyRefused("why")),
        (always(400, told("key_model_not_allowed")), AccessDenied("why")),
        (always(401, told("ip_restricted")), AccessDenied("why")),
        (always(429, told("x"), **{"Retry-After": "40"}), RateLimited("why", 40.0)),
        (always(429, told("x"), **{"Retry-After": "inf"}), RateLimited("why")),
        (always(429, told("x"), **{"Retry-After": "1e308"}), RateLimited("why", 1e9)),
        (always(403, told("quota_exceeded")), RateLimited("why")),
        (always(429, told("quota_not_enough")), OutOfCredits("why")),
        (always(400, told("model_unavailable")), ModelUnavailable()),
        (always(500, told("no_available_channel")), ModelUnavailable()),
        (always(403, told("channel_selection_failed")), ModelUnavailable()),
        (always(503, told("channel_busy")), ModelUnavailable()),
        (always(409, told("idempotency_conflict")), OutcomeUnknown()),
        (always(500, told("paid_outcome_unknown")), OutcomeUnknown()),
        (always(408, told("timeout")), OutcomeUnknown()),
        (always(500, told("internal_error")), ServerFailed()),
        (always(503, told("service_unavailable")), NotTaken()),
        (always(502, told("x")), OutcomeUnknown()),
        # Not Evolink's own words: no verdict on the account or the request, whatever they say.
        *[
            (always(status, PAGE), NotTaken())
            for status in (400, 401, 402, 403, 404, 405, 413, 422)
        ],
        (always(403, b""), NotTaken()),
        (always(403, {"error": "Forbidden"}), NotTaken()),
        (always(404, {"error": {"message": "no route"}}), NotTaken()),
        (always(403, PAGE, **{"Retry-After": "40"}), NotTaken()),
        (always(429, PAGE), NotTaken()),
        (always(408, PAGE), OutcomeUnknown()),
        (always(500, PAGE), OutcomeUnknown()),
        (always(200, told("moderation_blocked")), Rejected("moderation_blocked", "why")),
        (always(200, told("insufficient_quota")), OutOfCredits("why")),
        (always(200, told("x")), OutcomeUnknown()),
        (always(503, b""), OutcomeUnknown()),
        (always(503, PAGE, **{"Retry-After": "7"}), OutcomeUnknown()),
        (always(503, {"error": {"code": 503, "message": "no healthy upstream"}}), OutcomeUnknown()),
        (always(500, {"error": {"code": 500, "message": "x"}}), OutcomeUnknown()),
        (always(499, PAGE), OutcomeUnknown()),
        (always(409, PAGE), OutcomeUnknown()),
        (always(424, b""), OutcomeUnknown()),
        (always(504, b""), OutcomeUnknown()),
        (always(307, b"", Location="/elsewhere"), OutcomeUnknown()),
        (always(200, b"<html>"), OutcomeUnknown()),
        (always(200, {}), OutcomeUnknown()),
        (always(200, []), OutcomeUnknown()),
        (always(202, {}), OutcomeUnknown()),
        (cut, OutcomeUnknown()),
        (silent, OutcomeUnknown()),
    ],
)
async def test_what_an_answer_to_a_submission_means(handler, error):
    """Each answer has one meaning, and whatever it is, the request was sent once."""
    patience = 0.5 if handler is silent else 5
    async with answering(handler) as (url, seen), client(url, timeout=patience) as evolink:
        with pytest.raises(type(error)) as raised:
            await evolink.submit(FOX, [], key=KEY, before=1)
    assert [(method, path) for method, path, _ in seen] == [("POST", "/v1/images/generations")]
    assert type(raised.value) is type(error)
    named = ("code", "message") if isinstance(error, Rejected) else ("message", "retry_after")
    for name in named:
        if hasattr(error, name):
            assert getattr(raised.value, name) == getattr(error, name)


@pytest.mark.parametrize("status", [429, 403])
async def test_a_front_that_shuts_us_out_is_asked_nothing_more(status):
    """Neither by repeatable requests nor by a submission, until the block is over."""
    page = always(status, PAGE, **{"Retry-After": "40", "Content-Type": "text/html"})
    async with answering(page) as (url, seen), client(url) as evolink:
        assert evolink.blocked_seconds == 0
        for _ in range(3):
            with pytest.raises(NotTaken):
                await evolink.read(RemoteId("task-unified-1"))
            with pytest.raises(NotTaken):
                await evolink.submit(FOX, [], key=KEY, before=1)
        assert len(seen) == 1
        assert 39 < evolink.blocked_seconds <= 40


async def test_a_refused_connection_was_surely_not_sent(unused_tcp_port):
    """Nobody listens: nothing was accepted, whether submission or read."""
    async with client(f"http://127.0.0.1:{unused_tcp_port}") as evolink:
        with pytest.raises(NotTaken):
            await evolink.submit(FOX, [], key=KEY, before=1)
        with pytest.raises(NotTaken):
            await evolink.read(RemoteId("task-unified-1"))


async def test_one_that_is_too_late_is_not_sent():
    """Its process was suspended while another took over: it isn't sent, so nothing was accepted."""
    async with answering(always(200, {"id": "t"})) as (url, seen), client(url, now=1) as evolink:
        with pytest.raises(NotTaken):
            await evolink.submit(FOX, [], key=KEY, before=1)
    assert not seen


async def test_a_handshake_that_never_ends_was_surely_not_sent():
    """TCP connects but TLS doesn't: the request wasn't sent, so it wasn't accepted."""
    gone = asyncio.Event()

    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        gone.set()

    server = await asyncio.start_server(mute, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, client(f"https://127.0.0.1:{port}", timeout=0.6) as evolink:
        with pytest.raises(NotTaken):
            await evolink.submit(FOX, [], key=KEY, before=1)
        await gone.wait()


@pytest.mark.parametrize(
    ("key", "idempotency_key"),
    [("sandbox-key\n", KEY), ("sandbox-key\r\nX-Injected: 1", KEY), ("sandbox-key", "a\nb")],
    ids=["a line end", "a second header", "in a header of the request"],
)
async def test_what_cannot_even_be_sent_was_not_sent(key, idempotency_key):
    """An error of our own before the first byte leaves no doubt: nothing was drawn."""
    async with answering(always(200, {"id": "x", "status": "pending"})) as (url, seen):
        async with client(url, key=key) as evolink:
            with pytest.raises(NotTaken):
                await evolink.submit(FOX, [], key=idempotency_key, before=1)
        assert not seen


@pytest.mark.parametrize("status", [403, 407, 502])
async def test_a_proxy_that_leads_nowhere_sent_nothing(status):
    """It refuses the tunnel (CONNECT): the request was never sent, whatever the status."""
    async with proxy() as there:
        there.refuses = status
        proxies = Proxies(https=there.url)
        async with client("https://evolink.example", proxies=proxies) as evolink:
            with pytest.raises(NotTaken):
                await evolink.submit(FOX, [], key=KEY, before=1)
    assert there.asked == ["CONNECT evolink.example:443"]


async def test_a_refusal_whose_body_breaks_off_is_no_unknown_outcome():
    """Nobody knows who sent it, but the request was refused."""

    async def handler(request):
        answer = web.StreamResponse(status=402, headers={"Content-Length": "100"})
        await answer.prepare(request)
        await answer.write(b"{")
        request.transport.abort()
        return answer

    async with answering(handler) as (url, _), client(url) as evolink:
        with pytest.raises(NotTaken):
            await evolink.submit(FOX, [], key=KEY, before=1)


async def test_an_answer_in_pieces_is_read_whole():
    """An id that comes in the second packet counts, too: it is paid for."""

    async def handler(request):
        answer = web.StreamResponse()
        await answer.prepare(request)
        await answer.write(b'{"id": "task-unified-1", ')
        await asyncio.sleep(0.05)
        await answer.write(b'"task_info": {"estimated_time": 45}}')
        return answer

    async with answering(handler) as (url, _), client(url) as evolink:
        taken = await evolink.submit(FOX, [], key=KEY, before=1)
    assert (taken.remote_id, taken.estimate) == ("task-unified-1", 45_000)


async def test_each_submission_has_a_connection_of_its_own():
    """No submission uses a connection that was used before; reads share theirs."""
    handler = always(200, {"id": "task-unified-1", "status": "pending"})
    async with answering(handler) as (url, seen), client(url) as evolink:
        for _ in range(3):
            await evolink.read(RemoteId("task-unified-1"))
            await evolink.submit(FOX, [], key=KEY, before=1)
    ports = {"GET": set(), "POST": set()}
    for method, _, peer in seen:
        ports[method].add(peer[1])
    assert (len(ports["POST"]), len(ports["GET"])) == (3, 1)
    assert not ports["POST"] & ports["GET"]


async def test_what_is_sent(sandbox):
    """Evolink gets the request, its key and our agent; what is not set is left out."""
    request = Request.parse("a fox", size="2560x1440", count=2)
    async with client(sandbox.url) as evolink:
        taken = await evolink.submit(request, [], key=KEY, before=1)
    [submission] = sandbox.books.submissions
    assert (submission.id, submission.idempotency_key) == (taken.remote_id, KEY)
    assert submission.payload == {
        "model": "doubao-seedream-4.5",
        "prompt": request.prompt_sent,
        "n": 2,
        "size": "2560x1440",
        "prompt_priority": "standard",
    }


async def drawn(evolink: Evolink, remote_id: RemoteId) -> RemoteTask:
    """Read a task until it is completed."""
    task = await evolink.read(remote_id)
    while task.status is not Status.COMPLETED:
        await asyncio.sleep(0.005)
        task = await evolink.read(remote_id)
    return task


@pytest.mark.parametrize("shape", ["strings", "objects", "result_data"])
async def test_a_task_from_submission_to_download(sandbox, tmp_path, shape):
    """Results are found wherever Evolink puts them, and their bytes arrive unchanged."""
    sandbox.behaviour.result_shape = shape
    async with client(sandbox.url) as evolink:
        taken = await evolink.submit(FOX, [], key=KEY, before=1)
        task = await drawn(evolink, taken.remote_id)
        written = await evolink.download(task.results[0], tmp_path / "0", max_bytes=10**8)
    assert written == (tmp_path / "0").stat().st_size > 0
    assert len(sandbox.books.downloads) == 1


@pytest.mark.parametrize(
    ("handler", "error", "asked"),
    [
        (always(400, told("invalid_task_id")), Rejected("invalid_task_id", "why"), 1),
        (always(401, told("unauthorized")), KeyRefused(), 1),
        (always(402, told("insufficient_quota")), OutOfCredits(), 1),
        (always(403, told("model_access_denied")), AccessDenied(), 1),
        (always(404, told("task_not_found")), Rejected("task_not_found"), 1),
        (always(429, told("rate_limit_exceeded")), RateLimited(), 1),
        *[(always(status, PAGE), NotTaken(), 3) for status in (401, 402, 403, 404, 405, 408)],
        (always(500, told("internal_error")), NotTaken(), 3),
        (always(502, b""), NotTaken(), 3),
        (always(503, b""), NotTaken(), 3),
        (always(200, b"<html>"), NotTaken(), 3),
        (cut, NotTaken(), 3),
    ],
)
async def test_what_an_answer_to_a_read_means(handler, error, asked):
    """Trouble is retried a few times; a refusal isn't."""
    async with answering(handler) as (url, seen), client(url) as evolink:
        with pytest.raises(type(error)) as raised:
            await evolink.read(RemoteId("task-unified-1"))
    assert type(raised.value) is type(error)
    if isinstance(error, Rejected):
        assert getattr(raised.value, "code", None) == error.code
    # aiohttp itself repeats a GET once if a kept-alive connection was cut.
    assert asked <= len(seen) <= 2 * asked


async def test_a_read_that_fails_once_succeeds(sandbox):
    """One 502 in between is not seen by the caller."""
    async with client(sandbox.url) as evolink:
        taken = await evolink.submit(FOX, [], key=KEY, before=1)
        sandbox.faults.add(Fault("GET", "/v1/tasks/", times=1, status=502))
        assert (await evolink.read(taken.remote_id)).remote_id == taken.remote_id


async def test_listing_what_evolink_took(sandbox):
    """Those in the period, over all pages, newest first; an error if there is no list."""
    async with client(sandbox.url) as evolink:
        made = [(await evolink.submit(FOX, [], key=KEY, before=1)).remote_id for _ in range(60)]
        now = round(sandbox.clock.now() * 1000)
        found = await evolink.list_tasks(MODEL, since=now - 60_000, until=now + 60_000)
        assert [entry.remote_id for entry in found] == made[::-1]
        assert await evolink.list_tasks(MODEL, since=now - 9 * 10**6, until=now - 8 * 10**6) == ()
        sandbox.behaviour.lists_tasks = False
        with pytest.raises(EvolinkError):
            await evolink.list_tasks(MODEL, since=0, until=now)


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"data": None},
        {"data": [None, 3, {}, {"id": [5], "created_at": 1}, {"id": "a"}]},
        {"data": [{"id": "a", "created_at": "soon"}, {"id": "a", "created_at": float("inf")}]},
        {"data": [{"id": "a", "created_at": 100, "model": "another"}]},
    ],
)
async def test_a_list_that_makes_no_sense(body):
    """What cannot be read is left out."""
    async with answering(always(200, body)) as (url, _), client(url) as evolink:
        assert await evolink.list_tasks(MODEL, since=0, until=10**15) == ()


async def test_what_cannot_be_read_hides_no_other_page():
    """Nor do other models' tasks, if the server doesn't filter; an id may be a number."""
    another = {"id": "a", "created_at": 100, "model": "another"}
    pages = [[*[another] * 48, None, {}], [{"id": 7, "created_at": 100}]]

    async def page(_):
        return web.json_response({"data": pages.pop(0)})

    async with answering(page) as (url, _), client(url) as evolink:
        (found,) = await evolink.list_tasks(MODEL, since=0, until=10**15)
    assert found.remote_id == "7"


@pytest.mark.parametrize("created", [1700, 1_700_000_000_000, "2023-11-14T22:13:20+00:00"])
def test_times_of_a_list(created):
    """Seconds, milliseconds or a date."""
    body = {"data": [{"id": "a", "created_at": created}]}
    (entry,) = listed_tasks(body, "model")
    assert entry.created_at == (1_700_000 if created == 1700 else 1_700_000_000_000)


@pytest.mark.parametrize(
    ("token", "user", "left"),
    [
        ({"remaining_credits": 5}, {"remaining_credits": 9.5}, 5),
        ({"remaining_credits": 50}, {"remaining_credits": 9.5}, 9.5),
        ({"remaining_credits": 0, "unlimited_credits": True}, {"remaining_credits": 9}, 9),
        ({"unlimited_credits": True}, None, None),
        ({"remaining_credits": 3, "unlimited_credits": None}, None, 3),
    ],
)
async def test_what_can_be_spent(token, user, left):
    """The smaller of the key's and the account's credits."""
    handler = always(200, {"data": {"token": token, "user": user}, "success": True})
    async with answering(handler) as (url, _), client(url) as evolink:
        assert await evolink.credits() == left


async def test_an_answer_about_another_task():
    """A cache in between answers with somebody else's, perhaps private, picture: it isn't used."""
    body = {"id": "task-2", "status": "completed", "results": ["https://a.example/1.png"]}
    async with answering(always(body=body)) as (url, _), client(url) as evolink:
        with pytest.raises(NotTaken):
            await evolink.read(RemoteId("task-1"))


@pytest.mark.parametrize(
    "raw",
    [b'{"id": "task-1", "task_info": {', b'{"id": "task-1", "x": ' + b"[" * 9_999],
    ids=("broken off", "too deep"),
)
async def test_the_id_in_a_broken_answer(raw):
    """It was paid for: the id counts, though the rest cannot be read."""

    async def handler(request):
        # Longer than what is sent, so that it breaks off.
        answer = web.StreamResponse(headers={"Content-Length": str(len(raw) + 9)})
        await answer.prepare(request)
        await answer.write(raw)
        request.transport.close()
        return answer

    async with answering(handler) as (url, _), client(url) as evolink:
        taken = await evolink.submit(FOX, [], key=KEY, before=1)
        assert (taken.remote_id, taken.estimate) == ("task-1", None)
