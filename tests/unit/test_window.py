"""The periods over which images are counted, where clocks change and days are skipped."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.window import DAY, HOUR, Window, days, end_of, period, zone_named, zones
from bot.refusals import TimeNotUnderstood, ZoneNotUnderstood

BERLIN, YORK, SHANGHAI, APIA = (
    "Europe/Berlin",
    "America/New_York",
    "Asia/Shanghai",
    "Pacific/Apia",
)
CALENDAR = [Window.HOUR, Window.DAY, Window.WEEK, Window.MONTH]


def ms(text: str) -> int:
    """Epoch milliseconds of a time with its offset."""
    return round(datetime.fromisoformat(text).timestamp() * 1000)


@given(
    now=st.integers(ms("2008-01-01T00:00+00:00"), ms("2030-01-01T00:00+00:00")),
    window=st.sampled_from(CALENDAR),
    zone=st.sampled_from([BERLIN, YORK, SHANGHAI, APIA, "Asia/Kathmandu", "Africa/Cairo", "UTC"]),
)
def test_calendar_periods_follow_one_another(now: int, window: Window, zone: str):
    """Each moment is in exactly one period: they neither overlap nor leave gaps."""
    this = period(window, now, zone)
    assert this.since <= now < this.until
    assert period(window, this.since, zone) == this
    assert period(window, this.until - 1, zone) == this
    assert period(window, this.until, zone).since == this.until
    assert period(window, this.since - 1, zone).until == this.since


@given(
    now=st.integers(0, ms("2030-01-01T00:00+00:00")),
    window=st.sampled_from([Window.LAST_DAY, Window.LAST_WEEK, Window.LAST_MONTH]),
)
def test_a_rolling_period_has_its_length(now: int, window: Window):
    """An image asked for exactly one length ago has come back."""
    rolling = period(window, now, BERLIN)
    assert (rolling.since, rolling.until) == (now - window.length + 1, now + window.length)


@pytest.mark.parametrize(
    ("zone", "now", "since", "hours"),
    [
        # The clocks go forward and back.
        (BERLIN, "2026-03-29T12:00+02:00", "2026-03-29T00:00+01:00", 23),
        (BERLIN, "2026-10-25T00:30+02:00", "2026-10-25T00:00+02:00", 25),
        (YORK, "2026-03-08T23:59:59-04:00", "2026-03-08T00:00-05:00", 23),
        (YORK, "2026-11-01T01:30-05:00", "2026-11-01T00:00-04:00", 25),
        (SHANGHAI, "2026-03-29T00:00+08:00", "2026-03-29T00:00+08:00", 24),
        # Samoa had no 30 December 2011.
        (APIA, "2011-12-29T23:59:59-10:00", "2011-12-29T00:00-10:00", 24),
        (APIA, "2011-12-31T00:00+14:00", "2011-12-31T00:00+14:00", 24),
        # Cairo's clocks go forward at midnight, so that day begins at 01:00.
        ("Africa/Cairo", "2026-04-24T12:00+03:00", "2026-04-24T01:00+03:00", 23),
    ],
)
def test_days_where_clocks_are_set(zone: str, now: str, since: str, hours: int):
    """They begin at midnight there, and have that day's length there."""
    day = period(Window.DAY, ms(now), zone)
    assert (day.since, day.until - day.since) == (ms(since), hours * HOUR)


def test_weeks_and_months():
    """A week begins on Monday, a month on its first, both at the server's midnight."""
    now = ms("2026-03-01T00:30+01:00")
    week, month = (period(each, now, BERLIN) for each in (Window.WEEK, Window.MONTH))
    assert (week.since, week.until) == (ms("2026-02-23T00:00+01:00"), ms("2026-03-02T00:00+01:00"))
    assert (month.since, month.until) == (
        ms("2026-03-01T00:00+01:00"),
        ms("2026-04-01T00:00+02:00"),
    )
    assert period(Window.MONTH, ms("2026-12-31T23:00+00:00"), "UTC").until == ms(
        "2027-01-01T00:00+00:00"
    )


def test_a_zone_that_is_gone_is_utc():
    """Counting goes on even on a machine with other zone data."""
    assert period(Window.DAY, 5 * DAY + 7, "Mars/Olympus") == period(Window.DAY, 5 * DAY, "UTC")


NOW = ms("2026-03-28T12:00+00:00")


@pytest.mark.parametrize(
    ("typed", "end"),
    [
        ("12h", NOW + 12 * HOUR),
        (" 7 D ", NOW + 7 * DAY),
        ("\uff12w", NOW + 14 * DAY),
        ("2026-03-29", ms("2026-03-30T00:00+02:00")),
        ("2026-03-28", ms("2026-03-29T00:00+01:00")),
    ],
)
def test_an_end_is_a_duration_or_a_last_day(typed: str, end: int):
    """The named day still counts, in the server's zone."""
    assert end_of(typed, NOW, BERLIN) == end


@pytest.mark.parametrize(
    "typed", ["", "0d", "soon", "2026-03-27", "2026-02-30", "9999w", "9999-12-31", "-1d", "1" * 99]
)
def test_what_is_no_end(typed: str):
    """Past, endless, or no time at all."""
    with pytest.raises(TimeNotUnderstood):
        end_of(typed, NOW, BERLIN)


def test_zones_are_found_by_name():
    """In any case; and nothing else is used as a path into the machine's files."""
    assert zone_named(" europe/berlin ") == BERLIN
    assert zone_named("America/New York") == YORK
    assert BERLIN in zones()
    for strange in ("", "Berlin", "../../etc/passwd", "Europe", "x" * 9999):
        with pytest.raises(ZoneNotUnderstood):
            zone_named(strange)


def test_an_hour_is_one_on_the_clock():
    """Also where the offset is no whole hour."""
    hour = period(Window.HOUR, ms("2026-01-01T10:20:30+05:45"), "Asia/Kathmandu")
    assert hour.since == ms("2026-01-01T10:00+05:45")
    assert datetime.fromtimestamp(hour.until / 1000, UTC) - datetime.fromtimestamp(
        hour.since / 1000, UTC
    ) == timedelta(hours=1)


def test_the_last_days_end_with_today():
    """Each begins at its own midnight, also where the clocks are set in between."""
    dates, begins = days(ms("2026-03-29T12:00+00:00"), "Europe/Berlin", 3)
    assert dates == (date(2026, 3, 27), date(2026, 3, 28), date(2026, 3, 29))
    assert [end - begin for begin, end in pairwise(begins)] == [DAY, DAY, DAY - HOUR]
    assert begins[0] == ms("2026-03-27T00:00+01:00")
