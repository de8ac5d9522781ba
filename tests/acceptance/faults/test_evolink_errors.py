"""Every error of Evolink's through the wire: the card's text, the refund, the operator."""

import json

import pytest

from sandbox.faults import Fault
from tests.acceptance.studio import opened
from tests.acceptance.trouble import GENERATIONS


def _error(status: int, code: str, **more) -> Fault:
    body = json.dumps({"error": {"code": code, "message": "told by Evolink", "type": "x"}})
    headers = {"Content-Type": "application/json"}
    return Fault("POST", GENERATIONS, status=status, body=body.encode(), headers=headers, **more)


async def _given_back(studio) -> None:
    quota = await studio.ann.slash("quota")
    await studio.reads(quota, "20 left")


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("content_policy_violation", "content rules"),
        ("invalid_parameters", "process this"),
        ("image_processing_error", "pictures"),
        ("image_dimension_mismatch", "other pictures"),
        ("request_cancelled", "image service"),
        ("resource_not_found", "image service"),
        ("service_error", "again"),
        ("generation_timeout", "again"),
        ("resource_exhausted", "again"),
        ("quota_exceeded", "again"),
        ("service_unavailable", "again"),
        ("generation_failed_no_content", "model"),
        ("unknown_error", "image service"),
    ],
)
async def test_a_task_that_fails(studio, code, says):
    """The card says why and that the quota is given back; nothing is posted."""
    studio.evolink.behaviour.next_failures.append(code)
    card = await studio.ann.slash("imagine", prompt="a fox")

    await studio.reads(card, says, "Not charged")
    assert not studio.posted()
    await _given_back(studio)


async def test_a_request_that_is_rejected(studio):
    """400 at submission ends the task with its reason; it is not sent again."""
    fault = studio.evolink.faults.add(_error(400, "content_policy_violation"))
    card = await studio.ann.slash("imagine", prompt="a fox")

    await studio.reads(card, "content rules", "Not charged")
    assert fault.met == 1
    await _given_back(studio)


@pytest.mark.parametrize(
    ("status", "code", "says"),
    [
        (401, "unauthorized", "sign in"),
        (402, "insufficient_quota", "credit"),
        (403, "model_access_denied", "image service"),
        (429, "rate_limit_exceeded", "image service"),
    ],
)
async def test_the_account_is_the_matter(studio, status, code, says):
    """Different tasks meet it: all wait and say why, the operator is told once, and it goes on."""
    fault = studio.evolink.faults.add(_error(status, code, times=2))
    first = await studio.ann.slash("imagine", prompt="one")
    await studio.until(lambda: fault.met)
    second = await studio.ann.slash("imagine", prompt="two")
    await studio.reads(first, says)
    await studio.reads(second, says)
    await studio.results(2)

    assert studio.log().count("submissions pause") == 1
    assert len(studio.evolink.books.submissions) == 2


async def _of_prompt(request) -> bool:
    return "poison" in await request.text()


@pytest.mark.parametrize(("status", "code"), [(403, "model_access_denied"), (401, "unauthorized")])
async def test_one_that_alone_is_refused(tmp_path, status, code):
    """It holds up nobody, and ends with a reason once others were accepted again and again."""
    async with opened(tmp_path, PAUSE_SECONDS="0.2", QUOTA_IMAGES="100") as studio:
        studio.evolink.faults.add(_error(status, code, about=_of_prompt))
        card = await studio.slash("imagine", prompt="poison")
        others = 0
        while "takes other requests" not in card.text:
            others += 1
            assert others < 30
            await studio.ann.slash("imagine", prompt=f"fox {others}")
            await studio.results(others)
        assert "Not charged" in card.text
        assert "submissions pause" not in studio.log()


async def test_credits_for_fewer_images(tmp_path):
    """With credits for ten, a task of fifteen waits while six of one are drawn."""
    async with opened(tmp_path, PAUSE_SECONDS="0.5", USER_RUNNING="1") as studio:
        studio.evolink.credits = 10 * studio.evolink.behaviour.credits_per_image
        many = await studio.slash("imagine", prompt="many", count=15)
        await studio.until(lambda: "credits" in many.text)
        bob = studio.person(studio.world.bob)
        for number in range(6):
            await bob.slash("imagine", prompt=f"one {number}")
        await studio.results(6)
        await studio.until(lambda: "credits" in many.text)
        assert [order.n for order in studio.evolink.books.submissions] == [1] * 6

        studio.evolink.credits = 10_000
        await studio.until(lambda: len(studio.evolink.books.submissions) == 7)


async def test_the_same_key_until_it_is_taken(studio):
    """429, 500 and 503 may hide that it was accepted: it is resent unchanged, under one key."""
    studio.evolink.behaviour.honours_idempotency = True
    hiding = {500: "internal_error", 503: "x", 429: "rate_limit_exceeded"}
    # All in a row, then each on its own.
    for number, statuses in enumerate([hiding, *([each] for each in hiding)], start=1):
        for status in statuses:
            fault = _error(status, hiding[status], times=1, apply_then_fail=True)
            studio.evolink.faults.add(fault)
        await studio.ann.slash("imagine", prompt=f"fox {number}")
        await studio.results(number)

    assert [order.replays for order in studio.evolink.books.submissions] == [3, 1, 1, 1]


async def test_what_evolink_refuses_before_it_charges_gives_the_key_up(studio):
    """Evolink remembers the key, and would refuse the next try as well."""
    fault = studio.evolink.faults.add(_error(400, "no_available_channel", times=1))
    await studio.ann.slash("imagine", prompt="a fox")
    await studio.results()

    (order,) = studio.evolink.books.submissions
    assert fault.met == 1
    assert order.idempotency_key.endswith("-2")


async def test_a_server_error_is_tried_again(studio):
    """A 500 with Evolink's body means not accepted; the third try is."""
    studio.evolink.faults.add(_error(500, "internal_error", times=2))
    await studio.ann.slash("imagine", prompt="a fox")
    await studio.results()

    assert len(studio.evolink.books.submissions) == 1


async def test_three_server_errors_are_enough(studio):
    """Then the task has failed, and everything is given back."""
    studio.evolink.faults.add(_error(500, "internal_error"))
    card = await studio.ann.slash("imagine", prompt="a fox")

    await studio.reads(card, "Not charged")
    await _given_back(studio)


async def test_not_taken_is_sent_again(studio):
    """503 in Evolink's own words surely had no effect."""
    studio.evolink.faults.add(_error(503, "service_unavailable", times=2))
    await studio.ann.slash("imagine", prompt="a fox")
    await studio.results()


@pytest.mark.parametrize(
    "fault",
    [
        Fault("POST", GENERATIONS, times=1, drop=True, apply_then_fail=True),
        Fault("POST", GENERATIONS, times=1, status=502, apply_then_fail=True),
        Fault("POST", GENERATIONS, times=1, status=503, apply_then_fail=True),
        Fault("POST", GENERATIONS, times=1, status=504, apply_then_fail=True),
        Fault("POST", GENERATIONS, times=1, status=200, body=b"{}", apply_then_fail=True),
    ],
)
async def test_an_unknown_outcome_is_never_sent_again(studio, fault):
    """The card says that it is checked, then that it is unknown; the operator is told."""
    studio.evolink.faults.add(fault)
    card = await studio.ann.slash("imagine", prompt="a fox")
    await studio.reads(card, "Checking whether it went through")
    await studio.reads(card, "Not charged")

    (order,) = studio.evolink.books.submissions
    # The operator also gets a hint: what Evolink lists, which may be another's.
    await studio.until(lambda: f"Around that time Evolink lists {order.id}" in studio.log())
    await _given_back(studio)


async def test_a_trusted_key_is_sent_once_more(tmp_path):
    """With EVOLINK_IDEMPOTENCY=trusted the same key finds the task that was taken."""
    async with opened(
        tmp_path, EVOLINK_IDEMPOTENCY="trusted", UNKNOWN_AFTER_SECONDS="30"
    ) as studio:
        studio.evolink.behaviour.honours_idempotency = True
        lost = Fault("POST", GENERATIONS, times=1, drop=True, apply_then_fail=True)
        studio.evolink.faults.add(lost)
        await studio.ann.slash("imagine", prompt="a fox")
        await studio.results()

        (order,) = studio.evolink.books.submissions
        assert order.replays == 1


@pytest.mark.parametrize("tries", [1, 3])
async def test_a_trusted_key_that_meets_a_closed_door(tmp_path, tries):
    """A 502 to a later try says nothing about the first: the bot keeps trying with the same key."""
    async with opened(
        tmp_path, EVOLINK_IDEMPOTENCY="trusted", UNKNOWN_AFTER_SECONDS="30"
    ) as studio:
        studio.evolink.behaviour.honours_idempotency = True
        lost = Fault("POST", GENERATIONS, times=1, drop=True, apply_then_fail=True)
        studio.evolink.faults.add(lost)
        studio.evolink.faults.add(Fault("POST", GENERATIONS, times=tries, status=502))
        await studio.slash("imagine", prompt="a fox")
        await studio.results()

        assert len(studio.evolink.books.submissions) == 1


async def test_a_trusted_key_that_never_gets_an_answer(tmp_path):
    """After UNKNOWN_AFTER_SECONDS nobody waits any longer: refunded, and the operator is told."""
    async with opened(tmp_path, EVOLINK_IDEMPOTENCY="trusted") as studio:
        studio.evolink.faults.add(Fault("POST", GENERATIONS, drop=True))
        card = await studio.slash("imagine", prompt="a fox")
        await studio.until(lambda: "Not charged" in card.text)
        await studio.until(lambda: "for the operator" in studio.log())


async def test_a_trusted_key_that_is_taken_ends_the_pause(tmp_path):
    """Others waited until Evolink answers; now one of the unanswered tasks got an answer."""
    settings = {"UNKNOWN_AFTER_SECONDS": "60", "PAUSE_SECONDS": "3600"}
    async with opened(tmp_path, EVOLINK_IDEMPOTENCY="trusted", **settings) as studio:
        studio.evolink.behaviour.honours_idempotency = True
        lost = studio.evolink.faults.add(Fault("POST", GENERATIONS, status=502))
        for number in (1, 2):
            await studio.ann.slash("imagine", prompt=f"fox {number}")
        await studio.until(lambda: "submissions pause" in studio.log())
        await studio.ann.slash("imagine", prompt="fox 3")
        assert not studio.evolink.books.submissions
        studio.evolink.faults.remove(lost)
        await studio.results(3)


async def test_reads_that_fail_say_nothing_about_the_drawing(studio):
    """Reads are tried again, whatever they answer; the images arrive."""
    studio.evolink.faults.add(Fault("GET", r"^/v1/tasks/", times=3, status=500))
    studio.evolink.faults.add(Fault("GET", r"^/v1/tasks/", times=3, drop=True))
    await studio.ann.slash("imagine", prompt="a fox")
    await studio.results()


@pytest.mark.parametrize("shape", ["objects", "result_data"])
async def test_results_of_any_shape(studio, shape):
    """Links are found wherever Evolink puts them."""
    studio.evolink.behaviour.result_shape = shape
    await studio.ann.slash("imagine", prompt="a fox")
    await studio.results()
