"""Evolink's callbacks and the health of the process, through the web server."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import pytest_asyncio
from aiohttp import web

from sandbox.faults import Fault
from tests.acceptance.studio import Studio, opened
from tests.acceptance.trouble import GENERATIONS, How, evolinks
from tests.kit.patience import PATIENCE, slowness
from tests.kit.ports import free_port


def _web() -> dict[str, str]:
    port = str(free_port())
    address = {"WEB_PORT": port, "WEB_HOST": "127.0.0.1", "PUBLIC_URL": f"http://127.0.0.1:{port}"}
    # Polls come too late to hide that a callback is missing.
    return address | {"CALLBACK_FLOOR_SECONDS": "300", "POLL_FLOOR_SECONDS": "300"}


@pytest_asyncio.fixture(loop_scope="session")
async def called(tmp_path) -> AsyncIterator[Studio]:
    """A bot that Evolink calls back."""
    async with opened(tmp_path, **_web()) as studio:
        studio.evolink.behaviour.callbacks_to_loopback = True
        yield studio


def _address(studio: Studio) -> str:
    return studio.bot.settings["PUBLIC_URL"]


async def _post(studio: Studio, path: str, body: bytes) -> int:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{_address(studio)}{path}", data=body) as answer,
    ):
        return answer.status


async def _asks_until(studio: Studio, path: str, status: int) -> str:
    """Ask until the answer has this status; return its text."""
    async with asyncio.timeout(PATIENCE * slowness()), aiohttp.ClientSession() as session:
        while True:
            async with session.get(f"{_address(studio)}{path}") as answer:
                if answer.status == status:
                    return await answer.text()
            await asyncio.sleep(0.1)


async def test_a_callback_ends_the_wait(called):
    """The images come with the callback; Evolink is asked once."""
    card = await called.slash("imagine", prompt="a fox")
    await called.results()
    await called.until(lambda: card.deleted)

    assert len(called.evolink.books.reads) == 1
    (told,) = called.evolink.books.callbacks
    assert told.status == 200


async def test_health(called):
    """The process says that it lives, and that Discord and the database are there."""
    every = '{"discord": true, "database": true, "running": true}'
    assert await _asks_until(called, "/readyz", 200) == every
    await called.discord.close()
    assert '"discord": false' in await _asks_until(called, "/readyz", 503)
    assert await _asks_until(called, "/healthz", 200) == "ok"


FORGED = [
    ("/evolink/1-1-" + "0" * 32, b'{"id": "task-unified-1-x"}', 404),
    ("/evolink/1", b'{"id": "task-unified-1-x"}', 404),
    ("/evolink/" + "9" * 30 + "-1-" + "0" * 32, b'{"id": "x"}', 404),
    ("/evolink/1-1-x", b"[" * 100_000, 400),
    ("/evolink/1-1-x", b'{"id": 5}', 404),
    ("/evolink/1-1-x", b'{"id": "' + b"x" * 1_001 + b'"}', 400),
    ("/evolink/1-1-x", b"x" * 300_000, 413),
]


async def test_forged_callbacks(called):
    """They are refused, and change nothing."""
    assert [await _post(called, path, body) for path, body, _ in FORGED] == [
        status for _, _, status in FORGED
    ]
    assert not called.evolink.books.reads


async def test_a_lost_submission_is_adopted(tmp_path):
    """The answer to the paid request is lost; the callback names it: posted and charged once."""
    async with opened(tmp_path, **_web(), UNKNOWN_AFTER_SECONDS="30") as studio:
        studio.evolink.behaviour.callbacks_to_loopback = True
        studio.evolink.faults.add(
            Fault("POST", GENERATIONS, times=1, apply_then_fail=True, drop=True)
        )
        card = await studio.slash("imagine", prompt="a fox", count=2)
        await studio.results()
        await studio.until(lambda: card.deleted)

        assert len(studio.evolink.books.submissions) == 1
        assert "18 left" in (await studio.slash("quota")).text


async def test_a_callback_before_the_answer_is_believed(called):
    """Evolink calls back, then answers the submission with 429, 503, 500 or 400: drawn once."""
    answers: dict[str, How] = {
        "one": evolinks(429, "rate_limit_exceeded", **{"Retry-After": "0"}),
        "two": evolinks(503, "service_unavailable"),
        "three": evolinks(500, "internal_error"),
        "four": evolinks(400, "invalid_request"),
    }

    def about(prompt: str) -> Callable[[web.Request], Awaitable[bool]]:
        async def is_it(request: web.Request) -> bool:
            return prompt in await request.text()

        return is_it

    for prompt, answer in answers.items():
        called.evolink.faults.add(
            Fault(
                "POST",
                GENERATIONS,
                about=about(prompt),
                times=1,
                apply_then_fail=True,
                answers_after=2.0,
                **answer,
            )
        )
    cards = [await called.slash("imagine", prompt=prompt) for prompt in answers]
    await called.results(len(cards))
    await called.until(lambda: all(card.deleted for card in cards))

    assert len(called.evolink.books.submissions) == len(answers)
    assert "16 left" in (await called.slash("quota")).text


async def test_a_late_sign_is_delivered_free(tmp_path):
    """Given up and refunded, then Evolink calls back: the images come, and nothing is charged."""
    async with opened(tmp_path, **_web(), UNKNOWN_AFTER_SECONDS="0.3") as studio:
        behaviour = studio.evolink.behaviour
        behaviour.callbacks_to_loopback = behaviour.unfinished = True
        studio.evolink.faults.add(
            Fault("POST", GENERATIONS, times=1, apply_then_fail=True, drop=True)
        )
        asked = await studio.ann.slash("imagine", prompt="a fox", count=2)
        card = await studio.reads(asked, "Not charged")
        behaviour.unfinished = False
        (result,) = await studio.results()

        assert len(result.images) == 2
        await studio.until(lambda: card.deleted)
        assert "20 left" in (await studio.slash("quota")).text


async def test_callbacks_that_say_what_is_not_so(called):
    """Another task's id, an unknown id, and repetition on a task's own path do no harm."""
    called.evolink.behaviour.drawing_seconds = 3.0
    await called.ann.slash("imagine", prompt="one")
    await called.ann.slash("imagine", prompt="two")
    await called.until(lambda: len(called.evolink.books.submissions) == 2)
    one, two = called.evolink.books.submissions
    path = str(one.payload["callback_url"]).removeprefix(_address(called))
    for told in (two.id, "task-unified-1-nothing", "nonsense", one.id, one.id):
        body = f'{{"id": "{told}", "status": "completed"}}'.encode()
        assert await _post(called, path, body) == 200
    first, second = await called.results(2)

    assert {first.text.count("one"), second.text.count("one")} == {0, 1}
    assert "18 left" in (await called.slash("quota")).text


async def test_a_callback_that_never_comes(tmp_path):
    """The task is polled all the same, only less often."""
    nobody = f"http://127.0.0.1:{free_port()}"
    settings = _web() | {"PUBLIC_URL": nobody, "CALLBACK_FLOOR_SECONDS": "0.5"}
    async with opened(tmp_path, **settings) as studio:
        studio.evolink.behaviour.callbacks_to_loopback = True
        await studio.ann.slash("imagine", prompt="a fox")
        await studio.results()

        assert all(callback.status is None for callback in studio.evolink.books.callbacks)


async def test_submissions_without_an_answer_hold_the_others_back(tmp_path):
    """Each may be lost to its user, and counts as drawn; a callback shows that it is accepted."""
    async with opened(tmp_path, **_web(), PAUSE_SECONDS="3600") as studio:
        lost = Fault("POST", GENERATIONS, status=502, apply_then_fail=True)
        studio.evolink.faults.add(lost)
        behaviour = studio.evolink.behaviour
        behaviour.callbacks_to_loopback = behaviour.unfinished = True
        for number in (1, 2):
            await studio.ann.slash("imagine", prompt=f"fox {number}")
            await studio.until(lambda number=number: lost.met == number)
        await studio.until(lambda: "submissions pause" in studio.log())
        waiting = await studio.ann.slash("imagine", prompt="fox 3")
        await studio.reads(waiting, "isn't answering")
        assert lost.met == 2
        assert studio.log().count("Submissions paused") == 1

        lost.times = 0
        behaviour.unfinished = False
        await studio.results(3)
        await studio.until(lambda: "Submissions resumed" in studio.log())
