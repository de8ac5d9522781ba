"""``python -m bot doctor``: a sentence about each thing, and what to do."""

import socket
import sqlite3
from contextlib import closing

import asyncpg  # pyright: ignore[reportMissingTypeStubs] - it has none
import pytest

from sandbox.discord.permissions import Permission
from sandbox.faults import Fault
from sandbox.imagine.process import ROOT
from tests.acceptance.operating.runs import run_once
from tests.acceptance.studio import opened

EARLIER = ROOT / "tests" / "integration" / "schema_0015.sql"


async def _told(studio, *arguments: str, **settings: str) -> tuple[int, list[str]]:
    """Ask the doctor; return the exit code and its lines."""
    studio.discord.clock.offset = 0.0
    ended, said = await run_once(studio, "doctor", *arguments, **settings)
    return ended, said.splitlines()


async def test_all_is_well(stand_ins):
    """A sentence for each, and nothing else: no log, no details."""
    ended, told = await _told(stand_ins)
    assert ended == 0, told
    assert [line for line in told if not line.startswith("ok   ")] == []
    for part in (
        "The database opens; 0 tasks are waiting.",
        "Evolink accepts the key; 10000 credits are left.",
        "The key may use doubao-seedream-4.5.",
        "Discord accepts the token; the bot is",
        "In Studio the bot can post in 3 channels.",
        "The clock agrees with Discord's.",
    ):
        assert any(part in line for line in told), part


async def test_more_is_said_when_asked(stand_ins):
    """The hidden channel and the invite link get lines of their own below their sentences."""
    ended, told = await _told(stand_ins, "--verbose")
    assert ended == 0
    assert "     #no-bots is hidden from it" in told
    assert any(line.startswith("     https://") and "permissions=" in line for line in told)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (
            {"EVOLINK_API_KEY": "wrong", "DISCORD_TOKEN": "wrong"},
            ["BAD  Evolink refuses the key. Set", "BAD  Discord refuses the token. Set"],
        ),
        (
            {
                "EVOLINK_API_URL": "http://127.0.0.1:9",
                "DISCORD_API_URL": "http://127.0.0.1:9/api/v10",
            },
            ["BAD  Evolink doesn't answer. Try", "BAD  Discord can't be reached. Is"],
        ),
        ({"DATA_DIR": "/proc/no"}, ["BAD  The bot can't start: DATA_DIR"]),
    ],
)
async def test_what_is_wrong(stand_ins, settings, says):
    """All that is wrong is said with what to do, and the exit code is 1."""
    ended, told = await _told(stand_ins, **settings)
    assert ended == 1
    assert [one for one in says if not any(line.startswith(one) for line in told)] == []


async def test_a_wrong_clock(stand_ins):
    """Discord's answers have the right time."""
    stand_ins.discord.clock.offset = -300.0
    ended, said = await run_once(stand_ins, "doctor")
    assert ended == 1
    assert "BAD  The clock is " in said
    assert "s off Discord's. Synchronise it (NTP)." in said


async def test_permissions_and_credits(stand_ins):
    """Permissions that a server doesn't grant are named as Discord does; so is an empty account."""
    world = stand_ins.world
    for role in list(world.studio.roles.values()):
        world.set_role(world.studio, role, 0)
    stand_ins.evolink.credits = 0.0
    ended, told = await _told(stand_ins)
    assert ended == 1
    (line,) = [line for line in told if "In Studio" in line]
    assert line.startswith("BAD")
    assert "Attach Files" in line
    assert "BAD  No credits are left at Evolink. Top the account up." in told


async def test_a_channel_that_denies_something(stand_ins):
    """It may be intentional: worth a look, but no failure. What the bot lacks is a detail."""
    world = stand_ins.world
    world.overwrite(world.art, world.bot, deny=Permission.ATTACH_FILES)
    ended, told = await _told(stand_ins, "--verbose")
    assert ended == 0
    assert any(
        line.startswith("??   In Studio the bot can't post everywhere: not in #art.")
        for line in told
    )
    assert "     in #art it lacks Attach Files" in told


async def test_servers_that_may_not_draw(stand_ins):
    """ALLOWED_SERVERS is compared with the servers that have the bot, both ways."""
    ended, told = await _told(stand_ins, ALLOWED_SERVERS="123456789012345678")
    assert ended == 0
    assert any(
        line.startswith("??   Nobody can draw in Studio: not in ALLOWED_SERVERS.") for line in told
    )
    assert any(
        line.startswith("??   ALLOWED_SERVERS names 123456789012345678, where the bot isn't.")
        for line in told
    )
    _, told = await _told(stand_ins, ALLOWED_SERVERS=str(stand_ins.world.studio.id))
    assert "ok   ALLOWED_SERVERS names the servers that have the bot." in told


async def test_the_operators_server(stand_ins):
    """The bot must be in it, or it has no commands for the operator."""
    world = stand_ins.world
    elsewhere = world.add_guild("elsewhere")
    world.kick_bot(elsewhere)
    ended, told = await _told(stand_ins, OPERATOR_SERVER=str(elsewhere.id))
    assert ended == 1
    sentence = f"BAD  The bot isn't in OPERATOR_SERVER ({elsewhere.id}). Invite it there: https://"
    assert any(line.startswith(sentence) for line in told), told
    ended, told = await _told(stand_ins, OPERATOR_SERVER=str(world.studio.id))
    assert ended == 0
    assert "ok   OPERATOR_SERVER is Studio, which has the bot." in told


async def test_the_operators_channel(stand_ins):
    """The bot must see the channel and be able to write in it; a thread counts, too."""
    world = stand_ins.world
    read_only = world.add_channel(world.studio, "read-only")
    world.overwrite(read_only, world.bot, deny=Permission.SEND_MESSAGES)
    thread = world.add_thread(world.general, "troubles")
    for channel, sentence in (
        (world.general.id, "ok   Problems are reported in #general of Studio."),
        (thread.id, "ok   Problems are reported in #troubles of Studio."),
        (read_only.id, "BAD  The bot can't write in #read-only (OPERATOR_CHANNEL_ID)."),
        (world.no_bots.id, "BAD  The bot can't see the channel that OPERATOR_CHANNEL_ID names."),
        (world.studio.id, "BAD  The bot can't see the channel that OPERATOR_CHANNEL_ID names."),
    ):
        ended, told = await _told(stand_ins, OPERATOR_CHANNEL_ID=str(channel))
        assert any(line.startswith(sentence) for line in told), (sentence, told)
        assert ended == (1 if sentence.startswith("BAD") else 0)


async def test_the_model(stand_ins):
    """A list without the model is worth a look; without a list, only the first drawing shows it."""
    stand_ins.evolink.behaviour.models = ["another"]
    ended, told = await _told(stand_ins)
    assert ended == 0
    assert any(
        line.startswith("??   Evolink's list for this key lacks doubao-seedream-4.5.")
        for line in told
    )
    stand_ins.evolink.faults.add(Fault("GET", "/v1/models", status=404, times=9))
    ended, told = await _told(stand_ins)
    assert ended == 0
    assert any("Evolink lists no models" in line for line in told)


async def test_an_address_for_callbacks(tmp_path):
    """The doctor tries whether it leads to the bot; while no bot runs, nobody can tell."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    web = {"WEB_PORT": str(port), "WEB_HOST": "127.0.0.1"}
    here = web | {"PUBLIC_URL": f"http://127.0.0.1:{port}"}
    async with opened(tmp_path, **here) as studio:
        ended, told = await _told(studio, **here)
        assert "ok   PUBLIC_URL leads to the bot." in told
        assert ended == 1
        assert any(line.startswith("BAD  Evolink won't call PUBLIC_URL: it isn't") for line in told)
        _, told = await _told(studio, **web, PUBLIC_URL=studio.evolink.url)
        wrong = f"BAD  PUBLIC_URL doesn't lead to the bot. It must lead /evolink/ to port {port};"
        assert any(line.startswith(wrong) for line in told)
        _, told = await _told(studio, PUBLIC_URL="https://imagine.example")
        assert "BAD  PUBLIC_URL is set, but nothing listens. Set WEB_PORT as well." in told
        await studio.bot.stop()
        _, told = await _told(studio, **here)
        assert any(
            line.startswith("??   The bot isn't running here, so where PUBLIC") for line in told
        )


OF_EARLIER = "ok   The database opens. It is from an earlier version of the bot: the next start"


async def test_a_database_of_an_earlier_version(stand_ins):
    """It may be a running bot's, which couldn't go on after a migration: it is left as it is."""
    (stand_ins.folder / "data").mkdir()
    with closing(sqlite3.connect(stand_ins.folder / "data" / "imagine.db")) as db:
        db.executescript(EARLIER.read_text())
        ended, told = await _told(stand_ins)
        assert db.execute("SELECT version_num FROM alembic_version").fetchall() == [("0015",)]
        assert ended == 0, told
        assert any(line.startswith(OF_EARLIER) for line in told)
        assert "ok   The clock agrees with Discord's." in told
        db.execute("INSERT INTO fact VALUES ('moved_to', '\"elsewhere\"')")
        db.commit()
    ended, told = await _told(stand_ins)
    assert ended == 1
    assert any("was copied to elsewhere; use that." in line for line in told)


async def test_a_database_of_an_earlier_version_on_postgres(stand_ins, postgres):
    """The same."""
    url = await postgres.database()
    db = await asyncpg.connect(url.replace("+asyncpg", ""))
    await db.execute("UPDATE alembic_version SET version_num = '0029'")
    ended, told = await _told(stand_ins, DATABASE_URL=url)
    assert await db.fetchval("SELECT version_num FROM alembic_version") == "0029"
    await db.close()
    assert ended == 0, told
    assert any(line.startswith(OF_EARLIER) for line in told)
