"""What is left of grants, by replaying what went beyond the allowance."""

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.grants import Grant, left_of

SOON = Grant(images=5, given_at=0, until=10)
LATER = Grant(images=5, given_at=0, until=20)
ENDLESS = Grant(images=5, given_at=0)

grants = st.lists(
    st.builds(
        Grant,
        images=st.integers(1, 9),
        given_at=st.integers(0, 50),
        until=st.one_of(st.none(), st.integers(51, 100)),
    ),
    max_size=5,
)
uses = st.lists(st.tuples(st.integers(0, 100), st.integers(0, 9)), max_size=9).map(sorted)


def total(found: tuple[Grant, ...]) -> int:
    """All that is left."""
    return sum(grant.images for grant in found)


def test_what_ends_soonest_is_used_first():
    """In whatever order it was given."""
    left = left_of([ENDLESS, LATER, SOON], [(1, 7)], 2)
    assert [(grant.until, grant.images) for grant in left] == [(20, 3), (None, 5)]


def test_what_has_ended_or_not_begun_gives_nothing():
    """It is neither left nor used; its last moment is just before its end."""
    assert left_of([SOON], [], 9) == (SOON,)
    assert left_of([SOON], [], 10) == ()
    assert left_of([SOON, ENDLESS], [(10, 2)], 11) == (Grant(images=3, given_at=0),)
    late = Grant(images=5, given_at=30)
    assert left_of([late], [(29, 4)], 31) == (late,)
    assert left_of([late], [(30, 4)], 31) == (Grant(images=1, given_at=30),)


@given(grants=grants, uses=uses, now=st.integers(0, 100))
def test_never_more_than_was_given_and_not_used(
    grants: list[Grant], uses: list[tuple[int, int]], now: int
):
    """What is left and used of live grants never exceeds them."""
    past = [use for use in uses if use[0] <= now]
    left = left_of(grants, past, now)
    live = [grant for grant in grants if grant.is_valid(now)]
    assert total(left) <= sum(grant.images for grant in live)
    assert all(grant.images > 0 and grant.is_valid(now) for grant in left)
    if all(grant.until is None and grant.given_at == 0 for grant in grants):
        given, used = sum(g.images for g in grants), sum(count for _, count in past)
        assert total(left) == max(0, given - used)


@given(grants=grants, uses=uses, more=st.integers(1, 99))
def test_what_is_left_can_be_used_and_not_more(
    grants: list[Grant], uses: list[tuple[int, int]], more: int
):
    """Using all of it at once leaves nothing; what is given back can be used again."""
    now = 60
    past = [use for use in uses if use[0] <= now]
    left = total(left_of(grants, past, now))
    assert total(left_of(grants, [*past, (now, left)], now)) == 0
    taken = min(left, more)
    assert total(left_of(grants, [*past, (now, taken)], now)) == left - taken
