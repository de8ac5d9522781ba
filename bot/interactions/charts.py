"""Sends charts."""

from io import BytesIO

import discord

from bot.domain.daily_use import DailyUse
from bot.interactions.answers import answer
from bot.interactions.convert import Interaction
from bot.services.front.charts import Charts
from bot.ui.chart import FILE, chart_card
from bot.ui.texts import texts


async def send_chart(
    interaction: Interaction, charts: Charts, use: DailyUse, *, mine: bool = False
) -> None:
    """Draw a chart and send it as a follow-up: drawing may take seconds."""
    drawn = await charts.draw(use)
    view = chart_card(use, texts(str(interaction.locale)), mine=mine, is_drawn=drawn is not None)
    files = [] if drawn is None else [discord.File(BytesIO(drawn), FILE)]
    await answer(interaction, view, files)
