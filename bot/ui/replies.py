"""Answers that only whoever typed or pressed can see, and what is completed while they type."""

from collections.abc import Mapping, Sequence
from typing import Any

import discord

from bot.domain.quota import Allowance
from bot.domain.request import Quality, Size
from bot.domain.task import OPEN, Reason, State, Task
from bot.errors import ImagineError
from bot.ui import buttons, colours, wording
from bot.ui.explain import explain
from bot.ui.prompt import TEXT_LIMIT, escape, fence, plain, width
from bot.ui.texts import Texts
from bot.ui.view import drawn

#: Of a prompt in a list.
IN_A_LIST = 120
#: Discord's limit of a choice's name.
CHOICE_LIMIT = 100


def notice(text: str) -> discord.ui.LayoutView:
    """Say a sentence of ours."""
    return drawn(discord.ui.TextDisplay(text))


def refusal(
    error: ImagineError, t: Texts, prompt: str | None, wish_id: int | None = None
) -> discord.ui.LayoutView:
    """Say why a wish is refused, so that nobody types it twice: to be mended, or to copy."""
    box = discord.ui.Container[discord.ui.LayoutView](accent_colour=colours.FAILED)
    sentence = explain(error, t)
    box.add_item(discord.ui.TextDisplay(sentence))
    if prompt is not None and plain(prompt):
        copy = f"-# {t('Your prompt, to copy:')}"
        room = TEXT_LIMIT - width(sentence) - width(copy) - 1
        box.add_item(discord.ui.TextDisplay(f"{copy}\n{fence(prompt, room)}"))
    if wish_id is not None:
        box.add_item(discord.ui.ActionRow(buttons.fix(wish_id, t)))
    return drawn(box)


def quota_card(
    allowance: Allowance, t: Texts, *, whose: int | None = None
) -> discord.ui.LayoutView:
    """Say where somebody stands today; ``whose`` names somebody other than the reader."""
    title = t("Your quota") if whose is None else t("Quota of {user}", user=f"<@{whose}>")
    lines = [f"**{title}**"]
    if allowance.blocked:
        lines.append(
            t("You are blocked in this server: ask its admins.")
            if whose is None
            else t("Blocked in this server.")
        )
    lines.append(
        f"{wording.allowance(allowance, t)} · {t('{n} used today', n=allowance.used)} · "
        f"{t('resets {when}', when=wording.since(allowance.resets_at))}"
    )
    rule = wording.rule(allowance.rule.scope, allowance.rule.images, t, mine=whose is None)
    lines.append(f"-# {rule}")
    colour = colours.FAILED if allowance.left == 0 else colours.DONE
    return drawn(
        discord.ui.Container(discord.ui.TextDisplay("\n".join(lines)), accent_colour=colour)
    )


def history_page(  # noqa: PLR0913 - all of it is shown
    tasks: Sequence[Task],
    posts: Mapping[int, tuple[int, int]],
    t: Texts,
    *,
    page: int,
    pages: int,
    guild_id: int,
) -> discord.ui.LayoutView:
    """List at most five tasks, newest first; the page is counted from 1.

    ``posts`` has the channel and the message of a task's results, ``guild_id`` is 0 in a direct
    message. Each task has one button: what can be done about it now.
    """
    title = f"**{t('Your tasks')}**"
    if pages > 1:
        title = f"{title} · {t('page {page}/{of}', page=page, of=pages)}"
    box = discord.ui.Container(discord.ui.TextDisplay[Any](title), accent_colour=colours.WORKING)
    if not tasks:
        box.add_item(discord.ui.TextDisplay(t("None yet. Draw something with /imagine.")))
    for task in tasks:
        button = _button(task, posts.get(task.id), guild_id, t)
        box.add_item(discord.ui.Separator())
        box.add_item(discord.ui.Section(discord.ui.TextDisplay(_entry(task, t)), accessory=button))
    if pages > 1:
        box.add_item(buttons.pager(page, pages, t))
    return drawn(box)


def size_choice(size: str, t: Texts) -> str:
    """Name a size while it is typed: "16:9 · landscape · 2848x1600"."""
    ratio = Size(size).ratio
    if ratio is None:
        return t("auto · as the references or the prompt suggest")
    shape = t("square") if ratio == 1 else t("landscape") if ratio > 1 else t("portrait")
    pixels = wording.pixels_of(Size(size), Quality.K2)
    known = "" if pixels is None else f" · {wording.pixels(pixels)}"
    return f"{size} · {shape}{known}"[:CHOICE_LIMIT]


def count_choice(count: int, allowance: Allowance, t: Texts) -> str:
    """Name a count while it is typed, with what it leaves: "4 · leaves 9 today"."""
    if allowance.left is None:
        return str(count)
    left = max(0, allowance.left - count)
    return f"{count} · {t('leaves {left} today', left=left)}"


def _entry(task: Task, t: Texts) -> str:
    prompt = escape(task.request.prompt, IN_A_LIST)
    small = (
        wording.state(task, t),
        wording.images(task.request.count, t),
        wording.since(task.created_at),
    )
    return f"{prompt or '…'}\n-# {' · '.join(small)}"


def _button(
    task: Task, post: tuple[int, int] | None, guild_id: int, t: Texts
) -> "discord.ui.Button[Any]":
    stop = buttons.stop(task, t) if task.state in OPEN else None
    if stop is not None:
        return stop
    if task.state is State.KEPT and task.reason != Reason.EXPIRED:
        return buttons.fetch(task, t)
    if post is not None:
        place = guild_id or "@me"
        return buttons.link(f"https://discord.com/channels/{place}/{post[0]}/{post[1]}", t)
    return buttons.details(task, t)
