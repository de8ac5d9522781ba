"""One process's way to one server, over loopback: it can be cut, silently or not."""

import asyncio
import socket
import struct
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum, auto

#: A COMMIT as asyncpg sends it: a simple query
#: (postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-QUERY).
_COMMIT = b"Q\0\0\0\x0cCOMMIT;\0"


class Lost(Enum):
    """What is lost of a COMMIT, along with its connection."""

    #: The server never sees it, and undoes the transaction.
    REQUEST = auto()
    #: The server has committed.
    ANSWER = auto()


@dataclass(eq=False)
class _Connection:
    here: asyncio.StreamWriter
    there: asyncio.StreamWriter | None = None
    #: A COMMIT is under way whose answer will not arrive.
    loses_answer: bool = False


@dataclass
class Link:
    """A connection that can be cut: use ``port`` instead of ``target``, both on 127.0.0.1."""

    target: int
    port: int = 0
    #: Called at each COMMIT.
    fate: Callable[[], Lost | None] = lambda: None
    #: How many COMMITs were lost.
    lost: int = 0
    _connections: set[_Connection] = field(default_factory=set[_Connection])
    #: ``None``: it isn't cut.
    _cut: asyncio.Event | None = None
    _refuses: bool = False

    def cut(self, *, silently: bool) -> None:
        """Cut it. The server notices at once.

        ``silently``: the process hears nothing, not even that its connections are gone, as when a
        cable is pulled; else they are reset, and new ones, too.
        """
        self._cut, self._refuses = asyncio.Event(), not silently
        for each in list(self._connections):
            _reset(each.there)
            if self._refuses:
                _reset(each.here)

    def mend(self) -> None:
        """Let new connections through; those from before are reset."""
        if self._cut is not None:
            self._cut.set()
            self._cut = None
            for each in list(self._connections):
                _reset(each.here)

    def lose_next_commit(self, what: Lost) -> None:
        """Lose a part of the next COMMIT, and nothing after it."""

        def once() -> Lost:
            self.fate = lambda: None
            return what

        self.fate = once

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection's bytes."""
        connection = _Connection(writer)
        self._connections.add(connection)
        try:
            if self._cut is None:
                with suppress(OSError):
                    answers, connection.there = await asyncio.open_connection(
                        "127.0.0.1", self.target
                    )
                    await asyncio.gather(
                        self._ask(reader, connection), self._answer(answers, connection)
                    )
            elif not self._refuses:
                await self._cut.wait()
        finally:
            self._connections.discard(connection)
            _reset(connection.there)
            _reset(writer)

    async def _ask(self, reader: asyncio.StreamReader, connection: _Connection) -> None:
        assert connection.there is not None
        while data := await reader.read(1 << 16):
            if data.endswith(_COMMIT):
                fate = self.fate()
                self.lost += fate is not None
                if fate is Lost.REQUEST:
                    break
                connection.loses_answer = fate is Lost.ANSWER
            connection.there.write(data)
            await connection.there.drain()
        # Its end, or one side of a cut connection.
        _reset(connection.there)

    async def _answer(self, reader: asyncio.StreamReader, connection: _Connection) -> None:
        with suppress(OSError):
            while (data := await reader.read(1 << 16)) and not connection.loses_answer:
                connection.here.write(data)
                await connection.here.drain()
        if self._cut is not None and not self._refuses:
            await self._cut.wait()
        _reset(connection.here)


@asynccontextmanager
async def link(target: int) -> AsyncGenerator[Link]:
    """Open a link to a port inside the block."""
    it = Link(target)
    server = await asyncio.start_server(it.serve, "127.0.0.1", 0)
    it.port = server.sockets[0].getsockname()[1]
    try:
        yield it
    finally:
        server.close()
        it.cut(silently=False)


def _reset(writer: asyncio.StreamWriter | None) -> None:
    """Close a connection with an RST, as a router does that doesn't know it."""
    if writer is None or writer.is_closing():
        return
    sock: socket.socket = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
