"""One tab of a browser: who it is, where it looks, and what it does there."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from sandbox.discord.interactions import Interaction, InteractionFailed, Modal
from sandbox.discord.messages import Message
from sandbox.discord.permissions import Permission, can
from sandbox.discord.places import Channel, User
from sandbox.discord.wire import Json
from sandbox.page import views
from sandbox.page.drawer import Drawer
from sandbox.page.typed import Typed
from sandbox.page.uploads import Uploads
from sandbox.person import Person, Refused
from sandbox.stand_ins import StandIns

Act = Callable[[Json], Awaitable[Any]]
#: Seconds between looks at what no event reports.
_LOOK_SECONDS = 0.3


class Session:
    """Does what the page asks for through a :class:`Person`, and sends events back."""

    def __init__(
        self,
        stand_ins: StandIns,
        uploads: Uploads,
        drawer: Drawer,
        dismissed: set[int],
        send: Callable[[Json], None],
    ) -> None:
        self._stand_ins = stand_ins
        self._drawer = drawer
        self._platform = stand_ins.discord.platform
        self._send = send
        self._typed = Typed(self._platform.world, uploads)
        self.user: User = self._platform.world.ann
        self.channel: Channel = self._platform.world.general
        self.locale = "en-US"
        self._modals: dict[str, Modal] = {}
        #: Shared by all tabs, so that dismissed messages stay away when the page is reloaded.
        self._dismissed = dismissed
        self._stop = self._platform.watch(self._tell)
        self._acts: dict[str, Act] = {
            "be": self._be,
            "history": self._history,
            "say": self._say,
            "slash": self._slash,
            "autocomplete": self._autocomplete,
            "menu": self._menu,
            "press": self._press,
            "choose": self._choose,
            "fill": self._fill,
            "dismiss": self._dismiss,
            "trouble": drawer.trouble,
            "speed": drawer.speed,
            "bot": drawer.bot,
            "log": drawer.log,
            "wire": drawer.wire,
        }

    def close(self) -> None:
        """Stop listening."""
        self._stop()

    @property
    def person(self) -> Person:
        """The person who acts, in the current channel."""
        return Person(self._stand_ins.discord, self.user, self.channel, self.locale)

    async def act(self, name: str, data: Json) -> Json:
        """Do what the page asks for; return ``{"ok": …}`` or ``{"error": …}``."""
        try:
            return {"ok": await self._acts[name](data)}
        except Refused as error:
            return {"error": "refused", "text": str(error)}
        except InteractionFailed as error:
            return {"error": "failed", "text": str(error)}

    async def report(self) -> None:
        """Send the bot's status and commands whenever they change."""
        told: Json = {}
        while True:
            now = {**self._drawer.status(), "commands": self.person.offered()}
            if now != told:
                self._send({"event": "status", **now})
                told = now
            await asyncio.sleep(_LOOK_SECONDS)

    # --- seeing

    def _tell(self, message: Message) -> None:
        channel = self._platform.world.channels.get(message.channel_id)
        if channel is None or not can(channel, self.user.id, Permission.VIEW_CHANNEL):
            return
        if channel.recipient not in (None, self.user):
            return
        if message.only_for not in (None, self.user.id) or message.id in self._dismissed:
            return
        if message.deleted:
            gone = {"id": str(message.id), "channel_id": str(message.channel_id)}
            self._send({"event": "gone", **gone})
        else:
            self._send({"event": "message", "message": views.message(self._platform, message)})

    async def _be(self, data: Json) -> Json:
        """Switch to a person and channel; return all that their client knows."""
        world = self._platform.world
        self.user = next((u for u in world.users.values() if u.name == data["user"]), self.user)
        self.locale = data.get("locale", self.locale)
        self.channel = self._found(str(data.get("channel") or "")) or world.general
        return {
            "me": views.shapes.user(self.user),
            "bot": views.shapes.user(world.bot),
            "people": views.people(self._platform),
            "here": str(self.channel.id),
            "commands": self.person.offered(),
            **views.places(self._platform, self.user),
        }

    def _found(self, wanted: str) -> Channel | None:
        """Return a channel by its id or name ("@…": the direct messages), if it can be seen."""
        if wanted.startswith("@"):
            return self._platform.world.dm(self.user)
        places = self._platform.world.channels.values()
        return next((c for c in places if wanted in {str(c.id), c.name} and self._sees(c)), None)

    def _sees(self, channel: Channel) -> bool:
        if channel.recipient not in (None, self.user):
            return False
        return can(channel, self.user.id, Permission.VIEW_CHANNEL)

    async def _history(self, data: Json) -> Json:
        before = int(data["before"]) if data.get("before") else None
        found = views.history(self._platform, self.person, before, data.get("limit", 50))
        hidden = {str(number) for number in self._dismissed}
        found["messages"] = [m for m in found["messages"] if m["id"] not in hidden]
        return found

    async def _dismiss(self, data: Json) -> None:
        self._dismissed.add(int(data["message"]))

    # --- acting

    async def _say(self, data: Json) -> Json:
        files = [self._typed.upload(number) for number in data.get("files", [])]
        reply_to = int(data["reply_to"]) if data.get("reply_to") else None
        said = self.person.say(data["text"], files=files, reply_to=reply_to)
        return {"message": str(said.id)}

    async def _slash(self, data: Json) -> Json:
        values = self._typed.values(data["values"])
        return self._answer(await self.person.slash(data["path"], **values))

    async def _autocomplete(self, data: Json) -> list[Json]:
        values = self._typed.values(data["values"])
        return await self.person.autocomplete(data["path"], data["option"], data["value"], **values)

    async def _menu(self, data: Json) -> Json:
        target = self._message(data) if "message" in data else self._typed.user(data["user"])
        return self._answer(await self.person.menu(data["name"], target))

    async def _press(self, data: Json) -> Json:
        return self._answer(await self.person.press(self._message(data), data["custom_id"]))

    async def _choose(self, data: Json) -> Json:
        message = self._message(data)
        values = self._typed.chosen(message.components, data["custom_id"], data["values"])
        return self._answer(await self.person.choose(message, data["custom_id"], values))

    async def _fill(self, data: Json) -> Json:
        modal = self._modals[data["modal"]]
        values = self._typed.filled(modal, data["values"])
        return self._answer(await self.person.fill(modal, **values))

    def _answer(self, interaction: Interaction) -> Json:
        if interaction.modal is None:
            message = interaction.message
            return {"message": str(message.id) if message else None}
        number = str(interaction.id)
        self._modals[number] = interaction.modal
        return {"modal": {"id": number, **interaction.modal.data}}

    def _message(self, data: Json) -> Message:
        number = int(data["message"])
        found = next((m for m in self._platform.books.messages if m.id == number), None)
        if found is None:
            raise Refused("there is no such message")
        return found


async def heard(session: Session, request: Json, send: Callable[[Json], None]) -> None:
    """Answer one request of the page."""
    answer = await session.act(request["do"], request.get("with") or {})
    send({"id": request["id"], **answer})


def listen(session: Session, request: Json, send: Callable[[Json], None]) -> asyncio.Task[None]:
    """Answer in the background, since an interaction may take three seconds."""
    return asyncio.create_task(heard(session, request, send))
