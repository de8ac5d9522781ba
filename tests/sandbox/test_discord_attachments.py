"""What the bot may read of others' messages, and how long their files can be fetched."""

import aiohttp
import pytest

from sandbox.discord.gateway import MESSAGE_CONTENT
from sandbox.discord.messages import Message
from sandbox.discord.server import Discord
from sandbox.person import Person, Upload
from tests.kit.pictures import png
from tests.sandbox.discord_kit import told

REFRESH = "attachments/refresh-urls"


@pytest.fixture
def picture(ann: Person) -> Message:
    """A message of Ann's with two pictures of one name, as clients name what is pasted."""
    files = [Upload("image.png", png(width)) for width in (5, 6)]
    return ann.say("look", files=files)


async def _read(http: aiohttp.ClientSession, message: Message) -> dict:
    where = f"channels/{message.channel_id}/messages"
    one = await (await http.get(f"{where}/{message.id}")).json()
    around = {"around": str(message.id), "limit": 1}
    (listed,) = await (await http.get(where, params=around)).json()
    seen = ("id", "content", "components")
    assert [one[key] for key in seen] == [listed[key] for key in seen]
    assert len(one["attachments"]) == len(listed["attachments"])
    return one


async def test_others_messages_are_blank_by_rest(http, picture):
    """Author and time are visible; content isn't."""
    read = await _read(http, picture)
    assert read["author"]["username"] == "ann"
    assert (read["content"], read["attachments"], read["components"]) == ("", [], [])


async def test_what_may_be_read_all_the_same(discord_server: Discord, http, ann: Person):
    """Messages that mention the bot, direct messages with it, its own; with the intent, all."""
    bot = discord_server.world.bot
    files = [Upload("image.png", png())]
    mention = ann.say(f"<@{bot.id}>", files=files)
    there = discord_server.world.dm(ann.user)
    direct = Person(discord_server, ann.user, there).say("", files=files)
    own = Person(discord_server, bot, ann.channel).say("", files=files)
    for message in (mention, direct, own):
        assert len((await _read(http, message))["attachments"]) == 1
    plain = ann.say("plain", files=files)
    discord_server.gateway.privileged = MESSAGE_CONTENT
    assert len((await _read(http, plain))["attachments"]) == 1


async def test_what_is_forwarded_is_blank_too(http, ann: Person, picture):
    """Only its origin is visible."""
    read = await _read(http, ann.forward(picture))
    assert read["message_reference"]["message_id"] == str(picture.id)
    assert read["message_snapshots"][0]["message"]["attachments"] == []


async def test_several_files_share_a_name(picture):
    """Their ids and links differ."""
    first, second = picture.images
    assert first.name == second.name == "image.png"
    assert (first.width, second.width) == (5, 6)
    assert first.url.partition("?")[0] != second.url.partition("?")[0]


async def test_a_dead_link_is_signed_anew(discord_server: Discord, http, picture):
    """Anybody who has a link can refresh it; only a download shows whether the file exists."""
    cdn = discord_server.platform.cdn
    link = picture.images[0].url
    await _ages(link, http)
    cdn.let_a_day_pass()
    assert (await http.get(link)).status == 404
    missing = link.replace("image.png", "other.png")
    answer = await http.post(REFRESH, json={"attachment_urls": [link, missing]})
    signed = (await answer.json())["refreshed_urls"]
    assert [each["original"] for each in signed] == [link, missing]
    assert (await http.get(signed[0]["refreshed"])).status == 200
    assert (await http.get(signed[1]["refreshed"])).status == 404


async def test_ephemeral_attachments_go_for_good(discord_server: Discord, http):
    """A refreshed link to one leads nowhere."""
    cdn = discord_server.platform.cdn
    link = cdn.keep(Upload("a.png", png()), 1, private=True).url
    await _ages(link, http)
    cdn.let_a_day_pass()
    answer = await http.post(REFRESH, json={"attachment_urls": [link]})
    (signed,) = (await answer.json())["refreshed_urls"]
    assert (await http.get(signed["refreshed"])).status == 404


async def test_what_is_no_link_of_the_cdn(discord_server: Discord, http, picture):
    """It comes back unchanged; too many are refused; a forged signature opens nothing."""
    link = picture.images[0].url
    answer = await http.post(REFRESH, json={"attachment_urls": ["https://example.org/a.png"]})
    (same,) = (await answer.json())["refreshed_urls"]
    assert same["refreshed"] == "https://example.org/a.png"
    many = await http.post(REFRESH, json={"attachment_urls": [link] * 51})
    assert await told(many) == (400, 50035)
    discord_server.books.violations.clear()
    bare = link.partition("?")[0]
    for query in ("", "?ex=ffffffffffff&is=1&hm=0", "?ex=zz&is=zz&hm=zz"):
        assert (await http.get(bare + query)).status == 404


async def test_without_the_endpoint(discord_server: Discord, http, picture):
    """Discord doesn't document it, so it may disappear."""
    discord_server.behaviour.refreshes_links = False
    answer = await http.post(REFRESH, json={"attachment_urls": [picture.images[0].url]})
    assert await told(answer) == (404, 0)


async def _ages(link: str, http: aiohttp.ClientSession) -> None:
    assert (await http.get(link)).status == 200
