"""Somebody sets the clock; a clock that nobody sets tells."""

from bot.clock import ClockWatch, steady, wall


def test_a_clock_that_is_set_is_noticed_once() -> None:
    """By how much, in which direction; time that passes and what NTP corrects is no step."""
    clocks = {"wall": 1_000_000, "steady": 5_000}
    watch = ClockWatch(lambda: clocks["wall"], lambda: clocks["steady"])

    def look(passed: int, step: int = 0) -> int:
        clocks["wall"] += passed + step
        clocks["steady"] += passed
        return watch.step()

    assert [look(0), look(10), look(3_600_000)] == [0, 0, 0]
    assert [look(5, 1_900), look(5, -1_900)] == [0, 0]
    assert [look(5, 3_600_000), look(5)] == [3_600_000, 0]
    assert [look(5, -31_536_000_000), look(5)] == [-31_536_000_000, 0]


def test_the_clocks_go_on() -> None:
    """Both are milliseconds, and neither stands still."""
    assert wall() > 1_700_000_000_000
    before = steady()
    assert 0 <= steady() - before < 60_000
