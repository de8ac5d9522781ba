"""The gateway's protocol, spoken by hand."""

import asyncio
import json
import time
import zlib
from typing import Any

import aiohttp
import pytest

from sandbox.discord.gateway import ROUND_TRIP
from sandbox.discord.server import Discord
from sandbox.person import Person
from tests.kit.patience import PATIENCE

GUILDS, GUILD_MESSAGES, MESSAGE_CONTENT = 1, 1 << 9, 1 << 15


def identify(**changes: Any) -> dict[str, Any]:
    """Return an IDENTIFY."""
    data = {"token": "sandbox-token", "intents": GUILDS, "properties": {}, "shard": [0, 1]}
    return {"op": 2, "d": data | changes}


@pytest.fixture
async def line(discord_server: Discord):
    """A connection, the HELLO read."""
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(discord_server.gateway_url + "?v=10&encoding=json") as ws,
    ):
        assert (await ws.receive_json())["op"] == 10
        yield ws


async def events(ws, count: int) -> list[dict[str, Any]]:
    """Return the next events."""
    return [await ws.receive_json(timeout=PATIENCE) for _ in range(count)]


async def code_after(ws, payload: object) -> int | None:
    """Return the close code that follows a payload."""
    await ws.send_str(payload if isinstance(payload, str) else json.dumps(payload))
    frame = await ws.receive(timeout=PATIENCE)
    assert frame.type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED}
    return ws.close_code


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (identify(token="wrong"), 4004),
        (identify(intents=1 << 30), 4013),
        (identify(intents=MESSAGE_CONTENT), 4014),
        (identify(shard=[1, 1]), 4010),
        ({"op": 3, "d": {}}, 4003),
        ({"op": 99, "d": {}}, 4001),
        ("no json", 4002),
    ],
)
async def test_close_codes(line, payload, code: int):
    """A broken protocol is closed with Discord's code."""
    assert await code_after(line, payload) == code


async def test_heartbeat_is_acknowledged_until_muted(line, discord_server: Discord):
    """Heartbeats are answered after a round trip, even before IDENTIFY; muted, they are not."""
    sent = time.monotonic()
    await line.send_json({"op": 1, "d": None})
    assert (await line.receive_json())["op"] == 11
    assert time.monotonic() - sent >= ROUND_TRIP
    discord_server.gateway.mute_acks()
    await line.send_json({"op": 1, "d": None})
    with pytest.raises(TimeoutError):
        await line.receive_json(timeout=4 * ROUND_TRIP)


async def test_ready_and_guild(line, discord_server: Discord):
    """READY has the shard and its own resume address; the server follows."""
    await line.send_json(identify())
    ready, guild = await events(line, 2)
    assert ready["t"] == "READY"
    assert ready["d"]["shard"] == [0, 1]
    assert ready["d"]["resume_gateway_url"] == discord_server.gateway_url
    assert (guild["t"], guild["d"]["name"]) == ("GUILD_CREATE", "Studio")


async def test_messages_need_intents(line, discord_server: Discord, ann: Person):
    """Messages arrive only with the intent; what others wrote is blank without message content."""
    await line.send_json(identify(intents=GUILDS | GUILD_MESSAGES))
    await events(line, 2)
    ann.say("hello")
    (event,) = await events(line, 1)
    assert (event["t"], event["d"]["content"]) == ("MESSAGE_CREATE", "")
    discord_server.gateway.sessions.popitem()[1].intents = GUILDS
    ann.say("hello")
    with pytest.raises(TimeoutError):
        await line.receive_json(timeout=0.05)


async def test_messages_that_mention_the_bot(line, discord_server: Discord, ann: Person):
    """They are complete, with the author's roles; a replied-to message only if it is the bot's."""
    await line.send_json(identify(intents=GUILDS | GUILD_MESSAGES))
    await events(line, 2)
    world, own = discord_server.world, Person(discord_server, discord_server.world.bot, ann.channel)
    theirs = Person(discord_server, world.bob, ann.channel).say("a secret")
    asked = f"<@{world.bot.id}> draw this"
    ann.say(asked, reply_to=theirs.id)
    ann.say(asked, reply_to=own.say("a result").id)
    _, mentioned, _, replied = [event["d"] for event in await events(line, 4)]

    assert mentioned["content"] == replied["content"] == asked
    assert mentioned["member"]["roles"] == []
    assert mentioned["referenced_message"]["content"] == ""
    assert replied["referenced_message"]["content"] == "a result"
    assert [each["id"] for each in replied["mentions"]] == [str(world.bot.id)]


async def test_shards_share_the_servers(discord_server: Discord):
    """A server's events go to the one shard that it belongs to."""
    gateway, world = discord_server.gateway, discord_server.world
    home = (world.studio.id >> 22) % 2
    async with aiohttp.ClientSession() as session:
        names: dict[int, list[str]] = {}
        for shard in (0, 1):
            async with session.ws_connect(gateway.url) as ws:
                await ws.receive_json()
                await ws.send_json(identify(shard=[shard, 2]))
                got = [await ws.receive_json()]
                got += [await ws.receive_json()] if shard == home else []
                names[shard] = [event["t"] for event in got]
    assert names[home] == ["READY", "GUILD_CREATE"]
    assert names[1 - home] == ["READY"]


async def test_zlib_stream(discord_server: Discord):
    """Asked for zlib-stream, all frames are one compressed stream."""
    inflate = zlib.decompressobj()
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(discord_server.gateway_url + "?compress=zlib-stream") as ws,
    ):
        frame = await ws.receive_bytes()
        assert frame.endswith(b"\x00\x00\xff\xff")
        assert json.loads(inflate.decompress(frame))["op"] == 10
        await ws.send_json(identify())
        assert json.loads(inflate.decompress(await ws.receive_bytes()))["t"] == "READY"


async def test_silent_client_is_closed(discord_server: Discord):
    """Without heartbeats, it is closed with 4009, and can resume."""
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(discord_server.gateway_url) as ws,
    ):
        await ws.receive_json()
        await ws.send_json(identify())
        await events(ws, 2)
        # Applies from the next heartbeat; until then, a busy machine may be late.
        discord_server.gateway.heartbeat_seconds = 0.01
        discord_server.gateway.grace_seconds = 0.02
        await ws.send_json({"op": 1, "d": None})
        message = await ws.receive(timeout=PATIENCE)
        if message.type == aiohttp.WSMsgType.TEXT:  # the answer to that heartbeat
            message = await ws.receive(timeout=PATIENCE)
        assert message.type == aiohttp.WSMsgType.CLOSE
        assert ws.close_code == 4009
    await discord_server.gateway.disconnected(1)
    assert len(discord_server.gateway.sessions) == 1


async def test_delay_keeps_the_order(line, discord_server: Discord):
    """Late events arrive late, in order."""
    await line.send_json(identify())
    await events(line, 2)
    discord_server.gateway.delay = 0.03
    start = asyncio.get_running_loop().time()
    made = [discord_server.world.add_channel(discord_server.world.studio, n) for n in "ab"]
    got = await events(line, 2)
    assert asyncio.get_running_loop().time() - start >= 0.05
    assert [event["d"]["id"] for event in got] == [str(channel.id) for channel in made]


async def test_ephemeral_never_reaches_the_gateway(line, discord_server: Discord):
    """Private messages are sent to nobody else."""
    await line.send_json(identify(intents=GUILDS | GUILD_MESSAGES))
    await events(line, 2)
    platform, world = discord_server.platform, discord_server.world
    from_bot = platform.write_text("x", world.general)
    platform.post(world.general, world.bot, from_bot, only_for=world.ann)
    platform.post(world.general, world.bot, from_bot)
    (event,) = await events(line, 1)
    assert event["d"]["flags"] == 0


async def test_wait_for_shows_what_is_there(discord_server: Discord, ann: Person):
    """Waiting finds past and future messages; if it fails, it says what is there."""
    ann.say("first")
    assert (await discord_server.wait_for(lambda m: m.text == "first")).text == "first"
    asyncio.get_running_loop().call_later(0.01, ann.say, "later")
    assert (await discord_server.wait_for(lambda m: m.text == "later", PATIENCE)).text == "later"
    with pytest.raises(AssertionError, match="first"):
        await discord_server.wait_for(lambda m: m.text == "never", 0.01)
