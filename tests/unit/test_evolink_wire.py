"""Evolink's JSON is read leniently; addresses are not."""

import time
from ipaddress import ip_network

import pytest

from bot.domain.ids import RemoteId
from bot.evolink.addresses import is_public
from bot.evolink.lenient_json import id_of, parse
from bot.evolink.values import Status
from bot.evolink.wire import remote_task, submitted


def read(**body):
    """Read a task of this body."""
    return remote_task(body, RemoteId("task-unified-1"))


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
    """An unknown one means: ask again."""
    assert read(status=text).status is status


#: Signed over its raw bytes, so it goes out as it came.
A, B = "https://a.example/x%2Fy.png?sig=%7E1", "HTTPS://b.example/2.png"
ERROR = {"error": {"code": "content_filter", "message": "no"}}


@pytest.mark.parametrize(
    "home",
    [
        {"results": [A, B]},
        {"results": [{"url": A}, {"image_url": B, "size": 1}]},
        {"results": [{"url": None, "image_url": A}, 7, None, B]},
        {"results": [], "result_data": [{"image_url": A}, {"image_url": B}]},
        {"results": None, "result_data": [A, B]},
        {"results": [A, B], "result_data": [{"image_url": A}, {"image_url": B}]},
        {"results": [A, B], "result_data": [f"{A}&again", f"{B}&again"]},
        {"results": [A, B], **ERROR},
        {"results": [ERROR, A, {"url": ""} | ERROR, "content_filter", [B], {"url": [B]}, B, A]},
        {"results": [{"url": {"url": A}}, B, "ftp://c.example/3", "https://", "https://a b"]},
        {"results": ["https://c.example/\ud800", A, "https://c.example/\0", B, True, {}]},
        {"results": ["https://c.example/" + "x" * 9_000, A, B]},
    ],
    ids=range(12),
)
def test_results_in_each_of_their_homes(home):
    """Each image is found once, in Evolink's order; what can't be requested is no link."""
    assert read(status="completed", **home).results == (A, B)


def test_a_thousand_links():
    """A task has at most 15 images: further pages of a private one would count as published."""
    links = [f"https://a.example/{number}" for number in range(1_000)]
    assert read(status="completed", results=links).results == tuple(links[:15])


@pytest.mark.parametrize("home", [{}, {"results": None}, {"results": "a"}, {"results": {}}])
def test_completed_without_results(home):
    """That is no error in reading."""
    task = read(status="completed", **home)
    assert (task.status, task.results) == (Status.COMPLETED, ())


@pytest.mark.parametrize(
    ("progress", "percent"),
    [
        (0, 0),
        (45, 45),
        (99.6, 100),
        (-3, 0),
        (250, 100),
        ("x", 0),
        (None, 0),
        (True, 0),
        (float("inf"), 0),
        (float("-inf"), 0),
        (float("nan"), 0),
        (10**310, 0),
        (-(10**310), 0),
        (1e300, 0),
    ],
)
def test_progress(progress, percent):
    """It becomes a percentage, whatever Evolink says."""
    assert read(status="processing", progress=progress).progress == percent


@pytest.mark.parametrize(
    ("body", "costs"),
    [
        ({"usage": {"credits_used": 4.08, "credits_reserved": 8.16}}, 4.08),
        ({"usage": {"cost": {"credits": 2, "usd": 0.03}}}, 2.0),
        ({"credits_used": 2.04}, 2.04),
        ({"usage": {"credits_used": 0}}, 0.0),
        ({"usage": {"credits_reserved": 8.16}}, None),
        ({"usage": {"credits_used": -1}}, None),
        ({"usage": {"credits_used": "many"}, "credits_used": 1e300}, None),
        ({"usage": []}, None),
    ],
)
def test_what_a_task_cost(body, costs):
    """What Evolink says it charged, not what it set aside; nonsense counts as nothing."""
    assert read(**body).credits_used == costs


def test_why_a_task_failed():
    """The code is Evolink's, even if it is a number; the message may have lines, or be missing."""
    failed = read(status="failed", error={"code": "service_error", "message": "a\nb"})
    assert (failed.error_code, failed.error_message) == ("service_error", "a\nb")
    assert read(status="failed", error={"code": 1004}).error_code == "1004"
    assert read(status="failed").error_code is None
    assert read(status="failed", error="no").error_code is None
    assert read(status="cancelled").error_code == "request_cancelled"


@pytest.mark.parametrize(
    ("seconds", "estimate"),
    [
        (45, 45_000),
        (1.5, 1500),
        (600, 600_000),
        (0, None),
        ("x", None),
        (None, None),
        (-45, None),
        (45_000, None),
        (10**9, None),
        (10**310, None),
        (float("nan"), None),
        (True, None),
    ],
)
def test_an_estimate_is_in_milliseconds(seconds, estimate):
    """Evolink sends seconds; an estimate longer than any drawing isn't believed."""
    taken = submitted({"id": "a", "task_info": {"estimated_time": seconds}})
    assert taken is not None
    assert taken.estimate == estimate


@pytest.mark.parametrize(
    "body",
    [{}, *({"id": odd} for odd in (None, "", [], True, "a\ud800", "a\0b", "a\nb", "x" * 2_000))],
    ids=range(9),
)
def test_without_an_id_nothing_was_taken(body):
    """Without it, there is nothing to follow."""
    assert submitted(body) is None


def test_texts_can_be_stored_and_shown():
    """Whatever Evolink says of an error, the row and the log can hold it."""
    failed = read(status="failed", error={"code": "x\ud800" * 99, "message": "a\0\udfff" * 9_999})
    assert failed.error_code is not None
    assert len(failed.error_code) == 100
    assert len(failed.error_message) <= 2_000
    assert "\0" not in failed.error_message
    (failed.error_code + failed.error_message).encode()


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b'{"id": "a", "n": 1}', {"id": "a", "n": 1}),
        (b'{"n": ' + b"9" * 310 + b"}", {"n": "9" * 310}),
        (b'{"n": -' + b"9" * 9_999 + b"}", {"n": "-" + "9" * 9_999}),
        (b'{"n": [NaN, Infinity, -Infinity]}', {"n": [None, None, None]}),
        (b"[" * 100_000, None),
        (b'{"id": "a"', None),
        (b"<html>", None),
        (b'{"id": "\xff"}', None),
        (b"", None),
    ],
    ids=range(9),
)
def test_json_of_any_kind(raw, told):
    """Whatever it contains, it can be read or not; nothing is raised."""
    assert parse(raw) == told


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (b'{"created": 1, "id": "task-1", "x": ' + b"[" * 100_000, "task-1"),
        (b'{"x": ' + b"[" * 5_000 + b"]" * 5_000 + b', "id" : "task-1"}', "task-1"),
        (b'{"id": "task-1", "task_info": {"can_canc', "task-1"),
        (b'{"usage": {"id": "other"}, "id": "t\\u0061sk-1"', "task-1"),
        (b'{"a": "\\", \\"id\\": 1", "id": "task-1", "\xff": ', "task-1"),
        (b'{"usage": {"id": "other"}, "x": "id"', None),
        (b'{"x": "id", "y": "task-1"', None),
        (b'[{"id": "task-1"}', None),
        (b'{"id": ["task-1"]', None),
        (b'{"id": "task-', None),
        (b"<html>", None),
        (b"", None),
    ],
    ids=range(12),
)
def test_the_id_in_what_is_no_json(raw, found):
    """A paid answer breaks off, or is nested too deeply: its id is on the outside."""
    assert id_of(raw) == found


def seconds(raw: bytes) -> float:
    """Return the CPU time, at best, that finding an id takes."""
    tries = list[float]()
    for _ in range(5):
        began = time.thread_time()
        id_of(raw)
        tries.append(time.thread_time() - began)
    return min(tries)


@pytest.mark.parametrize("piece", [b'\\"', b"\\", b'"', b"[", b'"a":"b",', b"x"], ids=repr)
@pytest.mark.parametrize("end", [b"", b"\\"], ids=["cut", "cut in an escape"])
def test_an_id_is_looked_for_in_one_pass(piece, end):
    """Fifty times as much takes fifty times as long, not 2,500 times."""
    short, long = (b'{"x": "' + piece * (size // len(piece)) + end for size in (1_000, 50_000))
    assert seconds(long) < 500 * seconds(short)


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
        ("::127.0.0.1", False),
        ("::8.8.8.8", False),
        ("64:ff9b:1::8.8.8.8", False),
        ("64:ff9b:1:7f00:1::", False),
        ("fec0::1", False),
        ("198.18.0.7", False),
    ],
)
def test_which_addresses_are_public(address, public):
    """An address that carries a private one inside is private."""
    assert is_public(address) is public


def test_networks_that_are_allowed():
    """DOWNLOAD_NETWORKS opens those that it names, and nothing else."""
    allowed = [ip_network("198.18.0.0/15")]
    assert is_public("198.18.0.7", allowed)
    assert is_public("::ffff:198.19.255.255", allowed)
    assert is_public("8.8.8.8", allowed)
    assert not is_public("127.0.0.1", allowed)
