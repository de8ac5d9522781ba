"""Servers, channels and people, and what can happen to them."""

from collections.abc import Callable, Iterable

from sandbox.discord import shapes
from sandbox.discord.commands import Commands
from sandbox.discord.permissions import EVERYTHING, USUAL, Permission, can
from sandbox.discord.places import (
    DM,
    PUBLIC_THREAD,
    TEXT,
    Channel,
    Guild,
    Member,
    Overwrite,
    Role,
    User,
)
from sandbox.discord.snowflake import Snowflakes
from sandbox.discord.wire import Json

#: Sends an event to the bot: name, data, the server it is about.
Announce = Callable[[str, Json, int | None], None]


class World:
    """A small world to begin with: the server Studio, three people and the bot."""

    def __init__(self, snowflakes: Snowflakes, announce: Announce) -> None:
        self._snowflakes = snowflakes
        self._announce = announce
        self.users: dict[int, User] = {}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self._dms: dict[int, Channel] = {}
        #: Old applications have an id that differs from their bot's.
        self.application_id = snowflakes.next()
        self.commands = Commands(self.application_id, snowflakes)
        self.bot = self.add_person("bot", bot=True)
        #: The owner of the bot's application.
        self.admin = self.add_person("admin")
        self.found()

    def found(self) -> None:
        """Create the server Studio with people of its own, apart from any server before it.

        Earlier servers stay; only the bot and its owner are in both.
        """
        self.ann = self.add_person("ann")
        self.bob = self.add_person("bob")
        self.studio = self.add_guild("Studio", members=(self.ann, self.bob, self.admin))
        self.general = self.add_channel(self.studio, "general")
        self.art = self.add_channel(self.studio, "art")
        self.no_bots = self.add_channel(self.studio, "no-bots")
        hidden = Permission.VIEW_CHANNEL | Permission.SEND_MESSAGES
        self.overwrite(self.no_bots, self.bot, deny=hidden)
        self.nsfw = self.add_channel(self.studio, "nsfw", nsfw=True)
        self.add_role(self.studio, "Managers", int(Permission.MANAGE_GUILD), (self.admin,))

    def add_person(self, name: str, *, bot: bool = False, takes_dms: bool = True) -> User:
        """Add an account; it is in no server yet."""
        user = User(self._snowflakes.next(), name, bot, takes_dms)
        self.users[user.id] = user
        return user

    def add_guild(
        self, name: str, members: Iterable[User] = (), *, tier: int = 0, locale: str = "en-US"
    ) -> Guild:
        """Add a server with the bot in it; its owner is an account of its own."""
        owner = self.add_person(f"owner of {name}")
        guild = Guild(self._snowflakes.next(), name, owner.id, locale, tier)
        guild.roles[guild.id] = Role(guild.id, "@everyone", int(USUAL))
        for user in (owner, self.bot, *members):
            guild.members[user.id] = Member(user)
        self.guilds[guild.id] = guild
        self._announce("GUILD_CREATE", shapes.guild(guild, self.bot), guild.id)
        return guild

    def add_channel(
        self,
        guild: Guild,
        name: str,
        *,
        kind: int = TEXT,
        nsfw: bool = False,
        overwrites: dict[int, Overwrite] | None = None,
    ) -> Channel:
        """Add a channel, by default a text channel."""
        channel = Channel(
            self._snowflakes.next(), name, kind, guild, nsfw=nsfw, overwrites=overwrites or {}
        )
        guild.channels[channel.id] = self.channels[channel.id] = channel
        self._announce("CHANNEL_CREATE", shapes.channel(channel), guild.id)
        return channel

    def add_thread(self, parent: Channel, name: str) -> Channel:
        """Create a public thread."""
        thread = Channel(
            self._snowflakes.next(), name, PUBLIC_THREAD, parent.guild, parent, nsfw=parent.nsfw
        )
        guild = _guild_of(parent)
        guild.channels[thread.id] = self.channels[thread.id] = thread
        self._announce("THREAD_CREATE", shapes.channel(thread), guild.id)
        return thread

    def dm(self, user: User) -> Channel:
        """Return the direct message between the bot and someone; open it if necessary."""
        channel = self._dms.get(user.id)
        if channel is None:
            channel = Channel(self._snowflakes.next(), user.name, DM, recipient=user)
            self._dms[user.id] = self.channels[channel.id] = channel
        return channel

    def join(self, guild: Guild, user: User) -> Member:
        """Add someone to a server, or the bot again."""
        member = guild.members[user.id] = Member(user)
        if user is self.bot:
            self._announce("GUILD_CREATE", shapes.guild(guild, self.bot), guild.id)
        return member

    def add_role(
        self, guild: Guild, name: str, permissions: int, people: Iterable[User] = ()
    ) -> Role:
        """Add a role and give it to people."""
        role = Role(self._snowflakes.next(), name, permissions, len(guild.roles))
        guild.roles[role.id] = role
        for user in people:
            guild.members[user.id].roles.add(role.id)
        self._announce(
            "GUILD_ROLE_CREATE",
            {"guild_id": str(guild.id), "role": shapes.role(role)},
            guild.id,
        )
        return role

    def set_role(self, guild: Guild, role: Role, permissions: int) -> None:
        """Change what a role grants."""
        role.permissions = permissions & EVERYTHING
        self._announce(
            "GUILD_ROLE_UPDATE",
            {"guild_id": str(guild.id), "role": shapes.role(role)},
            guild.id,
        )

    def delete_role(self, guild: Guild, role: Role) -> None:
        """Delete a role; nobody has it any more."""
        del guild.roles[role.id]
        for member in guild.members.values():
            member.roles.discard(role.id)
        gone = {"guild_id": str(guild.id), "role_id": str(role.id)}
        self._announce("GUILD_ROLE_DELETE", gone, guild.id)

    def overwrite(
        self, channel: Channel, target: User | Role, *, allow: int = 0, deny: int = 0
    ) -> None:
        """Set a channel's overwrite for a role or a person."""
        channel.overwrites[target.id] = Overwrite(int(isinstance(target, User)), allow, deny)
        self._announce("CHANNEL_UPDATE", shapes.channel(channel), _guild_of(channel).id)

    def delete_channel(self, channel: Channel) -> None:
        """Delete a channel or thread with its messages."""
        channel.deleted = True
        guild = _guild_of(channel)
        shape = shapes.channel(channel)
        del guild.channels[channel.id], self.channels[channel.id]
        for thread in [other for other in guild.channels.values() if other.parent is channel]:
            self.delete_channel(thread)
        name = "THREAD_DELETE" if channel.parent else "CHANNEL_DELETE"
        self._announce(name, shape, guild.id)

    def kick_bot(self, guild: Guild) -> None:
        """Kick the bot from a server, whose own commands Discord then drops.

        https://github.com/discordjs/discord.js/issues/10321
        """
        guild.members.pop(self.bot.id, None)
        self.commands.drop(guild.id)
        self._announce("GUILD_DELETE", {"id": str(guild.id)}, guild.id)

    def archive(self, thread: Channel, *, archived: bool = True, locked: bool = False) -> None:
        """Archive a thread (if locked, only moderators can reopen it), or reopen it."""
        thread.archived, thread.locked = archived, locked
        self._announce("THREAD_UPDATE", shapes.channel(thread), _guild_of(thread).id)

    def bot_sees(self, channel: Channel) -> bool:
        """Return whether the bot can view a channel."""
        return can(channel, self.bot.id, Permission.VIEW_CHANNEL)

    def bot_guilds(self) -> list[Guild]:
        """Return the servers that the bot is in."""
        return [guild for guild in self.guilds.values() if self.bot.id in guild.members]


def _guild_of(channel: Channel) -> Guild:
    if channel.guild is None:
        raise ValueError(f"{channel.name} is in no server")
    return channel.guild
