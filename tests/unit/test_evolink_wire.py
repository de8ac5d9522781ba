"""Evolink's JSON is read leniently; addresses are not."""

import pytest

from bot.evolink.download import is_public
from bot.evolink.values import Status
from bot.evolink.wire import Task


def read(**body):
    """Read a task of this body."""
    return Task.model_validate(body).remote("task-unified-1")


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("pending", Status.WAITING),
        ("processing", Status.DRAWING),
        ("completed", Status.COMPLETED),
        ("COMPLETED", Status.COMPLETED),
        ("failed", Status.FAILED),
        ("cancelled", Status.FAILED),
        ("canceled", Status.FAILED),
        ("dreaming", Status.DRAWING),
        (None, Status.DRAWING),
        ([], Status.DRAWING),
    ],
)
def test_a_status(text, status):
    """One that is not known means: ask again."""
    assert read(status=text).status is status


@pytest.mark.parametrize(
    "home",
    [
        {"results": ["a", "b"]},
        {"results": [{"url": "a"}, {"image_url": "b", "size": 1}]},
        {"results": [{"url": None, "image_url": "a"}, 7, None, "b"]},
        {"results": [], "result_data": [{"image_url": "a"}, {"image_url": "b"}]},
        {"results": None, "result_data": ["a", "b"]},
        {"results": ["a", "b"], "result_data": [{"image_url": "a"}, {"image_url": "b"}]},
    ],
)
def test_results_in_each_of_their_homes(home):
    """Each image is found once, in Evolink's order."""
    assert read(status="completed", **home).results == ("a", "b")


@pytest.mark.parametrize("home", [{}, {"results": None}, {"results": "a"}, {"results": {}}])
def test_completed_without_results(home):
    """It is no failure to read."""
    task = read(status="completed", **home)
    assert (task.status, task.results) == (Status.COMPLETED, ())


@pytest.mark.parametrize(
    ("progress", "percent"),
    [(0, 0), (45, 45), (99.6, 100), (-3, 0), (250, 100), ("x", 0), (None, 0), (float("inf"), 0)],
)
def test_progress(progress, percent):
    """It is a percentage whatever Evolink says."""
    assert read(status="processing", progress=progress).progress == percent


def test_why_a_task_failed():
    """The code is Evolink's, also where it is a number; a message may have lines; none may be."""
    failed = read(status="failed", error={"code": "service_error", "message": "a\nb"})
    assert (failed.error_code, failed.error_message) == ("service_error", "a\nb")
    assert read(status="failed", error={"code": 1004}).error_code == "1004"
    assert read(status="failed").error_code is None
    assert read(status="failed", error="no").error_code is None
    assert read(status="cancelled").error_code == "request_cancelled"


@pytest.mark.parametrize(
    ("seconds", "estimate"), [(45, 45_000), (1.5, 1500), (0, None), ("x", None), (None, None)]
)
def test_an_estimate_is_in_milliseconds(seconds, estimate):
    """Evolink's are seconds."""
    taken = Task.model_validate({"id": "a", "task_info": {"estimated_time": seconds}}).submitted()
    assert taken is not None
    assert taken.estimate == estimate


@pytest.mark.parametrize("body", [{}, {"id": None}, {"id": ""}, {"id": []}])
def test_without_an_id_nothing_was_taken(body):
    """There is nothing to follow."""
    assert Task.model_validate(body).submitted() is None


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("64:ff9b::8.8.8.8", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 - an address to refuse, not to bind
        ("224.0.0.1", False),
        ("::1", False),
        ("::", False),
        ("fe80::1", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:169.254.169.254", False),
        ("64:ff9b::10.0.0.1", False),
        ("2002:7f00:1::", False),
    ],
)
def test_which_addresses_are_public(address, public):
    """An address that carries a private one inside is private."""
    assert is_public(address) is public
