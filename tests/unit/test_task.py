"""A task's transitions: what they keep, what they give back, and which are refused."""

from dataclasses import replace

import pytest

from bot.domain.ids import ChannelId, InteractionId, ServerId, TaskId, UserId
from bot.domain.request import Request
from bot.domain.requester import Requester
from bot.domain.result import PUBLISHED
from bot.domain.state import ENDED, OPEN, Reason, State
from bot.domain.task import Task, copied

TASK = Task(
    id=TaskId(1),
    requester=Requester(ServerId(2), UserId(4)),
    channel_id=ChannelId(3),
    locale="en-US",
    interaction_id=InteractionId(1_234_567_890_123_456_789),
    application_id=5,
    token="secret",
    request=Request.parse("a fox", count=2),
    reserved=2,
    upload_limit=10 << 20,
    created_at=1000,
    wake_at=1000,
    owner="main/1",
)


def _at(state):
    return replace(TASK, state=state)


def test_a_copy_is_what_dataclasses_would_make():
    """Only the given fields differ; unknown ones are refused, and the original stays."""
    assert copied(TASK) == TASK
    assert copied(TASK, owner=None, failures=3) == replace(TASK, owner=None, failures=3)
    assert TASK.owner == "main/1"
    with pytest.raises(AttributeError):
        copied(TASK, token_=None)


def test_every_state_is_open_or_ended():
    """No state is both, none is neither."""
    assert set(State) == OPEN | ENDED
    assert not OPEN & ENDED


def test_the_way_to_a_delivery():
    """Two of two images posted: both are charged, and the row is due once more, to be closed."""
    intent = _at(State.PREPARING).submitting(2000)
    running = replace(intent, remote_id="r").running(3000, 9000, 20_000, 99_000)
    ready = running.read(40, 12_000).ready(20_000, drawn=2)
    done = ready.delivered(21_000, 2)

    assert (intent.attempt, intent.intent_at) == (1, 2000)
    assert (running.submitted_at, running.wake_at, running.owner) == (3000, 9000, None)
    assert (done.state, done.charged, done.charged_at) == (State.DELIVERED, 2, 21_000)
    assert (done.drawn, done.wake_at) == (2, 21_000)
    assert done.closed().wake_at is None
    assert done.closed().token is None


def test_fewer_images_charge_less_and_more_charge_no_more():
    """What is charged is what was delivered, at most what was reserved."""
    assert _at(State.READY).delivered(1, 1).charged == 1
    assert _at(State.READY).delivered(1, 5).charged == 2


@pytest.mark.parametrize(
    "ended",
    [
        _at(State.RUNNING).failed(9, "x"),
        _at(State.QUEUED).cancelled(9),
        _at(State.SUBMITTING).unknown(9),
    ],
)
def test_no_images_no_charge(ended):
    """A task that ends without images gives everything back."""
    assert (ended.charged, ended.charged_at) == (0, 9)


@pytest.mark.parametrize("why", [Reason.NO_WAY_TO_POST, Reason.STOPPED])
def test_kept_images_are_charged_taken_or_not(why):
    """They could be had: whether collected, deleted or forgotten."""
    kept = _at(State.READY).kept(5, why, 2)
    taken = kept.collected(7)

    assert (kept.charged, kept.charged_at, kept.collected_at) == (2, 5, None)
    assert (taken.charged, taken.collected_at) == (2, 7)
    assert taken == taken.collected(8)
    assert {each.charged for each in (kept.deleted(6), kept.expired(), taken.expired())} == {2}
    assert (kept.expired().reason, taken.expired().reason) == (Reason.EXPIRED, why)
    assert kept.expired().wake_at is None


def test_what_was_drawn_is_known_once_it_is_told():
    """Evolink's word counts; without one, all may have been drawn."""
    running = _at(State.RUNNING)

    assert running.ready(1, drawn=1).drawn == 1
    assert running.ready(1, drawn=9).drawn == 2
    assert running.ready(1, drawn=1).failed(2, Reason.RESULTS_GONE).drawn == 1
    assert running.failed(1, "content_policy_violation", drawn=0).drawn == 0
    assert running.failed(1, Reason.GAVE_UP).drawn is None
    assert _at(State.SUBMITTING).unknown(1).drawn is None


def test_a_task_is_settled_once():
    """Settling it again is a bug of ours, not a second charge."""
    with pytest.raises(AssertionError):
        _at(State.READY).delivered(1, 2).failed(2, "x")


def test_what_was_given_back_stays_so():
    """A task that goes on after its refund is delivered or kept free of charge."""
    found = replace(_at(State.READY), charged=0, charged_at=1)

    assert (found.delivered(5, 2).charged, found.delivered(5, 2).charged_at) == (0, 1)
    assert found.kept(5, Reason.NO_WAY_TO_POST, 2).charged == 0


def test_failures_count_by_their_kind():
    """Only repeated failures of the same kind end a task."""
    once = _at(State.RUNNING).failing("a")
    assert [once.failures, once.failing("a").failures, once.failing("b").failures] == [1, 2, 1]


def test_nothing_paid_is_cancelled():
    """Once the intent is written, a task cannot be cancelled."""
    with pytest.raises(AssertionError):
        _at(State.SUBMITTING).cancelled(1)


def test_progress_never_goes_back():
    """A smaller percentage than the one shown is not believed."""
    assert replace(_at(State.RUNNING), progress=60).read(20, 5).progress == 60


def test_a_key_is_kept_where_a_request_may_have_come_through():
    """Sent again unchanged, under the same key, however often; the latest try's time counts."""
    first = _at(State.PREPARING).submitting(1)
    queued = first.requeued(5, same_key=True)
    # A pause began, or it was cancelled, before it was sent again.
    put_back = replace(queued, state=State.PREPARING).requeued(7, same_key=True)
    again = replace(put_back, state=State.PREPARING).submitting(9)

    assert again.idempotency_key == first.idempotency_key
    assert (again.attempt, again.intent_at) == (1, 9)


def test_an_intent_that_was_not_sent_is_taken_back():
    """As if it had never been: nothing counts as drawn, and no key was used up."""
    before = replace(_at(State.PREPARING), drawn=0)
    unsent = before.submitting(1).unsent(before)

    assert unsent.requeued(5, same_key=True) == before.requeued(5)
    assert unsent.requeued(5, same_key=True).cancelled(6).drawn == 0


def test_what_an_earlier_try_may_have_drawn_is_not_forgotten():
    """A later refusal says nothing about it."""
    first = replace(_at(State.PREPARING), drawn=0).submitting(1)
    doubtful = replace(first.requeued(5, same_key=True), state=State.PREPARING)

    assert first.undrawn(replace(first, drawn=0)).failed(2, "x").drawn == 0
    assert doubtful.submitting(7).undrawn(doubtful).failed(8, "x").drawn is None
    assert doubtful.submitting(7).unsent(doubtful).intent_at == 1
    given_up = doubtful.submitting(7).undrawn(doubtful).requeued(9)
    assert (given_up.intent_at, given_up.idempotency_key) == (7, first.idempotency_key)


def test_each_attempt_has_a_key_of_its_own():
    """What Evolink says that it has not taken is sent again under another key."""
    before = replace(_at(State.PREPARING), drawn=0)
    first = before.submitting(1)
    not_taken = first.undrawn(before).requeued(5)
    again = replace(not_taken, state=State.PREPARING).submitting(9)

    assert first.idempotency_key == "imagine-1234567890123456789-1"
    assert again.idempotency_key == "imagine-1234567890123456789-2"


def test_a_nonce_is_short_enough():
    """Discord accepts 25 characters; no database gives another task the same one."""
    task = replace(TASK, interaction_id=2**63 - 1)
    assert len(task.nonce(PUBLISHED + 1)) <= 25
    assert replace(TASK, id=2).nonce(0) == TASK.nonce(0)
    assert replace(TASK, interaction_id=TASK.interaction_id + 1).nonce(0) != TASK.nonce(0)


def test_deleted_stays_deleted():
    """Kept images that were deleted before the task was closed don't expire as well."""
    kept = _at(State.READY).kept(1, Reason.NO_WAY_TO_POST, 2)
    deleted = kept.to_delete(2).deleted(3)

    assert deleted.wake_at == 3
    assert (deleted.closed(99).wake_at, deleted.closed(99).reason) == (None, Reason.DELETED)
    assert replace(deleted, token=None).expired().reason == Reason.DELETED


def test_what_is_closed_waits_for_nobody():
    """No request is left in it, which would never be done and couldn't be made again."""
    delivered = replace(_at(State.READY), private=True).delivered(1, 2)

    assert not delivered.to_publish(2).closed(None).publishing
    assert not delivered.to_delete(2).closed(None).deleting
    assert delivered.to_delete(2).closed(9).wake_at == 9
