"""Downloads: what a link may lead to, and where it never leads."""

import socket

import aiohttp
import pytest
from aiohttp import web
from aiohttp.abc import ResolveResult
from aiohttp.resolver import ThreadedResolver
from typing_extensions import override

from bot.errors import (
    FetchFailed,
    Flaw,
    UnusablePicture,
)
from bot.evolink.addresses import PublicOnly
from bot.proxies import Proxies
from tests.integration.evolink_kit import (
    always,
    answering,
    client,
    cut,
)
from tests.kit.proxy import proxy

pytestmark = pytest.mark.usefixtures("no_waits")


@pytest.mark.parametrize(
    "handler",
    [
        always(404),
        always(410),
        always(403, b"AccessDenied: Request has expired"),
        always(403, b"error code: 1010"),
        always(500),
        always(302, Location="http://10.0.0.1/x"),
        always(302, Location="https://localhost/x"),
        always(302, Location="https://[::ffff:10.0.0.1]/x"),
        always(302, Location="https://[::1"),
        always(302, Location="file:///etc/passwd"),
        always(302, Location="/x.png"),
        cut,
    ],
)
async def test_a_download_that_fails(tmp_path, handler):
    """What a link leads to now says nothing about later; no file is left behind."""
    async with answering(handler) as (url, _), client(url) as evolink:
        with pytest.raises(FetchFailed) as raised:
            await evolink.download(f"{url}/x.png", tmp_path / "x", max_bytes=1000)
    assert type(raised.value) is FetchFailed
    assert list(tmp_path.iterdir()) == []


async def test_more_bytes_than_a_picture_has(tmp_path):
    """It isn't downloaded again and again for a day."""
    async with answering(always(200, bytes(1001))) as (url, _), client(url) as evolink:
        with pytest.raises(UnusablePicture) as raised:
            await evolink.download(f"{url}/x.png", tmp_path / "x", max_bytes=1000)
    assert raised.value.flaw is Flaw.BYTES
    assert list(tmp_path.iterdir()) == []


#: Characters in signed links that some libraries encode differently.
SIGNED = "/a%2Fb%27c%7Ed'e~f(g)!h/x%20y+z.png?X-Sig=%2F%2B%7E+~'&t=1:2,3;4&e=%E4%B8%AD"


async def test_a_link_goes_out_as_it_came(tmp_path):
    """Not a byte of it changes, not even through redirects; what can't be sent is escaped."""
    seen = []

    async def handler(request):
        seen.append(request.raw_path)
        if len(seen) == 1:
            return web.Response(status=307, headers={"Location": f"/there{SIGNED}"})
        return web.Response(body=b"picture")

    async with answering(handler) as (url, _), client(url) as evolink:
        await evolink.download(f"{url}{SIGNED}", tmp_path / "x", max_bytes=1000)
        await evolink.download(f"{url}/ä b\r\nX: y", tmp_path / "x", max_bytes=1000)
    assert seen[:2] == [SIGNED, f"/there{SIGNED}"]
    assert seen[2] == "/%C3%A4%20bX:%20y"


async def test_a_download_without_end_is_cut_at_the_cap(tmp_path):
    """Nothing beyond the cap is read, whatever the server goes on sending."""

    async def handler(request):
        answer = web.StreamResponse()
        await answer.prepare(request)
        while True:
            await answer.write(bytes(1 << 16))

    async with answering(handler) as (url, _), client(url) as evolink:
        with pytest.raises(UnusablePicture) as raised:
            await evolink.download(f"{url}/x.png", tmp_path / "x", max_bytes=1 << 20)
    assert raised.value.flaw is Flaw.BYTES
    assert list(tmp_path.iterdir()) == []


async def test_a_download_gives_no_key_away(tmp_path):
    """A result's host sees our agent, and no Authorization."""
    headers = []

    async def handler(request):
        headers.append(request.headers)
        return web.Response(body=b"picture")

    async with answering(handler) as (url, _), client(url) as evolink:
        assert await evolink.download(f"{url}/x.png", tmp_path / "x", max_bytes=1000) == 7
    assert "Authorization" not in headers[0]
    assert headers[0]["User-Agent"].startswith("imagine/")


async def test_the_real_api_never_leads_to_this_machine(tmp_path):
    """With Evolink's own address, loopback is as private as any other, by name or by number."""
    async with client("https://api.evolink.ai") as evolink:
        for link in ("https://127.0.0.1:9/x", "http://8.8.8.8/x", "//8.8.8.8/x", "https://[::1"):
            with pytest.raises(UnusablePicture) as raised:
                await evolink.download(link, tmp_path / "x", max_bytes=10)
            assert raised.value.flaw is Flaw.SOURCE
        # What a name means may change: behind a hotel's front page it is something else.
        with pytest.raises(FetchFailed, match="not public"):
            await evolink.download("https://localhost:9/x", tmp_path / "x", max_bytes=10)


class Rebound(ThreadedResolver):
    """A name server whose first answer is another one, and then this machine's address."""

    def __init__(self, first: str) -> None:
        super().__init__()
        self.answers = ["127.0.0.1", first]
        self.asked = 0

    @override
    async def resolve(self, host, port=0, family=socket.AF_INET):
        self.asked += 1
        address = self.answers.pop()
        return [
            ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)
        ]


@pytest.mark.parametrize(
    ("first", "error"),
    [
        ("10.0.0.1", "Cannot connect to host"),
        # pytest-socket's error for an attempt to connect there.
        ("8.8.8.8", 'connect.* with host "8.8.8.8"'),
    ],
)
async def test_a_name_that_is_bound_anew_gains_nothing(first, error):
    """The connection goes to the address that was checked: the name is resolved once."""
    resolver, names = PublicOnly(), Rebound(first)
    resolver._system = names
    connector = aiohttp.TCPConnector(resolver=resolver)
    async with aiohttp.ClientSession(connector=connector) as session:
        with pytest.raises((aiohttp.ClientError, UserWarning), match=error):
            await session.get("https://images.example/x")
    assert names.asked == 1


async def test_downloads_through_a_proxy(tmp_path):
    """The proxy may be on this machine, and resolves names itself; internal names are refused."""
    async with proxy("me:secret") as there:
        there.refuses = 502
        async with client("https://evolink.example", proxies=Proxies(https=there.url)) as evolink:
            with pytest.raises(FetchFailed):
                await evolink.download("https://results.example/a.png", tmp_path / "a", max_bytes=9)
            asked = list(there.asked)
            for inner in ("https://router/a", "https://nas.local/a", "https://10.0.0.1/a"):
                with pytest.raises(FetchFailed):
                    await evolink.download(inner, tmp_path / "a", max_bytes=9)
    assert set(asked) == {"CONNECT results.example:443"}
    assert there.asked == asked
