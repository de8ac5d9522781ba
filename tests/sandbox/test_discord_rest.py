"""What Discord enforces, asked over plain HTTP."""

import asyncio
import json
import time
from typing import Any

import aiohttp
import pytest

from sandbox.clock import Clock
from sandbox.discord.interactions import Interaction
from sandbox.discord.permissions import Permission
from sandbox.discord.places import Channel
from sandbox.discord.server import AHEAD, Discord
from sandbox.discord.snowflake import time_of
from sandbox.faults import Fault
from sandbox.person import Person
from tests.kit.patience import PATIENCE
from tests.kit.pictures import png
from tests.sandbox.discord_kit import callback, form, opened, told

EPHEMERAL = 64


def hook(server: Discord, made: Interaction, rest: str = "") -> str:
    """Return where an interaction is followed up."""
    return f"webhooks/{server.world.application_id}/{made.token}{rest}"


def messages(channel: Channel) -> str:
    """Return where a channel's messages are."""
    return f"channels/{channel.id}/messages"


async def test_unauthorized(discord_server: Discord):
    """Without the token there is only 401."""
    async with aiohttp.ClientSession() as plain:
        answer = await plain.get(f"{discord_server.api_url}/users/@me")
        assert await told(answer) == (401, 0)


async def test_json_has_no_charset_and_a_via(http: aiohttp.ClientSession):
    """discord.py needs exactly application/json, and a Via header to believe a 429."""
    answer = await http.get("gateway/bot")
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Via"] == "1.1 google"


async def test_late_and_second_answers(discord_server: Discord, http: aiohttp.ClientSession):
    """After three seconds 10062; a second answer 40060; an unknown interaction 10062."""
    discord_server.behaviour.ack_seconds = 3.0
    late = opened(discord_server, ago=3.1)
    assert await told(await http.post(callback(late), json={"type": 5})) == (404, 10062)
    discord_server.behaviour.ack_seconds = PATIENCE
    made = opened(discord_server)
    done = await http.post(callback(made), json={"type": 5, "data": {"flags": EPHEMERAL}})
    about = (await done.json())["interaction"]
    assert about["response_message_loading"] is True
    assert about["response_message_ephemeral"] is True
    assert await told(await http.post(callback(made), json={"type": 5})) == (400, 40060)
    nowhere = await http.post("interactions/1/nope/callback", json={"type": 5})
    assert await told(nowhere) == (404, 10062)


async def test_tokens_die(discord_server: Discord, http: aiohttp.ClientSession):
    """A token is unknown before the answer, works after it, and is dead after fifteen minutes."""
    made = opened(discord_server)
    there = hook(discord_server, made)
    assert await told(await http.post(there, json={"content": "x"})) == (404, 10015)
    await http.post(callback(made), json={"type": 4, "data": {"content": "a"}})
    assert (await http.post(there, json={"content": "x"})).status == 200
    discord_server.behaviour.token_seconds = 0
    assert await told(await http.post(there, json={"content": "x"})) == (401, 50027)
    forged = f"webhooks/{discord_server.world.application_id}/forged"
    assert await told(await http.post(forged, json={"content": "x"})) == (404, 10015)


async def test_first_follow_up_fills_the_deferred(
    discord_server: Discord, http: aiohttp.ClientSession
):
    """It becomes the deferred message, ephemeral if that was; the second is a separate message."""
    made = opened(discord_server)
    await http.post(callback(made), json={"type": 5, "data": {"flags": EPHEMERAL}})
    first = await (await http.post(hook(discord_server, made), json={"content": "a"})).json()
    second = await (await http.post(hook(discord_server, made), json={"content": "b"})).json()
    assert made.message is not None
    assert first["id"] == str(made.message.id)
    assert (first["flags"], second["flags"]) == (EPHEMERAL, 0)
    by_channel = f"{messages(discord_server.world.general)}/{first['id']}"
    assert await told(await http.get(by_channel)) == (404, 10008)
    assert await told(await http.delete(by_channel)) == (404, 10008)
    edited = await http.patch(
        hook(discord_server, made, "/messages/@original"), json={"content": "c"}
    )
    assert (await edited.json())["content"] == "c"
    deleted = await http.delete(hook(discord_server, made, "/messages/@original"))
    assert deleted.status == 204
    gone = await http.get(hook(discord_server, made, "/messages/@original"))
    assert await told(gone) == (404, 10008)


async def test_follow_ups_of_a_user_install(discord_server: Discord, http: aiohttp.ClientSession):
    """Where only the user installed the app, the sixth follow-up is refused."""
    made = opened(discord_server)
    made.owners = {"1": str(made.user.id)}
    await http.post(callback(made), json={"type": 4, "data": {"content": "a"}})
    for _ in range(5):
        assert (await http.post(hook(discord_server, made), json={"content": "x"})).status == 200
    sixth = await http.post(hook(discord_server, made), json={"content": "x"})
    assert await told(sixth) == (400, 40094)


async def test_attachments_that_are_not_listed_go(
    discord_server: Discord, http: aiohttp.ClientSession
):
    """An edit that lists no files keeps all of them; otherwise it keeps those listed."""
    there = messages(discord_server.world.general)
    sent = form({"content": "x"}, ("a.png", png()), ("b.txt", b"text"))
    made = await (await http.post(there, data=sent)).json()
    assert [file["filename"] for file in made["attachments"]] == ["a.png", "b.txt"]
    one = f"{there}/{made['id']}"
    kept = await (await http.patch(one, json={"content": "y"})).json()
    assert len(kept["attachments"]) == 2
    listed = {"attachments": [{"id": made["attachments"][1]["id"]}]}
    left = await (await http.patch(one, json=listed)).json()
    assert [file["filename"] for file in left["attachments"]] == ["b.txt"]


async def test_sizes(discord_server: Discord, http: aiohttp.ClientSession):
    """10 MiB a file without boosts, 25 MiB a request, ten files."""
    world = discord_server.world
    there = messages(world.general)
    mib = 1024 * 1024
    big = form({"content": "x"}, ("a.bin", b"0" * (10 * mib + 1)))
    assert await told(await http.post(there, data=big)) == (413, 40005)
    world.studio.tier = 2
    fits = form({"content": "x"}, ("a.bin", b"0" * (10 * mib + 1)))
    assert (await http.post(there, data=fits)).status == 200
    sum_of = form({"content": "x"}, *[("a.bin", b"0" * (9 * mib))] * 3)
    assert await told(await http.post(there, data=sum_of)) == (413, 40005)
    many = form({"content": "x"}, *[("a.bin", b"0")] * 11)
    assert await told(await http.post(there, data=many)) == (400, 50035)


async def test_links_are_signed_and_die(discord_server: Discord, http: aiohttp.ClientSession):
    """A link serves the bytes with their type for a day, and not without its signature."""
    sent = form({"content": "x"}, ("a.png", png()))
    made = await (await http.post(messages(discord_server.world.general), data=sent)).json()
    url = made["attachments"][0]["url"]
    assert made["attachments"][0]["size"] == len(png())
    async with aiohttp.ClientSession() as plain:
        good = await plain.get(url)
        assert good.headers["Content-Type"] == "image/png"
        assert await good.read() == png()
        assert (await plain.get(url.partition("?")[0])).status == 404
        assert (await plain.get(url.replace("is=", "is=1"))).status == 404
        discord_server.behaviour.link_seconds = -1
        dead = discord_server.world.general.messages()[0].images[0].url
        assert (await plain.get(dead)).status == 404
    assert len(discord_server.books.downloads) == 4


@pytest.mark.parametrize(
    ("denied", "payload", "code"),
    [
        (Permission.VIEW_CHANNEL, {"content": "x"}, 50001),
        (Permission.SEND_MESSAGES, {"content": "x"}, 50013),
        (Permission.EMBED_LINKS, {"embeds": [{"title": "x"}]}, 50013),
    ],
)
async def test_permissions(
    discord_server: Discord,
    http: aiohttp.ClientSession,
    denied: Permission,
    payload: dict[str, Any],
    code: int,
):
    """Permissions that the channel denies the bot are enforced, except for answers by token."""
    world = discord_server.world
    world.overwrite(world.general, world.bot, deny=denied)
    answer = await http.post(messages(world.general), json=payload)
    assert await told(answer) == (403, code)
    made = opened(discord_server)
    assert (await http.post(callback(made), json={"type": 4, "data": payload})).status == 200


async def test_permissions_for_files_and_history(
    discord_server: Discord, http: aiohttp.ClientSession
):
    """Without ATTACH_FILES no files; without READ_MESSAGE_HISTORY an empty history."""
    world = discord_server.world
    there = messages(world.general)
    await http.post(there, json={"content": "x"})
    denied = Permission.ATTACH_FILES | Permission.READ_MESSAGE_HISTORY
    world.overwrite(world.general, world.studio.roles[world.studio.id], deny=denied)
    refused = await http.post(there, data=form({"content": "x"}, ("a.png", png())))
    assert await told(refused) == (403, 50013)
    assert await (await http.get(there)).json() == []
    world.overwrite(world.general, world.bot, allow=denied)
    assert len(await (await http.get(there)).json()) == 1


async def test_threads(discord_server: Discord, http: aiohttp.ClientSession):
    """A thread takes its own permission; archived it opens by posting; locked it stays shut."""
    world = discord_server.world
    thread = world.add_thread(world.art, "t")
    world.overwrite(world.art, world.bot, deny=Permission.SEND_MESSAGES)
    made = await (await http.post(messages(thread), json={"content": "x"})).json()
    world.archive(thread)
    one = f"{messages(thread)}/{made['id']}"
    assert await told(await http.patch(one, json={"content": "y"})) == (400, 50083)
    assert (await http.post(messages(thread), json={"content": "x"})).status == 200
    assert not thread.archived
    world.archive(thread, locked=True)
    shut = await http.post(messages(thread), json={"content": "x"})
    assert await told(shut) == (400, 50083)
    world.overwrite(world.art, world.bot, deny=Permission.SEND_MESSAGES_IN_THREADS)
    denied = await http.post(messages(thread), json={"content": "x"})
    assert await told(denied) == (403, 50013)


async def test_channels_and_servers_go(discord_server: Discord, http: aiohttp.ClientSession):
    """A deleted channel is unknown; a server that kicked the bot out gives no access."""
    world = discord_server.world
    made = opened(discord_server)
    await http.post(callback(made), json={"type": 4, "data": {"content": "a"}})
    world.delete_channel(world.general)
    gone = await http.post(messages(world.general), json={"content": "x"})
    assert await told(gone) == (404, 10003)
    original = hook(discord_server, made, "/messages/@original")
    assert await told(await http.patch(original, json={"content": "x"})) == (404, 10008)
    world.kick_bot(world.studio)
    out = await http.post(messages(world.art), json={"content": "x"})
    assert await told(out) == (403, 50001)


async def test_others_messages(discord_server: Discord, http: aiohttp.ClientSession, ann: Person):
    """Others' messages can't be edited, and deleted only with the permission to manage them."""
    world = discord_server.world
    one = f"{messages(world.general)}/{ann.say('hello').id}"
    assert await told(await http.patch(one, json={"content": "x"})) == (403, 50005)
    assert await told(await http.delete(one)) == (403, 50013)
    world.overwrite(world.general, world.bot, allow=Permission.MANAGE_MESSAGES)
    assert (await http.delete(one)).status == 204
    assert world.general.messages() == []
    assert discord_server.books.messages[0].deleted


async def test_history_pages(discord_server: Discord, http: aiohttp.ClientSession, ann: Person):
    """Before, after and around are by id, newest first."""
    ids = [ann.say(str(number)).id for number in range(6)]
    there = messages(discord_server.world.general)

    async def page(**query: int) -> list[int]:
        found = await (await http.get(there, params=query)).json()
        return [ids.index(int(message["id"])) for message in found]

    assert await page(limit=2) == [5, 4]
    assert await page(limit=2, before=ids[3]) == [2, 1]
    assert await page(limit=2, after=ids[1]) == [3, 2]
    assert await page(limit=3, around=ids[2]) == [3, 2, 1]
    assert (await http.get(there, params={"limit": 101})).status == 400


@pytest.fixture
def limited(discord_server: Discord, monkeypatch: pytest.MonkeyPatch) -> Discord:
    """The sandbox with its rate limits, while its time stands still: requests may take theirs."""
    discord_server.behaviour.rate_limits = True
    now = discord_server.clock.now()
    monkeypatch.setattr(discord_server.clock, "now", lambda: now)
    return discord_server


async def test_rate_limits(limited: Discord, http: aiohttp.ClientSession):
    """The sixth message in five seconds is refused with 429; callbacks are never counted."""
    there = messages(limited.world.general)
    for left in (4, 3, 2, 1, 0):
        answer = await http.post(there, json={"content": "x"})
        assert answer.headers["X-RateLimit-Remaining"] == str(left)
    refused = await http.post(there, json={"content": "x"})
    said = await refused.json()
    assert (refused.status, said["global"]) == (429, False)
    assert 0 < said["retry_after"] <= 5
    assert refused.headers["X-RateLimit-Limit"] == "5"
    assert refused.headers["Via"]
    art = await http.post(messages(limited.world.art), json={"content": "x"})
    assert art.status == 200
    answers = await asyncio.gather(
        *(http.post(callback(opened(limited)), json={"type": 5}) for _ in range(20))
    )
    assert {answer.status for answer in answers} == {200}


@pytest.mark.usefixtures("limited")
async def test_global_rate_limit(http: aiohttp.ClientSession):
    """Over fifty requests in a second are refused for all routes."""
    answers = await asyncio.gather(*(http.get("users/@me") for _ in range(55)))
    refused = [answer for answer in answers if answer.status == 429]
    assert len(refused) == 5
    assert refused[0].headers["X-RateLimit-Global"] == "true"


async def test_webhook_bucket_is_per_token(limited: Discord, http: aiohttp.ClientSession):
    """Five requests in two seconds a token; another token has its own five."""
    statuses: list[int] = []
    for made in (opened(limited), opened(limited)):
        await http.post(callback(made), json={"type": 4, "data": {"content": "a"}})
        for _ in range(6):
            answer = await http.post(hook(limited, made), json={"content": "x"})
            statuses.append(answer.status)
    assert statuses == [*[200] * 5, 429] * 2


async def test_fault_after_effect(discord_server: Discord, http: aiohttp.ClientSession):
    """A message can appear although its answer was lost; the nonce finds it again."""
    discord_server.faults.add(
        Fault(method="POST", path="/messages", times=1, drop=True, apply_then_fail=True)
    )
    payload = {"content": "x", "nonce": "n", "enforce_nonce": True}
    there = messages(discord_server.world.general)
    with pytest.raises(aiohttp.ClientError):
        await http.post(there, json=payload)
    again = await (await http.post(there, json=payload)).json()
    assert [str(m.id) for m in discord_server.world.general.messages()] == [again["id"]]
    statuses = [request.status for request in discord_server.books.to("POST", "/messages")]
    assert statuses == [None, 200]


async def test_nonce_is_forgotten(discord_server: Discord, http: aiohttp.ClientSession):
    """After a few minutes the same nonce posts again."""
    payload = {"content": "x", "nonce": "n", "enforce_nonce": True}
    there = messages(discord_server.world.general)
    await http.post(there, json=payload)
    discord_server.behaviour.nonce_seconds = 0
    await http.post(there, json=payload)
    assert len(discord_server.world.general.messages()) == 2


async def test_a_nonce_is_its_authors(discord_server: Discord, http: aiohttp.ClientSession):
    """In another channel it finds the same message, even if the clock is set meanwhile."""
    world = discord_server.world
    payload = {"content": "x", "nonce": "n", "enforce_nonce": True}
    first = await (await http.post(messages(world.general), json=payload)).json()
    discord_server.clock.step(3600)
    again = await (await http.post(messages(world.art), json=payload)).json()
    assert (again["id"], again["channel_id"]) == (first["id"], str(world.general.id))
    assert world.art.messages() == []


@pytest.mark.parametrize("refused", [True, False])
async def test_a_nonce_of_a_deleted_message(
    discord_server: Discord, http: aiohttp.ClientSession, refused: bool
):
    """It isn't posted again: some bots got a 10008, others the deleted message."""
    discord_server.behaviour.deleted_nonce_is_refused = refused
    there = messages(discord_server.world.general)
    payload = {"content": "x", "nonce": "n", "enforce_nonce": True}
    first = await (await http.post(there, json=payload)).json()
    await http.delete(f"{there}/{first['id']}")
    again = await http.post(there, json=payload)
    if refused:
        assert await told(again) == (404, 10008)
    else:
        assert (await again.json())["id"] == first["id"]
    assert discord_server.world.general.messages() == []


async def test_discords_clock_is_its_own(discord_server: Discord, http: aiohttp.ClientSession):
    """Ids show Discord's time, not ours; if it is set, they still rise, and tokens stay valid."""
    there = messages(discord_server.world.general)
    made = opened(discord_server)
    ids, ahead = list[int](), list[float]()
    for seconds in (0, 3600, -7200):
        discord_server.clock.step(seconds)
        ids.append(int((await (await http.post(there, json={"content": "x"})).json())["id"]))
        ahead.append(time_of(ids[-1]) - time.time())
    assert ids == sorted(ids)
    assert ahead[0] == pytest.approx(AHEAD, abs=10)
    assert ahead[1] == pytest.approx(AHEAD + 3600, abs=10)
    assert (await http.post(callback(made), json={"type": 4, "data": {"content": "a"}})).ok


async def test_the_bot_is_not_its_application(discord_server: Discord, http: aiohttp.ClientSession):
    """In old applications their ids differ; messages have their author's."""
    application = await (await http.get("applications/@me")).json()
    assert application["id"] != application["bot"]["id"] == str(discord_server.world.bot.id)
    posted = await http.post(messages(discord_server.world.general), json={"content": "x"})
    assert (await posted.json())["author"]["id"] == application["bot"]["id"]


async def test_unknown_route_is_a_violation(discord_server: Discord, http: aiohttp.ClientSession):
    """An unknown route is 404, and recorded."""
    assert (await http.get("stage-instances/1")).status == 404
    assert discord_server.books.violations


async def test_document_judges(tmp_path):
    """With Discord's document, a body that does not fit it is refused and noted."""
    schemas = {
        "SnowflakeType": {"type": "string"},
        "MessageCreateRequest": {
            "properties": {
                "tts": {"type": ["boolean", "null"]},
                "sticker_ids": {"items": {"$ref": "#/components/schemas/SnowflakeType"}},
            }
        },
    }
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps({"components": {"schemas": schemas}}))
    server = Discord(clock=Clock(), openapi=path)
    await server.start()
    headers = {"Authorization": "Bot sandbox-token"}
    async with aiohttp.ClientSession(server.api_url + "/", headers=headers) as http:
        there = messages(server.world.general)
        wrong = await http.post(there, json={"content": "x", "tts": "yes"})
        right = await http.post(there, json={"content": "x", "sticker_ids": [1, "2"]})
    await server.close()
    assert (wrong.status, right.status) == (400, 200)
    assert "MessageCreateRequest at tts" in server.books.violations[0]


async def test_another_server_is_founded(discord_server, ann, http):
    """Its people are new and see nothing older; only the bot and its owner are in both."""
    world, before = discord_server.world, discord_server.world.general
    ann.say("here I am")
    world.found()
    for channel in (before, world.general):
        async with http.post(f"channels/{channel.id}/messages", json={"content": "hi"}) as response:
            assert response.status == 200
    async with http.get("users/@me/guilds") as response:
        assert len(await response.json()) == 2

    assert world.ann is not ann.user
    assert [message.content for message in world.general.messages()] == ["hi"]
    assert not Person(discord_server, world.ann, before).channel_messages()
    assert world.admin.id in world.studio.members
