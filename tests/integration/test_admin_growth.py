"""What admins, the operator and members ask for costs the same, however much was drawn before.

Rows that SQLite visits are steps of its machine, the same on any computer. What is asked about (a
period, a page, one person) is the same each time; what grows is the past beside it, as in years of
use. With a million of each, run by hand, all steps were the same, too. What does grow is what
somebody asks of their own past (``/privacy``), and what an admin has granted to one user.
"""

import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from sqlite3 import dbapi2

from bot.domain.grants import Grant
from bot.domain.ids import InteractionId, UserId
from bot.domain.quota_change import EVERYWHERE, By, Kind, Target
from bot.domain.quota_settings import Block, OperatorRules, Policy, Rule
from bot.domain.requester import Requester
from bot.domain.snowflakes import first_id
from bot.domain.window import DAY, Period, Window, days
from bot.refusals import Scope
from bot.store.store import Store
from tests.integration.store_kit import (
    GUILD,
    NOW,
    USER,
    accept,
    address,
    opened,
    run,
    settle,
    strike,
)
from tests.kit.changes import changed_by

FEW, MANY = 1_000, 100_000
#: By this factor at most may anything cost more.
MOST = 1.5
#: SQLite's instructions per step; up to this many steps are the index and chance.
STEP, NOISE = 10, 40
#: The user with half of the past, and a member without any.
HEAVY, LIGHT = USER, UserId(USER + 1)
WHO = Requester(GUILD, HEAVY)
MONTH = Period(NOW - 30 * DAY, NOW + DAY)
#: The past ended some time before what is asked about.
_SPAN, _ENDED = 700 * DAY, 40 * DAY


async def _everything(pages) -> None:
    async for _ in pages:
        pass


_numbers = iter(range(10**6, 10**7))


def _number() -> int:
    return next(_numbers)


def _by() -> By:
    return changed_by(first_id(NOW) + _number(), actor=_number(), at=NOW)


def _rule() -> Rule:
    return Rule(Scope.USER, _number() % 1000)


def _block() -> Block:
    return Block(by=UserId(_number()), since=NOW)


async def _undo(store: Store) -> None:
    changed = await settle(store, Target.of_user(GUILD, UserId(9), Kind.LIMIT), _rule())
    await store.quota_settings.undo(changed.by.id, GUILD, _by())


_LATER = first_id(NOW + DAY)
_BEGINS = days(NOW, "UTC", 30)[1]
ASKED: dict[str, Callable[[Store], Awaitable[object]]] = {
    "a quota": lambda store: store.quotas.usage(WHO, now=NOW),
    "a reservation": lambda store: accept(store, user=HEAVY),
    "members over a limit": lambda store: store.quotas.above(GUILD, MONTH, 5),
    "members by use": lambda store: store.quotas.members(GUILD, MONTH, most=11, skip=0),
    "a server's use": lambda store: store.quotas.used_in(GUILD, MONTH),
    "all servers' use": lambda store: store.quotas.drawn_in(MONTH),
    "servers by use": lambda store: store.quotas.servers(MONTH, most=21, skip=0),
    "a server's days": lambda store: store.daily_use.of_server(GUILD, _BEGINS),
    "a member's days": lambda store: store.daily_use.of_member(WHO, _BEGINS),
    "an export": lambda store: _everything(store.task_export.pages(GUILD, MONTH)),
    "refusals": lambda store: store.drafts.refusals(GUILD, since=NOW - DAY),
    "members by refusals": lambda store: store.drafts.refused(GUILD, since=NOW, most=11, skip=0),
    "all that is set": lambda store: store.quota_settings.settings(GUILD),
    "servers with a policy": lambda store: store.quota_settings.policies(),
    "the log": lambda store: store.quota_changes.changes(
        GUILD, before=InteractionId(first_id(NOW + DAY)), limit=7
    ),
    "changes to tell": lambda store: store.quota_changes.untold(but=(), limit=50),
    "an attempt": lambda store: store.quota_changes.note_denied(GUILD, _by()),
    "old changes": lambda store: store.quota_changes.prune(NOW - 800 * DAY),
    "what is over": lambda store: store.quota_settings.prune(NOW - 800 * DAY),
    "a limit": lambda store: settle(store, Target.of_user(GUILD, UserId(9), Kind.LIMIT), _rule()),
    "a block": lambda store: settle(store, Target.of_user(GUILD, HEAVY, Kind.BLOCK), _block()),
    "an undo": _undo,
    "a strike": lambda store: strike(store, HEAVY, _by()),
    "the operator's caps": lambda store: settle(store, EVERYWHERE, OperatorRules(day=_number())),
    "open tasks": lambda store: store.totals.open_tasks(),
    "a day's work": lambda store: store.totals.work(since=NOW - DAY, until=NOW),
    "tasks to log": lambda store: store.task_log.due(most=9),
    "what is stored": lambda store: store.personal.stored(LIGHT),
    "a copy of it": lambda store: store.personal.besides(LIGHT),
    "files of it": lambda store: store.personal.files(LIGHT),
    "tasks of it": lambda store: _everything(store.personal.pages(LIGHT)),
    "tasks to forget": lambda store: store.erasures.ask_old(NOW - 800 * DAY),
    "tasks being forgotten": lambda store: store.erasures.go_on(now=NOW),
    "old numbers": lambda store: store.erasures.anonymise(NOW - 800 * DAY),
}


async def _prepared(folder: Path, past: int) -> None:
    """Write what is asked about, and a past beside it."""
    folder.mkdir()  # noqa: ASYNC240 - nothing else runs
    async with opened(folder) as store:
        policy = Policy(cap=10**6, weight_4k=2)
        await settle(store, Target.of_server(GUILD, Kind.POLICY), policy)
        await settle(store, EVERYWHERE, OperatorRules(month=10**6))
        await settle(
            store, Target.of_user(GUILD, HEAVY, Kind.LIMIT), Rule(Scope.USER, 9, Window.MONTH)
        )
        grant = Grant(images=5, given_at=NOW)
        await settle(store, Target.of_user(GUILD, HEAVY, Kind.GRANT, 1), grant)
        for number in range(120):
            now = NOW - number % 25 * DAY
            task = await run(store, user=(HEAVY, LIGHT, UserId(USER + 2))[number % 3], now=now)
            task = await store.tasks.save(task.ready(now, drawn=1), "ready", now=now)
            task = await store.tasks.save(task.delivered(now, 1), "delivered", now=now)
            await store.tasks.save(task.closed(), "closed", now=now)
    file = address(folder).partition("///")[2]
    with closing(sqlite3.connect(file)) as db, db:
        _copy(
            db,
            "task",
            past,
            {
                "id": "1000 + n.i",
                "interaction_id": "1000000000 + n.i",
                "remote_id": "'past-' || n.i",
                "user_id": f"CASE WHEN n.i % 2 THEN {HEAVY} ELSE 1000 + n.i % 500 END",
                "guild_id": f"CASE WHEN n.i % 4 < 3 THEN {GUILD} ELSE 99 + n.i % 50 END",
            },
        )
        _copy(
            db,
            "quota_change",
            past,
            {
                "id": f"{first_id(NOW)} - ({_moved(past)} << 22) + n.i",
                "subject_id": "1000 + n.i % 500",
                "told": "1",
            },
        )


def _moved(number: int) -> str:
    return f"({_ENDED} + n.i * {_SPAN // number})"


def _copy(db: sqlite3.Connection, table: str, number: int, changes: dict[str, str]) -> None:
    """Add copies of a row, with times going back over ``_SPAN``."""
    moved = _moved(number)
    columns = [str(row[1]) for row in db.execute(f"PRAGMA table_info({table})")]
    moments = {
        each: f"old.{each} - {moved}" for each in columns if each == "at" or each.endswith("_at")
    }
    values = [changes.get(each) or moments.get(each) or f'old."{each}"' for each in columns]
    names = ", ".join(f'"{each}"' for each in columns)
    db.execute(
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?)"  # noqa: S608 - of this file
        f" INSERT INTO {table} ({names}) SELECT {', '.join(values)} FROM n"
        f" JOIN (SELECT * FROM {table} ORDER BY id LIMIT 1) AS old",
        (number,),
    )


async def _steps(folder: Path, past: int, watch: list[int]) -> dict[str, int]:
    await _prepared(folder, past)
    steps = dict[str, int]()
    async with opened(folder) as store:
        for name, ask in ASKED.items():
            # Let statements be prepared, and caches filled.
            await ask(store)
            watch[0] = 0
            await ask(store)
            steps[name] = watch[0]
    return steps


async def test_no_answer_costs_more_for_what_was_drawn_long_ago(tmp_path, monkeypatch) -> None:
    """Not even after a hundred times as many tasks and changes."""
    watch, connect = [0], dbapi2.connect

    def step() -> int:
        watch[0] += 1
        return 0

    def watched(*arguments, **options) -> sqlite3.Connection:
        connection = connect(*arguments, **options)
        connection.set_progress_handler(step, STEP)
        return connection

    monkeypatch.setattr(dbapi2, "connect", watched)
    few, many = [await _steps(tmp_path / str(past), past, watch) for past in (FEW, MANY)]
    growth = {name: many[name] / max(NOISE, few[name]) for name in ASKED}
    for name in ASKED:
        print(f"{name:24}{few[name]:8}{many[name]:8}")  # noqa: T201 - shown with -s
    assert not {name: growth[name] for name in ASKED if growth[name] > MOST}
