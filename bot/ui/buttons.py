"""Buttons, and the only place where a ``custom_id`` is spelled.

A task is named by the interaction that asked for it, never by its row: that would be another's in
another database. Buttons of earlier versions name rows; which of them count, says
``bot/services/front/task_lookup.py``. What comes back is untrusted: read the row and check whoever
presses.
"""

import re
from collections.abc import Sequence
from typing import Any

import discord

from bot.domain.task import UNPAID, State, Task
from bot.domain.task_query import TaskQuery
from bot.ui.prompt import option
from bot.ui.texts import Texts

#: Templates for ``discord.ui.DynamicItem``. Ids are 63-bit, so 19 digits at most.
STOP = re.compile(r"task:(?P<id>\d{1,19}):stop")
FETCH = re.compile(r"task:(?P<id>\d{1,19}):fetch")
AGAIN = re.compile(r"task:(?P<id>\d{1,19}):again")
EDIT = re.compile(r"task:(?P<id>\d{1,19}):edit")
MORE = re.compile(r"task:(?P<id>\d{1,19}):more")
DETAILS = re.compile(r"task:(?P<id>\d{1,19}):details")
PUBLISH = re.compile(r"task:(?P<id>\d{1,19}):publish")
DELETE = re.compile(r"task:(?P<id>\d{1,19}):delete")
SURE = re.compile(r"task:(?P<id>\d{1,19}):delete:sure")
#: A menu: which of a task's results is meant.
CHOOSE = re.compile(r"task:(?P<id>\d{1,19}):choose")
#: Of one result; positions are counted from 0.
REDRAW = re.compile(r"result:(?P<id>\d{1,19}):(?P<position>\d{1,2}):redraw")
USE = re.compile(r"result:(?P<id>\d{1,19}):(?P<position>\d{1,2}):use")
ORIGINAL = re.compile(r"result:(?P<id>\d{1,19}):(?P<position>\d{1,2}):original")
#: A form for what was refused, or for what was asked in a task that failed.
FIX = re.compile(r"(?:draft|wish):(?P<id>\d{1,19}):fix")
CHANGE = re.compile(r"task:(?P<id>\d{1,19}):change")
#: Pages are counted from 1. What is searched for is up to 50 characters of anything.
PAGE = re.compile(
    r"tasks:(?P<page>\d{1,9})(?::(?P<show>[a-z]{1,10}):(?P<search>.{0,50}))?", re.DOTALL
)
SEARCH = re.compile(r"tasks-search:(?P<show>[a-z]{1,10}):(?P<search>.{0,50})", re.DOTALL)
FILTER = re.compile(r"tasks-filter:(?P<search>.{0,50})", re.DOTALL)
ORIGINALS = re.compile(r"task:(?P<id>\d{1,19}):originals")
#: Of the presser's own tray, so there is nothing to name.
TRAY_DRAW = re.compile(r"tray:draw")
TRAY_REMOVE = re.compile(r"tray:remove")
TRAY_CLEAR = re.compile(r"tray:clear")

Button = discord.ui.Button[Any]


def stop(task: Task, t: Texts) -> Button:
    """Return "Cancel" or "Stop waiting"; disabled where there is nothing to stop any more."""
    label = t("Cancel") if task.state in UNPAID else t("Stop waiting")
    button = _grey(label, f"task:{task.interaction_id}:stop")
    stoppable = task.state in UNPAID or task.state in {State.SUBMITTING, State.RUNNING}
    button.disabled = task.cancel_requested or not stoppable
    return button


def fetch(task: Task, t: Texts) -> Button:
    """Return "Get images"."""
    return _blue(t("Get images"), f"task:{task.interaction_id}:fetch")


def try_again(task: Task, t: Texts) -> Button:
    """Return "Try again · 4": the same request as a new task, and what it takes of the quota."""
    return _blue(t("Try again · {n}", n=task.request.count), f"task:{task.interaction_id}:again")


def again(task: Task, t: Texts) -> Button:
    """Return "Again · 4", which does the same for a task that was drawn."""
    return _grey(t("Again · {n}", n=task.request.count), f"task:{task.interaction_id}:again")


def fix(draft_id: int, t: Texts) -> Button:
    """Return "Fix and send"."""
    return _blue(t("Fix and send"), f"draft:{draft_id}:fix")


def change(task: Task, t: Texts, *, alone: bool) -> Button:
    """Return "Change and send": the same form for a task that failed, or was cancelled."""
    button = _blue if alone else _grey
    return button(t("Change and send"), f"task:{task.interaction_id}:change")


def edit(task: Task, t: Texts) -> Button:
    """Return "Edit", which opens a form."""
    return _grey(t("Edit"), f"task:{task.interaction_id}:edit")


def more(task: Task, t: Texts) -> Button:
    """Return "More…"."""
    return _grey(t("More…"), f"task:{task.interaction_id}:more")


def redraw(task: Task, position: int, t: Texts) -> Button:
    """Return "Redraw in 4K · 1"."""
    return _grey(t("Redraw in 4K · {n}", n=1), f"result:{task.interaction_id}:{position}:redraw")


def use(task: Task, position: int, t: Texts) -> Button:
    """Return "Use as reference", which puts it into the presser's tray."""
    return _grey(t("Use as reference"), f"result:{task.interaction_id}:{position}:use")


def original(task: Task, position: int, t: Texts) -> Button:
    """Return "Original file"."""
    return _grey(t("Original file"), f"result:{task.interaction_id}:{position}:original")


def publish(task: Task, t: Texts) -> Button:
    """Return "Post to channel", for what only the requester sees."""
    return _grey(t("Post to channel"), f"task:{task.interaction_id}:publish")


def originals(task: Task, t: Texts) -> Button:
    """Return "All originals", which come as one file."""
    return _grey(t("All originals"), f"task:{task.interaction_id}:originals")


def delete(task: Task, t: Texts) -> Button:
    """Return "Delete…", which asks first."""
    return _grey(t("Delete…"), f"task:{task.interaction_id}:delete")


def confirm_delete(task: Task, t: Texts) -> Button:
    """Return "Delete", the answer to the question."""
    return discord.ui.Button(
        style=discord.ButtonStyle.danger,
        label=t("Delete"),
        custom_id=f"task:{task.interaction_id}:delete:sure",
    )


def choose(task: Task, images: int, position: int, t: Texts) -> "discord.ui.Select[Any]":
    """Return the menu of a task's results, at most 15."""
    return discord.ui.Select(
        custom_id=f"task:{task.interaction_id}:choose",
        options=[
            discord.SelectOption(
                label=t("Image {number}", number=n + 1), value=str(n), default=n == position
            )
            for n in range(images)
        ],
    )


def details(task: Task, t: Texts) -> Button:
    """Return "Details"."""
    return _grey(t("Details"), f"task:{task.interaction_id}:details")


def link(url: str, t: Texts) -> Button:
    """Return "Open", which leads to a message."""
    return discord.ui.Button(style=discord.ButtonStyle.link, label=t("Open"), url=url)


def page_link(label: str, query: TaskQuery) -> Button:
    """Return a button that leads to a page of ``/tasks``."""
    return _grey(label, f"tasks:{query.page}:{query.filter}:{query.search}")


def search(query: TaskQuery, t: Texts) -> Button:
    """Return "Search…", which opens a form."""
    return _grey(t("Search…"), f"tasks-search:{query.filter}:{query.search}")


def filter_id(query: TaskQuery) -> str:
    """Return the id of the menu of filters."""
    return f"tasks-filter:{query.search}"


def tray_draw(t: Texts) -> Button:
    """Return "Draw with these…", which opens a form."""
    return _blue(t("Draw with these…"), "tray:draw")


def tray_clear(t: Texts) -> Button:
    """Return "Clear"."""
    return _grey(t("Clear"), "tray:clear")


def tray_remove(names: Sequence[tuple[str, str]], t: Texts) -> "discord.ui.Select[Any]":
    """Return the menu to take one out, at most 25: values and what they are called."""
    return discord.ui.Select(
        custom_id="tray:remove",
        placeholder=t("Take one out…"),
        options=[discord.SelectOption(label=option(name), value=value) for value, name in names],
    )


def _blue(label: str, custom_id: str) -> Button:
    """Return what to do next, where one thing is the likeliest."""
    return discord.ui.Button(style=discord.ButtonStyle.primary, label=label, custom_id=custom_id)


def _grey(label: str, custom_id: str) -> Button:
    return discord.ui.Button(style=discord.ButtonStyle.secondary, label=label, custom_id=custom_id)
