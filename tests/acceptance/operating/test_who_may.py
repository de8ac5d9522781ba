"""Every command for admins, the operator and about oneself, typed by everyone who might.

Those who may not read why, in their language; nothing changes, and the log has the attempt.
"""

import sqlite3
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from typing import Any

import pytest

from sandbox.discord import commands
from sandbox.discord.messages import Message
from sandbox.discord.permissions import Permission
from sandbox.person import Person, Refused
from tests.acceptance.results_kit import answered, drawn
from tests.acceptance.studio import Studio

ADMIN, OWNER, REMOVE = "imagine-admin", "imagine-owner", "Remove image"
#: Each may do everything that the next one may.
OPERATOR, ADMINS, MANAGERS, ALL = "operator", "admin", "manager", "member"
RANKS = (OPERATOR, ADMINS, MANAGERS, ALL)


@dataclass(frozen=True)
class Row:
    """A command, and who may use it with these options."""

    path: str
    who: str
    #: Values by option; "user", "role" and "channel" stand for one of the server's.
    options: Mapping[str, object] = field(default_factory=dict[str, object])


ROWS = (
    Row("imagine-admin overview", MANAGERS),
    Row("imagine-admin quota user", MANAGERS, {"user": "user"}),
    Row("imagine-admin quota user", MANAGERS, {"user": "user", "images": "7"}),
    Row("imagine-admin quota role", MANAGERS, {"role": "role", "images": "7"}),
    Row("imagine-admin quota server", MANAGERS, {"images": "30"}),
    Row("imagine-admin quota clear", MANAGERS, {"user": "user"}),
    Row("imagine-admin quota grant", MANAGERS, {"user": "user", "images": 3}),
    Row("imagine-admin quota why", MANAGERS, {"user": "user"}),
    Row("imagine-admin quota list", MANAGERS),
    Row("imagine-admin quota log", MANAGERS),
    Row("imagine-admin quota settings", MANAGERS),
    Row("imagine-admin quota settings", ADMINS, {"open-tasks": 9}),
    Row("imagine-admin moderation words", MANAGERS),
    Row("imagine-admin moderation words", ADMINS, {"add": "gore"}),
    Row("imagine-admin moderation strikes", MANAGERS),
    Row("imagine-admin moderation strikes", ADMINS, {"count": 3}),
    Row("imagine-admin moderation log", MANAGERS),
    Row("imagine-admin moderation log", ADMINS, {"channel": "channel"}),
    Row("imagine-admin moderation log", ADMINS, {"off": True}),
    Row("imagine-admin block", MANAGERS, {"user": "user"}),
    Row("imagine-admin unblock", MANAGERS, {"user": "user"}),
    Row("imagine-admin settings", ADMINS),
    Row("imagine-admin settings", ADMINS, {"private": False}),
    Row("imagine-admin settings", ADMINS, {"private": True}),
    Row("imagine-admin channels", ADMINS),
    Row("imagine-admin log-channel", ADMINS),
    Row("imagine-admin export", ADMINS),
    Row("imagine-admin pause", ADMINS),
    Row("imagine-admin resume", ADMINS),
    Row("imagine-owner pause", OPERATOR),
    Row("imagine-owner resume", OPERATOR),
    Row("imagine-owner caps", OPERATOR),
    Row("imagine-owner caps", OPERATOR, {"month": 900}),
    Row("imagine-owner credits", OPERATOR),
    Row("imagine-owner credits", OPERATOR, {"warn": 5}),
    Row("imagine-owner servers", OPERATOR),
    Row("imagine-owner leave", OPERATOR, {"server": "server"}),
    Row("imagine-owner log", OPERATOR),
    Row("Remove image", MANAGERS),
    Row("quota", ALL),
    Row("privacy", ALL),
)
#: What those read who may not.
REFUSED = {
    "en-US": (
        "You need the Manage Server permission.",
        "You need the Manage Messages permission here, or Manage Server.",
        "Only the bot's owner can do this.",
    ),
    "zh-CN": ("你需要“管理服务器”权限", "或“管理服务器”权限", "只有机器人所有者"),
}


@asynccontextmanager
async def run(folder) -> AsyncGenerator[Studio]:
    """A bot whose operator has a server, where every command is registered."""
    studio = Studio(folder)
    await studio.open()
    try:
        server = studio.world.studio.id
        await studio.start(OPERATOR_SERVER=str(server))
        await studio.until(lambda: studio.discord.platform.commands.registered(server))
        yield studio
    finally:
        await studio.close()


def paths(command: Mapping[str, Any], before: str = "") -> Iterator[str]:
    """Yield what can be typed of a registered command."""
    path = f"{before} {command['name']}".strip()
    below = [each for each in command.get("options", ()) if each["type"] in {1, 2}]
    for each in below:
        yield from paths(each, path)
    if not below:
        yield path


async def test_each_command_is_in_the_table(tmp_path):
    """A new command must state here who may use it."""
    async with run(tmp_path) as studio:
        registered = studio.discord.platform.commands
        every = [*registered.registered(), *registered.registered(studio.world.studio.id)]
        groups = {ADMIN, OWNER, REMOVE, "quota", "privacy"}
        typed = {path for each in every if each["name"] in groups for path in paths(each)}
        assert typed == {row.path for row in ROWS}


def noted(studio: Studio, which: str) -> int:
    """Return how many changes the logs have, or how many attempts."""
    address = f"file:{studio.folder}/data/imagine.db?mode=ro"
    with closing(sqlite3.connect(address, uri=True)) as rows:
        text = f"SELECT count(*) FROM quota_change WHERE kind {which} 'denied'"  # noqa: S608 - of this file
        return rows.execute(text).fetchone()[0]


async def told(studio: Studio, person: Person, row: Row, post: Message) -> str:
    """What somebody reads who uses a command; a form that opens is none."""
    world = studio.world
    named = {
        "user": world.ann,
        "role": world.studio.roles[world.studio.id],
        "channel": world.general,
        "server": str(world.studio.id),
    }
    if row.path == REMOVE:
        asked = await person.menu(REMOVE, post)
        await studio.until(lambda: asked.modal or asked.message)
        return "" if asked.modal else (await answered(studio, asked)).text
    values = {name: named.get(str(value), value) for name, value in row.options.items()}
    asked = await person.slash(row.path, **values)
    return (await answered(studio, asked)).text


@pytest.mark.parametrize("locale", REFUSED)
async def test_who_may_and_who_may_not(tmp_path, locale):
    """The operator, an admin, a manager and a member; and one who forges what isn't offered."""
    async with run(tmp_path) as studio:
        world = studio.world
        post = await drawn(studio, "a fox")
        await studio.quiet()
        admin = studio.person(world.admin, locale=locale)
        bob = studio.person(world.bob, locale=locale)
        role = world.add_role(world.studio, "Deciding", 0, (world.bob,))
        await answered(studio, await admin.slash(f"{ADMIN} quota settings", managers=role))
        world.studio.members[world.bob.id].roles.clear()
        # Discord offers them neither the commands nor the menu.
        for row in ROWS:
            if row.who != ALL:
                with pytest.raises(Refused):
                    await told(studio, bob, row, post)
        registered = studio.discord.platform.commands
        for name in (ADMIN, OWNER, REMOVE):
            kind = commands.MESSAGE if name == REMOVE else commands.CHAT
            command = registered.find(name, kind, world.studio.id)
            assert command is not None
            command["default_member_permissions"] = None
        for rank in RANKS:
            roles = world.studio.members[world.bob.id].roles
            roles.clear()
            if rank == MANAGERS:
                roles.add(role.id)
            elif rank == ADMINS:
                deputies = world.add_role(
                    world.studio, "Deputies", int(Permission.MANAGE_GUILD), (world.bob,)
                )
                roles.add(deputies.id)
            person = admin if rank == OPERATOR else bob
            for row in ROWS:
                before = noted(studio, "<>")
                text = await told(studio, person, row, post)
                refused = any(said in text for said in REFUSED[locale])
                may = RANKS.index(rank) <= RANKS.index(row.who)
                assert refused != may, (rank, row, text)
                if not may:
                    assert noted(studio, "<>") == before, (rank, row)
        # Once within an hour, however often.
        assert noted(studio, "=") == 1
