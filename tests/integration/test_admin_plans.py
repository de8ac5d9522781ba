"""What admins ask for is found by an index, however much has been drawn."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy.dialects import sqlite

from bot.store import daily_use, drafts, quota_changes, quota_settings, rules, task_export
from bot.store.compiled import Statements
from bot.store.engine import Connection
from tests.integration.store_kit import driver_of, opened

#: Statement, and the index it has to use.
ASKED = {
    "used in": (rules.USED_IN, "task_of_server"),
    "members": (rules.MEMBERS, "task_of_server"),
    "by day": (daily_use.OF_SERVER, "task_of_server"),
    "own by day": (daily_use.OF_MEMBER, "task_of_user"),
    "export": (task_export.EXPORT, "task_of_server"),
    "month": (rules.DRAWN_IN, "task_paid"),
    "servers": (rules.SERVERS, "task_paid"),
    "refusals": (drafts.REFUSALS, "draft_of_server"),
    "refused": (drafts.REFUSED, "draft_of_server"),
    "log": (quota_changes.CHANGES, "quota_change_of_server"),
    "untold": (quota_changes.UNTOLD_CHANGES, "quota_change_untold"),
    "policies": (quota_settings.POLICIES, "quota_policy"),
}


@pytest.mark.parametrize("asked", ASKED)
async def test_it_is_found_by_an_index(tmp_path, asked: str) -> None:
    """No table that grows without end is scanned."""
    statement, index = ASKED[asked]
    binds = statement.compile(dialect=sqlite.dialect()).binds
    names = [name for name, bind in binds.items() if bind.required]
    values: dict[str, Any] = {name: [1, 2] if name in {"busiest", "but"} else 5 for name in names}

    def plan(connection: Connection) -> list[str]:
        compiled = Statements(sqlite.dialect(paramstyle="qmark")).compiled(statement, values)
        asked = replace(compiled, sql=f"EXPLAIN QUERY PLAN {compiled.sql}")
        return [row[3] for row in asked.execute(driver_of(connection), values)]

    async with opened(tmp_path) as store:
        steps = await store._db.read(plan)
    assert any(index in step for step in steps), steps
    tables = ("task", "draft", "quota_change", "quota_setting")
    read = [step for step in steps if step.startswith(tuple(f"SCAN {name}" for name in tables))]
    assert [step for step in read if index not in step] == []
