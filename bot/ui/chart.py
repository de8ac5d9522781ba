"""The message with a chart, described in words for people who can't see it, and its legend."""

from typing import Any

import discord

from bot.domain.daily_use import DailyUse
from bot.ui import colours, wording
from bot.ui.texts import Texts
from bot.ui.view import static_view

#: The name of the chart's file.
FILE = "days.png"


def letter(number: int) -> str:
    """Return the letter that stands for a member: charts have no fonts for some names."""
    return chr(ord("A") + number)


def chart_card(
    use: DailyUse, t: Texts, *, mine: bool = False, is_drawn: bool = True
) -> discord.ui.LayoutView:
    """Show a chart; ``mine``: of the reader's own images, else of all members of a server.

    ``is_drawn``: whether the message has the picture.
    """
    count = wording.images(sum(use.totals), t)
    days = len(use.days)
    title = (
        t("Your last {n} days: {images}", n=days, images=count)
        if mine
        else t("The last {n} days: {images}", n=days, images=count)
    )
    box = discord.ui.Container[Any](
        discord.ui.TextDisplay(f"**{title}**"), accent_colour=colours.PANEL
    )
    most = max(use.totals)
    busiest = use.days[use.totals.index(most)]
    described = t("Images a day. Most: {n}, on {day}.", n=most, day=busiest.isoformat())
    if is_drawn:
        gallery = discord.ui.MediaGallery[Any]()
        box.add_item(gallery.add_item(media=f"attachment://{FILE}", description=described))
    else:
        box.add_item(discord.ui.TextDisplay(described))
    if not mine:
        box.add_item(discord.ui.TextDisplay(f"-# {_legend(use)}"))
    return static_view(box)


def _legend(use: DailyUse) -> str:
    named = [
        f"{letter(number)} <@{user}> {sum(images)}"
        for number, (user, images) in enumerate(use.members)
    ]
    others = sum(use.others)
    return " · ".join([*named, f"+ {others}"] if others else named)
