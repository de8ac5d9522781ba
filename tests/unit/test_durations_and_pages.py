"""When Evolink is asked again, and which images share a message."""

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.durations import Durations, PollSchedule, backoff
from bot.domain.ids import TaskId
from bot.domain.result import BYTES_A_PAGE, FILES_A_PAGE, Post, Result, runs, split_into_pages

STEADY = PollSchedule(jitter=0)


def test_the_first_read_comes_at_half_of_the_estimate():
    """But not before the floor."""
    assert STEADY.first(20_000) == 10_000
    assert STEADY.first(1000) == 2500


def test_reads_come_ever_more_slowly():
    """7 % of the time elapsed, at most 20 s; after ten minutes that limit no longer applies."""
    assert [STEADY.next(ms) for ms in (0, 100_000, 500_000)] == [2500, 7000, 20_000]
    assert STEADY.next(3_600_000) == 252_000
    assert STEADY.next(10**9) == 600_000


def test_reads_are_spread():
    """10 % to either side, so that tasks accepted together do not ask together."""
    durations = {PollSchedule().next(100_000) for _ in range(100)}

    assert len(durations) > 20
    assert min(durations) >= 6300
    assert max(durations) <= 7700


def test_backoff_doubles_up_to_its_most():
    """One second, two, four, at most a minute, however many failures."""
    assert [backoff(n) for n in (0, 1, 2, 10, 10**6)] == [1000, 2000, 4000, 60_000, 60_000]
    assert Durations(retry=10).backoff(100) == 600


@given(st.lists(st.integers(1, 10 << 20), min_size=1, max_size=15))
def test_pages_hold_every_file_once_in_order(sizes):
    """Within Discord's limits, and no page has room for the next one's first file."""
    cuts = split_into_pages(sizes)

    assert [n for first, stop in cuts for n in range(first, stop)] == list(range(len(sizes)))
    for first, stop in cuts:
        assert stop - first <= FILES_A_PAGE
        assert sum(sizes[first:stop]) <= BYTES_A_PAGE
        if stop < len(sizes):
            full = stop - first == FILES_A_PAGE
            assert full or sum(sizes[first : stop + 1]) > BYTES_A_PAGE


def test_a_page_that_was_posted_by_an_earlier_version_is_looked_for_by_its_files():
    """Its file names have the row's number; those posted now have the interaction's id."""
    post = Post(task_id=TaskId(7), page=1, first=0, stop=1, nonce="7.1")
    assert post.mark == "imagine-7-1-"


@given(
    st.permutations(range(6)), st.lists(st.integers(1, 3), max_size=6), st.sets(st.integers(0, 5))
)
def test_whatever_comes_late_is_on_one_page(order, batches, lost):
    """Images arrive in any order, some never: each is on exactly one page, and no page is wrong."""
    here, planned = set[int](), list[Post]()
    for size in [*batches, len(order)]:
        new, order = order[:size], order[size:]
        here |= set(new) - lost
        awaited = [] if not order else sorted(set(range(6)) - here)
        there = [Result(task_id=TaskId(1), position=position, url="u") for position in sorted(here)]
        for run in runs(there, awaited, planned):
            first, stop = run[0].position, run[-1].position + 1
            page = len(planned)
            planned.append(
                Post(task_id=TaskId(1), page=page, first=first, stop=stop, nonce=f"1.{page}")
            )

    for position in range(6):
        shown = sum(post.shows(position) for post in planned)
        assert shown == 1 if position in here else shown <= 1
