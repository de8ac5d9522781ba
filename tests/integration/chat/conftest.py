"""The chat adapter with a real discord.py client, at the sandbox's Discord."""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import aiohttp
import discord
import discord.http
import pytest
from PIL import Image

from bot.chat.chat import DiscordChat
from bot.chat.limits import watch_limits
from bot.clock import SYSTEM
from bot.deadline import enforce_deadline
from bot.domain.ids import ChannelId, InteractionId, MessageId, ServerId, TaskId, UserId
from bot.domain.request import Request
from bot.domain.requester import Requester
from bot.domain.result import Post, Result, Way
from bot.domain.task import Task
from bot.host_limits import HostLimits
from bot.services.shared.ports import Chat, ResultFile
from sandbox.discord import shapes
from sandbox.discord.body import Incoming
from sandbox.discord.cdn import Upload
from sandbox.discord.interactions import COMMAND, Interaction, new_token
from sandbox.discord.messages import Message
from sandbox.discord.server import Discord
from sandbox.faults import Fault, limited
from sandbox.person import Person

EPHEMERAL, COMPONENTS_V2 = 1 << 6, 1 << 15


def now() -> int:
    """Return epoch milliseconds."""
    return time.time_ns() // 1_000_000


@dataclass
class Stage:
    """A bot that is logged in, somebody who uses it, and what both see."""

    server: Discord
    client: discord.Client
    session: aiohttp.ClientSession
    folder: Path
    operator_channel_id: ChannelId | None = None
    tasks: int = 6

    def chat(self, timeout: float = 5.0, api_url: str | None = None) -> Chat:
        """The adapter."""
        return DiscordChat(
            client=self.client,
            session=self.session,
            clocks=SYSTEM,
            operator_channel_id=self.operator_channel_id,
            timeout=timeout,
            api_url=api_url or self.server.api_url,
        )

    @property
    def ann(self) -> Person:
        return Person(self.server, self.server.world.ann, self.server.world.general)

    @property
    def channel(self):
        return self.server.world.general

    def messages(self) -> list[Message]:
        """Return the channel's public messages."""
        return self.channel.messages()

    async def ask(self, *, private: bool = False, answered: bool = True) -> Task:
        """A task of Ann's, with its card in the channel unless it is not ``answered``."""
        asked = self._interaction()
        self.tasks += 1
        task = Task(
            id=TaskId(self.tasks),
            requester=Requester(ServerId(self.server.world.studio.id), UserId(asked.user.id)),
            channel_id=ChannelId(self.channel.id),
            locale="en-US",
            interaction_id=InteractionId(asked.id),
            application_id=self.server.world.application_id,
            token=asked.token,
            request=Request.parse("a fox", count=2),
            private=private,
            reserved=2,
            upload_limit=10 << 20,
            created_at=now(),
        )
        if not answered:
            return task
        await self._answer(asked, EPHEMERAL if private else 0)
        assert asked.message is not None
        return replace(task, card_id=asked.message.id)

    def _interaction(self) -> Interaction:
        platform, ann = self.server.platform, self.server.world.ann
        number = platform.snowflakes.next()
        metadata = {
            "id": str(number),
            "type": COMMAND,
            "user": shapes.user(ann),
            "authorizing_integration_owners": {},
        }
        asked = Interaction(
            number,
            new_token(number),
            COMMAND,
            ann,
            self.channel,
            platform.clock.elapsed(),
            {"name": "imagine"},
            file_bytes=10 << 20,
            metadata=metadata,
        )
        platform.open(asked)
        return asked

    async def announced(self) -> Task:
        """Return a task of Ann's that was answered only with "thinking"."""
        task = await self.ask(answered=False)
        await self._respond(self.interaction(task), {"type": 5, "data": {}})
        return task

    async def refused(self) -> Task:
        """Return a task of Ann's that was answered with a sentence instead of its card."""
        task = await self.ask(answered=False)
        said = {"flags": COMPONENTS_V2 | EPHEMERAL, "components": [{"type": 10, "content": "no"}]}
        await self._respond(self.interaction(task), {"type": 4, "data": said})
        return task

    async def _answer(self, asked: Interaction, flags: int) -> None:
        card = {"type": 17, "components": [{"type": 10, "content": "a card"}]}
        data = {"flags": COMPONENTS_V2 | flags, "components": [card]}
        await self._respond(asked, {"type": 4, "data": data})

    async def _respond(self, asked: Interaction, answer: object) -> None:
        url = f"{self.server.api_url}/interactions/{asked.id}/{asked.token}/callback"
        async with self.session.post(url, json=answer) as response:
            assert response.status == 204, await response.text()

    def interaction(self, task: Task) -> Interaction:
        return self.server.platform.interactions[task.interaction_id]

    def message(self, message_id: MessageId | None) -> Message:
        """A message that there is or was."""
        return next(one for one in self.server.books.messages if one.id == message_id)

    def page(self, task: Task, way: Way = Way.CHANNEL, page: int = 0) -> Post:
        """A page whose intent was just written."""
        return Post(
            task_id=task.id,
            page=page,
            first=0,
            stop=2,
            way=way,
            nonce=task.nonce(page),
            follows=task.card_id,
            intent_at=now(),
        )

    def pictures(self, task: Task, count: int = 2) -> list[ResultFile]:
        """Small results on disk."""
        found = list[ResultFile]()
        for position in range(count):
            path = self.folder / f"{task.id}-{position}.png"
            Image.new("RGB", (8, 6), "red").save(path)
            found.append(
                ResultFile(Result(task_id=task.id, position=position, url=""), path, ".png")
            )
        return found

    def heavy(self, task: Task) -> list[ResultFile]:
        """A result above what the server takes."""
        path = self.folder / "heavy.png"
        with path.open("wb") as file:
            file.truncate((10 << 20) + 1)
        return [ResultFile(Result(task_id=task.id, position=0, url=""), path, ".png")]

    def say(self, text: str = "", upload: Upload | None = None) -> Message:
        """Something that somebody else writes into the channel."""
        platform = self.server.platform
        files = {0: upload} if upload else {}
        body = platform.write(Incoming({"content": text}, files), self.channel, 1 << 20)
        return platform.post(self.channel, self.server.world.bob, body)

    def fails(self, method: str = ".*", path: str = "", **how) -> Fault:
        return self.server.faults.add(Fault(method, path, **how))

    def holds_back(self, method: str, path: str, seconds: float) -> Fault:
        """Make discord.py wait before it resends a request, as after Discord's own 429."""
        return self.fails(method, path, times=1, **limited(seconds))

    @property
    def later(self) -> int:
        """Return a time, as in rows, by which every test is over."""
        return self.soon(3_600_000)

    def soon(self, milliseconds: int) -> int:
        """Return a time from now on, as rows have it."""
        return now() + milliseconds

    def kill_tokens(self) -> None:
        """The fifteen minutes are over."""
        self.server.behaviour.token_seconds = -1.0


@pytest.fixture
async def stage(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[Stage]:
    """The bot is logged in; its gateway is not connected, since the adapter never needs it."""
    server = Discord()
    server.behaviour.rate_limits = False
    await server.start()
    monkeypatch.setattr(discord.http.Route, "BASE", server.api_url)
    host_limits = HostLimits()
    trace, own = (
        watch_limits(host_limits.watch(enforce_deadline())),
        host_limits.watch(enforce_deadline()),
    )
    async with (
        discord.Client(intents=discord.Intents(guilds=True), http_trace=trace) as client,
        aiohttp.ClientSession(trace_configs=[own]) as session,
    ):
        await client.login(server.token)
        yield Stage(server, client, session, tmp_path)
    await server.close()
    assert server.books.violations == []
