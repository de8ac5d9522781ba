"""Registering commands: /applications/{application}[/guilds/{guild}]/commands."""

from collections.abc import Sequence

from aiohttp import web

from sandbox.discord import body, errors
from sandbox.discord.openapi import COMMANDS, OpenApi
from sandbox.discord.platform import Platform
from sandbox.discord.wire import Json, answer, nothing

_GLOBAL = "/applications/{application}/commands"
_GUILD = "/applications/{application}/guilds/{guild}/commands"


class CommandRoutes:
    """The bot's commands."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the routes."""
        return [
            route
            for base in (_GLOBAL, _GUILD)
            for route in (
                web.get(base, self.everything),
                web.put(base, self.overwrite),
                web.post(base, self.create),
                web.get(base + "/{command}", self.read),
                web.delete(base + "/{command}", self.delete),
            )
        ]

    @property
    def _openapi(self) -> OpenApi:
        return self._platform.openapi

    def _guild(self, request: web.Request) -> int:
        world = self._platform.world
        if request.match_info["application"] != str(world.application_id):
            raise errors.Refusal(403, 20012, "You are not authorized to perform this action")
        number = request.match_info.get("guild")
        if number is None:
            return 0
        guild = world.guilds.get(int(number))
        if guild is None or world.bot.id not in guild.members:
            raise errors.missing_access()
        return guild.id

    def _shown(self, commands: list[Json], request: web.Request) -> list[Json]:
        if request.query.get("with_localizations") in {"1", "true"}:
            return commands
        hidden = {"name_localizations", "description_localizations"}
        return [{k: v for k, v in c.items() if k not in hidden} for c in commands]

    async def everything(self, request: web.Request) -> web.Response:
        """Return all commands."""
        return answer(
            self._shown(self._platform.commands.registered(self._guild(request)), request)
        )

    async def overwrite(self, request: web.Request) -> web.Response:
        """Replace all commands."""
        guild = self._guild(request)
        wanted = await body.read_json(request)
        if not isinstance(wanted, list):
            raise errors.invalid((), "LIST_TYPE_CONVERT", "Only iterables may be used.")
        self._openapi.check(COMMANDS, wanted)
        registered = self._platform.commands.overwrite(wanted, guild)
        self._platform.pulse.beat()
        return answer(registered)

    async def create(self, request: web.Request) -> web.Response:
        """Create a command, or replace the one with its name."""
        guild = self._guild(request)
        wanted = await body.read_json(request)
        if not isinstance(wanted, dict):
            raise errors.invalid((), "DICT_TYPE_CONVERT", "Only dictionaries may be used.")
        self._openapi.check("ApplicationCommandCreateRequest", wanted)
        registered = self._platform.commands.upsert(wanted, guild)
        self._platform.pulse.beat()
        return answer(registered, 201)

    async def read(self, request: web.Request) -> web.Response:
        """Return one command."""
        wanted = request.match_info["command"]
        for command in self._platform.commands.registered(self._guild(request)):
            if command["id"] == wanted:
                return answer(command)
        raise errors.Refusal(404, 10063, "Unknown application command")

    async def delete(self, request: web.Request) -> web.Response:
        """Delete one command."""
        guild = self._guild(request)
        if not self._platform.commands.remove(request.match_info["command"], guild):
            raise errors.Refusal(404, 10063, "Unknown application command")
        self._platform.pulse.beat()
        return nothing()
