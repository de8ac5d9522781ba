"""The web server: whoever connects and says nothing does not stay."""

import asyncio
import socket
from contextlib import asynccontextmanager
from typing import cast

import pytest

from bot import web
from bot.errors import NotFound, StartError
from bot.services.callbacks import Callbacks

HEADERS = b"POST /evolink/x HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n"


class _Callbacks:
    """Knows no path."""

    async def heard(self, _name: str, _remote_id: str) -> None:
        raise NotFound


async def _ready() -> dict[str, bool]:
    return {"discord": True}


@asynccontextmanager
async def serving():
    """Run the server; yield its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    callbacks = cast("Callbacks", _Callbacks())
    async with web.serving(callbacks, _ready, lambda: None, host="127.0.0.1", port=port):
        yield port


async def said(port: int, *pieces: bytes) -> bytes:
    """Send pieces, and wait for the end of the connection; return what came."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for piece in pieces:
            writer.write(piece)
            await asyncio.sleep(0.02)
        async with asyncio.timeout(20):
            return await reader.read()
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


@pytest.mark.parametrize(
    ("pieces", "answer"),
    [
        ([], b""),
        ([b"GET"], b""),
        ([HEADERS], b""),
        ([HEADERS + b"\r\n", b"{"], b"408"),
        ([b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"], b"200"),
        ([b"GET /none HTTP/1.1\r\nHost: a\r\n\r\n"], b"404"),
        ([b"\x16\x03\x01 no HTTP at all\r\n\r\n"], b"400"),
    ],
)
async def test_no_connection_stays(monkeypatch, pieces, answer):
    """Each ends by itself: idle, with half a request, with half a body, and when it is answered."""
    monkeypatch.setattr(web, "ARRIVAL", 0.3)
    async with serving() as port:
        # Several hundred of one kind stayed for as long as the bot ran.
        all_of_them = await asyncio.gather(*(said(port, *pieces) for _ in range(50)))
        assert await said(port, b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
    assert {each.split(b" ")[1] if each else b"" for each in all_of_them} == {answer}


async def test_an_address_that_is_not_ours():
    """A sentence names the setting; so does a port that is taken."""
    async with serving() as port:
        for host, says in (("no such host", "WEB_HOST"), ("127.0.0.1", "WEB_PORT")):
            with pytest.raises(StartError) as caught:
                async with web.serving(
                    cast("Callbacks", _Callbacks()), _ready, lambda: None, host=host, port=port
                ):
                    pass
            assert caught.value.sentence.startswith(says)
