import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.ids import TaskId, UserId
from bot.domain.queue import QueuedTask, alone, order, turns

ANN, BOB, EVE = UserId(1), UserId(2), UserId(3)
USERS = st.integers(1, 5)
WAITING = st.dictionaries(st.integers(1, 500), USERS, max_size=40)
RUNNING = st.dictionaries(USERS, st.integers(0, 6))


def queued(*pairs: tuple[int, UserId]) -> list[tuple[TaskId, UserId]]:
    """Return waiting tasks, as pairs of task and user."""
    return [(TaskId(task), user) for task, user in pairs]


def by_the_rule(waiting: dict[int, int], running: dict[int, int]) -> list[int]:
    """Pick one at a time, in the simplest way, following the rule's words."""
    left, load, picked = dict(waiting), dict(running), list[int]()
    while left:
        task_id = min(left, key=lambda each: (load.get(left[each], 0), each))
        user_id = left.pop(task_id)
        load[user_id] = load.get(user_id, 0) + 1
        picked.append(task_id)
    return picked


@given(WAITING, RUNNING)
def test_the_order_is_the_rules(waiting, running) -> None:
    """The next is the oldest task of the user with the fewest running or picked."""
    assert order(list(waiting.items()), running) == by_the_rule(waiting, running)


@given(WAITING, RUNNING)
def test_everybody_is_in_it_once(waiting, running) -> None:
    """Nobody is left out, and a user's own tasks start by age."""
    picked = order(list(waiting.items()), running)
    assert sorted(picked) == sorted(waiting)
    for user_id in set(waiting.values()):
        own = [task_id for task_id in picked if waiting[task_id] == user_id]
        assert own == sorted(own)


def test_a_newcomer_goes_before_somebodys_second() -> None:
    """Ten tasks of one user do not make another wait for ten."""
    waiting = queued(*((task_id, ANN) for task_id in range(1, 11)), (11, BOB))
    assert order(waiting, {})[:3] == [1, 11, 2]
    assert order(waiting, {ANN: 1})[:2] == [11, 1]


def test_users_take_turns_when_nobody_is_running() -> None:
    """With a single place, the user served longest ago comes first, however late they asked."""
    waiting = queued((2, ANN), (3, ANN), (4, BOB))
    assert order(waiting, {}, {ANN: 500}) == [4, 2, 3]
    assert order(waiting, {}, {ANN: 500, BOB: 900}) == [2, 4, 3]


@given(WAITING, RUNNING, st.dictionaries(st.integers(1, 500), st.integers(1, 3)))
def test_what_failed_comes_behind(waiting, running, failures) -> None:
    """Tasks that failed equally often keep the usual order."""
    picked = order(list(waiting.items()), running, {}, failures)
    assert sorted(picked) == sorted(waiting)
    often = [failures.get(task_id, 0) for task_id in picked]
    assert often == sorted(often)


def test_a_failed_task_leaves_its_users_others_their_turn() -> None:
    """Nobody waits for it, neither its user nor those behind it."""
    assert order(queued((1, ANN), (2, ANN), (3, BOB)), {}, {BOB: 500}, {TaskId(1): 1}) == [2, 3, 1]


@pytest.mark.parametrize(
    ("refused", "taken", "times"),
    [
        ([], [5], 0),
        ([10], [5, 15], 0),
        ([10, 20], [5, 25], 0),
        ([10, 20], [10], 1),
        ([10, 20], [20], 0),
        ([10, 20, 30, 40], [11, 12, 35], 2),
    ],
)
def test_who_is_refused_alone(refused, taken, times) -> None:
    """A refusal counts if others were accepted between it and the one before."""
    assert alone(refused, taken) == times


def test_when_turns_come() -> None:
    """Each place becomes free once per drawing; a user's own limit makes them wait, too."""
    two = {"max_running": 2, "user_running": 2, "usual": 1000}
    one = {"max_running": 4, "user_running": 1, "usual": 1000}
    # Nobody is running: two start at once, the third when one of them is done.
    assert turns(queued((1, ANN), (2, BOB), (3, EVE)), {}, {}, **two) == {
        1: QueuedTask(1, 0),
        2: QueuedTask(2, 0),
        3: QueuedTask(3, 500),
    }
    # All places are taken.
    assert turns(queued((1, ANN), (2, BOB), (3, EVE)), {UserId(8): 1, UserId(9): 1}, {}, **two) == {
        1: QueuedTask(1, 500),
        2: QueuedTask(2, 1000),
        3: QueuedTask(3, 1500),
    }
    # Two of one user's started together, so they end together.
    assert turns(queued((4, ANN), (5, ANN), (6, ANN)), {ANN: 2}, {}, **two) == {
        4: QueuedTask(1, 1000),
        5: QueuedTask(2, 1000),
        6: QueuedTask(3, 2000),
    }
    # Places are free, but the user may have only one.
    assert turns(queued((1, ANN), (2, ANN), (3, BOB)), {ANN: 1}, {}, **one) == {
        3: QueuedTask(1, 0),
        1: QueuedTask(2, 1000),
        2: QueuedTask(3, 2000),
    }


@given(WAITING, RUNNING, st.integers(1, 7), st.integers(1, 3))
def test_turns_come_in_order(waiting, running, most, each) -> None:
    """A user's tasks come in order, never more at once than allowed."""
    limits = {"max_running": most, "user_running": each, "usual": 1000}
    found = turns(list(waiting.items()), running, {}, **limits)
    assert list(found) == order(list(waiting.items()), running)
    for user_id in set(waiting.values()):
        own = [found[task_id].wait for task_id in found if waiting[task_id] == user_id]
        assert own == sorted(own)
        # One place for each of theirs that runs or starts.
        assert own.count(0) + running.get(user_id, 0) <= max(each, running.get(user_id, 0))
