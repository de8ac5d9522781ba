"""The time over which a rule counts images: a calendar period in a time zone, or a rolling one."""

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from bot.domain.text import half_width
from bot.refusals import TimeNotUnderstood, ZoneNotUnderstood

HOUR = 60 * 60 * 1000
DAY = 24 * HOUR
#: The longest that a grant or a block may last, unless it has no end.
FARTHEST = 3660 * DAY


class Window(StrEnum):
    """Calendar periods, after which all images come back at once, and rolling ones."""

    HOUR = "hour"
    DAY = "day"
    #: Begins on Monday (ISO 8601).
    WEEK = "week"
    MONTH = "month"
    LAST_DAY = "24h"
    LAST_WEEK = "7d"
    LAST_MONTH = "30d"

    @property
    def length(self) -> int:
        """Milliseconds, 30 days for a month: to compare rules, and the length of rolling ones."""
        return _LENGTHS[self]

    @property
    def is_rolling(self) -> bool:
        """Whether each image comes back on its own, ``length`` after it was requested."""
        return self in {Window.LAST_DAY, Window.LAST_WEEK, Window.LAST_MONTH}


_LENGTHS = {
    Window.HOUR: HOUR,
    Window.DAY: DAY,
    Window.WEEK: 7 * DAY,
    Window.MONTH: 30 * DAY,
    Window.LAST_DAY: DAY,
    Window.LAST_WEEK: 7 * DAY,
    Window.LAST_MONTH: 30 * DAY,
}


@dataclass(frozen=True, slots=True)
class Period:
    """Requests at ``since <= at < until`` count; epoch milliseconds.

    It always has an end: a clock that was ahead may have left rows dated in the future.
    """

    since: int
    until: int


def period(window: Window, now: int, zone: str) -> Period:
    """Return the period of ``now``. A day on which the clocks change is shorter or longer."""
    if window.is_rolling:
        return Period(now - window.length + 1, now + window.length)
    place = zone_of(zone)
    local = datetime.fromtimestamp(now // 1000, place)
    if window is Window.HOUR:
        since = now - (local.minute * 60 + local.second) * 1000 - now % 1000
        return Period(since, since + HOUR)
    first = local.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None, fold=0)
    if window is Window.DAY:
        following = first + timedelta(days=1)
    elif window is Window.WEEK:
        first -= timedelta(days=first.weekday())
        following = first + timedelta(days=7)
    else:
        first = first.replace(day=1)
        following = (first + timedelta(days=31)).replace(day=1)
    return Period(_at(first, place), _at(following, place))


def days(now: int, zone: str, count: int) -> tuple[tuple[date, ...], tuple[int, ...]]:
    """Return the last ``count`` days, today last; and when each begins, and when today ends."""
    place = zone_of(zone)
    today = datetime.fromtimestamp(now // 1000, place).date()
    dates = [today + timedelta(days=number) for number in range(1 - count, 2)]
    begins = [_at(datetime.combine(each, time()), place) for each in dates]
    return tuple(dates[:-1]), tuple(begins)


def window_named(text: str) -> Window:
    """Return the window of this value.

    Raises:
        TimeNotUnderstood: there is none; Discord offers only those there are.
    """
    try:
        return Window(text)
    except ValueError:
        raise TimeNotUnderstood(text) from None


def zone_of(name: str) -> ZoneInfo:
    """Return a time zone; UTC if this machine no longer knows it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def end_of(text: str, now: int, zone: str) -> int:
    """Parse an end as an admin types it: a duration such as 12h, 7d or 2w, or a date, inclusive.

    Raises:
        TimeNotUnderstood: it is neither, is over, or is more than ``FARTHEST`` away.
    """
    plain = half_width(text).strip().lower()
    end = 0
    if match := re.fullmatch(r"(\d{1,4})\s*([hdw])", plain):
        end = now + int(match[1]) * {"h": HOUR, "d": DAY, "w": 7 * DAY}[match[2]]
    elif re.fullmatch(r"\d{4}-\d{2}-\d{2}", plain):
        with suppress(ValueError, OverflowError):
            end = _at(datetime.fromisoformat(plain) + timedelta(days=1), zone_of(zone))
    if not now < end <= now + FARTHEST:
        raise TimeNotUnderstood(text)
    return end


def zone_named(text: str) -> str:
    """Return the name of a time zone as an admin types it, in any case.

    Raises:
        ZoneNotUnderstood: this machine knows none of this name.
    """
    wanted = half_width(text).strip().replace(" ", "_").casefold()
    found = next((name for name in zones() if name.casefold() == wanted), None)
    if found is None:
        raise ZoneNotUnderstood(text)
    return found


@cache
def zones() -> tuple[str, ...]:
    """Return the names of all time zones; the first call reads some hundred files."""
    return tuple(sorted(available_timezones()))


def _at(local: datetime, zone: ZoneInfo) -> int:
    """Return epoch milliseconds. A midnight that is skipped is the moment the clocks change."""
    return round(local.replace(tzinfo=zone).astimezone(UTC).timestamp() * 1000)
