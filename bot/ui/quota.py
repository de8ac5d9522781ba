"""Quotas, as their owners and as admins see them."""

from typing import Any, assert_never

import discord

from bot.domain.grants import Grant
from bot.domain.quota import Allowance
from bot.domain.quota_change import Change
from bot.domain.quota_settings import DEFAULT, UNLIMITED, Block, Policy, Rule, images_of
from bot.domain.window import Window
from bot.refusals import LimitNotUnderstood, Scope
from bot.ui import buttons, colours, wording
from bot.ui.prompt import escape
from bot.ui.texts import Texts
from bot.ui.view import static_view

#: Limits that admins are offered before they type.
USUAL_LIMITS = (5, 10, 20, 50, 100)
#: Characters of a bar; a phone shows them on one line.
BAR = 10
#: Grants that are shown one by one.
SHOWN = 5
#: Characters of a reason in a list.
REASON = 60


def quota_card(
    allowance: Allowance,
    t: Texts,
    *,
    whose: int | None = None,
    was: Rule | None = None,
    undo: Change | None = None,
) -> discord.ui.LayoutView:
    """Show a quota; ``whose``: the id of somebody other than the reader.

    ``was``: the rule that applied until it was changed just now; ``undo``: that change.
    """
    title = t("Your quota") if whose is None else t("Quota of {user}", user=f"<@{whose}>")
    lines = [f"**{title} · {left(allowance, t)}**"]
    if was is not None:
        before, after = (amount(rule.images, rule.window, t) for rule in (was, allowance.rule))
        lines.append(t("Limit: was {before}, now {after}", before=before, after=after))
        if allowance.rule.images is not None and allowance.used > allowance.rule.images:
            lines.append(t("That's less than what's already used."))
    if allowance.block is not None:
        lines += blocked(allowance.block, t, mine=whose is None)
    if allowance.rule.images:
        lines.append(bar(allowance.used, allowance.rule.images))
    lines.append(used(allowance, t))
    lines += grants(allowance, t)
    said = rule(
        allowance.rule.scope, allowance.rule.images, allowance.rule.window, t, mine=whose is None
    )
    lines.append(f"-# {' · '.join(filter(None, (said, reset(allowance, t))))}")
    colour = colours.FAILED if allowance.left == 0 else colours.DONE
    box = discord.ui.Container[Any](discord.ui.TextDisplay("\n".join(lines)), accent_colour=colour)
    if undo is not None:
        box.add_item(discord.ui.ActionRow(buttons.undo(undo, t)))
    if whose is None:
        box.add_item(discord.ui.ActionRow(buttons.own_chart(t)))
    return static_view(box)


def bar(count: int, limit: int) -> str:
    """Return a bar of what is used: "▰▰▰▱▱▱▱▱▱▱ 5/20"."""
    full = BAR if count >= limit else BAR * count // limit
    return f"{'▰' * full}{'▱' * (BAR - full)} {count}/{limit}"


def cap_notice(used: int, policy: Policy, t: Texts, *, resets_at: int) -> str:
    """Tell a server's admins how much of their own cap is used."""
    assert policy.cap is not None
    said = t("The limit for all members: {bar}", bar=bar(used, policy.cap))
    if used < policy.cap or not policy.cap_enforced:
        return said
    when = wording.since(resets_at)
    if policy.cap_window.is_rolling:
        return f"{said}\n{t('Nobody can draw until some images come back.')}"
    return f"{said}\n{t('Nobody can draw until it resets {when}.', when=when)}"


def left(allowance: Allowance, t: Texts) -> str:
    """Say "6 left today"."""
    if allowance.left is None:
        return t("no limit")
    return count_left(allowance.left, allowance.rule.window, t)


def count_left(count: int, window: Window, t: Texts) -> str:
    """Say "6 left this week"."""
    if window.is_rolling:
        return t("{n} left", n=count)
    return t("{n} left {period}", n=count, period=period(window, t))


def used(allowance: Allowance, t: Texts) -> str:
    """Say "14 used today, 4 of them being drawn"."""
    when = period(allowance.rule.window, t)
    if not allowance.drawing:
        return t("{n} used {period}", n=allowance.used, period=when)
    return t(
        "{n} used {period}, {drawing} of them being drawn",
        n=allowance.used,
        period=when,
        drawing=allowance.drawing,
    )


def period(window: Window, t: Texts) -> str:  # noqa: PLR0911 - as amount
    """Name the current period of a window: "this week"."""
    match window:
        case Window.HOUR:
            return t("this hour")
        case Window.DAY:
            return t("today")
        case Window.WEEK:
            return t("this week")
        case Window.MONTH:
            return t("this month")
        case Window.LAST_DAY:
            return t("in the last 24 hours")
        case Window.LAST_WEEK:
            return t("in the last 7 days")
        case Window.LAST_MONTH:
            return t("in the last 30 days")
        case _:
            assert_never(window)


def amount(count: int | None, window: Window, t: Texts) -> str:  # noqa: PLR0911 - a table that the type checker finds complete
    """Say "20 images a day"; ``None``: no limit."""
    if count is None:
        return t("no limit")
    match window:
        case Window.HOUR:
            return t.plural("{n} image an hour", "{n} images an hour", count)
        case Window.DAY:
            return t.plural("{n} image a day", "{n} images a day", count)
        case Window.WEEK:
            return t.plural("{n} image a week", "{n} images a week", count)
        case Window.MONTH:
            return t.plural("{n} image a month", "{n} images a month", count)
        case Window.LAST_DAY:
            return t.plural("{n} image in any 24 hours", "{n} images in any 24 hours", count)
        case Window.LAST_WEEK:
            return t.plural("{n} image in any 7 days", "{n} images in any 7 days", count)
        case Window.LAST_MONTH:
            return t.plural("{n} image in any 30 days", "{n} images in any 30 days", count)
        case _:
            assert_never(window)


def rule(scope: Scope, count: int | None, window: Window, t: Texts, *, mine: bool = True) -> str:
    """Say whose limit it is and how high; ``mine``: to the one it applies to."""
    said = amount(count, window, t)
    if scope is Scope.USER:
        if mine:
            return t("Your limit: {amount}", amount=said)
        return t("Personal limit: {amount}", amount=said)
    if scope is Scope.ROLE:
        return t("Role limit: {amount}", amount=said)
    if scope is Scope.SERVER:
        return t("Server limit: {amount}", amount=said)
    return t("Default limit: {amount}", amount=said)


def limit_choices(typed: str, window: Window, t: Texts) -> list[tuple[str, str]]:
    """Return the names and values of completions of a limit."""
    words = [(t("unlimited"), UNLIMITED), (t("default"), DEFAULT)]
    if not typed.strip():
        return [*[(amount(images, window, t), str(images)) for images in USUAL_LIMITS], *words]
    try:
        images = images_of(typed)
    except LimitNotUnderstood:
        begun = typed.strip().lower()
        return [word for word in words if any(name.startswith(begun) for name in word)]
    return [words[0] if images is None else (amount(images, window, t), str(images))]


def limit_typed(text: str, t: Texts) -> str:
    """Return a limit as typed, but translate the reader's words for "unlimited" and "default"."""
    return {t("unlimited"): UNLIMITED, t("default"): DEFAULT}.get(text.strip(), text)


def counts_as(weight: int, left: int, window: Window, t: Texts) -> str:
    """Say that fewer are left than one image counts as."""
    said = count_left(left, window, t)
    return t("One image like this counts as {n}; {left}.", n=weight, left=said)


def count_choice(count: int, allowance: Allowance, t: Texts, *, weight: int = 1) -> str:
    """Name a count in a completion: "4 · leaves 9 today"; each image counts as ``weight``."""
    if allowance.left is None:
        return str(count)
    rest, window = max(0, allowance.left - count * weight), allowance.rule.window
    if window.is_rolling:
        return f"{count} · {t('leaves {left}', left=rest)}"
    return f"{count} · {t('leaves {left} {period}', left=rest, period=period(window, t))}"


def none_left(allowance: Allowance, now: int, t: Texts, *, weight: int = 1) -> str:
    """Say in a completion, where Discord shows no timestamps, why there is no count to choose."""
    window = allowance.rule.window
    if allowance.left:
        return counts_as(weight, allowance.left, window, t)
    if allowance.block is not None:
        return t("An admin has blocked you from drawing here.")
    if not allowance.rule.images:
        return t("Your limit here is {amount}.", amount=amount(0, window, t))
    wait = wording.duration(allowance.resets_at - now, t)
    if window.is_rolling:
        return t("None left · some come back in {wait}", wait=wait)
    return t("None left {period} · resets in {wait}", period=period(window, t), wait=wait)


def reset(allowance: Allowance, t: Texts) -> str:
    """Say when images come back; empty if none ever do, or none are counted."""
    if not allowance.rule.images:
        return ""
    when = wording.since(allowance.resets_at)
    if allowance.rule.window.is_rolling:
        return t("some come back {when}", when=when)
    return t("resets {when}", when=when)


def comes_back(window: Window, when: str, t: Texts) -> str:
    """Say the same as a sentence."""
    if window.is_rolling:
        return t("Some images come back {when}.", when=when)
    return t("It resets {when}.", when=when)


def blocked(block: Block, t: Texts, *, mine: bool) -> list[str]:
    """Say who has blocked somebody, since when, for how long and why."""
    if mine:
        said = t("An admin has blocked you from drawing here.")
    else:
        by, when = f"<@{block.by}>", wording.since(block.since)
        said = t("Blocked {when} by {admin}.", when=when, admin=by)
    return [said, *end_and_reason(block.until, block.reason, t)]


def end_and_reason(until: int | None, reason: str, t: Texts) -> list[str]:
    """Say when a block ends and what it is for, as far as that is known."""
    lines = [] if until is None else [t("The block ends {when}.", when=wording.since(until))]
    return [*lines, t("Reason: {reason}", reason=escape(reason))] if reason else lines


def grants(allowance: Allowance, t: Texts) -> list[str]:
    """Say what is left of grants: the ones used first, and how many images the others add."""
    lines = [granted(grant, t) for grant in allowance.grants[:SHOWN]]
    rest = sum(grant.images for grant in allowance.grants[SHOWN:])
    return [*lines, f"+{rest}"] if rest else lines


def granted(grant: Grant, t: Texts) -> str:
    """Say what an admin has granted: "10 extra, until …"."""
    said = t.plural("{n} extra image", "{n} extra images", grant.images)
    if grant.until is not None:
        said = t("{images}, until {when}", images=said, when=wording.at(grant.until))
    return f"{said} · {escape(grant.reason, REASON)}" if grant.reason else said
