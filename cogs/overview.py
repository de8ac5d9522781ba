"""``/imagine-admin overview``: who uses how much, and what can be done about it."""

from typing import Any

import discord
from discord import app_commands
from typing_extensions import override

from bot.client import ImageBot, services_of
from bot.domain.ids import RoleId, UserId
from bot.domain.overview import Order
from bot.domain.quota_change import Kind, Target
from bot.domain.requester import Requester
from bot.domain.window import Window
from bot.interactions.answers import answer, update
from bot.interactions.changes import answer_change
from bot.interactions.charts import send_chart
from bot.interactions.convert import Interaction, changed_by
from bot.interactions.forms import SentForm
from bot.interactions.permissions import managed_server
from bot.interactions.persistent_item import PersistentItem, chosen
from bot.ui import forms, ids
from bot.ui.overview import overview
from bot.ui.quota import limit_typed
from bot.ui.quota_changes import why_card
from bot.ui.texts import N_, texts

#: What *+10 today* gives.
TEN = 10


async def _show(interaction: Interaction, page: int = 0, order: Order = Order.MONTH) -> None:
    """Answer with a page."""
    server = await managed_server(interaction, services_of(interaction).quota)
    found = await services_of(interaction).overview.page(server, page, order)
    view = overview(found, texts(str(interaction.locale)))
    await update(interaction, view)
    if interaction.type is discord.InteractionType.component:
        return
    charts = services_of(interaction).charts
    use = await charts.of_server(server)
    if any(use.totals):
        await send_chart(interaction, charts, use)


@app_commands.command(name=N_("overview"), description=N_("See who uses how much"))
async def _overview(interaction: discord.Interaction) -> None:
    await _show(interaction)


class OverviewPage(PersistentItem, custom_id=ids.OVERVIEW):
    """Another page."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        await _show(interaction, self.fields.page, self.fields.order)


class OverviewOrder(PersistentItem, custom_id=ids.OVERVIEW_ORDER):
    """Another order."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        await _show(interaction, order=Order.parse(chosen(interaction)))


class Member(PersistentItem, custom_id=ids.MEMBER):
    """Shows what the chosen member may draw, and why."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        server = await managed_server(interaction, services_of(interaction).quota)
        data: Any = interaction.data
        user_id = UserId(int(data["values"][0]))
        roles = frozenset[RoleId]()
        found = data.get("resolved", {}).get("members", {}).get(str(user_id))
        if found is not None:
            roles = frozenset(RoleId(int(role)) for role in found.get("roles", ()))
        why = await services_of(interaction).quota.why(Requester(server, user_id, roles))
        view = why_card(user_id, why, texts(str(interaction.locale)), has_left=found is None)
        await answer(interaction, view)


class Limit(PersistentItem, custom_id=ids.LIMIT):
    """The form for a member's limit."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        await managed_server(interaction, services_of(interaction).quota)
        form = forms.limit(self.fields.user, texts(str(interaction.locale)))
        await interaction.response.send_modal(form)


class LimitForm(SentForm, custom_id=ids.LIMIT):
    """A member's daily limit."""

    @override
    async def sent(self, interaction: Interaction) -> None:
        quota = services_of(interaction).quota
        server = await managed_server(interaction, quota)
        target = Target.of_user(server, self.fields.user, Kind.LIMIT)
        by = changed_by(interaction, quota)
        t = texts(str(interaction.locale))
        typed = limit_typed(self.filled.text(forms.IMAGES) or "", t), Window.DAY.value
        limited = await quota.limit(target, typed, by, Requester(server, self.fields.user))
        await answer_change(interaction, quota, limited.change)


class TenMore(PersistentItem, custom_id=ids.TEN_MORE):
    """Ten extra images, until the server's day ends."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        quota = services_of(interaction).quota
        server = await managed_server(interaction, quota)
        by = changed_by(interaction, quota)
        change = await quota.grant_today(server, self.fields.user, TEN, by)
        await answer_change(interaction, quota, change)


class Block(PersistentItem, custom_id=ids.BLOCK):
    """A block with no end; *Undo* lifts it."""

    @override
    async def pressed(self, interaction: Interaction) -> None:
        quota = services_of(interaction).quota
        server = await managed_server(interaction, quota)
        by = changed_by(interaction, quota)
        change = await quota.block(server, self.fields.user, None, by)
        await answer_change(interaction, quota, change)


async def setup(bot: ImageBot) -> None:
    """Add the command to those of ``cogs/admin.py``, the buttons and the form."""
    group: Any = bot.tree.get_command("imagine-admin")
    group.add_command(_overview)
    bot.add_dynamic_items(OverviewPage, OverviewOrder, Member, Limit, TenMore, Block)
    bot.forms.add(LimitForm)
