"""What admins have set in a server, and the log of their changes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

import discord

from bot.domain.grants import Grant
from bot.domain.ids import RoleId, UserId
from bot.domain.moderation import Moderation, Strike
from bot.domain.quota import Why
from bot.domain.quota_change import NAMED, Change, Kind, Target
from bot.domain.quota_settings import Block, OperatorRules, Policy, Rule, Setting
from bot.refusals import Scope
from bot.ui import buttons, colours, moderation, operator, quota, wording
from bot.ui.explain import explain
from bot.ui.prompt import TEXT_LIMIT, escape, option, width
from bot.ui.texts import N_, Texts
from bot.ui.view import static_view

#: Lines on a page of what is set; each is at most about 130 characters.
LINES = 20
#: The most rules shown of a member's roles, of which there may be 250.
RULES = 10


def change_card(change: Change, t: Texts, *notes: str) -> discord.ui.LayoutView:
    """Show what was just changed, with notes and *Undo*."""
    box = discord.ui.Container[Any](accent_colour=colours.DONE)
    lines = [*described(change, t), *notes]
    if change.before != change.after and change.blocks:
        lines.append(t("Their waiting tasks are cancelled."))
    box.add_item(discord.ui.TextDisplay("\n".join(lines)))
    if change.before != change.after:
        box.add_item(discord.ui.ActionRow(buttons.undo(change, t)))
    return static_view(box)


def change_log(changes: Sequence[Change], t: Texts, *, older: bool) -> discord.ui.LayoutView:
    """Show a page of changes, newest first, as far as they fit; ``older``: there are more."""
    box = discord.ui.Container[Any](accent_colour=colours.PANEL)
    title = f"**{t('Changes')}**"
    box.add_item(discord.ui.TextDisplay(title))
    if not changes:
        box.add_item(discord.ui.TextDisplay(t("No changes yet.")))
    room = TEXT_LIMIT - width(title)
    for number, change in enumerate(changes):
        entry = change_told(change, t)
        room -= width(entry)
        if room < 0:
            changes, older = changes[:number], True
            break
        text = discord.ui.TextDisplay[Any](entry)
        if change.undone or change.before == change.after:
            box.add_item(text)
        else:
            box.add_item(discord.ui.Section(text, accessory=buttons.undo(change, t)))
    if older:
        box.add_item(discord.ui.ActionRow(buttons.older_changes(changes[-1], t)))
    return static_view(box)


def settings_list(
    settings: Sequence[tuple[Target, Setting]], t: Texts, *, page: int = 0
) -> discord.ui.LayoutView:
    """Show what is set in a server: for all, for roles, for members."""
    known = dict(settings)
    policy = next((each for each in known.values() if isinstance(each, Policy)), Policy())
    lines = [
        t("{setting}: {value}", setting=name, value=value) for name, value in _policy(policy, t)
    ]
    for target, setting in sorted(settings, key=_order):
        if target.kind not in NAMED:
            lines.append(f"{who(target, t)} · {_value(setting, t)}")
    shown = lines[page * LINES : (page + 1) * LINES]
    text = "\n".join((f"**{t('Limits in this server')}**", *shown))
    box = discord.ui.Container[Any](discord.ui.TextDisplay(text), accent_colour=colours.PANEL)
    if len(lines) > (page + 1) * LINES:
        box.add_item(discord.ui.ActionRow(buttons.settings_page(page + 1, t)))
    return static_view(box)


def limit_card(target: Target, rules: Sequence[Rule], t: Texts) -> discord.ui.LayoutView:
    """Show the limit of a role, or of everyone; ``rules``: all of theirs; the first applies."""
    first = rules[0]
    own = first if first.scope is target.scope else None
    lines = [f"**{who(target, t)} · {_value(own, t)}**"]
    if own is None:
        lines.append(f"-# {_rule(first, t)}")
    text = discord.ui.TextDisplay[Any]("\n".join(lines))
    return static_view(discord.ui.Container[Any](text, accent_colour=colours.PANEL))


def role_choices(
    settings: Sequence[tuple[Target, Setting]], names: Mapping[RoleId, str], typed: str, t: Texts
) -> list[tuple[str, str]]:
    """Return completions, as names and values, of roles with a limit; ``names``: existing roles.

    Deleted roles come first.
    """
    found = [
        (role, option(f"{_role(role, names, t)} · {_value(setting, t)}"))
        for target, setting in settings
        if target.scope is Scope.ROLE and (role := RoleId(target.id))
    ]
    begun = typed.strip().lower()
    found.sort(key=lambda each: each[0] in names)
    return [(name, str(role)) for role, name in found if begun in f"{name} {role}".lower()]


def _role(role: RoleId, names: Mapping[RoleId, str], t: Texts) -> str:
    return names.get(role) or t("deleted role {id}", id=role)


def why_card(user: UserId, why: Why, t: Texts, *, has_left: bool) -> discord.ui.LayoutView:
    """Show why a member may or may not draw: the rules, which one wins, and what counts."""
    stands, usage = why.allowance, why.usage
    lines = [f"**{t('Quota of {user}', user=f'<@{user}>')} · {quota.left(stands, t)}**"]
    if has_left:
        lines.append(t("No longer a member, so no role counts."))
    if why.refusal is not None:
        seen = explain(why.refusal, t).splitlines()
        lines += [t("If they ask for one image now, they'll see:"), *(f"> {line}" for line in seen)]
    if stands.block is not None:
        lines += quota.blocked(stands.block, t, mine=False)
    lines.append(f"**{t('Limits (the first one applies)')}**")
    lines += [f"{n}. {_rule(rule, t)}" for n, rule in enumerate(why.rules[:RULES], 1)]
    lines.append(f"**{t('What counts')}**")
    lines += [quota.used(stands, t), *quota.grants(stands, t)]
    lines.append(t.plural("{n} unfinished task", "{n} unfinished tasks", usage.open_tasks))
    if usage.policy.cap is not None:
        lines.append(t("All members: {bar}", bar=quota.bar(usage.used_cap, usage.policy.cap)))
    small = quota.reset(stands, t), usage.policy.zone
    lines.append(f"-# {' · '.join(filter(None, small))}")
    text = discord.ui.TextDisplay[Any]("\n".join(lines))
    row = discord.ui.ActionRow[Any](buttons.limit(user, t), buttons.ten_more(user, t))
    if stands.block is None:
        row.add_item(buttons.block(user, t))
    return static_view(discord.ui.Container[Any](text, row, accent_colour=colours.PANEL))


def described(change: Change, t: Texts) -> list[str]:
    """Say what a change was, from what to what; one line for each setting."""
    whose = who(change.target, t)
    before, after = change.before, change.after
    if (said := _done(change, whose, t)) is not None:
        return [said]
    if before == after:
        # The settings for all members have no single value.
        what = [] if change.target.kind in NAMED else [f"{whose} · {_value(after, t)}"]
        return [*what, t("It's already set that way.")]
    if change.target.kind in NAMED:
        was, now = (_named(each, change.target.kind, t) for each in (before, after))
        lines = [
            t("{setting}: was {before}, now {after}", setting=name, before=old, after=new)
            for (name, old), (_, new) in zip(was, now, strict=True)
            if old != new
        ]
        # Some settings have no line, such as the window of a cap that isn't set.
        return lines or [t("Settings saved.")]
    old, new = _value(before, t), _value(after, t)
    return [t("{who}: was {before}, now {after}", who=whose, before=old, after=new)]


def _done(change: Change, whose: str, t: Texts) -> str | None:
    """Say what was done, if that is more than setting something; otherwise ``None``."""
    match change.target.kind:
        case Kind.DENIED:
            return t("{who} tried something only admins can do.", who=whose)
        case Kind.REMOVAL:
            return t("{who}: removal of their images requested", who=whose)
        case Kind.LEFT:
            return t("The bot has left server {id}.", id=f"`{change.target.id}`")
        case Kind.STRIKE if change.after is None:
            return t("{who}: a strike was taken back", who=whose)
        case Kind.STRIKE:
            return f"{whose} · {_value(change.after, t)}"
        case _:
            return None


def who(target: Target, t: Texts) -> str:
    """Name whom a setting is for; mentions ping nobody."""
    match target.scope:
        case Scope.USER:
            return f"<@{target.id}>"
        case Scope.ROLE:
            return f"<@&{target.id}>"
        case _:
            return t("Everyone here")


def change_told(change: Change, t: Texts) -> str:
    """Tell a server's admins what one of them has changed."""
    small = [wording.since(change.by.at), f"<@{change.by.actor}>"]
    # For a grant, a block or a strike, the lines above already have it.
    if change.by.reason and change.by.reason != getattr(change.after, "reason", ""):
        small.append(escape(change.by.reason, quota.REASON))
    if change.undone:
        small.append(t("undone"))
    return "\n".join((*described(change, t), f"-# {' · '.join(small)}"))


def _value(setting: Setting | None, t: Texts) -> str:
    match setting:
        case Rule():
            return quota.amount(setting.images, setting.window, t)
        case Grant():
            return quota.granted(setting, t)
        case Block():
            return _block(setting, t)
        case Strike():
            said = t("strike, until {when}", when=wording.at(setting.until))
            return f"{said} · {escape(setting.reason, quota.REASON)}" if setting.reason else said
        case _:
            return t("not set")


def _block(block: Block, t: Texts) -> str:
    said = t("blocked")
    if block.until is not None:
        said = t("blocked until {when}", when=wording.at(block.until))
    return f"{said} · {escape(block.reason, quota.REASON)}" if block.reason else said


def _rule(rule: Rule, t: Texts) -> str:
    said = quota.rule(rule.scope, rule.images, rule.window, t, mine=False)
    return said if rule.role is None else f"{said} · <@&{rule.role}>"


def _named(setting: Setting | None, kind: Kind, t: Texts) -> Iterator[tuple[str, str]]:
    """Yield the names and values of a server's settings; for ``None``, of the defaults."""
    if isinstance(setting, OperatorRules):
        return operator.named(setting, t)
    if kind is Kind.MODERATION:
        return moderation.named(setting if isinstance(setting, Moderation) else Moderation(), t)
    return _policy(setting if isinstance(setting, Policy) else Policy(), t)


_NAMES = {
    "zone": N_("Time zone"),
    "weight_4k": N_("A 4K image counts as"),
    "weight_references": N_("An image made from pictures counts as"),
    "open_tasks": N_("Unfinished tasks per member"),
    "cap": N_("Limit for all members together"),
    "managers": N_("Who else can set limits"),
    "notices": N_("Channel for notices about the limit for all members"),
    "paused": N_("Paused by an admin"),
    "channels": N_("Where drawing is allowed"),
    "log": N_("Channel that gets admins' changes"),
    "others_images": N_("Using other people's pictures"),
    "private": N_("Private results"),
    "mentions": N_("Drawing from messages that mention the bot"),
}
#: How many channels are named.
CHANNELS = 5
#: How Discord shows the settings that are ids.
_MENTIONS = {"managers": "<@&{}>", "notices": "<#{}>", "log": "<#{}>"}


def _policy(policy: Policy, t: Texts) -> Iterator[tuple[str, str]]:
    """Yield names and values of what is set for all members."""
    for field in fields(policy):
        if field.name in _NAMES:
            yield t(_NAMES[field.name]), _part(policy, field.name, t)


def _part(policy: Policy, name: str, t: Texts) -> str:
    value = getattr(policy, name)
    match name:
        case "cap":
            return _cap(policy, t)
        case "paused":
            return t("yes") if value else t("no")
        case "channels":
            named = [f"<#{each}>" for each in value[:CHANNELS]]
            more = [f"+{len(value) - CHANNELS}"] if len(value) > CHANNELS else []
            return t(", ").join([*named, *more]) if value else t("everywhere")
        case "others_images" | "private" | "mentions":
            return t("on") if value else t("off")
        case _:
            if value is None:
                return t("not set")
            return _MENTIONS.get(name, "{}").format(value)


def _cap(policy: Policy, t: Texts) -> str:
    if policy.cap is None:
        return t("not set")
    said = quota.amount(policy.cap, policy.cap_window, t)
    return said if policy.cap_enforced else t("{amount} (not enforced)", amount=said)


def _order(entry: tuple[Target, Setting]) -> tuple[int, int, str]:
    target, _ = entry
    return [Scope.SERVER, Scope.ROLE, Scope.USER].index(target.scope), target.id, target.kind
