"""Menus of a server's channels: where drawing is allowed, and where notices go."""

from collections.abc import Collection, Sequence
from typing import Any

import discord

from bot.domain.ids import ChannelId
from bot.domain.quota_settings import MOST_CHANNELS, Policy
from bot.ui import colours, ids
from bot.ui.texts import Texts
from bot.ui.view import static_view

_TEXT = (discord.ChannelType.text, discord.ChannelType.news)
#: Threads belong to one of these. By Discord's OpenAPI spec, no menu may offer media channels.
_PARENTS = (
    *_TEXT,
    discord.ChannelType.voice,
    discord.ChannelType.stage_voice,
    discord.ChannelType.forum,
)


def channels_card(policy: Policy, there: Collection[ChannelId], t: Texts) -> discord.ui.LayoutView:
    """Show where drawing is allowed; ``there``: the channels that the server has."""
    menu = _menu(ids.CHANNELS.write(), _PARENTS, policy.channels, there, MOST_CHANNELS)
    menu.placeholder = t("Everywhere")
    said = t("Threads belong to their channel. Choose none to allow drawing everywhere.")
    return _card(t("Where drawing is allowed"), [(said, menu)])


def notices_card(policy: Policy, there: Collection[ChannelId], t: Texts) -> discord.ui.LayoutView:
    """Show where each kind of notice goes; ``there``: the channels that the server has."""
    menus = list[tuple[str, discord.ui.ChannelSelect[Any]]]()
    for name, said in (
        ("log", t("Changes by admins")),
        ("notices", t("When 75, 90 and 100% of the limit for all members is used")),
    ):
        channel = getattr(policy, name)
        chosen = [] if channel is None else [channel]
        menu = _menu(ids.NOTICE_CHANNEL.write(show=name), _TEXT, chosen, there, 1)
        menu.placeholder = t("No channel")
        menus.append((said, menu))
    return _card(t("Notices"), menus)


def _card(
    title: str, menus: Sequence[tuple[str, discord.ui.ChannelSelect[Any]]]
) -> discord.ui.LayoutView:
    box = discord.ui.Container[Any](
        discord.ui.TextDisplay(f"**{title}**"), accent_colour=colours.PANEL
    )
    for said, menu in menus:
        box.add_item(discord.ui.TextDisplay(said)).add_item(discord.ui.ActionRow(menu))
    return static_view(box)


def _menu(
    custom_id: str,
    kinds: Sequence[discord.ChannelType],
    chosen: Sequence[ChannelId],
    there: Collection[ChannelId],
    most: int,
) -> "discord.ui.ChannelSelect[Any]":
    # Discord refuses a channel that is gone.
    defaults = [
        discord.SelectDefaultValue(id=each, type=discord.SelectDefaultValueType.channel)
        for each in chosen
        if each in there
    ]
    return discord.ui.ChannelSelect(
        custom_id=custom_id,
        channel_types=list(kinds),
        min_values=0,
        max_values=most,
        default_values=defaults,
    )
