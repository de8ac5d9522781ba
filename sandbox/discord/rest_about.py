"""The gateway's address, the bot itself, people and servers."""

from collections.abc import Sequence

from aiohttp import web

from sandbox.discord import body, errors, permissions, shapes
from sandbox.discord.places import Guild
from sandbox.discord.platform import Platform
from sandbox.discord.wire import Json, answer, nothing


class AboutRoutes:
    """Routes that the bot mostly calls just once."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._world = platform.world

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the routes."""
        return [
            web.get("/gateway", self.gateway),
            web.get("/gateway/bot", self.gateway_bot),
            web.get("/users/@me", self.me),
            web.get("/users/@me/guilds", self.my_guilds),
            web.delete("/users/@me/guilds/{guild}", self.leave),
            web.post("/users/@me/channels", self.open_dm),
            web.get("/users/{user}", self.user),
            web.get("/oauth2/applications/@me", self.application),
            web.get("/applications/@me", self.application),
            web.get("/applications/{application}/emojis", self.emojis),
            web.get("/guilds/{guild}", self.guild),
            web.get("/guilds/{guild}/channels", self.channels),
            web.get("/guilds/{guild}/roles", self.roles),
            web.get("/guilds/{guild}/members/{user}", self.member),
        ]

    async def gateway(self, _: web.Request) -> web.Response:
        """Return the gateway's address."""
        return answer({"url": self._platform.gateway.url})

    async def gateway_bot(self, _: web.Request) -> web.Response:
        """Return the gateway's address, the shards to use and the identifies left."""
        gateway = self._platform.gateway
        limit = gateway.start_limit()
        return answer({"url": gateway.url, "shards": 1, "session_start_limit": limit})

    async def me(self, _: web.Request) -> web.Response:
        """Return the bot's account."""
        return answer({**shapes.user(self._world.bot), "verified": True, "mfa_enabled": True})

    async def application(self, _: web.Request) -> web.Response:
        """Return the bot's application."""
        bot = self._world.bot
        shape: Json = {
            "id": str(self._world.application_id),
            "name": bot.name,
            "icon": None,
            "description": "",
            "bot_public": True,
            "bot_require_code_grant": False,
            "verify_key": "0" * 64,
            "owner": shapes.user(self._world.admin),
            "team": None,
            "flags": 0,
            "bot": shapes.user(bot),
            "integration_types_config": {"0": {}},
            "approximate_guild_count": len(self._world.bot_guilds()),
        }
        return answer(shape)

    async def emojis(self, _: web.Request) -> web.Response:
        """Return the application's emoji: none."""
        return answer({"items": []})

    async def my_guilds(self, request: web.Request) -> web.Response:
        """Return the servers that the bot is in, 200 per page."""
        after, limit = int(request.query.get("after", 0)), int(request.query.get("limit", 200))
        guilds = sorted((g for g in self._world.bot_guilds() if g.id > after), key=lambda g: g.id)
        bot = self._world.bot.id
        return answer(
            [
                {
                    "id": str(guild.id),
                    "name": guild.name,
                    "icon": None,
                    "banner": None,
                    "owner": False,
                    "permissions": str(int(permissions.in_guild(guild, bot))),
                    "features": [],
                }
                for guild in guilds[:limit]
            ]
        )

    async def leave(self, request: web.Request) -> web.Response:
        """Leave a server."""
        self._world.kick_bot(self._guild(request))
        return nothing()

    async def open_dm(self, request: web.Request) -> web.Response:
        """Open the direct message with someone."""
        wanted = await body.read_json(request)
        recipient = wanted.get("recipient_id") if isinstance(wanted, dict) else None
        user = self._world.users.get(int(recipient or 0))
        if user is None or user.bot:
            raise errors.invalid(("recipient_id",), "USER_INVALID", "Unknown or invalid user")
        return answer(shapes.channel(self._world.dm(user)))

    def _guild(self, request: web.Request) -> Guild:
        number = request.match_info["guild"]
        guild = self._world.guilds.get(int(number) if number.isdigit() else 0)
        if guild is None or self._world.bot.id not in guild.members:
            raise errors.unknown_guild()
        return guild

    async def user(self, request: web.Request) -> web.Response:
        """Return someone's account."""
        number = request.match_info["user"]
        user = self._world.users.get(int(number) if number.isdigit() else 0)
        if user is None:
            raise errors.unknown_user()
        return answer(shapes.user(user))

    async def guild(self, request: web.Request) -> web.Response:
        """Return a server."""
        shape = shapes.guild(self._guild(request), self._world.bot)
        inside = {"channels", "threads", "members", "joined_at", "member_count"}
        return answer({key: value for key, value in shape.items() if key not in inside})

    async def channels(self, request: web.Request) -> web.Response:
        """Return a server's channels without threads."""
        channels = self._guild(request).channels.values()
        return answer([shapes.channel(c) for c in channels if c.parent is None])

    async def roles(self, request: web.Request) -> web.Response:
        """Return a server's roles."""
        return answer([shapes.role(role) for role in self._guild(request).roles.values()])

    async def member(self, request: web.Request) -> web.Response:
        """Return a member."""
        number = request.match_info["user"].replace("@me", str(self._world.bot.id))
        member = self._guild(request).members.get(int(number) if number.isdigit() else 0)
        if member is None:
            raise errors.unknown_member()
        return answer(shapes.member(member))
