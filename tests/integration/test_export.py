"""An admin's export: every task of those days, and no formula for a spreadsheet to run."""

import csv
import io
import zipfile
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot.domain.erasure import Erasure
from bot.domain.ids import InteractionId, ServerId
from bot.domain.quota_change import Kind, Target
from bot.domain.quota_settings import Limits, Policy
from bot.domain.request import Request
from bot.domain.requester import Requester
from bot.domain.window import DAY
from bot.files import FileStorage
from bot.refusals import ExportTooLarge
from bot.services.front.export import Export
from bot.services.front.quota import Quota
from bot.store import task_export
from tests.integration.store_kit import GUILD, NOW, USER, accept, run_sql, settle

LARGE = 10_000_000


@pytest.fixture
def export(store, tmp_path) -> Export:
    """The service."""
    storage = FileStorage(tmp_path / "files")
    storage.prepare()
    quota = Quota(store=store, limits=Limits(), clock=lambda: NOW, nudge=lambda: None)
    return Export(store=store, storage=storage, quota=quota, clock=lambda: NOW)


async def read(export: Export, days: int = 30) -> tuple[list[dict], list[dict]]:
    """The two tables."""
    path = await export.write(GUILD, days, InteractionId(5), max_bytes=LARGE)
    with zipfile.ZipFile(path) as archive:
        texts = [archive.read(name) for name in ("tasks.csv", "use.csv")]
    assert all(text.startswith(b"\xef\xbb\xbf") for text in texts)
    tasks, use = [list(csv.DictReader(io.StringIO(text.decode("utf-8-sig")))) for text in texts]
    return tasks, use


async def ask(store, prompt: str, now: int = NOW, count: int = 1, **more) -> None:
    """Ask for something."""
    await accept(store, request=Request(prompt=prompt, count=count), now=now, **more)


async def test_every_task_once(store, export: Export, monkeypatch) -> None:
    """Even if many have the same time and pages end between them.

    Not another server's, nor older ones, nor those of a clock that was ahead.
    """
    monkeypatch.setattr(task_export, "ROWS", 2)
    for number in range(7):
        await ask(store, f"fox {number}", now=NOW - number // 3)
    await ask(store, "elsewhere", server=ServerId(GUILD + 1))
    await ask(store, "before", now=NOW - 30 * DAY)
    await ask(store, "ahead", now=NOW + DAY)
    await ask(store, "secret", private=True)
    tasks, use = await read(export)
    assert sorted(each["prompt"] for each in tasks) == ["", *(f"fox {n}" for n in range(7))]
    assert [each["private"] for each in tasks].count("yes") == 1
    assert {each["user"] for each in tasks} == {f"<@{USER}>"}
    assert [each["counted_as"] for each in use] == ["8"]


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Pacific/Apia", "America/New_York"])
async def test_days_are_those_of_the_server(store, export: Export, zone: str) -> None:
    """Use is by the server's days, and so are times; today began at its midnight."""
    await settle(store, Target.of_server(GUILD, Kind.POLICY), Policy(zone=zone))
    today = datetime.fromtimestamp(NOW / 1000, ZoneInfo(zone)).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    begins = round(today.timestamp() * 1000)
    await ask(store, "yesterday", now=begins - 1, count=2)
    await ask(store, "today", now=begins, count=3)
    tasks, use = await read(export, days=1)
    assert [(each["time"], each["images_asked"]) for each in tasks] == [(today.isoformat(), "3")]
    assert [(each["day"], each["counted_as"]) for each in use] == [(today.date().isoformat(), "3")]
    assert len((await read(export, days=2))[0]) == 2


@pytest.mark.parametrize(
    "prompt",
    ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r\n=1", " =1", "\uff1d1", "=cmd|' /C calc'!A0"],
)
async def test_no_prompt_is_a_formula(store, export: Export, prompt: str) -> None:
    """A formula gets an apostrophe in front; everything else is as typed."""
    for typed in (prompt, 'a "fox", red\nand 狐狸'):
        await ask(store, typed)
    tasks, _ = await read(export)
    assert [each["prompt"] for each in tasks] == [f"'{prompt}", 'a "fox", red\nand 狐狸']


async def test_a_damaged_row_is_a_row(store, export: Export) -> None:
    """Its prompt is empty, and the other rows are there."""
    await ask(store, "a fox")
    await store._db.write(lambda connection: run_sql("UPDATE task SET request = '[]'", connection))
    await ask(store, "a cat")
    assert [each["prompt"] for each in (await read(export))[0]] == ["", "a cat"]


async def test_a_prompt_that_is_being_forgotten_is_gone(store, export: Export) -> None:
    """Its requester was told that it is gone, though the row's turn may come only in hours."""
    await ask(store, "a secret fox")
    (task,) = (await store.history.page(Requester(GUILD, USER), limit=9)).tasks
    ended = await store.tasks.save(task.cancelled(NOW), "cancelled", now=NOW)
    await store.tasks.save(ended.closed(), "closed", now=NOW)
    assert (await store.erasures.ask(USER, Erasure.ASKED, now=NOW)).tasks == 1
    assert [each["prompt"] for each in (await read(export))[0]] == [""]


async def test_what_does_not_fit_leaves_nothing(store, export: Export, tmp_path) -> None:
    """Discord would refuse it after minutes of work."""
    await ask(store, "a fox")
    with pytest.raises(ExportTooLarge):
        await export.write(GUILD, 30, InteractionId(5), max_bytes=1000)
    assert list((tmp_path / "files" / "incoming").iterdir()) == []


async def test_what_is_forgotten_is_nobodys(store, export: Export) -> None:
    """Its numbers are left, without any user's id."""
    await ask(store, "fox", count=2)
    await store._db.write(
        lambda connection: run_sql("UPDATE task SET user_id = 0, channel_id = 0", connection)
    )
    (task,), (use,) = await read(export)
    assert (task["user"], task["channel"], task["counted_as"]) == ("", "", "2")
    assert (use["user"], use["counted_as"]) == ("", "2")
