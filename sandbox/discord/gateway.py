"""The gateway, version 10: https://docs.discord.com/developers/events/gateway."""

import asyncio
import json
import secrets
import zlib
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from sandbox.discord import content, shapes
from sandbox.discord.pulse import Pulse
from sandbox.discord.wire import Json, dumps
from sandbox.discord.world import World

GUILDS, GUILD_MESSAGES, DIRECT_MESSAGES, MESSAGE_CONTENT = 1 << 0, 1 << 9, 1 << 12, 1 << 15
#: Members, presences and message content must be enabled for an application.
PRIVILEGED = 1 << 1 | 1 << 8 | MESSAGE_CONTENT
#: Every intent there is; any other bit closes with 4013.
KNOWN_INTENTS = (1 << 17) - 1 | 1 << 20 | 1 << 21 | 1 << 24 | 1 << 25

#: Seconds until a heartbeat is acknowledged. discord.py (2.7) records when it sent one only
#: afterwards; an acknowledgement that comes before that counts for the previous heartbeat, and the
#: log says "Can't keep up, shard ID 0 websocket is 41.3s behind".
ROUND_TRIP = 0.05


class Connection:
    """One WebSocket. Payloads go through a queue, so delayed events stay in order."""

    def __init__(self, ws: web.WebSocketResponse, request: web.Request, gateway: "Gateway") -> None:
        self.ws = ws
        self.request = request
        self._gateway = gateway
        #: Whether this side closed it; then the code that comes back means nothing.
        self.closing = False
        wanted = request.query.get("compress") == "zlib-stream"
        self._deflate = zlib.compressobj() if wanted else None
        self._queue: asyncio.Queue[Json] = asyncio.Queue()
        self._writer = asyncio.create_task(self._write())

    def send(self, payload: Json) -> None:
        """Queue a payload."""
        self._queue.put_nowait(payload)

    async def _write(self) -> None:
        while True:
            payload = await self._queue.get()
            if self._gateway.delay and payload["op"] == 0:
                await asyncio.sleep(self._gateway.delay)
            text = dumps(payload)
            try:
                if self._deflate is None:
                    await self.ws.send_str(text)
                else:
                    data = self._deflate.compress(text.encode())
                    await self.ws.send_bytes(data + self._deflate.flush(zlib.Z_SYNC_FLUSH))
            except ConnectionError:
                return

    async def stop(self) -> None:
        """End the writer."""
        self._writer.cancel()
        await asyncio.gather(self._writer, return_exceptions=True)

    async def close(self, code: int, reason: str = "") -> None:
        """Close the connection with a code."""
        self.closing = True
        await self.ws.close(code=code, message=reason.encode())

    def cut(self) -> None:
        """Drop the connection without a close frame."""
        transport = self.request.transport
        if transport is not None:
            transport.abort()


#: https://docs.discord.com/developers/events/gateway#session-start-limit-object
STARTS = 1000


@dataclass(eq=False)
class Session:
    """One shard's session; it outlives its connections."""

    intents: int
    shard: tuple[int, int]
    id: str = field(default_factory=lambda: secrets.token_hex(16))
    sequence: int = 0
    connection: Connection | None = None
    #: Events sent so far, to replay after a resume.
    sent: deque[Json] = field(default_factory=lambda: deque(maxlen=5000))

    def dispatch(self, name: str, data: Json) -> None:
        """Send an event, or keep it for the resume if there is no connection."""
        self.sequence += 1
        payload = {"op": 0, "t": name, "s": self.sequence, "d": data}
        self.sent.append(payload)
        if self.connection is not None:
            self.connection.send(payload)

    def takes(self, guild_id: int | None) -> bool:
        """Return whether a server belongs to this shard; direct messages belong to shard 0."""
        number, count = self.shard
        return number == ((guild_id >> 22) % count if guild_id else 0)


class Gateway:
    """All sessions of the bot, and the faults that a test can cause."""

    def __init__(self, token: str) -> None:
        self.url = ""
        #: Real seconds by which every event is delayed.
        self.delay = 0.0
        #: Real seconds between heartbeats.
        self.heartbeat_seconds = 41.25
        #: Real seconds by which a heartbeat may be late before the connection is closed.
        self.grace_seconds = 20.0
        #: The privileged intents that the application was given.
        self.privileged = 0
        self.sessions: dict[str, Session] = {}
        self.identifies = 0
        #: Sessions that may still start, and real seconds until the limit resets.
        self.starts = STARTS
        self.starts_renewed_in = 0.0
        self.resumes = 0
        self._token = token
        self._muted = False
        self._connections: set[Connection] = set()
        self._pulse = Pulse()
        self.world: World | None = None

    def start_limit(self) -> Json:
        """Return the session start limit, as ``/gateway/bot`` reports it."""
        return {
            "total": STARTS,
            "remaining": self.starts,
            "reset_after": round(self.starts_renewed_in * 1000),
            "max_concurrency": 1,
        }

    # --- what others see

    @property
    def is_connected(self) -> bool:
        """Whether any session has a connection."""
        return any(session.connection for session in self.sessions.values())

    async def connected(self, timeout: float = 10.0) -> None:  # noqa: ASYNC109  (callers name their deadline)
        """Wait until a session is identified or resumed."""
        await self._pulse.until(lambda: self.is_connected, timeout)

    async def disconnected(self, timeout: float = 10.0) -> None:  # noqa: ASYNC109  (callers name their deadline)
        """Wait until no session has a connection."""
        await self._pulse.until(lambda: not self.is_connected, timeout)

    def dispatch(self, name: str, data: Json, guild_id: int | None, intent: int = 0) -> bool:
        """Send an event to its shard; return whether any session received it."""
        taken = False
        for session in list(self.sessions.values()):
            if session.takes(guild_id) and (not intent or session.intents & intent):
                session.dispatch(name, self._readable(name, data, session))
                taken = True
        return taken

    def announce(self, name: str, data: Json, guild_id: int | None) -> None:
        """Send an event about a server."""
        self.dispatch(name, data, guild_id, GUILDS)

    def _readable(self, name: str, data: Json, session: Session) -> Json:
        """Return an event as a session receives it."""
        if not name.startswith("MESSAGE_") or self.world is None:
            return data
        return content.readable(
            data,
            self.world.bot.id,
            direct="guild_id" not in data,
            intent=bool(session.intents & MESSAGE_CONTENT),
        )

    # --- faults

    def reconnect(self) -> None:
        """Ask every connection to reconnect (op 7)."""
        for connection in self._connections:
            connection.send({"op": 7, "d": None})

    def invalid_session(self, *, resumable: bool = False) -> None:
        """Declare every session invalid (op 9)."""
        if not resumable:
            self.sessions.clear()
        for connection in self._connections:
            connection.send({"op": 9, "d": resumable})

    async def close(self, code: int) -> None:
        """Close every connection with a code."""
        for connection in list(self._connections):
            await connection.close(code)

    def drop(self) -> None:
        """Drop every connection."""
        for connection in list(self._connections):
            connection.cut()

    def mute_acks(self, *, muted: bool = True) -> None:
        """Stop answering heartbeats."""
        self._muted = muted

    async def stop(self) -> None:
        """Close everything, as Discord does when it restarts."""
        for connection in list(self._connections):
            await connection.close(WSCloseCode.GOING_AWAY)
            await connection.stop()

    # --- the protocol

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Speak the protocol on one WebSocket."""
        ws = web.WebSocketResponse(max_msg_size=4096 * 4)
        await ws.prepare(request)
        connection = Connection(ws, request, self)
        self._connections.add(connection)
        connection.send({"op": 10, "d": {"heartbeat_interval": int(self.heartbeat_seconds * 1000)}})
        try:
            await self._listen(connection)
        finally:
            self._connections.discard(connection)
            await connection.stop()
            self._leave(connection)
            self._pulse.beat()
        return ws

    def _leave(self, connection: Connection) -> None:
        """Detach the connection from its session; if the bot closed with 1000 or 1001, end it."""
        over = not connection.closing and connection.ws.close_code in {1000, 1001}
        for session in [s for s in self.sessions.values() if s.connection is connection]:
            session.connection = None
            if over:
                del self.sessions[session.id]

    async def _listen(self, connection: Connection) -> None:
        session: Session | None = None
        while True:
            patience = self.heartbeat_seconds + self.grace_seconds
            try:
                frame = await connection.ws.receive(timeout=patience)
            except TimeoutError:
                await connection.close(4009, "Session timed out")
                return
            if frame.type not in {WSMsgType.TEXT, WSMsgType.BINARY}:
                return
            try:
                payload: Json = json.loads(frame.data)
                operation, data = payload["op"], payload.get("d")
            except (ValueError, KeyError, TypeError, AttributeError):
                await connection.close(4002, "Decode error")
                return
            try:
                session = self._operate(connection, session, operation, data)
            except _Closed as closed:
                await connection.close(closed.code, str(closed))
                return

    def _operate(
        self,
        connection: Connection,
        session: Session | None,
        operation: int,
        data: Any,  # noqa: ANN401  (JSON)
    ) -> Session | None:
        match operation:
            case 1:
                if not self._muted:
                    acknowledgement: Json = {"op": 11, "d": None}
                    loop = asyncio.get_running_loop()
                    loop.call_later(ROUND_TRIP, connection.send, acknowledgement)
            case 2 if session is None:
                return self._identify(connection, data)
            case 6 if session is None:
                return self._resume(connection, data)
            case 2 | 6:
                raise _Closed(4005, "Already authenticated.")
            case 3 | 4 | 8 | 31 if session is None:
                raise _Closed(4003, "Not authenticated.")
            case 8:
                self._members(session, data)
            case 3 | 4 | 31:
                pass
            case _:
                raise _Closed(4001, "Unknown opcode.")
        return session

    def _identify(self, connection: Connection, data: Json) -> Session:
        if str(data.get("token", "")).removeprefix("Bot ") != self._token:
            raise _Closed(4004, "Authentication failed.")
        intents = data.get("intents", 0)
        if intents & ~KNOWN_INTENTS:
            raise _Closed(4013, "Invalid intent(s).")
        if intents & PRIVILEGED & ~self.privileged:
            raise _Closed(4014, "Disallowed intent(s).")
        number, count = data.get("shard") or (0, 1)
        if not 0 <= number < count:
            raise _Closed(4010, "Invalid shard.")
        if self.starts <= 0:
            # Discord resets the token of a bot that keeps on identifying.
            raise _Closed(4004, "Authentication failed.")
        self.starts -= 1
        self.identifies += 1
        session = Session(intents, (number, count))
        self.sessions = {
            key: other
            for key, other in self.sessions.items()
            if other.connection or other.shard != session.shard
        }
        self.sessions[session.id] = session
        session.connection = connection
        self._welcome(session)
        self._pulse.beat()
        return session

    def _welcome(self, session: Session) -> None:
        if self.world is None:
            raise RuntimeError("the gateway has no world")
        bot = self.world.bot
        guilds = [guild for guild in self.world.bot_guilds() if session.takes(guild.id)]
        session.dispatch(
            "READY",
            {
                "v": 10,
                "user": {**shapes.user(bot), "verified": True, "mfa_enabled": True, "flags": 0},
                "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
                "session_id": session.id,
                "resume_gateway_url": self.url,
                "shard": list(session.shard),
                "application": {"id": str(self.world.application_id), "flags": 0},
                "private_channels": [],
            },
        )
        if session.intents & GUILDS:
            for guild in guilds:
                # Only here: https://github.com/discord/discord-api-docs/pull/5124
                became = {**shapes.guild(guild, bot), "unavailable": False}
                session.dispatch("GUILD_CREATE", became)

    def _resume(self, connection: Connection, data: Json) -> Session | None:
        if data.get("token") != self._token:
            raise _Closed(4004, "Authentication failed.")
        session = self.sessions.get(str(data.get("session_id")))
        sequence = data.get("seq") or 0
        if session is None or (session.sent and session.sent[0]["s"] > sequence + 1):
            connection.send({"op": 9, "d": False})
            return None
        if sequence > session.sequence:
            raise _Closed(4007, "Invalid seq.")
        self.resumes += 1
        for payload in session.sent:
            if payload["s"] > sequence:
                connection.send(payload)
        session.connection = connection
        session.dispatch("RESUMED", {"_trace": []})
        self._pulse.beat()
        return session

    def _members(self, session: Session | None, data: Json) -> None:
        guild = self.world.guilds.get(int(data["guild_id"])) if self.world else None
        if session is None or guild is None:
            return
        wanted = {int(i) for i in data.get("user_ids") or guild.members}
        chunk: Json = {
            "guild_id": str(guild.id),
            "members": [shapes.member(m) for i, m in guild.members.items() if i in wanted],
            "chunk_index": 0,
            "chunk_count": 1,
            "not_found": [],
        }
        if data.get("nonce"):
            chunk["nonce"] = data["nonce"]
        session.dispatch("GUILD_MEMBERS_CHUNK", chunk)


class _Closed(Exception):
    """The bot broke the protocol: close with this code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
