"""Discord's gateway and REST API, as far as a bot calls them: checks nothing, counts everything."""

import asyncio
import io
import json
import re
import time
from dataclasses import dataclass, field
from itertools import count
from time import perf_counter

from aiohttp import WSMsgType, web
from PIL import Image

from bench import shapes
from bench.http import Calls, Json, Server, answer, body_of, dumps
from bench.tasks import Seen, Tasks

#: The first second of 2015, in milliseconds since 1970.
_EPOCH = 1_420_070_400_000
_COMMAND, _MODAL_SUBMIT = 2, 5
#: Far more than anybody sends: we measure the bot, not Discord's limits.
_LIMITS = {
    "X-RateLimit-Limit": "1000000",
    "X-RateLimit-Remaining": "999999",
    "X-RateLimit-Reset-After": "1",
    "Via": "1.1 google",
}
_TASK_TOKEN = re.compile(r"/t(\d+)(/|$)")


@dataclass(slots=True, eq=False)
class Asked:
    """An interaction; times as in ``Seen``."""

    sent: float
    answered: float = 0
    #: When the answer itself came, if the callback only deferred it.
    shown: float = 0
    done: asyncio.Event = field(default_factory=asyncio.Event)


class Discord:
    """One server with twenty channels, as many people as are needed, and one bot."""

    def __init__(self, tasks: Tasks, reference: bytes) -> None:
        self.calls = Calls()
        #: The JPEG that is attached to commands.
        self.reference = reference
        #: How many answers said that something went wrong.
        self.failed = 0
        #: Set while the bot is connected.
        self.connected = asyncio.Event()
        self.tasks = tasks
        self._asked: dict[str, Asked] = {}
        self._commands: list[Json] = []
        self._ws: web.WebSocketResponse | None = None
        self._sequence = count(1)
        self._last_id = 0
        self._server = Server(self._serve)

    @property
    def url(self) -> str:
        """Its base address."""
        return f"http://127.0.0.1:{self._server.port}"

    @property
    def gateway_url(self) -> str:
        """The gateway's address."""
        return f"ws://127.0.0.1:{self._server.port}/gateway"

    async def start(self) -> None:
        """Listen."""
        await self._server.start()

    async def close(self) -> None:
        """Stop."""
        await self._server.close()

    # --- people

    async def imagine(self, user: int, references: int = 0) -> Seen:
        """Type ``/imagine``; return without waiting for the answer."""
        number, prompt = self.tasks.new()
        data = shapes.command("imagine", [{"name": "prompt", "type": 3, "value": prompt}])
        for place in range(references):
            attachment = self._attachment(number, place)
            name = "image" if place == 0 else f"image{place + 1}"
            data["options"].append({"name": name, "type": 11, "value": attachment["id"]})
            resolved = data.setdefault("resolved", {"attachments": {}})
            resolved["attachments"][attachment["id"]] = attachment
        await self._interact(
            _COMMAND, f"t{number}", user, data, shapes.CHANNELS[number % len(shapes.CHANNELS)]
        )
        return self.tasks.seen[number]

    async def ask(self, command: str, user: int) -> Asked:
        """Type a command without options; return without waiting for the answer."""
        return await self._ask(_COMMAND, user, shapes.command(command, []))

    async def search(self, user: int, show: str, words: str) -> Asked:
        """Submit the search form of ``/tasks``; return without waiting for the answer."""
        field_ = {"type": 4, "id": 2, "custom_id": "words", "value": words}
        label = {"type": 18, "id": 1, "component": field_}
        data: Json = {"custom_id": f"tasks-search:{show}", "components": [label], "resolved": {}}
        return await self._ask(_MODAL_SUBMIT, user, data)

    async def _ask(self, kind: int, user: int, data: Json) -> Asked:
        token = f"a{len(self._asked) + 1}"
        self._asked[token] = asked = Asked(perf_counter())
        await self._interact(kind, token, user, data, shapes.CHANNELS[0])
        return asked

    def _attachment(self, number: int, place: int) -> Json:
        attachment = str(self._next_id())
        link = f"{self.url}/ephemeral-attachments/1/{attachment}/{number}-{place}.jpg"
        link += "?ex=7fffffff&is=60000000&hm=00&"
        width, height = Image.open(io.BytesIO(self.reference)).size
        return {
            "id": attachment,
            "filename": f"{number}-{place}.jpg",
            "size": len(self.reference),
            "width": width,
            "height": height,
            "url": link,
            "proxy_url": link,
            "content_type": "image/jpeg",
            "ephemeral": True,
        }

    async def _interact(self, kind: int, token: str, user: int, data: Json, channel: int) -> None:
        payload = shapes.interaction(
            number=self._next_id(),
            kind=kind,
            token=token,
            user_id=user,
            data=data,
            channel_id=channel,
        )
        await self._dispatch("INTERACTION_CREATE", payload)

    # --- gateway

    async def _dispatch(self, name: str, data: Json) -> None:
        assert self._ws is not None
        text = dumps({"op": 0, "t": name, "s": next(self._sequence), "d": data})
        await self._ws.send_str(text)

    async def _gateway(self, request: web.BaseRequest) -> web.WebSocketResponse:
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        await ws.send_str(dumps({"op": 10, "d": {"heartbeat_interval": 41_250}}))
        async for frame in ws:
            if frame.type is not WSMsgType.TEXT:
                break
            operation = json.loads(frame.data)["op"]
            if operation == 1:
                # discord.py (2.7) records the time of a heartbeat only after sending it, in another
                # thread; an acknowledgement that arrives before that counts as late.
                await asyncio.sleep(0.05)
                await ws.send_str('{"op":11,"d":null}')
            elif operation == 2:
                self._ws = ws
                await self._welcome()
                self.connected.set()
        if self._ws is ws:
            self.connected.clear()
        return ws

    async def _welcome(self) -> None:
        ready: Json = {
            "v": 10,
            "user": shapes.user(shapes.BOT, "bot", bot=True),
            "guilds": [{"id": str(shapes.GUILD), "unavailable": True}],
            "session_id": "1",
            "resume_gateway_url": self.gateway_url,
            "shard": [0, 1],
            "application": {"id": str(shapes.APPLICATION), "flags": 0},
            "private_channels": [],
        }
        await self._dispatch("READY", ready)
        await self._dispatch("GUILD_CREATE", shapes.guild())

    # --- REST

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.path
        if path.startswith("/gateway"):
            return await self._gateway(request)
        if "/attachments/" in path or path.startswith("/ephemeral-attachments/"):
            self.calls["Discord: attachment"] += 1
            return web.Response(body=self.reference, content_type="image/jpeg")
        raw = await body_of(request)
        path = path.removeprefix("/api/v10")
        if path.startswith("/interactions/"):
            return self._callback(path, raw)
        if path.startswith("/webhooks/"):
            return self._webhook(request.method, path)
        if path.startswith("/channels/"):
            return self._channel_call(request.method, path, raw)
        return self._about(request.method, path, raw)

    def _callback(self, path: str, raw: bytes) -> web.Response:
        self.calls["Discord: answer"] += 1
        _, _, number, token, _ = path.split("/")
        now = perf_counter()
        self.failed += b"went wrong" in raw
        kind = 5 if b'"type":5' in raw.replace(b" ", b"") and len(raw) < 100 else 4
        if token.startswith("t"):
            seen = self.tasks.seen[int(token[1:])]
            seen.answered = seen.answered or now
        else:
            asked = self._asked[token]
            asked.answered = now
            if b'"components"' in raw or b'"content"' in raw:
                asked.shown = now
                asked.done.set()
        message = shapes.message(self._next_id(), shapes.CHANNELS[0])
        about = {"id": number, "type": 2, "response_message_id": message["id"]}
        return answer(
            {"interaction": about, "resource": {"type": kind, "message": message}}, _LIMITS
        )

    def _webhook(self, method: str, path: str) -> web.Response:
        token = path.split("/")[3]
        task = self.tasks.seen.get(int(token[1:])) if token.startswith("t") else None
        if method == "DELETE":
            self.calls["Discord: delete card"] += 1
            if task is not None:
                task.closed = perf_counter()
            return web.Response(status=204, headers=_LIMITS)
        self.calls["Discord: edit" if method == "PATCH" else "Discord: follow up"] += 1
        asked = self._asked.get(token)
        if asked is not None:
            asked.shown = perf_counter()
            asked.done.set()
        return answer(shapes.message(self._next_id(), shapes.CHANNELS[0]), _LIMITS)

    def _channel_call(self, method: str, path: str, raw: bytes) -> web.Response:
        channel = int(path.split("/")[2])
        if method == "POST" and path.endswith("/messages"):
            self.calls["Discord: post"] += 1
            task = self.tasks.named_in(raw)
            if task is not None:
                task.visible = perf_counter()
            return answer(shapes.message(self._next_id(), channel), _LIMITS)
        if method == "GET":
            self.calls["Discord: look up"] += 1
            return answer([] if path.endswith("/messages") else shapes.channel(channel), _LIMITS)
        self.calls[f"Discord: {method} message"] += 1
        if method == "DELETE":
            return web.Response(status=204, headers=_LIMITS)
        return answer(shapes.message(self._next_id(), channel), _LIMITS)

    def _about(self, method: str, path: str, raw: bytes) -> web.Response:
        self.calls["Discord: at the start"] += 1
        if path.endswith("/commands"):
            if method == "PUT":
                self._commands = [self._registered(each) for each in json.loads(raw)]
            return answer(self._commands, _LIMITS)
        if path == "/gateway/bot":
            limit = {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1}
            told = {"url": self.gateway_url, "shards": 1, "session_start_limit": limit}
            return answer(told, _LIMITS)
        if path == "/users/@me":
            return answer(shapes.user(shapes.BOT, "bot", bot=True), _LIMITS)
        if path == "/users/@me/guilds":
            guild = {"id": str(shapes.GUILD), "name": "bench", "permissions": shapes.EVERYTHING}
            return answer([guild | {"features": [], "icon": None, "owner": False}], _LIMITS)
        return answer(shapes.application(), _LIMITS)

    def _registered(self, command: Json) -> Json:
        defaults = {"description": "", "default_member_permissions": None, "nsfw": False}
        own = {
            "id": str(self._next_id()),
            "version": "1",
            "application_id": str(shapes.APPLICATION),
        }
        return defaults | command | own

    def _next_id(self) -> int:
        now = (int(time.time() * 1000) - _EPOCH) << 22
        self._last_id = max(now, self._last_id + 1)
        return self._last_id
