"""Who may see what of a task: the one rule behind buttons, panels, lists and references.

Requesters see everything of their own tasks, wherever they are. Others see results that were posted
publicly in the server of the request, as long as the post exists. Until anything is posted, they
see the prompt of a task that isn't private, as its card is public. They see nothing of results that
wait to be collected, went by direct message, or were shown to the requester only. Nobody sees a
forgotten task.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.domain.ids import ChannelId, MessageId
from bot.domain.requester import Requester
from bot.domain.result import PUBLISHED, Post, Way
from bot.domain.task import Task


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who is looking, and from where."""

    requester: Requester
    #: The public message whose button they pressed, and the names of its files. It must exist, so
    #: we don't ask Discord, and its id needn't be recorded yet.
    message_id: MessageId | None = None
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VisibleTask:
    """A task, and what a viewer may see of it."""

    task: Task
    #: Whether the viewer is its requester, who sees everything.
    is_own: bool
    #: What others see: the public posts that still exist.
    pages: tuple[Post, ...] = ()

    def shows(self, position: int) -> bool:
        """Tell whether the viewer may see a result."""
        return self.is_own or any(page.first <= position < page.stop for page in self.pages)


def shown_on(post: Post, viewer: Viewer) -> bool:
    """Tell whether the viewer pressed a button of this post's message."""
    if post.message_id is not None:
        return post.message_id == viewer.message_id
    return any(name.startswith(post.mark) for name in viewer.files)


def is_public(task: Task, post: Post, viewer: Viewer) -> bool:
    """Tell whether a page was posted publicly."""
    if post.message_id is None and not shown_on(post, viewer):
        return False
    return _goes_public(task, post)


def is_posted_publicly(task: Task, post: Post) -> bool:
    """Tell whether a page is in a message that everybody in a server's channel can open."""
    return (
        task.requester.server is not None
        and post.channel_id is not None
        and post.message_id is not None
        and _goes_public(task, post)
    )


def _goes_public(task: Task, post: Post) -> bool:
    return post.page >= PUBLISHED or (not task.private and post.way in {Way.CHANNEL, Way.CARD})


def shares_place(task: Task, viewer: Viewer) -> bool:
    """Tell whether the viewer is in the server of the request."""
    server = task.requester.server
    return server is not None and server == viewer.requester.server


def visible_task(
    task: Task, posts: Sequence[Post], viewer: Viewer, gone: Collection[Post]
) -> VisibleTask | None:
    """Return what the viewer may see; ``None``: not even that the task exists.

    ``gone``: those of its posts that were deleted from Discord.
    """
    if task.erasure is not None:
        return None
    if task.requester.user == viewer.requester.user:
        return VisibleTask(task, is_own=True)
    if not shares_place(task, viewer):
        return None
    posted = [post for post in posts if is_public(task, post, viewer)]
    if not posted:
        return None if task.private else VisibleTask(task, is_own=False)
    left = tuple(post for post in posted if post not in gone)
    return VisibleTask(task, is_own=False, pages=left) if left else None


def moderates(task: Task, channel_id: ChannelId | None, *, manages_messages: bool) -> bool:
    """Tell whether somebody may delete a task's images because they may delete any message.

    Discord only sends their permissions for the channel that they are in.
    """
    return manages_messages and channel_id == task.channel_id


def is_out_of_reach(task: Task, post: Post) -> bool:
    """Tell whether only the interaction's token, long expired, gave access to a page."""
    return post.way is Way.FOLLOWUP or (post.way is Way.CARD and task.by_interaction)
