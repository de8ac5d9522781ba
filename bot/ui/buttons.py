"""Buttons, and the only place where a ``custom_id`` is spelled.

What comes back is untrusted: read the row and check whoever presses.
"""

import re
from typing import Any

import discord

from bot.domain.task import UNPAID, State, Task
from bot.ui.texts import Texts

#: Templates for ``discord.ui.DynamicItem``. Ids are 63-bit, so 19 digits at most.
STOP = re.compile(r"task:(?P<id>\d{1,19}):stop")
FETCH = re.compile(r"task:(?P<id>\d{1,19}):fetch")
AGAIN = re.compile(r"task:(?P<id>\d{1,19}):again")
DETAILS = re.compile(r"task:(?P<id>\d{1,19}):details")
#: Pages are counted from 1.
PAGE = re.compile(r"tasks:(?P<page>\d{1,9})")

Button = discord.ui.Button[Any]


def stop(task: Task, t: Texts) -> Button | None:
    """Return "Cancel" or "Stop waiting"; ``None`` where there is nothing to stop any more."""
    if task.cancel_requested:
        return None
    if task.state in UNPAID:
        return _grey(t("Cancel"), f"task:{task.id}:stop")
    if task.state in {State.SUBMITTING, State.RUNNING}:
        return _grey(t("Stop waiting"), f"task:{task.id}:stop")
    return None


def fetch(task: Task, t: Texts) -> Button:
    """Return "Get images"."""
    return discord.ui.Button(
        style=discord.ButtonStyle.primary, label=t("Get images"), custom_id=f"task:{task.id}:fetch"
    )


def again(task: Task, t: Texts) -> Button:
    """Return "Try again · 4": the same request as a new task, and what it takes of the quota."""
    label = t("Try again · {n}", n=task.request.count)
    return _grey(label, f"task:{task.id}:again")


def details(task: Task, t: Texts) -> Button:
    """Return "Details"."""
    return _grey(t("Details"), f"task:{task.id}:details")


def link(url: str, t: Texts) -> Button:
    """Return "Open", which leads to a message."""
    return discord.ui.Button(style=discord.ButtonStyle.link, label=t("Open"), url=url)


def pager(page: int, pages: int, t: Texts) -> "discord.ui.ActionRow[Any]":
    """Return "Newer" and "Older"; the page is counted from 1."""
    newer = _grey(t("Newer"), f"tasks:{page - 1}")
    newer.disabled = page <= 1
    older = _grey(t("Older"), f"tasks:{page + 1}")
    older.disabled = page >= pages
    return discord.ui.ActionRow(newer, older)


def _grey(label: str, custom_id: str) -> Button:
    return discord.ui.Button(style=discord.ButtonStyle.secondary, label=label, custom_id=custom_id)
