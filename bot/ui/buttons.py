"""The buttons and menus of all messages. What pressing one does is in ``cogs``."""

from collections.abc import Sequence
from typing import Any

import discord

from bot.domain.daily_use import DAYS
from bot.domain.ids import InteractionId, ServerId, UserId
from bot.domain.models import Quality
from bot.domain.overview import Order
from bot.domain.quota_change import EVERYWHERE, Change
from bot.domain.state import UNPAID, State
from bot.domain.task import Task
from bot.domain.task_query import TaskQuery
from bot.ui import ids
from bot.ui.prompt import option
from bot.ui.texts import Texts

Button = discord.ui.Button[Any]


def stop(task: Task, t: Texts) -> Button:
    """Return "Cancel" or "Stop waiting"; disabled once there is nothing left to stop."""
    label = t("Cancel") if task.state in UNPAID else t("Stop waiting")
    button = _grey(label, ids.STOP, id=task.interaction_id)
    stoppable = task.state in UNPAID or task.state in {State.SUBMITTING, State.RUNNING}
    button.disabled = task.cancel_requested or not stoppable
    return button


def fetch(task: Task, t: Texts, number: int | None = None) -> Button:
    """Return "Get images"; in a grid, with the task's number."""
    label = t("Get images") if number is None else f"{number} · {t('Get images')}"
    return _blue(label, ids.FETCH, id=task.interaction_id)


def try_again(task: Task, t: Texts) -> Button:
    """Return "Send again (uses 4)": the same request as a new task, with its cost in images."""
    label = t("Send again (uses {n})", n=task.request.count * task.weight)
    return _blue(label, ids.AGAIN, id=task.interaction_id)


def again(task: Task, t: Texts) -> Button:
    """Return "Again (uses 4)", which does the same for a task that succeeded."""
    label = t("Again (uses {n})", n=task.request.count * task.weight)
    return _grey(label, ids.AGAIN, id=task.interaction_id)


def remix(task: Task, t: Texts) -> Button:
    """Return "Remix": the form with the old prompt and settings."""
    return _grey(t("Remix"), ids.CHANGE, id=task.interaction_id)


def fix(draft_id: InteractionId, t: Texts, *, alone: bool = True) -> Button:
    """Return "Edit and resend"."""
    button = _blue if alone else _grey
    return button(t("Edit and resend"), ids.FIX, id=draft_id)


def resend(draft_id: InteractionId, uses: int, t: Texts, *, label: str | None = None) -> Button:
    """Return "Send again (uses 4)": a refused draft as it was saved."""
    return _blue(label or t("Send again (uses {n})", n=uses), ids.RESEND, id=draft_id)


def change(task: Task, t: Texts, *, alone: bool) -> Button:
    """Return "Edit and resend": the same form for a failed or cancelled task."""
    button = _blue if alone else _grey
    return button(t("Edit and resend"), ids.CHANGE, id=task.interaction_id)


def more(task: Task, t: Texts) -> Button:
    """Return "More…"."""
    return _grey(t("More…"), ids.MORE, id=task.interaction_id)


def main_of_image(task: Task, position: int, t: Texts) -> list[Button]:
    """Return an image's main actions: "Vary", "Edit" and, unless it is in 4K, "4K"."""
    main = [vary(task, position, t), edit(task, position, t)]
    if task.request.quality is not Quality.K4:
        main.append(redraw(task, position, t))
    return main


def image(task: Task, position: int) -> Button:
    """Return the button of one image, with its number: it opens the image's panel."""
    return _grey(str(position + 1), ids.OPEN, id=task.interaction_id, position=position)


def open_image(task: Task, positions: Sequence[int], t: Texts) -> "discord.ui.Select[Any]":
    """Return a menu that does the same, for more images than fit in a row of buttons."""
    return discord.ui.Select(
        custom_id=ids.OPEN_CHOSEN.write(id=task.interaction_id),
        placeholder=t("Choose an image…"),
        options=_images(positions, None, t),
    )


def vary(task: Task, position: int, t: Texts) -> Button:
    """Return "Vary (uses 4)": new images from this one, with the same prompt."""
    n = _uses(task, task.request.model.variations, is_4k=task.request.is_4k)
    label = t("Vary (uses {n})", n=n)
    return _grey(label, ids.VARY, id=task.interaction_id, position=position)


def _uses(task: Task, count: int, *, is_4k: bool) -> int:
    """Return what ``count`` images made from a result count as, by the rules of its own task."""
    return count * task.weight_references * (task.weight_4k if is_4k else 1)


def edit(task: Task, position: int, t: Texts) -> Button:
    """Return "Edit", which opens a form."""
    return _grey(t("Edit"), ids.EDIT_IMAGE, id=task.interaction_id, position=position)


def redraw(task: Task, position: int, t: Texts) -> Button:
    """Return "4K (uses 1)"."""
    label = t("4K (uses {n})", n=_uses(task, 1, is_4k=True))
    return _grey(label, ids.REDRAW, id=task.interaction_id, position=position)


def use(task: Task, position: int, t: Texts) -> Button:
    """Return "Use as reference", which adds the result to the presser's tray."""
    return _grey(t("Use as reference"), ids.USE, id=task.interaction_id, position=position)


def original(task: Task, position: int, t: Texts) -> Button:
    """Return "Original file"."""
    return _grey(t("Original file"), ids.ORIGINAL, id=task.interaction_id, position=position)


def publish(task: Task, t: Texts) -> Button:
    """Return "Post to channel", for what only the requester sees."""
    return _grey(t("Post to channel"), ids.PUBLISH, id=task.interaction_id)


def originals(task: Task, t: Texts) -> Button:
    """Return "All originals", which are sent as one archive."""
    return _grey(t("All originals"), ids.ORIGINALS, id=task.interaction_id)


def delete(task: Task, t: Texts) -> Button:
    """Return "Delete…", which asks first."""
    return _grey(t("Delete…"), ids.DELETE, id=task.interaction_id)


def remove(task: Task, position: int, t: Texts) -> Button:
    """Return "Delete this image…", which asks first, too."""
    return _grey(t("Delete this image…"), ids.REMOVE, id=task.interaction_id, position=position)


def confirm_delete(task: Task, position: int | None, t: Texts) -> list[Button]:
    """Return "Delete", which confirms it, and "Keep"; no ``position``: all images."""
    confirm, panel = ids.CONFIRM_DELETE, ids.PANEL
    fields: dict[str, int] = {"id": task.interaction_id}
    if position is not None:
        confirm, panel = ids.CONFIRM_REMOVE, ids.IMAGE_PANEL
        fields["position"] = position
    return [
        _button(discord.ButtonStyle.danger, t("Delete"), confirm.write(**fields)),
        _grey(t("Keep"), panel, **fields),
    ]


def choose(
    task: Task, positions: Sequence[int], chosen: int | None, t: Texts
) -> "discord.ui.Select[Any]":
    """Return a panel's menu of a task's results; Discord allows 25."""
    return discord.ui.Select(
        custom_id=ids.CHOOSE.write(id=task.interaction_id),
        placeholder=t("Choose an image…"),
        options=_images(positions, chosen, t),
    )


def details(task: Task, t: Texts) -> Button:
    """Return "Details"."""
    return _grey(t("Details"), ids.DETAILS, id=task.interaction_id)


def defaults(task: Task, t: Texts) -> Button:
    """Return "Make these my defaults"."""
    return _grey(t("Make these my defaults"), ids.DEFAULTS, id=task.interaction_id)


def reset_defaults(t: Texts) -> Button:
    """Return "Reset"."""
    return _grey(t("Reset"), ids.RESET_DEFAULTS)


def link(url: str, t: Texts) -> Button:
    """Return "Open", which links to a message."""
    return discord.ui.Button(style=discord.ButtonStyle.link, label=t("Open"), url=url)


def page_link(label: str, query: TaskQuery | None) -> Button:
    """Return a button that shows a page of ``/tasks``; disabled if there is no such page."""
    # Even a disabled button needs an id that no other button of the message has.
    to = query or TaskQuery(page=0)
    edge = f"<{to.before}" if to.before else f">{to.after}" if to.after else ""
    button = _grey(label, ids.PAGE, page=to.page, edge=edge, show=to.filter, search=to.search)
    button.disabled = query is None
    return button


def search(query: TaskQuery, t: Texts) -> Button:
    """Return "Search…", which opens a form."""
    return _grey(t("Search…"), ids.SEARCH, show=query.filter, search=query.search)


def jump(query: TaskQuery, t: Texts) -> Button:
    """Return "Go to…", which opens a form."""
    return _grey(t("Go to…"), ids.JUMP, show=query.filter, search=query.search)


def entry(task: Task, number: int) -> Button:
    """Return the button of one task in a grid, with its number."""
    return _grey(str(number), ids.ENTRY, id=task.interaction_id)


def undo(change: Change, t: Texts) -> Button:
    """Return "Undo", for a change by an admin or the operator."""
    is_operators = change.target.server == EVERYWHERE.server
    return _grey(t("Undo"), ids.OPERATOR_UNDO if is_operators else ids.UNDO, id=change.by.id)


def older_changes(before: Change, t: Texts) -> Button:
    """Return "Older", which shows the changes before one."""
    is_operators = before.target.server == EVERYWHERE.server
    return _grey(t("Older"), ids.OPERATOR_CHANGES if is_operators else ids.CHANGES, id=before.by.id)


def settings_page(page: int, t: Texts) -> Button:
    """Return "More…", which shows the next page of the settings."""
    return _grey(t("More…"), ids.SETTINGS, page=page)


def overview_page(label: str, page: int, order: Order) -> Button:
    """Return a button that shows a page of a server's overview."""
    return _grey(label, ids.OVERVIEW, page=page, show=order)


def overview_order(order: Order, t: Texts) -> "discord.ui.Select[Any]":
    """Return the menu that sorts a server's overview."""
    names = {
        Order.MONTH: t("Most images this month"),
        Order.TODAY: t("Most images today"),
        Order.REFUSED: t("Most refused today"),
    }
    return discord.ui.Select(
        custom_id=ids.OVERVIEW_ORDER.write(),
        options=[
            discord.SelectOption(label=name, value=each, default=each is order)
            for each, name in names.items()
        ],
    )


def member(t: Texts) -> "discord.ui.UserSelect[Any]":
    """Return the menu of a server's members."""
    return discord.ui.UserSelect(custom_id=ids.MEMBER.write(), placeholder=t("Choose a member…"))


def limit(user: UserId, t: Texts) -> Button:
    """Return "Limit…", which opens a form."""
    return _grey(t("Limit…"), ids.LIMIT, id=user)


def ten_more(user: UserId, t: Texts) -> Button:
    """Return "+10 today"."""
    return _grey(t("+10 today"), ids.TEN_MORE, id=user)


def block(user: UserId, t: Texts) -> Button:
    """Return "Block"."""
    return _button(discord.ButtonStyle.danger, t("Block"), ids.BLOCK.write(id=user))


def privacy(t: Texts) -> list[Button]:
    """Return "Export" and "Delete my data…", which asks first."""
    return [_grey(t("Export"), ids.EXPORT), _grey(t("Delete my data…"), ids.FORGET)]


def confirm_forget(t: Texts) -> list[Button]:
    """Return "Delete", "Delete posts too" and "Keep"."""
    red = discord.ButtonStyle.danger
    return [
        _button(red, t("Delete"), ids.CONFIRM_FORGET.write()),
        _button(red, t("Delete posts too"), ids.CONFIRM_FORGET_POSTS.write()),
        _grey(t("Keep"), ids.PRIVACY),
    ]


def own_chart(t: Texts) -> Button:
    """Return "My last 30 days"."""
    return _grey(t("My last {n} days", n=DAYS), ids.OWN_CHART)


def everywhere(t: Texts, *, is_paused: bool) -> Button:
    """Return "Pause everywhere", or "Resume everywhere"."""
    if is_paused:
        return _button(discord.ButtonStyle.danger, t("Pause everywhere"), ids.PAUSE_ALL.write())
    return _blue(t("Resume everywhere"), ids.RESUME_ALL)


def servers_page(label: str, page: int) -> Button:
    """Return a button that shows a page of the servers by use."""
    return _grey(label, ids.SERVERS, page=page)


def leave(server: ServerId, t: Texts) -> Button:
    """Return "Leave"."""
    return _button(discord.ButtonStyle.danger, t("Leave"), ids.LEAVE.write(id=server))


def tray_draw(t: Texts) -> Button:
    """Return "Draw with these…", which opens a form."""
    return _blue(t("Draw with these…"), ids.TRAY_DRAW)


def tray_clear(t: Texts) -> Button:
    """Return "Clear"."""
    return _grey(t("Clear"), ids.TRAY_CLEAR)


def tray_remove(names: Sequence[tuple[str, str]], t: Texts) -> "discord.ui.Select[Any]":
    """Return the menu to remove a reference; ``names``: values and labels, at most Discord's 25."""
    return discord.ui.Select(
        custom_id=ids.TRAY_REMOVE.write(),
        placeholder=t("Remove one…"),
        options=[discord.SelectOption(label=option(name), value=value) for value, name in names],
    )


def _images(positions: Sequence[int], chosen: int | None, t: Texts) -> list[discord.SelectOption]:
    return [
        discord.SelectOption(
            label=t("Image {number}", number=n + 1), value=str(n), default=n == chosen
        )
        for n in positions
    ]


def _blue(label: str, custom_id: ids.CustomId, **fields: object) -> Button:
    """Return a button for the likeliest next action."""
    return _button(discord.ButtonStyle.primary, label, custom_id.write(**fields))


def _grey(label: str, custom_id: ids.CustomId, **fields: object) -> Button:
    return _button(discord.ButtonStyle.secondary, label, custom_id.write(**fields))


def _button(style: discord.ButtonStyle, label: str, custom_id: str) -> Button:
    return discord.ui.Button(style=style, label=label, custom_id=custom_id)
