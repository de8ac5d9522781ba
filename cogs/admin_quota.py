"""``/imagine-admin quota``: members' and roles' limits, why they apply, and the change log."""

from typing import Any

import discord
from discord import app_commands
from typing_extensions import override

from bot.client import ImageBot, services_of
from bot.domain.ids import RoleId, UserId
from bot.domain.quota_change import REASON, Kind, Target, role_typed
from bot.domain.quota_settings import DEFAULT, MOST_CAP, MOST_IMAGES, MOST_WEIGHT
from bot.domain.requester import Requester
from bot.domain.window import Window, window_named, zone_named, zones
from bot.interactions.answers import answer
from bot.interactions.changes import answer_change
from bot.interactions.convert import Interaction, changed_by, requester_of, roles_of
from bot.interactions.permissions import managed_server, note_denied
from bot.interactions.persistent_item import PersistentItem
from bot.refusals import MemberAndRole, NotAllowed
from bot.services.front.quota import PAGE, Quota
from bot.ui import ids
from bot.ui.commands import UNTIL, WHY
from bot.ui.quota import limit_choices, limit_typed, quota_card
from bot.ui.quota_changes import (
    change_log,
    limit_card,
    role_choices,
    settings_list,
    why_card,
)
from bot.ui.replies import CHOICES
from bot.ui.texts import N_, texts

#: Calendar windows, and rolling ones.
WINDOWS = [
    app_commands.Choice(name=name, value=window.value)
    for window, name in (
        (Window.HOUR, N_("hour")),
        (Window.DAY, N_("day")),
        (Window.WEEK, N_("week")),
        (Window.MONTH, N_("month")),
        (Window.LAST_DAY, N_("any 24 hours")),
        (Window.LAST_WEEK, N_("any 7 days")),
        (Window.LAST_MONTH, N_("any 30 days")),
    )
]
IMAGES = N_("Images, “unlimited”, or “default” to remove the limit. Leave empty to see it")
PER = N_("Period the limit is for (default: a day)")


class Quotas(app_commands.Group):
    """The commands."""

    def __init__(self, quota: Quota) -> None:
        super().__init__(name=N_("quota"), description=N_("Limits of members and roles"))
        self._quota = quota

    @app_commands.command(name=N_("user"), description=N_("See or set how much a member can draw"))
    @app_commands.describe(user=N_("The member"), images=IMAGES, per=PER, reason=WHY)
    @app_commands.choices(per=WINDOWS)
    async def of_user(
        self,
        interaction: discord.Interaction,
        user: discord.User,
        images: str | None = None,
        per: str = Window.DAY.value,
        reason: app_commands.Range[str, 0, REASON] = "",
    ) -> None:
        """Show a member's quota, after changing it if a limit is given."""
        server = await managed_server(interaction, self._quota)
        t = texts(str(interaction.locale))
        member = Requester(server, UserId(user.id), roles_of(user))
        if images is None:
            allowance = await self._quota.allowance(member)
            await answer(interaction, quota_card(allowance, t, whose=UserId(user.id)))
            return
        target = Target.of_user(server, UserId(user.id), Kind.LIMIT)
        await self._set_limit(interaction, target, (images, per), reason, member)

    @app_commands.command(name=N_("role"), description=N_("See or set the limit of a role"))
    @app_commands.describe(role=N_("The role"), images=IMAGES, per=PER, reason=WHY)
    @app_commands.choices(per=WINDOWS)
    async def of_role(
        self,
        interaction: discord.Interaction,
        role: discord.Role,
        images: str | None = None,
        per: str = Window.DAY.value,
        reason: app_commands.Range[str, 0, REASON] = "",
    ) -> None:
        """Show a role's limit, after changing it if one is given."""
        target = Target.of_role(await managed_server(interaction, self._quota), RoleId(role.id))
        await self._limit_of_many(interaction, target, images, per, reason)

    @app_commands.command(
        name=N_("server"), description=N_("See or set the limit of everyone without their own")
    )
    @app_commands.describe(images=IMAGES, per=PER, reason=WHY)
    @app_commands.choices(per=WINDOWS)
    async def of_server(
        self,
        interaction: discord.Interaction,
        images: str | None = None,
        per: str = Window.DAY.value,
        reason: app_commands.Range[str, 0, REASON] = "",
    ) -> None:
        """Show the server's limit, after changing it if one is given."""
        target = Target.of_server(await managed_server(interaction, self._quota), Kind.LIMIT)
        await self._limit_of_many(interaction, target, images, per, reason)

    @of_user.autocomplete("images")
    @of_role.autocomplete("images")
    @of_server.autocomplete("images")
    async def _limits(
        self, interaction: discord.Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        window = window_named(getattr(interaction.namespace, "per", None) or Window.DAY.value)
        choices = limit_choices(typed, window, texts(str(interaction.locale)))
        return [app_commands.Choice(name=name, value=value) for name, value in choices]

    @app_commands.command(
        name=N_("clear"), description=N_("Remove the limit of a member, or of a role")
    )
    @app_commands.describe(
        user=N_("The member"), role=N_("The role, even a deleted one: choose it or type its id")
    )
    async def clear(
        self,
        interaction: discord.Interaction,
        user: discord.User | None = None,
        role: str | None = None,
    ) -> None:
        """Remove a member's limit and show the quota they then have, or remove a role's."""
        server = await managed_server(interaction, self._quota)
        default = DEFAULT, Window.DAY.value
        if user is not None and role is not None:
            raise MemberAndRole
        if role is not None:
            target = Target.of_role(server, role_typed(role))
            await self._set_limit(interaction, target, default, "", None)
        elif user is not None:
            target = Target.of_user(server, UserId(user.id), Kind.LIMIT)
            member = Requester(server, UserId(user.id), roles_of(user))
            await self._set_limit(interaction, target, default, "", member)
        else:
            settings = await self._quota.settings(server)
            await answer(interaction, settings_list(settings, texts(str(interaction.locale))))

    @clear.autocomplete("role")
    async def _limited_roles(
        self, interaction: discord.Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        t, guild = texts(str(interaction.locale)), interaction.guild
        server = await managed_server(interaction, self._quota)
        names = {} if guild is None else {RoleId(role.id): role.name for role in guild.roles}
        choices = role_choices(await self._quota.settings(server), names, typed, t)
        return [app_commands.Choice(name=name, value=value) for name, value in choices[:CHOICES]]

    @app_commands.command(name=N_("grant"), description=N_("Give a member extra images"))
    @app_commands.describe(
        user=N_("The member"),
        images=N_("How many; they are used after the member's limit"),
        until=UNTIL,
        reason=WHY,
    )
    async def grant(
        self,
        interaction: discord.Interaction,
        user: discord.User,
        images: app_commands.Range[int, 1, MOST_IMAGES],
        until: str | None = None,
        reason: app_commands.Range[str, 0, REASON] = "",
    ) -> None:
        """Grant extra images, once, on top of whatever limit applies."""
        server = await managed_server(interaction, self._quota)
        by = changed_by(interaction, self._quota, reason)
        change = await self._quota.grant(server, UserId(user.id), (images, until), by)
        await answer_change(interaction, self._quota, change)

    @app_commands.command(name=N_("why"), description=N_("See why a member can or can't draw"))
    @app_commands.describe(user=N_("The member"))
    async def why(self, interaction: discord.Interaction, user: discord.User) -> None:
        """Explain the decision, using the function that makes it."""
        member = Requester(
            await managed_server(interaction, self._quota), UserId(user.id), roles_of(user)
        )
        why = await self._quota.why(member)
        has_left = not isinstance(user, discord.Member)
        view = why_card(UserId(user.id), why, texts(str(interaction.locale)), has_left=has_left)
        await answer(interaction, view)

    @app_commands.command(name=N_("list"), description=N_("See all limits, blocks and extras"))
    async def every(self, interaction: discord.Interaction) -> None:
        """Show what is set."""
        settings = await self._quota.settings(await managed_server(interaction, self._quota))
        await answer(interaction, settings_list(settings, texts(str(interaction.locale))))

    @app_commands.command(name=N_("log"), description=N_("See who changed what, and undo it"))
    async def log(self, interaction: discord.Interaction) -> None:
        """Show the last changes."""
        changes = await self._quota.changes(await managed_server(interaction, self._quota))
        t = texts(str(interaction.locale))
        await answer(interaction, change_log(changes[:PAGE], t, older=len(changes) > PAGE))

    @app_commands.command(
        name=N_("settings"), description=N_("How images count here, and the limit for all members")
    )
    @app_commands.describe(
        zone=N_("Time zone of this server's days, like Europe/Berlin"),
        open_tasks=N_("Unfinished tasks that a member may have; 0: as many as the bot allows"),
        count_4k=N_("How many images a 4K image counts as"),
        count_references=N_("How many images an image made from pictures counts as"),
        cap=N_("Images of all members together; 0: no limit"),
        cap_per=N_("Period of the limit for all members"),
        cap_enforced=N_("Off: nobody is stopped, you only see how much is used"),
        notices=N_("Channel for notices at 75, 90 and 100% of the limit for all members"),
        managers=N_("Role that can also set limits, except these settings; @everyone: no role"),
    )
    @app_commands.rename(
        open_tasks="open-tasks",
        count_4k="count-4k",
        count_references="count-references",
        cap_per="cap-per",
        cap_enforced="cap-enforced",
    )
    @app_commands.choices(cap_per=WINDOWS)
    async def settings(  # noqa: PLR0913, PLR0917 - the command's options
        self,
        interaction: discord.Interaction,
        zone: str | None = None,
        open_tasks: app_commands.Range[int, 0, MOST_IMAGES] | None = None,
        count_4k: app_commands.Range[int, 1, MOST_WEIGHT] | None = None,
        count_references: app_commands.Range[int, 1, MOST_WEIGHT] | None = None,
        cap: app_commands.Range[int, 0, MOST_CAP] | None = None,
        cap_per: str | None = None,
        cap_enforced: bool | None = None,  # noqa: FBT001 - a switch of the command
        managers: discord.Role | None = None,
        notices: discord.TextChannel | None = None,
    ) -> None:
        """Change the given settings, and show their old and new values."""
        server = await managed_server(interaction, self._quota)
        t = texts(str(interaction.locale))
        given: dict[str, object] = {
            "zone": None if zone is None else zone_named(zone),
            "weight_4k": count_4k,
            "weight_references": count_references,
            "cap_window": None if cap_per is None else window_named(cap_per),
            "cap_enforced": cap_enforced,
            "notices": None if notices is None else notices.id,
            "locale": None if notices is None else str(interaction.locale),
        }
        changes = {name: value for name, value in given.items() if value is not None}
        # Zero means none, since an option that is left out changes nothing.
        optional = {"open_tasks": open_tasks, "cap": cap}
        if managers is not None:
            # @everyone means no role.
            optional["managers"] = 0 if managers.id == server else managers.id
        changes |= {name: each or None for name, each in optional.items() if each is not None}
        if not changes:
            await answer(interaction, settings_list(await self._quota.settings(server), t))
            return
        # Managers may set limits, but only admins may change these settings.
        await managed_server(interaction, self._quota, admins_only=True)
        by = changed_by(interaction, self._quota)
        change = await self._quota.set_policy(server, by, changes)
        await answer_change(interaction, self._quota, change)

    @settings.autocomplete("zone")
    async def _zones(
        self,
        interaction: discord.Interaction,  # noqa: ARG002 - as discord.py calls it
        typed: str,
    ) -> list[app_commands.Choice[str]]:
        begun = typed.strip().replace(" ", "_").casefold()
        found = [name for name in zones() if begun in name.casefold()]
        return [app_commands.Choice(name=name, value=name) for name in found[:CHOICES]]

    async def _limit_of_many(
        self,
        interaction: Interaction,
        target: Target,
        images: str | None,
        per: str,
        reason: str,
    ) -> None:
        if images is None:
            rules = await self._quota.limits_for(target)
            await answer(interaction, limit_card(target, rules, texts(str(interaction.locale))))
            return
        await self._set_limit(interaction, target, (images, per), reason, None)

    async def _set_limit(
        self,
        interaction: Interaction,
        target: Target,
        typed: tuple[str, str],
        reason: str,
        member: Requester | None,
    ) -> None:
        """Set a limit and show it; ``member``: show this member's quota, too."""
        t = texts(str(interaction.locale))
        images, per = typed
        by = changed_by(interaction, self._quota, reason)
        viewed = member or requester_of(interaction)
        limited = await self._quota.limit(target, (limit_typed(images, t), per), by, viewed)
        change = limited.change
        if member is None:
            await answer_change(interaction, self._quota, change)
            return
        undo = None if change.before == change.after else change
        view = quota_card(limited.now, t, whose=member.user, was=limited.was, undo=undo)
        await answer(interaction, view)


class Undo(PersistentItem, custom_id=ids.UNDO):
    """Reverts a change, which is a change of its own."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        quota = services_of(interaction).quota
        server = await managed_server(interaction, quota)
        by = changed_by(interaction, quota)
        is_admin = interaction.permissions.manage_guild
        try:
            change = await quota.undo(self.fields.interaction, server, by, is_admin=is_admin)
        except NotAllowed:
            await note_denied(interaction, quota)
            raise
        await answer_change(interaction, quota, change)


class OlderChanges(PersistentItem, custom_id=ids.CHANGES):
    """The next page of the log."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        server = await managed_server(interaction, services_of(interaction).quota)
        changes = await services_of(interaction).quota.changes(server, self.fields.interaction)
        t = texts(str(interaction.locale))
        await answer(interaction, change_log(changes[:PAGE], t, older=len(changes) > PAGE))


class MoreSettings(PersistentItem, custom_id=ids.SETTINGS):
    """The next page of the settings."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        settings = await services_of(interaction).quota.settings(
            await managed_server(interaction, services_of(interaction).quota)
        )
        t = texts(str(interaction.locale))
        await answer(interaction, settings_list(settings, t, page=self.fields.page))


async def setup(bot: ImageBot) -> None:
    """Add the commands to those of ``cogs/admin.py``, and the buttons."""
    group: Any = bot.tree.get_command("imagine-admin")
    group.add_command(Quotas(bot.services.quota))
    bot.add_dynamic_items(Undo, OlderChanges, MoreSettings)
