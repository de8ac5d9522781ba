"""Every ``custom_id`` of a button, menu or form: only this module writes and reads them.

An id names a task by the interaction that asked for it, never by its row number, which means
another task in another database. Earlier versions did use row numbers;
``bot/services/front/task_lookup.py`` decides which of those are still valid.

Anybody can forge an id: read the row it names, and check who presses.
"""

import re
from dataclasses import dataclass

from bot.domain.ids import InteractionId, MessageId, ServerId, UserId
from bot.domain.overview import Order
from bot.domain.task_query import TaskFilter, TaskQuery

_PATTERNS = {
    # 63 bits are at most 19 digits.
    "id": r"(?P<id>\d{1,19})",
    "message": r"(?P<message>\d{1,19})",
    "position": r"(?P<position>\d{1,2})",
    "page": r"(?P<page>\d{1,9})",
    # Where a page begins: "<" and ``TaskQuery.before``, or ">" and ``after``.
    "edge": r"(?:<(?P<before>\d{1,19})|>(?P<after>\d{1,19}))?",
    "show": r"(?P<show>[a-z]{1,10})",
    "search": r"(?P<search>.{0,50})",
}


class CustomId:
    """One kind of id; its fields are in braces. Discord allows 100 characters.

    ``read``: a regular expression with the same braces that also accepts the form that earlier
    versions wrote.
    """

    def __init__(self, written: str, read: str | None = None) -> None:
        self._written = written
        self.template = re.compile((read or written).format(**_PATTERNS), re.DOTALL)

    def write(self, **fields: object) -> str:
        """Return the id with these fields."""
        return self._written.format(**fields)

    def read(self, custom_id: str) -> "Fields | None":
        """Return the fields of an id; ``None``: it is of another kind."""
        match = self.template.fullmatch(custom_id)
        return None if match is None else Fields(match)


@dataclass(frozen=True, slots=True)
class Fields:
    """What an id holds. A field that its kind doesn't have raises ``IndexError``."""

    match: re.Match[str]

    @property
    def id(self) -> int:
        """The interaction of a task; in ids of earlier versions, the row."""
        return int(self.match["id"])

    @property
    def interaction(self) -> InteractionId:
        """The interaction of a task, a draft or a change."""
        return InteractionId(self.id)

    @property
    def user(self) -> UserId:
        """A member of the server."""
        return UserId(self.id)

    @property
    def message(self) -> MessageId:
        """A message in the channel of whoever presses."""
        return MessageId(int(self.match["message"]))

    @property
    def server(self) -> ServerId:
        """One of the bot's servers."""
        return ServerId(self.id)

    @property
    def position(self) -> int:
        """Which of a task's results, from 0."""
        return int(self.match["position"])

    @property
    def page(self) -> int:
        """Which page, from 0."""
        return int(self.match["page"])

    @property
    def show(self) -> str:
        """What is shown, or chosen."""
        return self.match["show"]

    @property
    def order(self) -> Order:
        """How an overview is ordered."""
        return Order.parse(self.match["show"] or "")

    @property
    def query(self) -> TaskQuery:
        """Which tasks are listed; what the id doesn't say is as when ``/tasks`` opens."""
        found = {name: value for name, value in self.match.groupdict().items() if value is not None}
        before, after = found.get("before"), found.get("after")
        return TaskQuery(
            # Earlier versions wrote only the page's number, counted from the start.
            page=int(found["page"]) if before or after else 1,
            before=InteractionId(int(before)) if before else None,
            after=InteractionId(int(after)) if after else None,
            filter=TaskFilter.parse(found.get("show", "")),
            search=found.get("search", ""),
        )


STOP = CustomId("task:{id}:stop")
FETCH = CustomId("task:{id}:fetch")
AGAIN = CustomId("task:{id}:again")
MORE = CustomId("task:{id}:more")
DETAILS = CustomId("task:{id}:details")
#: The task's options as the presser's defaults.
DEFAULTS = CustomId("task:{id}:defaults")
RESET_DEFAULTS = CustomId("defaults:reset")
PUBLISH = CustomId("task:{id}:publish")
ORIGINALS = CustomId("task:{id}:originals")
DELETE = CustomId("task:{id}:delete")
CONFIRM_DELETE = CustomId("task:{id}:delete:sure")
#: Back to the panel, from the question before a deletion.
PANEL = CustomId("task:{id}:panel")
#: The menu in a panel, which then shows another image.
CHOOSE = CustomId("task:{id}:choose")

#: One image's panel, from its button or from a menu of them all.
OPEN = CustomId("result:{id}:{position}:open")
OPEN_CHOSEN = CustomId("task:{id}:open")
VARY = CustomId("result:{id}:{position}:vary")
REDRAW = CustomId("result:{id}:{position}:redraw")
USE = CustomId("result:{id}:{position}:use")
ORIGINAL = CustomId("result:{id}:{position}:original")
REMOVE = CustomId("result:{id}:{position}:delete")
CONFIRM_REMOVE = CustomId("result:{id}:{position}:delete:sure")
IMAGE_PANEL = CustomId("result:{id}:{position}:panel")

#: These are both a button and the form that it opens.
EDIT_IMAGE = CustomId("result:{id}:{position}:edit")
#: Results of earlier versions have one button for all images; its form asks which.
EDIT = CustomId("task:{id}:edit")
CHANGE = CustomId("task:{id}:change")
FIX = CustomId("draft:{id}:fix", "(?:draft|wish):{id}:fix")
RESEND = CustomId("draft:{id}:resend")
#: The form for a draft without a prompt.
COMPOSE = CustomId("draft:{id}:draw", "(?:draft|wish):{id}:draw")

PAGE = CustomId("tasks:{page}{edge}:{show}:{search}", "tasks:{page}{edge}(?::{show}:{search})?")
FILTER = CustomId("tasks-filter:{search}")
#: One task of the grid.
ENTRY = CustomId("task:{id}:entry")
#: This is both a button and the form that it opens.
JUMP = CustomId("tasks-jump:{show}:{search}")
SEARCH = CustomId("tasks-search:{show}:{search}")
#: The form that ``SEARCH`` opens.
SEARCH_FORM = CustomId("tasks-search:{show}")

#: A change of a quota, by the interaction that made it; older entries of the log; a page of the
#: settings.
UNDO = CustomId("change:{id}:undo")
CHANGES = CustomId("changes:{id}")
SETTINGS = CustomId("quota-list:{page}")
#: The same for the operator's changes.
OPERATOR_UNDO = CustomId("owner:{id}:undo")
OPERATOR_CHANGES = CustomId("owner-changes:{id}")

#: Menus of channels: where drawing is allowed; where notices of a kind go.
CHANNELS = CustomId("channels")
NOTICE_CHANNEL = CustomId("told:{show}")

#: The operator's pause, in every server.
PAUSE_ALL = CustomId("pause-all")
RESUME_ALL = CustomId("resume-all")
#: A page of the servers by use; leaving one.
SERVERS = CustomId("servers:{page}")
LEAVE = CustomId("server:{id}:leave")

#: A page of a server's overview, its menu of members, and what can be done with one of them.
OVERVIEW = CustomId("overview:{page}:{show}", "overview:{page}(?::{show})?")
OVERVIEW_ORDER = CustomId("overview-order")
MEMBER = CustomId("member")
#: This is both a button and the form that it opens.
LIMIT = CustomId("member:{id}:limit")
TEN_MORE = CustomId("member:{id}:ten")
BLOCK = CustomId("member:{id}:block")

#: The presser's own use of the last days.
OWN_CHART = CustomId("quota:days")

#: The tray is the presser's own, so there is nothing to name.
TRAY_DRAW = CustomId("tray:draw")
TRAY_REMOVE = CustomId("tray:remove")
TRAY_CLEAR = CustomId("tray:clear")

#: What is stored about the presser: a copy, its deletion, or the list again.
PRIVACY = CustomId("privacy:show")
EXPORT = CustomId("privacy:export")
FORGET = CustomId("privacy:delete")
CONFIRM_FORGET = CustomId("privacy:delete:sure")
#: The messages at Discord are deleted, too.
CONFIRM_FORGET_POSTS = CustomId("privacy:delete:posts")

#: The form of *Remove image*, which names the task and the message that shows its images.
REMOVE_POST = CustomId("moderate:{id}:{message}:remove")
