"""What a server's members have used, for its admins."""

from collections import Counter
from typing import Any

import discord

from bot.domain.overview import Page
from bot.ui import buttons, colours, quota
from bot.ui.texts import N_, Texts
from bot.ui.view import static_view

#: Blocked members that are named.
BLOCKED = 20
#: By error name; several may share a reason. All others are counted together.
REASONS = {
    "QuotaReached": N_("limit reached"),
    "TooManyOpenTasks": N_("too many tasks"),
    "CapReached": N_("shared limit reached"),
    "Blocked": N_("blocked"),
    "QueueFull": N_("queue full"),
    "SubmissionsPaused": N_("paused"),
    "ServerPaused": N_("paused here"),
    "ChannelNotAllowed": N_("channel not allowed"),
    "WordNotAllowed": N_("word not allowed"),
    "MissingPermissions": N_("bot lacks permissions"),
    "BadReference": N_("unusable pictures"),
    "PromptMissing": N_("empty prompt"),
    "LinkInPrompt": N_("link in the prompt"),
    "UnknownFlags": N_("unknown options"),
    "SizeNotUnderstood": N_("unusable size"),
    "SizeOutOfRange": N_("unusable size"),
}


def overview(page: Page, t: Texts) -> discord.ui.LayoutView:
    """Show a page of an overview."""
    lines = [
        f"**{t('Overview')}**",
        t("{n} used this month, {today} of them today", n=page.month, today=page.today),
        *_caps(page, t),
        *(
            f"{place}. <@{user}> {quota.bar(count, max(1, page.total))}"
            for place, (user, count) in enumerate(page.members, page.first)
        ),
    ]
    limits = t.plural("{n} limit", "{n} limits", page.limits) if page.limits else ""
    grants = t.plural("{n} extra", "{n} extras", page.grants) if page.grants else ""
    if limits or grants:
        lines.append(t("Set here: {what}", what=" · ".join(filter(None, (limits, grants)))))
    if page.blocked:
        names = [f"<@{user}>" for user in page.blocked[:BLOCKED]]
        more = len(page.blocked) - len(names)
        said = t(", ").join((*names, f"+{more}") if more else names)
        lines.append(t("Blocked: {members}", members=said))
    if page.refusals:
        reasons = " · ".join(_reasons(page.refusals, t))
        lines.append(t("Refused today: {reasons}", reasons=reasons))
    box = discord.ui.Container[Any](
        discord.ui.TextDisplay("\n".join(lines)),
        discord.ui.ActionRow(buttons.overview_order(page.order, t)),
        discord.ui.ActionRow(buttons.member(t)),
        accent_colour=colours.PANEL,
    )
    turns = list[Any]()
    if page.number:
        turns.append(buttons.overview_page(t("Back"), page.number - 1, page.order))
    if page.has_more:
        turns.append(buttons.overview_page(t("More…"), page.number + 1, page.order))
    if turns:
        box.add_item(discord.ui.ActionRow(*turns))
    return static_view(box)


def _caps(page: Page, t: Texts) -> list[str]:
    lines = list[str]()
    if page.policy.cap is not None:
        lines.append(t("All members: {bar}", bar=quota.bar(page.capped, page.policy.cap)))
    if page.operator_cap:
        bar = quota.bar(page.drawn, page.operator_cap)
        lines.append(t("The bot owner's limit for this server, today (UTC): {bar}", bar=bar))
    return lines


def _reasons(refusals: tuple[tuple[str, int], ...], t: Texts) -> list[str]:
    named, others = Counter[str](), 0
    for name, times in refusals:
        if name in REASONS:
            named[REASONS[name]] += times
        else:
            others += times
    said = [f"{t(reason)} {times}" for reason, times in named.most_common()]
    return [*said, f"{t('other')} {others}"] if others else said
