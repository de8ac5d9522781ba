"""The settings of a server, for its admins."""

import discord

from bot.domain.quota_settings import Policy
from bot.ui import colours
from bot.ui.texts import Texts
from bot.ui.view import static_view


def server_card(policy: Policy, t: Texts) -> discord.ui.LayoutView:
    """Show which settings are on and off."""
    lines = (
        f"**{t('This server')}**",
        _line(t("Using other people's pictures"), policy.others_images, t),
        _line(t("Private results"), policy.private, t),
        _line(t("Drawing from messages that mention the bot"), policy.mentions, t),
    )
    text = discord.ui.TextDisplay[discord.ui.LayoutView]("\n".join(lines))
    return static_view(discord.ui.Container(text, accent_colour=colours.PANEL))


def _line(what: str, on: bool, t: Texts) -> str:  # noqa: FBT001 - the value to show
    return t("{setting}: **{value}**", setting=what, value=t("on") if on else t("off"))
