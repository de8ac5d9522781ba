"""What the operator reads."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import discord

from bot.domain.ids import ServerId
from bot.domain.operator import PAGE, CapsUsed, Credits
from bot.domain.quota_settings import CREDIT, OperatorRules
from bot.ui import buttons, colours, quota
from bot.ui.prompt import escape
from bot.ui.texts import N_, Texts
from bot.ui.view import static_view

#: Characters of a server's name.
NAME = 60


def everywhere_card(t: Texts, *, is_paused: bool) -> discord.ui.LayoutView:
    """Offer to do in all servers what was done in this one."""
    said = t(
        "You run this bot. To get commands for all servers, set OPERATOR_SERVER to the id of one "
        "of your servers."
    )
    return static_view(
        discord.ui.Container[Any](
            discord.ui.TextDisplay(said),
            discord.ui.ActionRow(buttons.everywhere(t, is_paused=is_paused)),
            accent_colour=colours.PANEL,
        )
    )


def caps_card(used: CapsUsed, t: Texts) -> discord.ui.LayoutView:
    """Show the caps over all servers, and what is used of them."""
    return _panel([f"**{t('All servers')}**", *caps_used(used, t)])


def caps_used(used: CapsUsed, t: Texts) -> list[str]:
    """Say what is used of the caps; months and days are in UTC."""
    caps, today, month = used.caps, used.today, used.month
    credits_today, credits_month = (-(-each.credits // CREDIT) for each in (today, month))
    counted = (
        (N_("Images today: {amount}"), today.images, used.day_cap),
        (N_("Images this month: {amount}"), month.images, caps.month),
        (N_("Credits today: {amount}"), credits_today, caps.credits_day),
        (N_("Credits this month: {amount}"), credits_month, caps.credits_month),
    )
    lines = [
        t(text, amount=quota.bar(count, cap) if cap else f"{count} · {t('no limit')}")
        for text, count, cap in counted
    ]
    if any(0 < cap < count for _, count, cap in counted):
        lines.append(t("At least one of these limits is already exceeded."))
    return lines


def named(rules: OperatorRules, t: Texts) -> Iterator[tuple[str, str]]:
    """Yield names and values of what the operator has set."""
    yield t("Paused in every server"), t("yes") if rules.paused else t("no")
    yield t("Images a day"), t("not set") if rules.day is None else _cap(rules.day, t)
    yield t("Images a month"), _cap(rules.month, t)
    yield t("Credits a day"), _cap(rules.credits_day, t)
    yield t("Credits a month"), _cap(rules.credits_month, t)
    yield (
        t("Warn below this many credits"),
        str(rules.warn_below) if rules.warn_below else t("off"),
    )


def _cap(most: int, t: Texts) -> str:
    return str(most) if most else t("no limit")


def credits_card(found: Credits, t: Texts) -> discord.ui.LayoutView:
    """Show what is left at Evolink."""
    return _panel(credits_left(found, t))


def credits_left(found: Credits, t: Texts) -> list[str]:
    """Say what is left at Evolink."""
    left = t("no limit") if found.left is None else f"{found.left:.12g}"
    lines = [t("Credits left: {left}", left=left)]
    if found.warn_below is not None:
        lines.append(t("You'll be warned below {n}.", n=found.warn_below))
        if found.left is not None and found.left < found.warn_below:
            lines.append(t("You're already below that."))
    return lines


def servers_card(
    servers: Sequence[tuple[ServerId, int]],
    names: Mapping[ServerId, str],
    t: Texts,
    *,
    page: int,
    has_more: bool,
) -> discord.ui.LayoutView:
    """Show a page of the servers by use; ``names``: as plain text, of those that are known."""
    lines = [f"**{t('Servers by images this month')}**"]
    for place, (server, count) in enumerate(servers, page * PAGE + 1):
        name = escape(names.get(server, ""), NAME)
        named = f"{name} (`{server}`)".lstrip() if server else t("direct messages and elsewhere")
        lines.append(f"{place}. {named} · {count}")
    turns = list[Any]()
    if page:
        turns.append(buttons.servers_page(t("Back"), page - 1))
    if has_more:
        turns.append(buttons.servers_page(t("More…"), page + 1))
    return _panel(lines, *turns)


def leave_question(server: ServerId, name: str, t: Texts) -> discord.ui.LayoutView:
    """Ask before the bot leaves a server."""
    said = t(
        "Leave {server}? Images still being drawn there can be collected elsewhere with /tasks.",
        server=f"**{escape(name, NAME)}**",
    )
    return _panel([said], buttons.leave(server, t))


def _panel(lines: Sequence[str], *row: Any) -> discord.ui.LayoutView:  # noqa: ANN401 - buttons
    box = discord.ui.Container[Any](
        discord.ui.TextDisplay("\n".join(lines)), accent_colour=colours.PANEL
    )
    if row:
        box.add_item(discord.ui.ActionRow(*row))
    return static_view(box)
