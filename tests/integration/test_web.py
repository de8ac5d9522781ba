"""The web server: connections that say nothing are closed."""

import asyncio
from contextlib import ExitStack, asynccontextmanager, suppress

import pytest

from bot import web
from bot.domain.ids import RemoteId
from bot.errors import StartError
from bot.evolink.wire import id_of
from bot.refusals import NotFound
from tests.kit.patience import PATIENCE, slowness
from tests.kit.ports import free_port

HEALTHZ = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
HEADERS = b"POST /evolink/x HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n"


class _Callbacks:
    """Knows one path."""

    def __init__(self) -> None:
        self.ids = list[str]()

    async def heard(self, name: str, remote_id: RemoteId) -> None:
        if name != "1-1-seal":
            raise NotFound
        self.ids.append(remote_id)


async def _ready() -> dict[str, bool]:
    return {"discord": True}


@asynccontextmanager
async def serving(known: _Callbacks | None = None):
    """Run the server; yield its port."""
    port = free_port()
    routes = [*web.health(_ready), web.callback((known or _Callbacks()).heard)]
    async with web.serving(routes, host="127.0.0.1", port=port):
        yield port


async def said(port: int, *pieces: bytes) -> bytes:
    """Send pieces, and wait for the connection to end; return what came."""
    return await _said(*await asyncio.open_connection("127.0.0.1", port), *pieces)


async def _said(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *pieces: bytes
) -> bytes:
    try:
        for piece in pieces:
            writer.write(piece)
            await asyncio.sleep(0.02)
        async with asyncio.timeout(PATIENCE * slowness()):
            return await reader.read()
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


#: Seconds; a whole request may take this machine as long as it likes.
SOON, LONG = 0.2, 100 * PATIENCE


@pytest.mark.parametrize(
    ("pieces", "answer", "head_within", "body_within"),
    [
        ([], b"", SOON, SOON),
        ([b"GET"], b"", SOON, SOON),
        ([HEADERS], b"", SOON, SOON),
        ([HEADERS + b"\r\n", b"{"], b"408", LONG, SOON),
        ([HEALTHZ], b"200", LONG, LONG),
        ([b"GET /none HTTP/1.1\r\nHost: a\r\n\r\n"], b"404", LONG, LONG),
        ([b"\x16\x03\x01 no HTTP at all\r\n\r\n"], b"400", LONG, LONG),
    ],
)
async def test_no_connection_stays(monkeypatch, pieces, answer, head_within, body_within):
    """Each is closed: idle, with half a request, with half a body, and after the answer."""
    async with serving() as port:
        monkeypatch.setattr(web, "ARRIVAL", head_within)
        # Several hundred of one kind used to stay open for as long as the bot ran.
        connected = [await asyncio.open_connection("127.0.0.1", port) for _ in range(50)]
        monkeypatch.setattr(web, "ARRIVAL", LONG)
        assert await said(port, HEALTHZ)  # so those before it are accepted, too
        monkeypatch.setattr(web, "ARRIVAL", body_within)
        all_of_them = await asyncio.gather(*(_said(*each, *pieces) for each in connected))
        monkeypatch.setattr(web, "ARRIVAL", LONG)
        assert await said(port, HEALTHZ)
    assert {each.split(b" ")[1] if each else b"" for each in all_of_them} == {answer}


@pytest.mark.parametrize("begun", [b"", b"GET", HEADERS + b"\r\n{"], ids=["idle", "head", "body"])
async def test_unfinished_requests_leave_room_for_others(monkeypatch, begun):
    """Each connection takes a file descriptor, and outsiders can open as many as they like."""
    # None is closed for being late.
    monkeypatch.setattr(web, "ARRIVAL", 100 * PATIENCE)
    connections = list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]()
    async with serving() as port, asyncio.timeout(PATIENCE * slowness()):
        with ExitStack() as stack:
            for _ in range(300):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                stack.callback(writer.close)
                connections.append((reader, writer))
                writer.write(begun)
            assert (await said(port, HEALTHZ)).split(b" ")[1] == b"200"
            for reader, _ in connections[:100]:
                with suppress(ConnectionResetError):
                    assert await reader.read() == b""
            # The newest may continue.
            reader, writer = connections[-1]
            writer.write(b" " * 98 + b"}" if begun.endswith(b"{") else HEALTHZ.removeprefix(begun))
            assert (await reader.read()).startswith(b"HTTP/1.1 ")


@pytest.mark.parametrize(
    ("told", "heard"),
    [
        ('"task-1"', "task-1"),
        # Whatever counts as an id in the answer to a submission counts in a callback.
        (f'"{"x" * 1_000}"', "x" * 1_000),
        ("123", "123"),
        (f'"{"x" * 1_001}"', None),
        ('""', None),
        ("null", None),
        ("[]", None),
    ],
    ids=range(7),
)
async def test_the_id_in_a_callback(told, heard):
    """It is read as in Evolink's answers."""
    callbacks = _Callbacks()
    body = f'{{"id": {told}}}'.encode()
    head = f"POST /evolink/1-1-seal HTTP/1.1\r\nHost: a\r\nContent-Length: {len(body)}\r\n\r\n"
    async with serving(callbacks) as port:
        answer = await said(port, head.encode() + body)
    assert answer.split(b" ")[1] == (b"400" if heard is None else b"200")
    assert callbacks.ids == ([] if heard is None else [heard])
    assert heard is None or id_of({"id": heard}) == heard


async def test_an_address_that_is_not_ours():
    """A sentence names the setting; so does a port that is taken."""
    async with serving() as port:
        for host, says in (("no such host", "HOST"), ("127.0.0.1", "PORT")):
            for settings in ("WEB", "METRICS"):
                with pytest.raises(StartError) as caught:
                    async with web.serving([], host=host, port=port, settings=settings):
                        pass
                assert caught.value.sentence.startswith(f"{settings}_{says}: ")
