"""Starts that Discord refuses, delays or answers strangely: a sentence or a wait, no traceback."""

import asyncio
import shutil

import pytest
import pytest_asyncio

from sandbox.faults import Fault, front, told
from sandbox.imagine.settings import settings_for
from tests.acceptance.studio import SHORT_WAITS, Studio
from tests.kit.forks import ForkedBot
from tests.kit.patience import slowness

COMMANDS = r"/commands$"
GATEWAY = {"url": "wss://gateway.example"}


@pytest_asyncio.fixture(loop_scope="session")
async def studio(tmp_path):
    """Both stand-ins, and no bot yet; whatever is started ends with the test."""
    studio = Studio(tmp_path)
    await studio.open()
    studio.bot = ForkedBot(
        settings_for(studio.discord, studio.evolink)
        | SHORT_WAITS
        | {"OPERATOR_CHANNEL_ID": str(studio.world.general.id)},
        studio.folder,
    )
    yield studio
    if studio.bot.running:
        await studio.bot.stop()
    await studio.discord.close()
    await studio.evolink.close()


async def ended(studio: Studio) -> tuple[int, str]:
    """Start a bot that ends by itself; return its exit code and its last line."""
    await studio.bot.start()
    code = await studio.bot.ended()
    said = studio.log()
    assert "Traceback" not in said
    return code, said.splitlines()[-1]


@pytest.mark.parametrize(
    ("path", "answer", "code", "says"),
    [
        ("/users/@me$", told(401, {"message": "401: Unauthorized", "code": 0}), 78, "TOKEN"),
        ("/users/@me$", front(401), 69, "refuses the bot for now (401)"),
        ("/users/@me$", front(403), 69, "refuses the bot for now (403)"),
        ("/users/@me$", front(503), 69, "refuses the bot for now (503)"),
        ("/users/@me$", front(200), 69, "gives unexpected answers"),
        ("/users/@me$", told(200, {"id": "x"}), 69, "gives unexpected answers"),
        ("/users/@me$", told(403, {"message": "Forbidden", "code": 20}), 69, "403 Forbidden"),
        ("/applications/@me$", front(403), 69, "refuses the bot for now (403)"),
        ("/users/@me/guilds", front(403), 69, "refuses the bot for now (403)"),
        ("/gateway/bot$", front(403), 69, "refuses the bot for now (403)"),
        ("/gateway/bot$", told(200, {"hello": 1}), 69, "gives unexpected answers"),
        ("/gateway/bot$", told(200, GATEWAY | {"shards": "x"}), 69, "gives unexpected answers"),
        (
            "/gateway/bot$",
            told(200, GATEWAY | {"session_start_limit": {"remaining": None}}),
            69,
            "gives unexpected answers",
        ),
        (
            "/gateway/bot$",
            told(200, GATEWAY | {"session_start_limit": [1]}),
            69,
            "gives unexpected answers",
        ),
        (COMMANDS, told(400, {"message": "Max creates", "code": 30034}), 69, "Max creates"),
    ],
)
async def test_a_refusal_at_the_start(studio, path, answer, code, says):
    """One sentence and an exit code, whatever is refused; a page says nothing about the token."""
    studio.discord.faults.add(Fault(path=path, **answer))
    found, last = await ended(studio)
    assert (found, says in last) == (code, True), last


@pytest.mark.parametrize("path", ["/users/@me$", "/applications/@me$", COMMANDS, "/gateway/bot$"])
async def test_a_front_that_says_until_when(studio, path):
    """The bot waits, and says until when; coming back at once would prolong the block."""
    fault = Fault(path=path, times=1, **front(429, retry_after="2"))
    studio.discord.faults.add(fault)
    await studio.bot.start()
    await studio.discord.gateway.connected(timeout=30 * slowness())
    assert fault.met == 1
    assert "asks the bot to wait" in studio.log()
    await studio.ann.slash("imagine", prompt="a fox")
    await studio.results()


async def test_a_long_wait_can_be_stopped(studio):
    """SIGTERM ends the wait, though Discord asks for an hour."""
    studio.discord.faults.add(Fault(path="/users/@me$", **front(429, retry_after="3600")))
    await studio.bot.start()
    await studio.until(lambda: studio.bot.log.exists() and "asks the bot to wait" in studio.log())
    assert await studio.bot.stop() == 0


async def test_no_session_left(studio):
    """No session is started until they are renewed, or Discord would reset the token."""
    gateway = studio.discord.gateway
    gateway.starts, gateway.starts_renewed_in = 0, 3.0
    await studio.bot.start()
    await studio.until(lambda: studio.bot.log.exists() and "no new session until" in studio.log())
    assert not gateway.identifies
    gateway.starts = 1000
    await gateway.connected(timeout=30 * slowness())
    assert gateway.identifies == 1


async def test_no_session_left_when_it_connects_anew(studio):
    """The same after a connection that broke and could not be resumed."""
    gateway = studio.discord.gateway
    await studio.bot.start()
    await gateway.connected(timeout=30 * slowness())
    gateway.starts, gateway.starts_renewed_in = 0, 2.0
    gateway.sessions.clear()
    gateway.drop()
    await studio.until(lambda: "no new session until" in studio.log())
    gateway.starts = 1000
    await gateway.connected(timeout=60 * slowness())
    assert studio.bot.running


async def test_commands_that_cannot_be_registered_now(studio):
    """The registered ones still work: the bot warns, and draws."""
    await studio.bot.start()
    await studio.discord.gateway.connected(timeout=30 * slowness())
    await studio.bot.stop()
    # As after an update: the commands have changed.
    studio.bot.settings["USER_INSTALL"] = "true"
    for answer in (
        told(400, {"message": "Max creates", "code": 30034}),
        front(503),
        told(200, {"no": "list"}),
    ):
        studio.discord.faults.add(Fault("PUT", COMMANDS, **answer))
        await studio.discord.gateway.disconnected()
        await studio.bot.start()
        await studio.discord.gateway.connected(timeout=30 * slowness())
        await studio.until(lambda: "commands could not be registered" in studio.log())
        await studio.ann.slash("imagine", prompt="a fox")
        await studio.results()
        assert await studio.bot.stop() == 0
        studio.discord.faults.clear()
        studio.renew()


async def test_commands_that_have_not_changed(studio):
    """The bot looks at them, and doesn't register them again."""
    await studio.bot.start()
    await studio.discord.gateway.connected(timeout=30 * slowness())
    assert await studio.bot.stop() == 0
    looked, registered = Fault("GET", COMMANDS), Fault("PUT", COMMANDS)
    studio.discord.faults.add(looked)
    studio.discord.faults.add(registered)
    await studio.restart()
    # The second look is for the ids that sentences need.
    await studio.until(lambda: looked.met == 2)
    await studio.ann.slash("imagine", prompt="a fox")
    await studio.results()
    assert registered.met == 0


async def test_commands_of_a_newer_version(studio):
    """Going back to the older version, with its backup, brings the older commands back."""
    data, backup = studio.folder / "data", studio.folder / "backup"

    def everywhere() -> list[list[int]]:
        return [each["integration_types"] for each in studio.discord.platform.commands.registered()]

    await studio.bot.start()
    await studio.discord.gateway.connected(timeout=30 * slowness())
    assert await studio.bot.stop() == 0
    old = everywhere()
    shutil.copytree(data, backup)
    studio.bot.settings["USER_INSTALL"] = "true"
    await studio.restart()
    await studio.until(lambda: everywhere() != old)
    assert await studio.bot.stop() == 0
    shutil.rmtree(data)
    backup.rename(data)
    studio.bot.settings["USER_INSTALL"] = "false"
    await studio.restart()
    await studio.until(lambda: everywhere() == old)


async def test_commands_in_sentences_can_be_clicked(studio):
    """They are links with Discord's ids; until Discord tells those, commands are named plainly."""
    await studio.bot.start()
    await studio.discord.gateway.connected(timeout=30 * slowness())
    (imagine,) = (
        command["id"]
        for command in studio.discord.platform.commands.registered()
        if command["name"] == "imagine"
    )
    mention = f"leave out of </imagine:{imagine}>"
    await studio.slash_until("imagine-defaults", lambda answer: mention in answer.text)
    assert await studio.bot.stop() == 0
    for answer in (front(503), told(200, {"no": "list"}), told(200, [{"no": "command"}])):
        asked = Fault("GET", COMMANDS, **answer)
        studio.discord.faults.add(asked)
        await studio.discord.gateway.disconnected()
        await studio.bot.start()
        await studio.discord.gateway.connected(timeout=30 * slowness())
        await studio.until(lambda asked=asked: asked.met)
        assert "leave out of /imagine" in (await studio.slash("imagine-defaults")).text
        assert await studio.bot.stop() == 0
        studio.discord.faults.clear()
        studio.renew()


async def test_a_token_that_was_reset(studio):
    """The gateway says so, and the bot in a sentence."""
    await studio.bot.start()
    await studio.discord.gateway.connected(timeout=30 * slowness())
    # discord.py must have taken the connection over: before, it would just try again.
    await studio.ann.slash("imagine", prompt="a fox")
    await studio.results()
    await studio.discord.gateway.close(4004)
    assert await studio.bot.ended() == 78
    assert "DISCORD_TOKEN" in studio.log().splitlines()[-1]


async def test_payloads_that_cannot_be_read(studio):
    """No process ends by them: it skips a bad event, and reconnects after a broken frame."""
    gateway = studio.discord.gateway
    await studio.bot.start()
    await gateway.connected(timeout=30 * slowness())
    (session,) = gateway.sessions.values()
    for event in ("GUILD_CREATE", "CHANNEL_UPDATE", "INTERACTION_CREATE", "THREAD_CREATE"):
        session.dispatch(event, {"id": [], "type": "?", "guild_id": str(studio.world.studio.id)})
    await studio.until(lambda: studio.log().count("an event could not be read") >= 2)
    await studio.ann.slash("imagine", prompt="a fox")
    await studio.results()
    assert session.connection is not None
    await session.connection.ws.send_str("{ no JSON")
    await studio.until(lambda: "a frame of the gateway could not be read" in studio.log())
    await gateway.connected(timeout=60 * slowness())
    await studio.until(lambda: gateway.identifies + gateway.resumes >= 2)
    await studio.ann.slash("imagine", prompt="a cat")
    await studio.results(2)
    assert studio.bot.running


@pytest.mark.parametrize(("off", "says"), [(100, "behind"), (-3600, "ahead of"), (20, None)])
async def test_a_clock_that_is_wrong(studio, off, says):
    """The operator is told once, however many answers show it; a few seconds don't matter."""
    studio.discord.clock.offset = off
    await studio.bot.start()
    await studio.discord.gateway.connected(timeout=30 * slowness())
    for prompt in ("a fox", "a cat"):
        await studio.ann.slash("imagine", prompt=prompt)
    await studio.results(2)
    await asyncio.sleep(0.2)
    bot = studio.world.bot.id
    texts = [m.text for m in studio.world.general.messages() if m.author_id == bot]
    alerts = [text for text in texts if "This machine's clock is" in text]
    assert len(alerts) == (1 if says else 0)
    assert all(f"s {says} Discord's" in text for text in alerts)
