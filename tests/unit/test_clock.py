"""Somebody sets the clock, which shows by a clock that nobody sets."""

from email.utils import formatdate

from bot.chat.clock_check import ClockCheck
from bot.clock import Clocks, ClockWatch, steady, wall

HOUR = 60 * 60 * 1000


def test_a_clock_that_is_set_is_noticed_until_timers_have_followed() -> None:
    """By how much, and in which direction; passing time and NTP's corrections are no steps."""
    clocks = {"wall": 1_000_000, "steady": 5_000}
    watch = ClockWatch(lambda: clocks["wall"], lambda: clocks["steady"])

    def look(passed: int, step: int = 0, *, follow: bool = True) -> int:
        clocks["wall"] += passed + step
        clocks["steady"] += passed
        step = watch.step()
        if follow:
            watch.followed(step)
        return step

    assert [look(0), look(10), look(3_600_000)] == [0, 0, 0]
    assert [look(5, 1_900), look(5, -1_900)] == [0, 0]
    assert [look(5, 3_600_000), look(5)] == [3_600_000, 0]
    assert [look(5, -31_536_000_000), look(5)] == [-31_536_000_000, 0]
    assert [look(5, 9_000, follow=False), look(5, 9_000, follow=False), look(5)] == [
        9_000,
        18_000,
        18_000,
    ]
    assert look(5) == 0


def test_nothing_is_over_by_a_clock_that_was_just_set() -> None:
    """The time was written by the clock before it was set."""
    clocks = {"wall": 1_000_000, "steady": 5_000}
    watch = ClockWatch(lambda: clocks["wall"], lambda: clocks["steady"])
    assert not watch.is_over(1_000_001)
    assert watch.is_over(1_000_000)
    clocks["wall"] += 60_000
    assert not watch.is_over(1_000_000)
    watch.followed(watch.step())
    assert watch.is_over(1_000_000)


def test_nothing_is_over_just_after_the_start() -> None:
    """The clock may have been set since the bot stopped, for whatever reason it stopped."""
    clocks = {"wall": 1_000_000, "steady": 5_000}
    watch = ClockWatch(lambda: clocks["wall"], lambda: clocks["steady"], 600_000)
    watch.step()
    assert not watch.is_over(1)
    for _ in range(2):
        clocks = {name: time + 300_000 for name, time in clocks.items()}
    assert watch.is_over(1)


def test_whether_the_clock_is_about_right() -> None:
    """By Discord's latest date, and by how much the clock was set since."""
    clocks = {"wall": 1_800_000_000_000, "steady": 5_000}
    check = ClockCheck(Clocks(lambda: clocks["wall"], lambda: clocks["steady"]))
    assert check.is_about_right(), "nobody has said otherwise"
    now = clocks["wall"]
    check.compare(now, now + 100, {"Date": formatdate(now / 1000, usegmt=True)})
    clocks = {name: time + 9 * 24 * HOUR for name, time in clocks.items()}
    assert check.is_about_right(), "time passes"
    clocks["wall"] += 2 * HOUR
    assert not check.is_about_right()
    clocks["wall"] -= 4 * HOUR
    assert not check.is_about_right()
    clocks["wall"] += 2 * HOUR
    assert check.is_about_right()
    behind = clocks["wall"] - 2 * HOUR
    check.compare(clocks["wall"], clocks["wall"], {"Date": formatdate(behind / 1000, usegmt=True)})
    assert not check.is_about_right()


def test_the_clocks_go_on() -> None:
    """Both are milliseconds, and neither stands still."""
    assert wall() > 1_700_000_000_000
    before = steady()
    assert 0 <= steady() - before < 60_000
