"""Databases of earlier versions keep their contents, in today's form."""

import asyncio
import json
import sqlite3
import sys
from collections.abc import Generator
from contextlib import closing, contextmanager

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from bot.domain import quota
from bot.domain.ids import ServerId, TaskId, UserId
from bot.domain.models import SEEDREAM_4_5
from bot.domain.quota_change import EVERYWHERE
from bot.domain.quota_settings import OperatorRules, Policy
from bot.domain.reference import Reference
from bot.domain.requester import Requester
from bot.domain.state import Reason
from bot.domain.tray import TrayChange
from bot.services.front.tray import Tray
from bot.services.shared.visibility import Visibility
from bot.store.migrate import MIGRATIONS
from tests.fakes.post_lookup import FakePostLookup
from tests.integration.store_kit import NOW, address, opened

REQUEST = (
    '{"v": 1, "prompt": "a cat", "size": "auto", "quality": "2K", "count": 3, "references": []}'
)
TASK = {
    "guild_id": 10, "channel_id": 30, "user_id": 20, "locale": "en-US", "application_id": 40,
    "request": REQUEST, "quality": "2K", "private": False, "reserved": 3, "attempt": 1,
    "intent_at": NOW, "progress": 100, "version": 7, "cancel_requested": False, "failures": 0,
    "upload_limit": 10_485_760, "created_at": NOW, "ended_at": NOW + 5,
}  # fmt: skip


def put(db: sqlite3.Connection, number: int, links: int, **changes: object) -> None:
    """Write a row as it was."""
    row = TASK | {"id": number, "interaction_id": number} | changes
    names, marks = ", ".join(row), ", ".join("?" * len(row))
    db.execute(f"INSERT INTO task ({names}) VALUES ({marks})", list(row.values()))  # noqa: S608
    for position in range(links):
        db.execute("INSERT INTO result (task_id, position, url) VALUES (?, ?, 'u')",
                   (number, position))  # fmt: skip


@contextmanager
def at(tmp_path, revision: str) -> Generator[sqlite3.Connection]:
    """Make a database as a version left it."""
    (tmp_path / "data").mkdir()
    file = tmp_path / "data" / "imagine.db"
    engine = create_engine(f"sqlite:///{file}")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    engine.dispose()
    with closing(sqlite3.connect(file)) as db:
        yield db


@pytest.fixture
def third(tmp_path):
    """A database as version 0003 left it."""
    with at(tmp_path, "0003") as db:
        yield db


async def test_what_was_drawn_is_found_out(third, tmp_path) -> None:
    """Waiting kept images are charged now; what was drawn counts to the caps, refunded or not."""
    put(third, 1, 2, state="delivered", charged=2, charged_at=NOW)
    put(third, 2, 3, state="kept", charged=None, wake_at=NOW + 9)
    put(third, 3, 3, state="kept", charged=3, charged_at=NOW + 8)
    put(third, 4, 2, state="kept", charged=0, charged_at=NOW + 8, reason="expired")
    put(third, 5, 0, state="failed", charged=0, charged_at=NOW, reason="content_policy_violation")
    put(third, 6, 0, state="failed", charged=0, charged_at=NOW, reason="gave_up")
    put(third, 7, 0, state="unknown", charged=0, charged_at=NOW, reason="unknown_outcome")
    put(third, 8, 0, state="cancelled", charged=0, charged_at=NOW, intent_at=None)
    put(third, 9, 0, state="running", charged=None, ended_at=None)
    third.commit()
    third.close()

    assert address(tmp_path).endswith("data/imagine.db")
    async with opened(tmp_path) as store:
        rows = [await store.tasks.get(TaskId(number)) for number in range(1, 10)]
        assert [(row.charged, row.drawn, row.collected_at) for row in rows if row] == [
            (2, 2, None),
            (3, 3, None),
            (3, 3, NOW + 8),
            (0, 2, None),
            (0, 0, None),
            (0, None, None),
            (0, None, None),
            (0, None, None),
            (None, None, None),
        ]
        usage = await store.quotas.usage(Requester(ServerId(10), UserId(20)), now=quota.day_of(NOW))
        assert (usage.used, usage.used_total) == (2 + 3 + 3 + 3, 2 + 3 + 3 + 2 + 3 + 3 + 3)


LINK = "https://cdn.discordapp.com/attachments/30/9/image.png?ex=1&is=1&hm=1"
SMALL = "https://media.discordapp.net/attachments/30/8/image.png?ex=1&is=1&hm=1&width=50"
#: A picture from before 0006.
PASTED = {
    "url": LINK, "name": "image.png", "content_type": "image/png", "bytes": 9, "width": 9,
    "height": 9, "source": "message:30:77:image.png",
}  # fmt: skip


async def test_pictures_in_trays_are_known_by_their_attachments(third, tmp_path) -> None:
    """Added again after the upgrade, it is there once: a menu may not have a value twice."""
    held = [
        (20, PASTED["source"], PASTED),
        # The same one, by its link.
        (20, LINK.partition("?")[0], PASTED | {"source": "", "url": f"{LINK}&"}),
        (20, "attachment:9", PASTED | {"source": "", "url": SMALL}),
        (20, "result:7:0", PASTED | {"source": "result:7:0"}),
        (21, PASTED["source"], PASTED),
    ]
    for user, picture, reference in held:
        third.execute(
            "INSERT INTO tray (guild_id, user_id, picture, reference, put_at) VALUES (10,?,?,?,?)",
            (user, picture, json.dumps(reference), NOW),
        )
    third.commit()
    third.close()
    async with opened(tmp_path) as store:
        tray = Tray(store, Visibility(store, FakePostLookup()), lambda: NOW)
        again = Reference(
            url=LINK, name="image.png", bytes=9, source="message:30:77", attachment_id=9
        )
        small = Reference(url=SMALL, name="image.png", bytes=9)
        attachment = Reference(url="", name="image.png", bytes=9, attachment_id=8)
        for user, rows in ((20, 4), (21, 3)):
            whose = Requester(ServerId(10), UserId(user))
            await store.trays.add(whose, [again, small, attachment], now=NOW, forget=0)
            every = await store.trays.items(whose, since=0)
            assert len(every) == len({each.name for each in every}) == rows
            assert every[0].reference.source == PASTED["source"]
        change, _ = await tray.add(Requester(ServerId(10), UserId(20)), [again])
        assert change == TrayChange(added=0, known=1, turned_away=0)


async def test_files_of_links_to_smaller_pictures(third, tmp_path) -> None:
    """They were stored as the attachment, and served to people who drew from that."""
    links = [SMALL, LINK, "https://cdn.discordapp.com/attachments/30/7/x.png"]
    request = json.loads(REQUEST) | {"references": [PASTED | {"url": each} for each in links]}
    put(third, 1, 0, state="failed", charged=0, charged_at=NOW, request=json.dumps(request))
    for position, number in enumerate((8, 9, 7)):
        third.execute(
            "INSERT INTO reference (task_id, position, source, file) VALUES (1, ?, ?, ?)",
            (position, f"attachment:{number}", f"references/{number}"),
        )
    third.commit()
    third.close()
    async with opened(tmp_path) as store:
        found = [
            await store.uploads.files_of({f"attachment:{number}"}, None) for number in (8, 9, 7)
        ]
        assert found == [(), ("references/9",), ("references/7",)]
        task = await store.tasks.get(TaskId(1))
        assert task is not None
        for upload, reference in zip(
            await store.uploads.of_task(task.id), task.request.references, strict=True
        ):
            assert upload.source == reference.key


@pytest.mark.parametrize("state", ["cancelled", "unknown"])
async def test_what_was_taken_while_it_ended_is_followed(third, tmp_path, state) -> None:
    """They had no end that could be told, as Evolink draws them: they are delivered, free."""
    ended = {"charged": 0, "charged_at": NOW, "state": state, "submitted_at": NOW}
    left = {**ended, "token": "t", "wake_at": NOW, "cancel_requested": True, "owner": "main/1"}
    put(third, 1, 0, **left, remote_id="remote-1", intent_at=None)
    put(third, 2, 0, **ended, remote_id="remote-2", wake_at=None)
    put(third, 3, 0, **(left | {"submitted_at": None}), remote_id=None)
    third.commit()
    third.close()
    async with opened(tmp_path) as store:
        rows = [await store.tasks.get(TaskId(number)) for number in (1, 2, 3)]
        assert [row and row.state for row in rows] == ["submitting", state, state]
        due = await store.claims.due(
            "main/2", now=NOW + 9, until=NOW + 99, limit=9, expired=NOW + 9
        )
        task = next(each for each in due if each.id == 1)
        assert (task.remote_id, task.intent_at, task.ended_at) == ("remote-1", NOW, None)
        task = await store.tasks.save(task.running(NOW, NOW, None, NOW + 9), "running", now=NOW)
        task = await store.tasks.save(task.ready(NOW, drawn=2), "ready", now=NOW)
        task = await store.tasks.save(task.kept(NOW, Reason.STOPPED, 2), "kept", now=NOW)
        closed = await store.tasks.save(task.closed(NOW + 9), "closed", now=NOW)
        assert (closed.charged, closed.drawn, closed.token) == (0, 2, None)


async def test_pages_that_counted_what_had_come(tmp_path) -> None:
    """The first of 12 never came; its pages hold the next ten and the last."""
    with at(tmp_path, "0012") as db:
        for number, lost, pages in (
            (1, [0], [(0, 0, 10), (1, 10, 11), (100, 1, 11), (101, 11, 12)]),
            (2, [1], [(0, 0, 10), (1, 10, 12)]),
            (3, [11], [(0, 0, 10), (1, 10, 11)]),
            (4, list(range(12)), [(0, 0, 10), (1, 10, 12)]),
        ):
            put(db, number, 12, state="delivered", charged=11, charged_at=NOW)
            for position in lost:
                db.execute("UPDATE result SET url = '' WHERE task_id = ? AND position = ?",
                           (number, position))  # fmt: skip
            for page, first, stop in pages:
                db.execute("INSERT INTO post (task_id, page, first, stop, way, nonce) "
                           "VALUES (?, ?, ?, ?, 'channel', ?)",
                           (number, page, first, stop, f"{number}.{page}"))  # fmt: skip
        db.commit()

    assert address(tmp_path).endswith("data/imagine.db")
    async with opened(tmp_path) as store:
        stand = [
            [(post.first, post.stop) for post in await store.posts.of_task(TaskId(number))]
            for number in range(1, 5)
        ]
    assert stand == [
        [(1, 11), (11, 12), (1, 11), (11, 12)],
        [(0, 10), (10, 12)],
        [(0, 10), (10, 11)],
        [(0, 10), (10, 12)],
    ]


async def test_tasks_of_before_were_asked_of_seedream(tmp_path) -> None:
    """Their durations still count for estimates."""
    with at(tmp_path, "0015") as db:
        put(db, 1, 3, state="delivered", charged=3, charged_at=NOW, drawn_ms=1_000)
        db.commit()

    assert address(tmp_path).endswith("data/imagine.db")
    async with opened(tmp_path) as store:
        task = await store.tasks.get(TaskId(1))
        assert task is not None
        assert task.request.model is SEEDREAM_4_5
        assert await store.queue.durations(task.request) == (1_000,)


async def test_what_admins_turned_on_and_off(tmp_path) -> None:
    """These become part of how the server counts; what an earlier version knew is dropped."""
    with at(tmp_path, "0026") as db:
        setting = "INSERT INTO quota_setting VALUES (1, 'server', 1, 'policy', 0, ?)"
        db.execute(setting, ('{"zone": "Asia/Shanghai"}',))
        switches = ((1, "private", False), (2, "mentions", True), (2, "music", False))
        for server, name, value in switches:
            row = (server, name, json.dumps(value))
            db.execute("INSERT INTO server_setting VALUES (?, ?, ?, 9, 0)", row)
        db.commit()

    async with opened(tmp_path) as store:
        policies = dict(await store.quota_settings.policies())
    assert policies == {
        1: Policy(zone="Asia/Shanghai", private=False),
        2: Policy(mentions=True),
    }


async def test_what_the_operator_had_set(tmp_path) -> None:
    """The pause, the caps and the warning are one setting, with announced, undoable changes."""
    with at(tmp_path, "0027") as db:
        facts = {"paused": {"by": 9, "at": 0}, "caps": {"day": 7, "month": 0}, "credits_warning": 3}
        for key, value in facts.items():
            db.execute("INSERT INTO fact VALUES (?, ?)", (key, json.dumps(value)))
        db.commit()

    async with opened(tmp_path) as store:
        operator_rules = await store.quota_settings.get(EVERYWHERE)
        assert set(await store.facts.several(*facts)) == set()
    assert operator_rules == OperatorRules(paused=True, day=7, warn_below=3)


async def test_a_start_without_migrations_loads_no_alembic(tmp_path) -> None:
    """That takes 0.2 s of a start's CPU time, nearly always for nothing."""
    async with opened(tmp_path):
        pass
    program = (
        "import asyncio, sys; from bot.store.store import Store; "
        f"asyncio.run(asyncio.run(Store.open({address(tmp_path)!r})).close()); "
        "sys.exit('alembic' in sys.modules)"
    )
    started = await asyncio.create_subprocess_exec(sys.executable, "-c", program)
    assert await started.wait() == 0
