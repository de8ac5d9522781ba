"""What a server's members have used, for its admins."""

from typing import Any

import discord

from bot.domain.quota import Policy
from bot.ui import buttons, colours, quota
from bot.ui.texts import N_, Texts
from bot.ui.view import static_view

#: Members on a page; the numbers go on from page to page.
PAGE = 10
#: Blocked members that are named.
BLOCKED = 20
#: By the names of errors; others are counted together.
REASONS = {
    "QuotaReached": N_("limit reached"),
    "TooManyOpenTasks": N_("too many tasks"),
    "CapReached": N_("limit for all reached"),
    "Blocked": N_("blocked"),
    "QueueFull": N_("queue full"),
    "SubmissionsPaused": N_("paused"),
    "MissingPermissions": N_("the bot's permissions"),
    "BadReference": N_("unusable pictures"),
}


def overview(  # noqa: PLR0913 - what there is to see
    members: tuple[tuple[int, int], ...],
    t: Texts,
    *,
    page: int,
    has_more: bool,
    used: tuple[int, int, int],
    policy: Policy,
    blocked: tuple[int, ...],
    refusals: tuple[tuple[str, int], ...],
) -> discord.ui.LayoutView:
    """Show a page of an overview.

    ``members``: users and their images this month; ``used``: the images of all of them this month,
    today, and in the period of the server's own cap.
    """
    month, today, capped = used
    lines = [
        f"**{t('Overview')}**",
        t("{n} used this month, {today} of them today", n=month, today=today),
    ]
    if policy.cap is not None:
        lines.append(t("All members: {bar}", bar=quota.bar(capped, policy.cap)))
    lines += [
        f"{page * PAGE + place}. <@{user}> {quota.bar(count, month)}"
        for place, (user, count) in enumerate(members, 1)
    ]
    if blocked:
        names = [f"<@{user}>" for user in blocked[:BLOCKED]]
        more = len(blocked) - len(names)
        said = t(", ").join((*names, f"+{more}") if more else names)
        lines.append(t("Blocked: {members}", members=said))
    if refusals:
        lines.append(t("Refused today: {reasons}", reasons=" · ".join(_reasons(refusals, t))))
    box = discord.ui.Container[Any](
        discord.ui.TextDisplay("\n".join(lines)),
        discord.ui.ActionRow(buttons.member(t)),
        accent_colour=colours.PANEL,
    )
    turns = list[Any]()
    if page:
        turns.append(buttons.overview_page(t("Back"), page - 1))
    if has_more:
        turns.append(buttons.overview_page(t("More…"), page + 1))
    if turns:
        box.add_item(discord.ui.ActionRow(*turns))
    return static_view(box)


def _reasons(refusals: tuple[tuple[str, int], ...], t: Texts) -> list[str]:
    named = [f"{t(REASONS[name])} {times}" for name, times in refusals if name in REASONS]
    others = sum(times for name, times in refusals if name not in REASONS)
    return [*named, f"{t('other')} {others}"] if others else named
