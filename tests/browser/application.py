"""A small application for looking at the page: it sends what a test asks for, over the real wires.

No library stands between the test and Discord's JSON, so every kind of component can be sent.
"""

import asyncio
import io
import json
from collections.abc import Callable
from typing import Any

import aiohttp

from sandbox.discord.places import Channel
from sandbox.discord.server import Discord

Json = dict[str, Any]
Answer = Callable[[Json], Json | None]

V2 = 1 << 15
EPHEMERAL = 1 << 6
#: Intents: servers alone; interactions come without any.
_INTENTS = 1
_MESSAGE, _DEFER, _UPDATE = 4, 5, 7


def said(content: str, **more: object) -> Json:
    """Answer with a message."""
    return {"type": _MESSAGE, "data": {"content": content, **more}}


def shown(*components: Json, flags: int = 0) -> Json:
    """Answer with a message of components."""
    return {"type": _MESSAGE, "data": {"components": list(components), "flags": V2 | flags}}


def updated(*components: Json) -> Json:
    """Change the message that was pressed."""
    return {"type": _UPDATE, "data": {"components": list(components), "flags": V2}}


def thinking(flags: int = 0) -> Json:
    """Acknowledge, and think about it."""
    return {"type": _DEFER, "data": {"flags": flags}}


def silent_update(_: Json) -> Json:
    """Acknowledge, and change nothing."""
    return {"type": 6}


class Application:
    """Connected to the sandbox's Discord; what it is asked for lands in :attr:`interactions`."""

    def __init__(self, discord: Discord) -> None:
        self._discord = discord
        self.interactions: list[Json] = []
        #: How to answer an interaction; ``None`` is no answer at all.
        self.answer: Answer = silent_update
        self._http: aiohttp.ClientSession
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        """Connect to the gateway."""
        self._http = aiohttp.ClientSession(
            self._discord.api_url + "/", headers={"Authorization": f"Bot {self._discord.token}"}
        )
        socket = await self._http.ws_connect(self._discord.gateway_url + "?v=10&encoding=json")
        await socket.receive_json()
        about = {"token": self._discord.token, "intents": _INTENTS, "properties": {}}
        await socket.send_json({"op": 2, "d": about})
        self._tasks = [asyncio.create_task(each) for each in (self._hear(socket), _beat(socket))]
        await self._discord.gateway.connected()

    async def close(self) -> None:
        """Hang up."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._http.close()

    async def send(self, channel: Channel, payload: Json, **files: bytes) -> Json:
        """Post a message; files by name, with ``__`` for the full stop."""
        path = f"channels/{channel.id}/messages"
        return await self._request("POST", path, payload, files)

    async def show(self, channel: Channel, *components: Json, **files: bytes) -> Json:
        """Post a message of components."""
        return await self.send(channel, {"components": list(components), "flags": V2}, **files)

    async def edit(self, message: Json, payload: Json) -> Json:
        """Change a message."""
        path = f"channels/{message['channel_id']}/messages/{message['id']}"
        return await self._request("PATCH", path, payload, {})

    async def delete(self, message: Json) -> None:
        """Take a message away."""
        path = f"channels/{message['channel_id']}/messages/{message['id']}"
        async with self._http.delete(path) as response:
            assert response.status == 204, await response.text()

    async def respond(self, interaction: Json, body: Json, **files: bytes) -> Json:
        """Answer an interaction."""
        path = f"interactions/{interaction['id']}/{interaction['token']}/callback?with_response=1"
        return await self._request("POST", path, body, files)

    async def fill(self, interaction: Json, payload: Json) -> Json:
        """Put something in the place of "thinking"."""
        path = f"webhooks/{interaction['application_id']}/{interaction['token']}/messages/@original"
        return await self._request("PATCH", path, payload, {})

    async def register(self, *commands: Json) -> None:
        """Register commands, in place of those before."""
        path = f"applications/{self._discord.world.application_id}/commands"
        async with self._http.put(path, json=list(commands)) as response:
            assert response.status == 200, await response.text()

    async def _request(
        self, method: str, path: str, payload: Json, files: dict[str, bytes]
    ) -> Json:
        form = aiohttp.FormData(quote_fields=False)
        form.add_field("payload_json", json.dumps(payload), content_type="application/json")
        for number, (name, data) in enumerate(files.items()):
            named = name.replace("__", ".")
            form.add_field(f"files[{number}]", io.BytesIO(data), filename=named)
        async with self._http.request(method, path, data=form) as response:
            assert response.status in {200, 204}, await response.text()
            return await response.json() if response.status == 200 else {}

    async def _hear(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for frame in socket:
            event = frame.json()
            if event["op"] == 0 and event["t"] == "INTERACTION_CREATE":
                self.interactions.append(event["d"])
                body = self.answer(event["d"])
                if body is not None:
                    await self.respond(event["d"], body)


async def _beat(socket: aiohttp.ClientWebSocketResponse) -> None:
    while True:
        await socket.send_json({"op": 1, "d": None})
        await asyncio.sleep(20)
