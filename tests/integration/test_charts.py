"""Charts of the last days: the sums, by the days of a time zone, and the picture."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from PIL import Image

from bot.charts import drawing
from bot.charts.drawing import Drawing
from bot.charts.picture import BACKGROUND, COLOURS, OTHERS
from bot.domain.daily_use import BUSIEST, DAYS, DailyUse
from bot.domain.ids import ServerId, UserId
from bot.domain.quota_change import Kind, Target
from bot.domain.quota_settings import Limits, Policy
from bot.domain.request import Request
from bot.domain.requester import Requester
from bot.domain.window import days
from bot.services.front.charts import Charts
from bot.services.front.quota import Quota
from tests.integration.store_kit import GUILD, NOW, USER, accept, settle

DATES = [f"11-{day:02}" for day in range(1, DAYS + 1)]


async def undrawn(*_: object) -> None:
    """Return no picture for these."""


def charts_of(store, now: int = NOW) -> Charts:
    """Return the service at this moment."""
    quota = Quota(store=store, limits=Limits(), clock=lambda: now, nudge=lambda: None)
    return Charts(store=store, quota=quota, clock=lambda: now, picture=undrawn)


def at(zone: str, *local: int) -> int:
    """Return a local time as epoch milliseconds."""
    return round(datetime(*local, tzinfo=ZoneInfo(zone)).timestamp() * 1000)


async def draw(store, count: int, now: int, user: UserId = USER, **more) -> None:
    """Use so many images."""
    await accept(store, request=Request(prompt="x", count=count), now=now, user=user, **more)


def by_day(use: DailyUse, user: UserId) -> dict[str, int]:
    """Return what somebody used, by day."""
    images = dict(use.members)[user]
    return {day.isoformat(): n for day, n in zip(use.days, images, strict=True) if n}


@pytest.mark.parametrize(
    ("zone", "set_on"),
    [
        ("Europe/Berlin", date(2026, 10, 25)),
        ("Europe/Berlin", date(2026, 3, 29)),
        ("America/New_York", date(2026, 11, 1)),
        ("America/Santiago", date(2026, 9, 6)),
        ("Pacific/Apia", date(2011, 12, 31)),
        ("Asia/Shanghai", date(2026, 6, 1)),
    ],
)
async def test_a_day_is_a_day_there(store, zone: str, set_on: date) -> None:
    """Even where clocks are set: a day of 23 or 25 hours, one without a midnight, none at all."""
    await settle(store, Target.of_server(GUILD, Kind.POLICY), Policy(zone=zone))
    dates, begins = days(at(zone, set_on.year, set_on.month, set_on.day, 12), zone, 3)
    assert dates == tuple(set_on + timedelta(days=number) for number in (-2, -1, 0))
    for day, begin in enumerate(begins[1:]):
        # The last and the first moment of two days.
        await draw(store, 1, begin - 1)
        assert datetime.fromtimestamp((begin - 1) / 1000, ZoneInfo(zone)).date() <= dates[day]
    use = await charts_of(store, begins[-1] - 1).of_server(GUILD)
    spent = {day: hours for day, hours in by_day(use, USER).items() if day >= dates[0].isoformat()}
    assert sum(spent.values()) == 3
    assert use.days[-1] == set_on
    assert len(use.days) == DAYS
    assert use.totals[-1] == 1
    mine = await charts_of(store, begins[-1] - 1).of_member(Requester(GUILD, USER))
    assert dict(mine.members)[USER] == dict(use.members)[USER]


async def test_the_busiest_have_parts_of_their_own(store) -> None:
    """The rest are one part. Other servers, earlier days and direct messages don't count."""
    today, first, second = NOW, UserId(100), UserId(101)
    for number in range(BUSIEST + 3):
        await draw(store, BUSIEST + 3 - number, today, user=UserId(100 + number))
    await draw(store, 3, today - 5 * 24 * 60 * 60 * 1000, user=first)
    await draw(store, 9, today - DAYS * 24 * 60 * 60 * 1000, user=first)
    await draw(store, 9, today, user=first, server=ServerId(GUILD + 1))
    await draw(store, 9, today, user=first, server=None)
    use = await charts_of(store).of_server(GUILD)
    assert [user for user, _ in use.members] == [100 + number for number in range(BUSIEST)]
    assert (use.others[-1], sum(use.others)) == (3 + 2 + 1, 6)
    assert (use.totals[-1], use.totals[-6], sum(use.totals)) == (45, 3, 48)
    today_there = datetime.fromtimestamp(NOW / 1000, UTC).date()
    assert by_day(use, first) == {
        today_there.isoformat(): 9,
        (today_there - timedelta(days=5)).isoformat(): 3,
    }
    mine = await charts_of(store).of_member(Requester(GUILD, second))
    assert by_day(mine, second) == {today_there.isoformat(): 8}
    assert (await charts_of(store).of_server(ServerId(GUILD + 7))).totals == (0,) * DAYS


async def test_the_picture(tmp_path) -> None:
    """Dark, with each colour; a phone's width; drawing it leaves nothing in this process."""
    series = [(letter, [5] * DAYS) for letter in "ABCDEF"]
    drawn = await Drawing(tmp_path / "not" / "there").draw(DATES, [*series, ("+", [2] * DAYS)])
    assert drawn is not None
    with Image.open(BytesIO(drawn)) as picture:
        assert (picture.format, picture.size) == ("PNG", (1000, 600))
        raw = picture.convert("RGB").tobytes()
    found = Counter(raw[place : place + 3] for place in range(0, len(raw), 3))
    common = {f"#{colour.hex()}" for colour, n in found.items() if n > 1000}
    assert common >= {BACKGROUND, OTHERS, *COLOURS}
    assert f"#{raw[:3].hex()}" == BACKGROUND
    assert len(drawn) < 100_000


async def test_what_cannot_be_drawn_is_no_error(tmp_path, monkeypatch) -> None:
    """If the process fails, hangs or can't be started, there is no picture."""
    assert await Drawing(tmp_path).draw(DATES, [("A", [1])]) is None
    monkeypatch.setattr(drawing, "PATIENCE", 0.01)
    assert await Drawing(tmp_path).draw(DATES, [("A", [1] * DAYS)]) is None
    monkeypatch.setattr(drawing.sys, "executable", str(tmp_path / "python"))
    assert await Drawing(tmp_path).draw(DATES, [("A", [1] * DAYS)]) is None


async def test_the_same_is_drawn_once(tmp_path, monkeypatch) -> None:
    """Pressing a hundred times costs one drawing."""
    one = Drawing(tmp_path)
    first = await one.draw(DATES, [("A", [1] * DAYS)])
    monkeypatch.setattr(drawing.sys, "executable", str(tmp_path / "python"))
    assert await one.draw(DATES, [("A", [1] * DAYS)]) == first
