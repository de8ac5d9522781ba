"""The sandbox's Evolink keeps the contract of the real one: submit, follow, pay."""

import asyncio
import io
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from PIL import Image

from sandbox.evolink.counting import images_asked
from sandbox.faults import Fault
from tests.kit.patience import slowness

KEY = {"Authorization": "Bearer sandbox-key"}
ORDER = {"model": "doubao-seedream-4.5", "prompt": "a lake"}


@pytest.fixture
async def http(evolink) -> AsyncIterator[aiohttp.ClientSession]:
    """A client with an agent of its own, and no key."""
    headers = {"User-Agent": "imagine-tests/1"}
    async with aiohttp.ClientSession(evolink.url, headers=headers) as http:
        yield http


async def submit(http, headers=KEY, **fields):
    """Submit an order; return status, body and headers."""
    url = "/v1/images/generations"
    async with http.post(url, json={**ORDER, **fields}, headers=headers) as answer:
        return answer.status, await answer.json(), answer.headers


async def read(http, task_id):
    """Read a task; return status and body."""
    async with http.get(f"/v1/tasks/{task_id}", headers=KEY) as answer:
        return answer.status, await answer.json()


async def ended(http, task_id):
    """Read the task until it has ended."""
    while True:
        _, task = await read(http, task_id)
        if task["status"] not in {"pending", "processing"}:
            return task
        await asyncio.sleep(0.005)


async def until(condition) -> None:
    """Wait for something that happens in the background."""
    while not condition():  # noqa: ASYNC110 - the books are plain lists without events
        await asyncio.sleep(0.005)


async def test_a_submission_is_drawn_and_paid(evolink, http) -> None:
    """Credits for n are held, and settled by the images made; the task links to its images."""
    evolink.behaviour.unfinished = True
    status, task, _ = await submit(http, n=4, prompt="a lake. Generate 3 different images.")
    assert (status, task["status"], task["usage"]["credits_reserved"]) == (200, "pending", 8.16)
    assert task["id"].startswith("task-unified-")
    assert evolink.credits == pytest.approx(10_000 - 8.16)
    evolink.behaviour.unfinished = False
    done = await ended(http, task["id"])
    assert (done["status"], done["progress"], len(done["results"])) == ("completed", 100, 3)
    assert evolink.credits == pytest.approx(10_000 - 6.12)
    [submission] = evolink.books.submissions
    assert (submission.images_made, submission.credits_charged) == (3, 6.12)
    assert len(evolink.books.reads) >= 1


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"model": "dall-e-9"}, "model"),
        ({"prompt": " "}, "prompt"),
        ({"prompt": "x" * 2001}, "prompt"),
        ({"prompt": None}, "prompt"),
        ({"n": 0}, "n"),
        ({"n": 16}, "n"),
        ({"n": True}, "n"),
        ({"n": "2"}, "n"),
        ({"n": 2, "image_urls": ["http://127.0.0.1/x.png"] * 14}, "n"),
        ({"image_urls": ["http://127.0.0.1/x.png"] * 15}, "image_urls"),
        ({"image_urls": ["file:///etc/passwd"]}, "image_urls"),
        ({"image_urls": "http://127.0.0.1/x.png"}, "image_urls"),
        ({"size": "7:5"}, "size"),
        ({"size": "1024x1024"}, "size"),
        ({"size": "4097x4096"}, "size"),
        ({"size": "16640x1000"}, "size"),
        ({"quality": "1K"}, "quality"),
        ({"prompt_priority": "fast"}, "prompt_priority"),
        ({"callback_url": "ftp://example.com/x"}, "callback_url"),
        ({"callback_url": "http://127.0.0.1/" + "x" * 2048}, "callback_url"),
        ({"seed": 7}, "seed"),
    ],
)
async def test_a_field_out_of_limits_is_refused(evolink, http, fields, param) -> None:
    """400 names the field, nothing is held, no task exists."""
    status, body, _ = await submit(http, **fields)
    assert (status, body["error"]["param"]) == (400, param)
    assert body["error"].keys() == {"code", "message", "type", "param"}
    assert (evolink.credits, evolink.books.submissions) == (10_000, [])
    assert [refusal.status for refusal in evolink.books.refusals] == [400]


@pytest.mark.parametrize(
    "fields",
    [
        {"prompt": "湖" * 2000},
        {"n": 15},
        {"size": "2560x1440"},
        {"size": "4096x4096"},
        {"size": "9:21", "quality": "4K"},
        {"size": "auto", "prompt_priority": "standard"},
        {"callback_url": "https://example.com/hook"},
    ],
)
async def test_a_field_at_its_limit_is_taken(http, fields) -> None:
    """Limits are inclusive, and a prompt is counted in code points."""
    status, _, _ = await submit(http, **fields)
    assert status == 200


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/hook",
        "https://127.0.0.1/hook",
        "https://10.0.0.4/",
        "https://localhost/",
    ],
)
async def test_a_callback_is_public_and_https_by_default(evolink, http, url) -> None:
    """Evolink's page forbids plain http and private addresses."""
    evolink.behaviour.callbacks_to_loopback = False
    status, body, _ = await submit(http, callback_url=url)
    assert (status, body["error"]["param"]) == (400, "callback_url")


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}])
@pytest.mark.parametrize("path", ["/v1/tasks/task-unified-1", "/v1/credits", "/api/v1/files/quota"])
async def test_the_api_asks_for_the_key(http, headers, path) -> None:
    """401 without a key or with a wrong one."""
    async with http.get(path, headers=headers) as answer:
        assert answer.status == 401
        assert (await answer.json())["error"]["type"] == "authentication_error"


async def test_another_model_is_denied(http) -> None:
    """A model that exists, but not for this key, is 403."""
    status, body, _ = await submit(http, model="doubao-seedream-4.0")
    assert (status, body["error"]["code"]) == (403, "model_access_denied")


async def test_a_body_that_is_no_json_is_refused(http) -> None:
    """It is a 400, like any other mistake."""
    async with http.post("/v1/images/generations", data=b"{", headers=KEY) as answer:
        assert answer.status == 400


async def test_credits_that_do_not_suffice_are_402(evolink, http) -> None:
    """The field n decides, since n is held."""
    evolink.credits = 4.0
    status, body, _ = await submit(http, n=2)
    assert (status, body["error"]["code"], evolink.credits) == (402, "insufficient_quota", 4.0)
    assert (await submit(http, n=1))[0] == 200


@pytest.mark.parametrize(
    ("prompt", "n", "references", "made"),
    [
        ("a lake", 4, 0, 1),
        ("three cats", 4, 0, 1),
        ("生成2张不同的图片", 4, 0, 2),
        ("一只猫。生成三张图片", 4, 0, 3),
        ("Generate 4 images of a cat", 4, 0, 4),
        ("a cat. Generate 4 different images.", 2, 0, 2),
        ("make three very different pictures", 9, 0, 3),
        ("a cat, 5 different variations", 9, 0, 5),
        ("generate 2 images. Generate 4 different images.", 4, 0, 4),
        ("生成15张", 15, 13, 2),
        ("generate 0 images", 3, 0, 1),
    ],
)
def test_several_images_must_be_asked_for_in_the_prompt(prompt, n, references, made) -> None:
    """The field n is only an upper bound (Evolink's page)."""
    assert images_asked(prompt, n, references) == made


@pytest.mark.parametrize(("made", "charged"), [(0, 0.0), (1, 2.04), (3, 4.08)])
async def test_a_task_can_make_another_number_of_images(evolink, http, made, charged) -> None:
    """What was made is charged, but never more than was held."""
    evolink.behaviour.images_made = made
    _, task, _ = await submit(http, n=2)
    done = await ended(http, task["id"])
    assert (done["status"], len(done["results"])) == ("completed", made)
    assert evolink.books.charged == charged
    assert evolink.credits == pytest.approx(10_000 - charged)


async def test_a_task_fails_as_told_and_costs_nothing(evolink, http) -> None:
    """A failure is HTTP 200 with an error of type task_error; the next task works again."""
    evolink.behaviour.next_failures.append("service_error")
    _, task, _ = await submit(http)
    _, other, _ = await submit(http)
    failed = await ended(http, task["id"])
    assert failed["status"] == "failed"
    assert (failed["error"]["code"], failed["error"]["type"]) == ("service_error", "task_error")
    assert "results" not in failed
    assert (await ended(http, other["id"]))["status"] == "completed"
    assert evolink.books.charged == 2.04


@pytest.mark.parametrize("at_submit", [False, True])
async def test_a_prompt_can_be_moderated(evolink, http, at_submit) -> None:
    """Moderation comes as a failed task or as a 400: both were seen."""
    evolink.behaviour.moderate_words.append("Blood")
    evolink.behaviour.moderate_at_submit = at_submit
    status, body, _ = await submit(http, prompt="a blood moon")
    if at_submit:
        assert (status, body["error"]["code"]) == (400, "content_filter")
    else:
        assert (await ended(http, body["id"]))["error"]["code"] == "content_policy_violation"
    assert evolink.credits == 10_000


async def test_a_key_that_comes_again_makes_no_second_task(evolink, http) -> None:
    """Where keys are honoured, the replay answers the same task and says so."""
    evolink.behaviour.honours_idempotency = True
    headers = {**KEY, "Idempotency-Key": "imagine.task-1.attempt-1"}
    _, first, _ = await submit(http, headers)
    _, again, answered = await submit(http, headers)
    assert (again["id"], answered["idempotency-replayed"]) == (first["id"], "true")
    status, body, _ = await submit(http, headers, prompt="another")
    assert (status, body["error"]["code"]) == (409, "idempotency_conflict")
    [submission] = evolink.books.submissions
    assert submission.replays == 1


async def test_a_key_is_ignored(evolink, http) -> None:
    """The docs don't promise that the header works, so a test must turn it on."""
    headers = {**KEY, "Idempotency-Key": "imagine.task-1.attempt-1"}
    _, first, _ = await submit(http, headers)
    _, again, answered = await submit(http, headers)
    assert first["id"] != again["id"]
    assert "idempotency-replayed" not in answered
    assert len(evolink.books.submissions) == 2


async def test_tasks_are_listed(evolink, http) -> None:
    """Newest first, in pages, without prompts; if the list exists."""
    made = [(await submit(http, prompt=f"fox {number}"))[1]["id"] for number in range(3)]
    async with http.get("/v1/tasks", headers=KEY, params={"page": 2, "page_size": 2}) as answer:
        body = await answer.json()
    assert (body["total"], body["page"], [each["id"] for each in body["data"]]) == (3, 2, made[:1])
    assert "prompt" not in body["data"][0]
    evolink.behaviour.lists_tasks = False
    async with http.get("/v1/tasks", headers=KEY) as answer:
        assert answer.status == 404


async def test_a_malformed_key_is_refused(http) -> None:
    """16 to 96 of letters, digits, dot, underscore and hyphen."""
    status, _, _ = await submit(http, {**KEY, "Idempotency-Key": "short"})
    assert status == 400


@pytest.mark.parametrize(
    ("task_id", "status", "code"),
    [("42", 400, "invalid_task_id"), ("task-unified-0-none", 404, "task_not_found")],
)
async def test_a_task_that_is_not_there_cannot_be_read(http, task_id, status, code) -> None:
    """An id of another form is 400, an unknown one 404."""
    answered, body = await read(http, task_id)
    assert (answered, body["error"]["code"]) == (status, code)


async def test_a_task_passes_through_all_states(evolink, http) -> None:
    """Pending, processing with progress that grows, completed."""
    slower = slowness()
    evolink.behaviour.drawing_seconds = 40.0 * slower
    evolink.behaviour.pending_seconds = 10.0 * slower
    _, task, _ = await submit(http)
    states: list[tuple[str, int]] = []
    while not states or states[-1][0] != "completed":
        _, body = await read(http, task["id"])
        states.append((body["status"], body["progress"]))
        await asyncio.sleep(0.01)
    assert list(dict.fromkeys(state for state, _ in states)) == [
        "pending",
        "processing",
        "completed",
    ]
    progress = [part for _, part in states]
    assert progress == sorted(progress)
    assert any(0 < part < 100 for part in progress)


async def test_progress_can_stay_at_zero(evolink, http) -> None:
    """It jumps to 100 at the end, as seen in reality."""
    evolink.behaviour.progress_moves = False
    evolink.behaviour.pending_seconds = 0.0
    evolink.behaviour.unfinished = True
    _, task, _ = await submit(http)
    await asyncio.sleep(0.02)
    _, body = await read(http, task["id"])
    assert (body["status"], body["progress"]) == ("processing", 0)
    evolink.behaviour.unfinished = False
    assert (await ended(http, task["id"]))["progress"] == 100


@pytest.mark.parametrize(
    ("shape", "found"),
    [
        ("strings", lambda body: body["results"][0]),
        ("objects", lambda body: body["results"][0]["url"]),
        ("result_data", lambda body: body["result_data"][0]["image_url"]),
    ],
)
async def test_results_come_in_three_shapes(evolink, http, shape, found) -> None:
    """All three were seen."""
    evolink.behaviour.result_shape = shape
    _, task, _ = await submit(http)
    assert found(await ended(http, task["id"])) == evolink.books.submissions[0].links[0]


async def test_a_batch_leaves_out_what_is_unknown(http) -> None:
    """One request reads up to 50 tasks."""
    _, task, _ = await submit(http)
    ids = [task["id"], "task-unified-0-none"]
    async with http.post("/v1/tasks/batch", json={"task_ids": ids}, headers=KEY) as answer:
        assert [body["id"] for body in (await answer.json())["data"]] == [task["id"]]
    async with http.post("/v1/tasks/batch", json={"task_ids": ids * 26}, headers=KEY) as answer:
        assert answer.status == 400


async def test_the_account_tells_its_credits(evolink, http) -> None:
    """Held credits can't be spent."""
    evolink.behaviour.unfinished = True
    await submit(http, n=2)
    async with http.get("/v1/credits", headers=KEY) as answer:
        data = (await answer.json())["data"]
    assert data["user"]["remaining_credits"] == data["token"]["remaining_credits"] == 9995.92


async def test_a_cancelled_task_is_refunded_and_called_back(evolink, http) -> None:
    """Cancelled is a state of its own, though no client can ask for it."""
    calls: list[str] = []
    evolink.behaviour.unfinished = True
    async with listener([200], calls) as url:
        _, task, _ = await submit(http, callback_url=url)
        evolink.cancel(task["id"])
        assert (await ended(http, task["id"]))["status"] == "cancelled"
        assert evolink.credits == 10_000
        await until(lambda: calls)
    assert calls == ["cancelled"]


class listener:  # noqa: N801 - reads as a function
    """A bot's callback address: answers with one status after the other, records the states."""

    def __init__(self, statuses, calls) -> None:
        self.statuses, self.calls = iter(statuses), calls

    async def __aenter__(self) -> str:
        app = web.Application()
        app.add_routes([web.post("/hook", self.hook)])
        self.runner = web.AppRunner(app)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{self.runner.addresses[0][1]}/hook"

    async def __aexit__(self, *_: object) -> None:
        await self.runner.cleanup()

    async def hook(self, request: web.Request) -> web.Response:
        """Note the state, answer what comes next."""
        self.calls.append((await request.json())["status"])
        return web.Response(status=next(self.statuses))


@pytest.mark.parametrize(("statuses", "tries"), [([204], 1), ([500, 302, 200], 3), ([500] * 9, 4)])
async def test_a_callback_is_repeated_until_it_is_taken(evolink, http, statuses, tries) -> None:
    """At most three more tries, after the task has been paid."""
    evolink.clock.speed = 1000
    calls: list[str] = []
    async with listener(statuses, calls) as url:
        await submit(http, callback_url=url)
        await until(lambda: len(evolink.books.callbacks) >= tries)
        await asyncio.sleep(0.02)
    assert calls == ["completed"] * tries
    assert [call.status for call in evolink.books.callbacks] == statuses[:tries]
    assert evolink.books.charged == 2.04


async def test_a_reader_can_be_told_no_estimate(evolink, http) -> None:
    """The field is optional."""
    evolink.behaviour.estimated_time = None
    _, task, _ = await submit(http)
    assert task["task_info"] == {"can_cancel": True}


async def test_a_thousand_tasks_are_cheap(evolink, http) -> None:
    """A task is a sleeping coroutine and a timer: nothing polls, nothing is drawn unasked."""
    evolink.behaviour.drawing_seconds = 20.0
    for _ in range(20):
        await asyncio.gather(*(submit(http) for _ in range(50)))
    await until(lambda: all(task.ended for task in evolink.books.submissions))
    assert len(evolink.books.submissions) == 1000
    assert evolink.credits == pytest.approx(10_000 - 2040)


async def test_a_fault_can_answer_instead(evolink, http) -> None:
    """The rule affects as many requests as it says, and they have no effect."""
    headers = {"Retry-After": "30", "Content-Type": "application/json"}
    rule = Fault(
        method="POST", path="^/v1/images", times=1, status=429, body=b"{}", headers=headers
    )
    evolink.faults.add(rule)
    status, _, answered = await submit(http)
    assert (status, answered["Retry-After"], rule.met) == (429, "30", 1)
    assert evolink.books.submissions == []
    assert (await submit(http))[0] == 200


@pytest.mark.parametrize(("apply", "tasks"), [(False, 0), (True, 1)])
async def test_a_fault_can_cut_the_connection(evolink, http, apply, tasks) -> None:
    """With apply_then_fail the task exists, though its answer was lost."""
    evolink.faults.add(Fault(path="generations", times=1, drop=True, apply_then_fail=apply))
    with pytest.raises(aiohttp.ClientError):
        await submit(http)
    assert len(evolink.books.submissions) == tasks


async def test_a_fault_can_be_about_one_request(evolink, http) -> None:
    """A rule may look into the body; the request can still be read, and others pass."""

    async def about_dogs(request) -> bool:
        return "dog" in await request.text()

    headers = {"Content-Type": "application/json"}
    rule = evolink.faults.add(
        Fault(about=about_dogs, times=1, status=503, body=b"{}", headers=headers)
    )
    assert (await submit(http, prompt="a cat"))[0] == 200
    assert (await submit(http, prompt="a dog"))[0] == 503
    assert (await submit(http, prompt="a dog"))[0] == 200
    assert rule.met == 1


async def test_a_fault_can_only_delay(evolink, http) -> None:
    """Without a status the request goes through."""
    evolink.faults.add(Fault(path="generations", delay=0.03))
    before = asyncio.get_running_loop().time()
    assert (await submit(http))[0] == 200
    assert asyncio.get_running_loop().time() - before >= 0.03


async def test_results_need_an_agent_and_no_key(evolink, http) -> None:
    """A library's default agent gets 1010, and a key beside a signed link is refused."""
    _, task, _ = await submit(http)
    [link] = (await ended(http, task["id"]))["results"]
    for headers in (
        KEY,
        {"User-Agent": "Python/3.11 aiohttp/3.14"},
        {"User-Agent": "python-requests/2.32"},
    ):
        async with http.get(link, headers=headers) as answer:
            assert answer.status == 403
    async with http.get(link) as answer:
        data = await answer.read()
        assert (answer.status, answer.content_type) == (200, "image/jpeg")
    with Image.open(io.BytesIO(data)) as image:
        assert (image.size, image.format) == ((2048, 2048), "JPEG")
    assert [download.index for download in evolink.books.downloads] == [0]


async def test_a_result_expires_after_a_day(evolink, http) -> None:
    """24 sandbox hours, then 403 as signed links answer; an unknown one is 404."""
    _, task, _ = await submit(http)
    [link] = (await ended(http, task["id"]))["results"]
    evolink.clock.speed = 1e9
    _, task, _ = await submit(http)
    [short] = (await ended(http, task["id"]))["results"]
    await asyncio.sleep(0.01)
    for url, status in ((link, 200), (short, 403), (f"{link}x", 404)):
        async with http.get(url) as answer:
            assert answer.status == status
