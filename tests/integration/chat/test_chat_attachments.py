"""What is downloaded, from where, and how much of it."""

import socket

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver
from typing_extensions import override

from bot.domain.reference import Reference
from bot.errors import ChatRefused, ChatUnavailable, FetchFailed, Flaw, UnusablePicture
from sandbox.discord.body import Incoming
from sandbox.discord.cdn import Upload
from sandbox.faults import front, told

CDN = "/ephemeral-attachments/"


def reference(url: str) -> Reference:
    """A picture that is said to be there."""
    return Reference(url=url, name="a.png", content_type="image/png", bytes=1000)


class Nowhere(AbstractResolver):
    """A resolver that records questions and finds nothing."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    @override
    async def resolve(self, host, port=0, family=socket.AF_INET):
        self.asked.append(host)
        raise OSError("no network")

    @override
    async def close(self) -> None:
        pass


@pytest.fixture
def attached(stage):
    """A picture of 1000 bytes that Ann attached."""
    return reference(
        stage.server.platform.cdn.keep(Upload("a.png", b"x" * 1000), 1, private=True).url
    )


@pytest.fixture
def to(stage):
    """Where it is downloaded to."""
    return stage.folder / "reference"


async def test_fetch(stage, attached, to):
    """A file of exactly the maximum size arrives whole."""
    assert await stage.chat().fetch(attached, to, 1000) == 1000
    assert to.read_bytes() == b"x" * 1000


async def test_too_many_bytes(stage, attached, to):
    """One byte too many: refused, and nothing stays on the disk."""
    with pytest.raises(UnusablePicture) as gone:
        await stage.chat().fetch(attached, to, 999)
    assert gone.value.flaw is Flaw.BYTES
    assert list(stage.folder.iterdir()) == []


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/a.png",
        "http://cdn.discordapp.com/a.png",
        "https://cdn.discordapp.com:8443/a.png",
        "https://cdn.discordapp.com.example.org/a.png",
        "https://cdn.discordapp.com@example.org/a.png",
        "http://127.0.0.1:1/a.png",
        "http://localhost/a.png",
        "ftp://cdn.discordapp.com/a.png",
        "//cdn.discordapp.com/a.png",
        "https://[/a.png",
        "a.png",
    ],
)
async def test_other_hosts(stage, to, url):
    """Only Discord's hosts are asked, and the stand-in's own address."""
    with pytest.raises(UnusablePicture) as gone:
        await stage.chat().fetch(reference(url), to, 1000)
    assert gone.value.flaw is Flaw.SOURCE


async def test_this_machine(stage, attached, to):
    """At Discord itself, nothing on this machine is fetched."""
    chat = stage.chat(api_url="https://discord.com/api/v10")
    with pytest.raises(UnusablePicture) as gone:
        await chat.fetch(attached, to, 1000)
    assert gone.value.flaw is Flaw.SOURCE
    assert stage.server.books.downloads == []


@pytest.mark.parametrize(
    "host", ["cdn.discordapp.com", "media.discordapp.net", "images-ext-1.discordapp.net"]
)
async def test_discords_hosts(stage, to, host):
    """Discord's own hosts are asked, and asked again when there is no network."""
    nowhere = Nowhere()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(resolver=nowhere)) as session:
        stage.session = session
        with pytest.raises(FetchFailed) as failed:
            await stage.chat().fetch(reference(f"https://{host}/a.png"), to, 1000)
    assert not isinstance(failed.value, UnusablePicture)
    assert nowhere.asked == [host] * 3


async def test_redirect(stage, attached, to):
    """No redirect is followed."""
    stage.fails("GET", CDN, status=302, headers={"Location": "http://127.0.0.1:1/"})
    with pytest.raises(UnusablePicture) as gone:
        await stage.chat().fetch(attached, to, 1000)
    assert gone.value.flaw is Flaw.SOURCE


@pytest.mark.parametrize("status", [403, 404, 410])
async def test_gone(stage, attached, to, status):
    """A dead link stays dead: it is asked only once."""
    own = {"Content-Type": "text/plain"}
    fault = stage.fails("GET", CDN, status=status, body=b"no longer available", headers=own)
    with pytest.raises(UnusablePicture) as gone:
        await stage.chat().fetch(attached, to, 1000)
    assert gone.value.flaw is Flaw.GONE
    assert fault.met == 1


@pytest.mark.parametrize(
    "how",
    [{"status": 500}, {"status": 404}, front(403), front(429, "0"), {"drop": True}],
    ids=str,
)
async def test_passing_trouble(stage, attached, to, how):
    """Temporary trouble is waited out."""
    stage.fails("GET", CDN, times=1, **how)
    assert await stage.chat().fetch(attached, to, 1000) == 1000


@pytest.mark.parametrize("status", [200, 403, 404, 451])
async def test_a_page_of_something_in_front(stage, attached, to, status):
    """A proxy's page says nothing about the file, whatever its status or however often it comes."""
    stage.fails("GET", CDN, times=2, **front(status))
    assert await stage.chat().fetch(attached, to, 1000) == 1000
    stage.fails("GET", CDN, **front(status))
    with pytest.raises(FetchFailed) as failed:
        await stage.chat().fetch(attached, to, 1000)
    assert not isinstance(failed.value, UnusablePicture)


async def test_lasting_trouble(stage, attached, to):
    """After three attempts, waiting is up to the caller."""
    fault = stage.fails("GET", CDN, status=503)
    with pytest.raises(FetchFailed):
        await stage.chat().fetch(attached, to, 1000)
    assert fault.met == 3


REFRESH = "/attachments/refresh-urls"


async def test_a_dead_link_is_signed_anew(stage, to):
    """The file comes with the new link, however often links die."""
    cdn = stage.server.platform.cdn
    one = reference(cdn.keep(Upload("image.png", b"x" * 1000), 1).url)
    cdn.let_a_day_pass()
    chat = stage.chat()
    with pytest.raises(UnusablePicture):
        await chat.fetch(one, to, 1000)
    fresh = reference(await chat.refresh_url(one.url))
    assert await chat.fetch(fresh, to, 1000) == 1000


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://example.org/attachments/1/2/a.png",
        "https://cdn.discordapp.com/avatars/1/2.png",
        "https://images-ext-1.discordapp.net/external/x/https/example.org/attachments/1/2/a.png",
    ],
)
async def test_what_is_not_signed_anew(stage, url):
    """Discord is shown links to attachments only."""
    assert await stage.chat().refresh_url(url) is None
    assert stage.server.books.to("POST", REFRESH) == []


async def test_discord_knows_of_no_such_request(stage, attached):
    """Discord's own answer is final: it isn't asked again."""
    stage.server.behaviour.refreshes_links = False
    chat = stage.chat()
    for _ in range(3):
        assert await chat.refresh_url(attached.url) is None
    assert len(stage.server.books.to("POST", REFRESH)) == 1


async def test_something_in_front_knows_of_no_such_request(stage, attached):
    """It isn't Discord's own answer: it is asked again."""
    stage.fails("POST", REFRESH, times=1, **front(404))
    chat = stage.chat()
    with pytest.raises(ChatUnavailable):
        await chat.refresh_url(attached.url)
    assert await chat.refresh_url(attached.url) is not None


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        {},
        {"refreshed_urls": None},
        {"refreshed_urls": []},
        {"refreshed_urls": [{"original": "x", "refreshed": None}]},
        {"refreshed_urls": [{"original": "x", "refreshed": "nowhere"}]},
        {"refreshed_urls": [{"original": "x", "refreshed": "https://[/"}]},
    ],
    ids=str,
)
async def test_an_odd_answer(stage, attached, answer):
    """The answer has no link."""
    stage.fails("POST", REFRESH, **told(200, answer))
    assert await stage.chat().refresh_url(attached.url) is None


async def test_a_link_that_discord_refuses(stage, attached):
    """Only this link is given up."""
    stage.fails("POST", REFRESH, times=1, **told(400, {"message": "no", "code": 50035}))
    chat = stage.chat()
    with pytest.raises(ChatRefused):
        await chat.refresh_url(attached.url)
    assert await chat.refresh_url(attached.url) is not None


async def test_the_files_of_a_message(stage):
    """They are found by their ids, since several may share a name; others' messages are blank."""
    files = {0: Upload("image.png", b"a"), 1: Upload("image.png", b"bc")}
    platform, world = stage.server.platform, stage.server.world
    body = platform.write(Incoming({"content": ""}, files), stage.channel, 1 << 20)
    own = platform.post(stage.channel, world.bot, body)
    others = platform.post(stage.channel, world.bob, body)
    found = await stage.chat().attached_files(stage.channel.id, own.id)
    assert [(each.id, each.name) for each in found] == [
        (own_id, "image.png") for own_id in body.files
    ]
    assert list(await stage.chat().attached_files(stage.channel.id, others.id)) == []
